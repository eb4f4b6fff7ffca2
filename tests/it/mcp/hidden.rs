//! What the configuration hides appears nowhere.

use mcp_admin::db::Backend;
use serde_json::{Value, json};

use crate::apps::attached::on_each;
use crate::harness::{Agent, TestApp, open};

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
        let calls: [(&str, Value); 25] = [
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
