//! Prompts: who sees them, and what they say.

use serde_json::{Value, json};

use crate::harness::{Agent, on_both};

async fn names(agent: &Agent) -> Vec<String> {
    let answer = agent.modern("prompts/list", json!({})).await;
    let prompts = answer.body["result"]["prompts"].as_array().expect(&answer.text);
    prompts.iter().map(|prompt| prompt["name"].as_str().unwrap().to_owned()).collect()
}

async fn text(agent: &Agent, name: &str, arguments: Value) -> String {
    let answer = agent.modern("prompts/get", json!({ "name": name, "arguments": arguments })).await;
    assert_eq!(answer.body["result"]["resultType"], "complete", "{}", answer.text);
    answer.body["result"]["messages"][0]["content"]["text"].as_str().unwrap().to_owned()
}

async fn refusal(agent: &Agent, name: &str, arguments: Value) -> String {
    let answer = agent.legacy("prompts/get", json!({ "name": name, "arguments": arguments })).await;
    assert_eq!((answer.status, &answer.body["error"]["code"]), (200, &json!(-32602)), "{}", answer.text);
    answer.body["error"]["message"].as_str().unwrap().to_owned()
}

on_both! {
    async fn prompts_are_listed_by_permission(app) {
        assert_eq!(names(&app.token(&[])).await, ["audit_token"]);
        assert_eq!(names(&app.token(&["blog.view_tag"])).await, ["explore_app", "audit_token"]);
        let both = app.token(&["blog.view_tag", "blog.add_tag"]);
        assert_eq!(names(&both).await, ["explore_app", "audit_token", "import_rows"]);
    }

    async fn exploring_an_app_names_only_what_may_be_seen(app) {
        let agent = app.token(&["blog.view_article", "blog.view_author"]);
        let said = text(&agent, "explore_app", json!({"app": "blog"})).await;
        assert!(said.contains("blog.article") && said.contains("schema://blog/author"), "{said}");
        assert!(said.contains("author leads to blog.author"), "{said}");
        assert!(!said.contains("comment"), "{said}");
        assert_eq!(refusal(&agent, "explore_app", json!({"app": "nope"})).await, "app: must be one of: blog");
        let wrong = refusal(&agent, "explore_app", json!({"app": 1, "depth": "2"})).await;
        assert!(wrong.contains("app: must be a text") && wrong.contains("depth: is not an argument"), "{wrong}");
        assert!(refusal(&agent, "explore_app", json!({})).await.contains("app: is required"));
        let denied = refusal(&app.token(&[]), "explore_app", json!({"app": "blog"})).await;
        assert_eq!(denied, "Permission denied: view_*");
    }

    async fn r15_another_token_is_audited_only_with_permission(app) {
        let other = app.token_with(&["blog.delete_tag"], |new| new.name = "Cleaner".into());
        let agent = app.token(&["blog.view_tag"]);
        let own = text(&agent, "audit_token", json!({"purpose": "reading tags"})).await;
        assert!(own.contains("blog.view_tag") && own.contains("reading tags") && !own.contains("delete_tag"), "{own}");
        let id = other.id().to_string();
        let denied = refusal(&agent, "audit_token", json!({ "token": id })).await;
        assert_eq!(denied, "Permission denied: mcp.view_token");
        let auditor = app.token(&["mcp.view_token"]);
        for reference in [id.as_str(), "Cleaner"] {
            let said = text(&auditor, "audit_token", json!({ "token": reference })).await;
            assert!(said.contains("Cleaner") && said.contains("blog.delete_tag"), "{said}");
            assert!(!said.contains(&other.token), "a secret is never said");
        }
    }

    async fn importing_rows_names_the_fields_that_can_be_written(app) {
        let agent = app.token(&["blog.view_tag", "blog.add_tag"]);
        let said = text(&agent, "import_rows", json!({"model": "blog.tag", "rows": "name\ntea"})).await;
        assert!(said.contains("- name (") && said.contains("create_tag") && said.contains("name\ntea"), "{said}");
        let wrong = refusal(&agent, "import_rows", json!({"model": "blog.article"})).await;
        assert_eq!(wrong, "model: must be one of: blog.tag");
        let params = json!({"ref": {"type": "ref/prompt", "name": "import_rows"}, "argument": {"name": "model", "value": "blog.t"}});
        let completed = agent.modern("completion/complete", params).await;
        assert_eq!(completed.body["result"]["completion"]["values"], json!(["blog.tag"]), "{}", completed.text);
    }
}
