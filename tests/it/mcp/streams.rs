//! Answers in parts: only for who asks, and no longer than the token is good or the client listens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mcp_admin::mcp::exchange::{Exchange, LogLevel};
use mcp_admin::mcp::extension::{Answer, Extension};
use mcp_admin::services::tokens;
use serde_json::{Map, Value, json};

use crate::harness::{Agent, MODERN, Site, TestApp, eventually, modern_meta, on_both, on_each};

/// The next messages of a stream.
struct Listener {
    response: reqwest::Response,
    text: String,
}

impl Listener {
    async fn open(agent: &Agent, method: &str, mut params: Value) -> Self {
        let meta = params["_meta"].take();
        params["_meta"] = modern_meta();
        for (name, value) in meta.as_object().into_iter().flatten() {
            params["_meta"][name] = value.clone();
        }
        let mut request = agent.request().header("mcp-protocol-version", MODERN).header("mcp-method", method);
        if let Some(name) = params["name"].as_str() {
            request = request.header("mcp-name", name);
        }
        let body = json!({"jsonrpc": "2.0", "id": "s-1", "method": method, "params": params});
        let response = request.body(body.to_string()).send().await.unwrap();
        Self { response, text: String::new() }
    }

    fn is_stream(&self) -> bool {
        let kind = self.response.headers().get("content-type").unwrap();
        kind.to_str().unwrap().starts_with("text/event-stream")
    }

