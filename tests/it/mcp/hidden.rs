//! What the configuration hides appears nowhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_admin::db::Backend;
use serde_json::{Value, json};

use crate::apps::attached::on_each;
use crate::harness::{Agent, Process, Site, TestApp, open};

const CANARY: &str = "canary-5d41";

/// A server that hides the biographies of authors, and one client that may do everything in the blog.
async fn hiding(backend: Backend) -> (TestApp, Agent) {
    let app = TestApp::with(backend, |config| {
        let models = &mut config.apps.get_mut("blog").unwrap().models;
        models.entry("author".into()).or_default().exclude_fields = vec!["bio".into()];
        models.entry("tag".into()).or_default().expose = Some(false);
    })
    .await;
    let permissions = app.db.read(|conn| mcp_admin::services::tokens::full_access(conn, "blog")).unwrap();
    let agent = app.token_with(&[], |new| new.permissions = permissions);
    let table = if backend == Backend::Postgres { "blog.blog_author" } else { "blog_author" };
    open(&app.site.blog_url)
        .execute_script(&format!("UPDATE {table} SET bio = '{CANARY}@example.org' WHERE id = 1"))
        .unwrap();
    (app, agent)
}

on_each! {
    async fn excluded_fields_appear_nowhere(backend) {
        let (app, agent) = hiding(backend).await;
        let calls: [(&str, Value); 31] = [
            ("find_models", json!({})),
            ("find_models", json!({"query": "bio"})),
            ("describe_author", json!({})),
            ("list_author", json!({"limit": 1000})),
            ("list_author", json!({"search": CANARY})),
            ("list_author", json!({"filters": {"bio": format!("{CANARY}@example.org")}})),
            ("list_author", json!({"filters": {"bio__icontains": "canary"}})),
            ("list_author", json!({"order_by": "bio"})),
            ("list_author", json!({"fields": ["id", "bio"]})),
            ("get_author", json!({"id": 1, "include_related": true})),
            ("get_article", json!({"id": 1, "include_related": true})),
            ("list_article", json!({"filters": {"author__bio": CANARY}})),
            ("related_author", json!({"id": 1, "relation": "articles"})),
            ("related_author", json!({"id": 1, "relation": "bio"})),
            ("related_article", json!({"id": 1, "relation": "author"})),
            ("autocomplete_author", json!({"term": CANARY})),
            ("autocomplete_author", json!({"limit": 1000})),
            ("create_author", json!({"data": {"name": "x", "email": "x@example.org", "country": "NL", "joined_on": "2026-11-23"}})),
            ("create_author", json!({"data": {"name": "x", "email": "x@example.org", "country": "NL", "joined_on": "2026-11-23", "bio": "Writes."}})),
            ("update_author", json!({"id": 1, "data": {"bio": "Writes."}})),
            ("update_author", json!({"id": 1, "data": {"name": "New name"}})),
            ("update_author", json!({"id": 1, "data": {"name": null}})),
            ("history_author", json!({"id": 1})),
            ("delete_author", json!({"id": 1})),
            ("delete_author", json!({"id": 99_999})),
            ("aggregate_author", json!({"functions": ["max"], "field": "bio"})),
            ("aggregate_author", json!({"functions": ["min", "count"], "field": "id", "group_by": "bio"})),
            ("aggregate_author", json!({"filters": {"bio__icontains": CANARY}})),
            ("aggregate_author", json!({"group_by": "country"})),
            ("list_author", json!({"count": "estimate", "filters": {"bio__icontains": "canary"}})),
            ("list_author", json!({"limit": 1, "order_by": "bio", "count": "none"})),
        ];
        let listed = agent.list().await.text;
        for (tool, arguments) in calls {
            let answer = agent.call(tool, arguments.clone()).await;
            assert_eq!(answer.status, 200, "{tool} {arguments}: {}", answer.text);
            assert!(!answer.text.contains(CANARY), "{tool} {arguments}: {}", answer.text);
            let asked = arguments.to_string();
            if !asked.contains("bio") {
                assert!(!answer.text.contains("bio"), "{tool} {arguments}: {}", answer.text);
                continue;
            }
            // The client's own word comes back, and nothing tells it from one that never was a field.
            let unknown = agent.call(tool, serde_json::from_str(&asked.replace("bio", "ghost")).unwrap()).await;
            assert_eq!(answer.text, unknown.text.replace("ghost", "bio"), "{tool} {arguments}");
        }
        let authors = listed.split(r#""name":""#).filter(|part| part.split('"').next().unwrap().ends_with("_author"));
        for tool in authors {
            assert!(!tool.contains("bio"), "{tool}");
        }
        for entry in app.log() {
            assert!(!entry.changes.contains("bio") && !entry.object_repr.contains(CANARY), "{}", entry.changes);
        }
    }

    async fn a_model_that_is_not_exposed_is_found_and_has_no_tools(backend) {
        let (_app, agent) = hiding(backend).await;
        let found = agent.ok("find_models", json!({"query": "tag"})).await;
        let tag = found["models"].as_array().unwrap().iter().find(|model| model["model"] == "tag").unwrap();
        assert_eq!((&tag["tools_exposed"], &tag["tools"]), (&json!(false), &json!([])));
        assert!(!agent.tools().await.iter().any(|tool| tool.ends_with("_tag")));
        assert_eq!(agent.call("list_tag", json!({})).await.status, 404);
    }

    async fn unexplained_denials_look_like_unknown_tools(backend) {
        let app = TestApp::with(backend, |config| config.mcp.explain_denials = false).await;
        for agent in [app.token(&["blog.view_article"]), app.token(&[])] {
            for (denied, unknown) in [("update_article", "update_artikel"), ("list_author", "list_authors"), ("delete_tag", "delete_gat")] {
                for arguments in [json!({}), json!({"id": 1, "data": {"title": "x"}}), json!([])] {
                    let [denied, unknown] = [denied, unknown].map(|name| (name, json!({"name": name, "arguments": arguments})));
                    let bare = |(name, params): &(&str, Value)| (json!({"method": "tools/call", "params": params}), (*name).to_owned());
                    let ((one, name), (other, other_name)) = (bare(&denied), bare(&unknown));
                    let (one, other) = (agent.post(&one).await, agent.post(&other).await);
                    assert_eq!((one.status, one.text.replace(&name, "?")), (other.status, other.text.replace(&other_name, "?")));
                    for modern in [false, true] {
                        let ask = async |params: &Value| if modern { agent.modern("tools/call", params.clone()).await } else { agent.legacy("tools/call", params.clone()).await };
                        let (one, other) = (ask(&denied.1).await, ask(&unknown.1).await);
                        assert_eq!((one.status, one.text.replace(&name, "?")), (other.status, other.text.replace(&other_name, "?")));
                        assert!(!one.text.contains("ermission"), "{}", one.text);
                    }
                }
            }
        }
    }
}

/// The same as a process of its own, whose log can be read, with everything that may show a field: rows of a
/// child model, confirmations, actions.
fn hiding_process(site: &Site) -> (Process, Agent) {
    let more = "log_filter = \"trace\"\n[apps.blog.models.author]\nexclude_fields = [\"bio\"]\nconfirm = true\n\
         inlines = [{ model = \"article\", max = 1000 }]\n\
         actions = [{ name = \"retire\", set = { is_active = false } }]\n\
         [apps.blog.models.comment]\nexclude_fields = [\"created_at\"]\n";
    let server = Process::serve(site, more);
    site.cli(&["user", "create", "ada"]);
    let made = site.cli(&["token", "create", "--name", "All", "--user", "ada", "--full", "blog"]);
    let agent = Agent::new(&server.url, made["token"].as_str().unwrap(), None);
    let table = if site.backend == Backend::Postgres { "blog.blog_author" } else { "blog_author" };
    open(&site.blog_url).execute_script(&format!("UPDATE {table} SET bio = '{CANARY}'")).unwrap();
    (server, agent)
}

on_each! {
    async fn a_hidden_value_is_nowhere_in_a_whole_transcript(backend) {
        let site = Site::new(backend);
        let (server, agent) = hiding_process(&site);
        let mut transcript = String::new();
        let new = json!({"name": "Zoe", "email": "zoe@example.org", "country": "NL", "joined_on": "2026-11-23", "articles": [{"title": "Tea"}]});
        let first = agent.ok("list_author", json!({"limit": 1, "order_by": "id"})).await;
        let email = first["results"][0]["email"].clone();
        for (tool, arguments) in [
            ("find_models", json!({})),
            ("describe_author", json!({})),
            ("describe_article", json!({})),
            ("list_author", json!({"limit": 1000})),
            ("list_author", json!({"search": "canary-5"})),
            ("list_author", json!({"limit": 2, "order_by": ["-name"]})),
            ("list_author", json!({"limit": 2, "order_by": "country", "count": "estimate", "filters": {"id__gt": 1}})),
            ("list_author", json!({"limit": 2, "count": "none", "search": "canary"})),
            ("list_article", json!({"limit": 2, "count": "estimate", "search": "canary"})),
            ("related_author", json!({"id": 1, "relation": "articles", "limit": 1, "count": "estimate"})),
            ("aggregate_author", json!({})),
            ("aggregate_author", json!({"functions": ["count"], "group_by": "country"})),
            ("aggregate_author", json!({"functions": ["min", "max"], "field": "email", "group_by": "is_active"})),
            ("aggregate_author", json!({"functions": ["min"], "field": "nonsense", "group_by": "nonsense"})),
            ("aggregate_article", json!({"functions": ["max"], "field": "title", "group_by": "author_id"})),
            ("get_author", json!({"id": 1, "include_related": true, "include_inlines": true})),
            ("get_article", json!({"id": 1, "include_related": true})),
            ("related_article", json!({"id": 1, "relation": "author"})),
            ("related_author", json!({"id": 1, "relation": "articles", "limit": 1})),
            ("autocomplete_author", json!({"limit": 1000})),
            ("actions_author", json!({})),
            ("create_author", json!({"data": new, "dry_run": true})),
            ("create_author", json!({"data": new})),
            ("create_author", json!({"data": {"name": "x", "email": email, "country": "NL", "joined_on": "2026-11-23"}})),
            ("update_author", json!({"id": 1, "data": {"name": "Ann", "articles": [{"title": "Tea"}]}})),
            ("update_author", json!({"id": 1, "data": {"name": "Ann"}, "dry_run": true})),
            ("update_author", json!({"id": 2, "data": {"email": email}})),
            ("update_author", json!({"id": 2, "data": {"name": null, "country": "much too long", "joined_on": "x"}})),
            ("update_author", json!({"id": 1, "data": {"name": "Ann"}, "if_match": "stale"})),
            ("update_author", json!({"id": 1, "data": {"articles": [{"id": 1, "title": null}, {"nonsense": 1}]}})),
            ("bulk_author", json!({"operation": "update", "items": [{"id": 1, "data": {"name": "Bea"}}, {"id": 2, "data": {"email": email}}], "dry_run": true})),
            ("bulk_author", json!({"operation": "delete", "items": [1, 2]})),
            ("action_author", json!({"action": "retire", "ids": [1, 2]})),
            ("action_author", json!({"action": "delete_selected", "ids": [1]})),
            ("delete_author", json!({"id": 1})),
            ("history_author", json!({"id": 1})),
        ] {
            let answer = agent.call(tool, arguments.clone()).await;
            transcript.push_str(&answer.text);
            // A cursor holds values: those of a page, and of the pages behind it.
            let mut cursor = answer.body["structuredContent"]["next_cursor"].clone();
            for _ in 0..3 {
                let Some(text) = cursor.as_str() else { break };
                transcript.push_str(&unsealed(text));
                let mut next = arguments.clone();
                next["cursor"] = json!(text);
                let page = agent.call(tool, next).await;
                transcript.push_str(&page.text);
                cursor = page.body["structuredContent"]["next_cursor"].clone();
            }
            let confirm = &answer.body["structuredContent"]["confirm"];
            if confirm.is_string() {
                let mut again = arguments.clone();
                again["confirm"] = confirm.clone();
                transcript.push_str(&agent.call(tool, again).await.text);
            }
            let params = json!({"name": tool, "arguments": arguments});
            transcript.push_str(&agent.modern_with("tools/call", params.clone(), json!({"elicitation": {}})).await.text);
            transcript.push_str(&agent.legacy("tools/call", params).await.text);
        }
        for (method, params) in [
            ("tools/list", json!({})),
            ("resources/list", json!({})),
            ("resources/templates/list", json!({})),
            ("prompts/list", json!({})),
            ("resources/read", json!({"uri": "schema://blog/author"})),
            ("resources/read", json!({"uri": "record://blog/author/1"})),
            ("resources/read", json!({"uri": "record://blog/author/bio"})),
            ("prompts/get", json!({"name": "explore_app", "arguments": {"app": "blog"}})),
            ("prompts/get", json!({"name": "import_rows", "arguments": {"model": "blog.author"}})),
            ("prompts/get", json!({"name": "audit_token", "arguments": {}})),
            ("completion/complete", completion("app", "", &json!({}))),
            ("completion/complete", completion("model", "a", &json!({"app": "blog"}))),
            ("completion/complete", completion("id", "", &json!({"app": "blog", "model": "author"}))),
            ("completion/complete", completion("id", "canary", &json!({"app": "blog", "model": "author"}))),
        ] {
            transcript.push_str(&agent.modern(method, params.clone()).await.text);
            transcript.push_str(&agent.legacy(method, params).await.text);
        }
        for path in ["/api/v1/apps/blog", "/api/v1/apps/blog/author/records", "/api/v1/apps/blog/author/records/1"] {
            transcript.push_str(&agent.rest("GET", path, None).await.text);
        }
        assert!(transcript.contains("confirmation_required") && transcript.contains("input_required"));
        for piece in ["canary", "\"bio", "bio\"", "bio\\\"", ".bio", " bio"] {
            let at = transcript.find(piece).map(|at| &transcript[at.saturating_sub(200)..(at + 50).min(transcript.len())]);
            assert!(at.is_none(), "{piece}: {at:?}");
        }
        assert!(!server.output().contains(CANARY), "the log of the process");
        let log = open(&site.url).read(|conn| Ok(mcp_admin::models::log_entry::list_recent(conn, 1000)?)).unwrap();
        for entry in log {
            assert!(!entry.changes.contains("bio") && !format!("{entry:?}").contains(CANARY), "{entry:?}");
        }
    }
}

/// What is in a cursor, as far as it can be read.
fn unsealed(cursor: &str) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn completion(part: &str, value: &str, context: &Value) -> Value {
    json!({
        "ref": { "type": "ref/resource", "uri": "record://{app}/{model}/{id}" },
        "argument": { "name": part, "value": value },
        "context": { "arguments": context },
    })
}
