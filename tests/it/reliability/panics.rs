//! A handler that panics.

use std::sync::Arc;

use mcp_admin::mcp::exchange::Exchange;
use mcp_admin::mcp::extension::{Answer, Extension};
use serde_json::{Map, Value, json};

use crate::harness::{Site, TestApp, on_each};

/// A tool that panics while it works, and a resource that does.
struct Careless;

impl Extension for Careless {
    fn permission(&self) -> &'static str {
        "blog.view_tag"
    }

    fn tools(&self) -> Vec<Value> {
        vec![json!({"name": "panic", "inputSchema": {"type": "object"}})]
    }

    fn call(&self, _: &str, _: Map<String, Value>, _: &Exchange) -> Option<Answer> {
        panic!("the text of a panic")
    }

    fn complete(&self, _: &str, _: &str, _: &str) -> Option<Vec<String>> {
        panic!("the text of a panic")
    }
}

on_each! {
    async fn r43_a_panic_ends_one_request_and_nothing_else(backend) {
        let app = TestApp::extended(Site::new(backend), |_| {}, |_| Some(Arc::new(Careless)));
        let agent = app.token(&["blog.view_tag"]);
        // More of them than there are connections, threads of workers or places to load tokens.
        for _ in 0..12 {
            let answer = agent.call("panic", json!({})).await;
            assert_eq!(answer.status, 500, "{}", answer.text);
            assert!(!answer.text.contains("the text of a panic"), "{}", answer.text);
            agent.ok("list_tag", json!({"limit": 1})).await;
        }
        let complete = json!({"ref": {"type": "ref/prompt", "name": "own"}, "argument": {"name": "a", "value": ""}});
        let answer = agent.legacy("completion/complete", complete).await;
        assert!(!answer.text.contains("the text of a panic"), "{}", answer.text);
        let pool = app.server_db.clone();
        let all = (0..8).map(|_| pool.conn());
        assert!(all.collect::<Result<Vec<_>, _>>().is_ok(), "every connection can be had");
        assert_eq!(app.token(&["blog.view_tag"]).status().await, 200);
    }
}