    /// The next message; `None` at the end.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                match event.lines().find_map(|line| line.strip_prefix("data: ")) {
                    Some(data) => return Some(serde_json::from_str(data).unwrap()),
                    None => continue,
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await;
            let chunk = chunk.expect("something is told").unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

async fn listen(agent: &Agent, notifications: Value) -> Listener {
    let mut listener =
        Listener::open(agent, "subscriptions/listen", json!({ "notifications": notifications })).await;
    assert!(listener.is_stream(), "{:?}", listener.response);
    let acknowledged = listener.next().await.unwrap();
    assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(acknowledged["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], "s-1");
    listener
}

on_both! {
    async fn a_change_of_permissions_is_told_to_who_listens(app) {
        let agent = app.token(&["blog.view_tag"]);
        let mut listener = listen(&agent, json!({"toolsListChanged": true})).await;
        app.write(|tx, actor| tokens::grant(tx, actor, app.clock.now(), agent.id(), &["blog.view_article".into()]));
        let told = listener.next().await.unwrap();
        assert_eq!(told["method"], "notifications/tools/list_changed", "and nothing of what was not asked for");
        assert_eq!(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], "s-1");
        assert!(agent.tools().await.contains(&"list_article".to_owned()));
    }

    async fn r08_a_stream_ends_when_its_token_is_switched_off(app) {
        let agent = app.token(&["blog.view_tag"]);
        let mut listener = listen(&agent, json!({"toolsListChanged": true})).await;
        app.write(|tx, actor| tokens::deactivate(tx, actor, app.clock.now(), agent.id()));
        let last = listener.next().await.unwrap();
        assert_eq!((&last["id"], &last["result"]["resultType"]), (&json!("s-1"), &json!("complete")), "{last}");
        assert_eq!(listener.next().await, None);
    }

    async fn a_change_of_a_record_is_told(app) {
        let agent = app.token(&["blog.view_tag", "blog.change_tag"]);
        let uris = json!(["record://blog/tag/1", "record://blog/tag/2", "record://blog/article/1", "x"]);
        let opened = Listener::open(&agent, "subscriptions/listen", json!({"notifications": {"resourceSubscriptions": uris}})).await;
        let mut listener = opened;
        let acknowledged = listener.next().await.unwrap();
        let honoured = &acknowledged["params"]["notifications"]["resourceSubscriptions"];
        assert_eq!(honoured, &json!(["record://blog/tag/1", "record://blog/tag/2"]), "only what may be read");
        agent.ok("update_tag", json!({"id": 2, "data": {"name": "told"}})).await;
        let told = listener.next().await.unwrap();
        assert_eq!(told["method"], "notifications/resources/updated");
        assert_eq!(told["params"]["uri"], "record://blog/tag/2");
    }

    async fn only_who_asks_gets_an_answer_in_parts(app) {
        let agent = app.token(&["blog.view_tag"]);
        let call = |meta: Value| json!({"name": "list_tag", "arguments": {"limit": 1}, "_meta": meta});
        let plain = Listener::open(&agent, "tools/call", call(json!({}))).await;
        assert!(!plain.is_stream());
        // Nothing is told of a short call, so its answer stays one document.
        let asked = Listener::open(&agent, "tools/call", call(json!({"progressToken": 7}))).await;
        assert!(!asked.is_stream());
        let level = json!({"io.modelcontextprotocol/logLevel": "debug"});
        let mut logged = Listener::open(&agent, "tools/call", call(level)).await;
        assert!(logged.is_stream());
        let steps = [logged.next().await.unwrap(), logged.next().await.unwrap()];
        assert!(steps.iter().all(|step| step["method"] == "notifications/message"), "{steps:?}");
        assert_eq!(logged.next().await.unwrap()["result"]["structuredContent"]["count"], 1);
        let wrong = json!({"io.modelcontextprotocol/logLevel": "loud"});
        let refused = Listener::open(&agent, "tools/call", call(wrong)).await;
        let body: Value = serde_json::from_str(&refused.response.text().await.unwrap()).unwrap();
        assert_eq!(body["error"]["code"], -32602);
    }

    async fn many_records_are_told_as_they_are_written(app) {
        let agent = app.token(&["blog.view_tag", "blog.add_tag"]);
        let items: Vec<Value> = (0..20).map(|n| json!({"name": format!("told {n}"), "slug": format!("told-{n}")})).collect();
        let arguments = json!({"operation": "create", "items": items});
        let call = json!({"name": "bulk_tag", "arguments": arguments, "_meta": {"progressToken": "b"}});
        let mut listener = Listener::open(&agent, "tools/call", call).await;
        assert!(listener.is_stream());
        let (mut told, mut last) = (Vec::new(), Value::Null);
        while let Some(message) = listener.next().await {
            if message["method"] == "notifications/progress" {
                told.push(message["params"]["progress"].as_u64().unwrap());
            }
            last = message;
        }
        assert_eq!((told.first(), told.last()), (Some(&0), Some(&20)), "{told:?}");
        assert_eq!(last["result"]["structuredContent"]["success_count"], 20, "{last}");
    }

    async fn r53_open_streams_of_a_token_are_few(app) {
        let agent = app.token(&["blog.view_tag"]);
        let mut open = Vec::new();
        for _ in 0..8 {
            open.push(listen(&agent, json!({})).await);
        }
        let ninth = Listener::open(&agent, "subscriptions/listen", json!({"notifications": {}})).await;
        assert_eq!(ninth.response.status(), 429);
        assert_eq!(app.token(&["blog.view_tag"]).status().await, 200);
        let no_stream = agent.modern("subscriptions/listen", json!({"notifications": []})).await;
        assert_eq!(no_stream.body["error"]["code"], -32602, "{}", no_stream.text);
    }

    async fn r50_open_streams_do_not_keep_the_server_from_stopping(app) {
        let mut app = app;
        let agent = app.token(&["blog.view_tag"]);
        let mut listener = listen(&agent, json!({"toolsListChanged": true})).await;
        let stopped = tokio::task::spawn_blocking(move || app.stop());
        let last = listener.next().await.unwrap();
        assert_eq!(last["id"], "s-1", "{last}");
        stopped.await.unwrap();
    }
}

/// Works until nobody waits any more.
struct Endless(Arc<AtomicBool>);

impl Extension for Endless {
    fn permission(&self) -> &'static str {
        "blog.view_tag"
    }

    fn tools(&self) -> Vec<Value> {
        vec![json!({"name": "work", "inputSchema": {"type": "object"}})]
    }

    fn call(&self, name: &str, _: Map<String, Value>, exchange: &Exchange) -> Option<Answer> {
        for step in 0..3000 {
            if exchange.is_cancelled() {
                self.0.store(true, Ordering::Relaxed);
                return Some(Answer::Wrong("given up".into()));
            }
            exchange.progress(step, 3000, name);
            exchange.log(LogLevel::Info, "it", &json!(step));
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Answer::Done(json!({"content": []})))
    }
}

fn endless(backend: mcp_admin::db::Backend) -> (TestApp, Arc<AtomicBool>) {
    let given_up = Arc::<AtomicBool>::default();
    let extension = Arc::new(Endless(Arc::clone(&given_up)));
    (TestApp::extended(Site::new(backend), |_| {}, |_| Some(extension)), given_up)
}

on_each! {
    async fn a_call_is_given_up_when_its_client_hangs_up(backend) {
        let (app, given_up) = endless(backend);
        let agent = app.token(&["blog.view_tag"]);
        let call = json!({"name": "work", "arguments": {}, "_meta": {"progressToken": "p"}});
        let mut listener = Listener::open(&agent, "tools/call", call).await;
        assert_eq!(listener.next().await.unwrap()["params"]["progressToken"], "p");
        drop(listener);
        eventually("the work ends", Duration::from_secs(20), async || given_up.load(Ordering::Relaxed)).await;
    }

    async fn a_call_of_the_older_era_is_given_up_when_its_client_says_so(backend) {
        let (app, given_up) = endless(backend);
        let (agent, other) = (app.token(&["blog.view_tag"]), app.token(&["blog.view_tag"]));
        let body = json!({"jsonrpc": "2.0", "id": 9, "method": "tools/call",
            "params": {"name": "work", "_meta": {"progressToken": 1}}});
        let mut response = agent.request().body(body.to_string()).send().await.unwrap();
        assert!(response.chunk().await.unwrap().is_some());
        let note = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 9}});
        assert_eq!(other.post(&note).await.status, 202);
        assert!(response.chunk().await.unwrap().is_some());
        assert!(!given_up.load(Ordering::Relaxed), "nobody else can");
        assert_eq!(agent.post(&note).await.status, 202);
        eventually("the work ends", Duration::from_secs(20), async || given_up.load(Ordering::Relaxed)).await;
    }

    async fn r10_an_extension_serves_only_who_holds_its_permission(backend) {
        let (app, _) = endless(backend);
        let stranger = app.token(&["blog.view_article"]);
        assert!(!stranger.tools().await.contains(&"work".to_owned()));
        assert_eq!(stranger.call("work", json!({})).await.status, 404, "as if it were not there");
    }
}
