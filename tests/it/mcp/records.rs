//! Records through tools: reading, writing, and who is told to have done it.

use serde_json::{Value, json};

use crate::harness::on_both;

const EDITOR: [&str; 5] = [
    "blog.view_article",
    "blog.add_article",
    "blog.change_article",
    "blog.delete_article",
    "blog.view_author",
];

on_both! {
    async fn the_documented_calls_answer_as_documented(app) {
        let agent = app.token(&["blog.view_article"]);
        let listed = agent.post(&json!({"method": "tools/list"})).await;
        assert_eq!(listed.status, 200);
        assert_eq!(listed.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["tools"]);
        for tool in listed.body["tools"].as_array().unwrap() {
            for key in ["name", "description", "inputSchema", "outputSchema", "annotations"] {
                assert!(!tool[key].is_null(), "{key}: {tool}");
            }
            assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
        }
        let called = agent.post(&json!({"method": "tools/call", "name": "list_article", "arguments": {"limit": 10}})).await;
        let content = &called.body["structuredContent"];
        assert_eq!(content["results"].as_array().unwrap().len(), 10);
        assert_eq!((&content["count"], &content["total_count"]), (&json!(10), &json!(1200)));
        let text: Value = serde_json::from_str(called.tool_text()).unwrap();
        assert_eq!(&text, content, "the text is the same JSON");
    }

    async fn a_reader_sees_no_writing_tool_and_is_told_what_it_lacks(app) {
        let agent = app.token(&["blog.view_article", "blog.view_author"]);
        let tools = agent.tools().await;
        for verb in ["create_", "update_", "delete_"] {
            assert!(!tools.iter().any(|tool| tool.starts_with(verb)), "{tools:?}");
        }
        for (tool, arguments, permission) in [
            ("create_article", json!({"data": {"title": "x"}}), "blog.add_article"),
            ("update_article", json!({"id": 1, "data": {"title": "x"}}), "blog.change_article"),
            ("delete_article", json!({"id": 1}), "blog.delete_article"),
        ] {
            let text = agent.refused(tool, arguments).await;
            assert_eq!(text, format!("Permission denied: {permission}"));
        }
        assert_eq!(agent.ok("get_article", json!({"id": 1})).await["id"], 1);
        // Refusals are written behind the answer.
        let denied = async || app.log().iter().filter(|entry| entry.outcome == "denied").count() >= 3;
        crate::harness::eventually("refusals are logged", std::time::Duration::from_secs(3), denied).await;
        let entry = app.log().into_iter().find(|entry| entry.outcome == "denied").unwrap();
        assert_eq!((entry.token_id, entry.actor_label.as_str()), (Some(agent.id()), "ada"));
    }

    async fn an_editor_writes_and_the_log_names_the_token_and_its_owner(app) {
        let agent = app.token_with(&EDITOR, |new| new.name = "Editing agent".into());
        let created = agent.ok("create_article", json!({"data": {"title": "One", "author": 1, "rating": "4.50"}})).await;
        let id = created["id"].clone();
        agent.ok("update_article", json!({"id": id, "data": {"title": "Two"}})).await;
        let read = agent.ok("get_article", json!({"id": id})).await;
        assert_eq!((&read["title"], &read["rating"], &read["author_id"]), (&json!("Two"), &json!("4.50"), &json!(1)));
        agent.ok("delete_article", json!({"id": id})).await;
        let entries: Vec<_> = app.log().into_iter().filter(|entry| entry.app_label == "blog" && entry.model == "article").collect();
        let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["deleted", "changed", "added"]);
        for entry in &entries {
            assert_eq!(entry.token_id, Some(agent.id()));
            assert_eq!(entry.token_label.as_deref(), Some("Editing agent"));
            assert_eq!((entry.actor_label.as_str(), entry.surface.as_str(), entry.outcome.as_str()), ("ada", "mcp", "done"));
            assert_eq!(entry.object_id, id.to_string());
        }
        let changes: Value = serde_json::from_str(&entries[1].changes).unwrap();
        assert!(changes.to_string().contains("One") && changes.to_string().contains("Two"), "{changes}");
    }

    async fn a_plain_users_token_may_do_what_it_holds_and_a_superusers_no_more(app) {
        let root = app.superuser("root");
        let of_root = app.token_with(&["blog.view_article"], |new| new.user_id = root);
        let of_plain = app.token(&["blog.change_article"]);
        let arguments = json!({"id": 1, "data": {"title": "Mine"}});
        assert_eq!(of_root.refused("update_article", arguments.clone()).await, "Permission denied: blog.change_article");
        of_plain.ok("update_article", arguments).await;
    }

    async fn excluded_fields_do_not_exist(app) {
        // The columns are there; the configuration hides them.
        let hidden = crate::harness::TestApp::with(app.backend(), |config| {
            let blog = config.apps.get_mut("blog").unwrap();
            blog.models.entry("author".into()).or_default().exclude_fields = vec!["email".into()];
        }).await;
        let agent = hidden.token(&["blog.view_author", "blog.change_author"]);
        let everything = agent.list().await.text
            + &agent.call("get_author", json!({"id": 1})).await.text
            + &agent.call("describe_author", json!({})).await.text
            + &agent.call("list_author", json!({"search": "example.org"})).await.text;
        assert!(!everything.contains("email") && !everything.contains("example.org"), "{everything}");
        let unknown = agent.refused("update_author", json!({"id": 1, "data": {"nonsense": "x"}})).await;
        let excluded = agent.refused("update_author", json!({"id": 1, "data": {"email": "x"}})).await;
        assert_eq!(excluded.replace("email", "nonsense"), unknown);
        for arguments in [json!({"filters": {"email__icontains": "a"}}), json!({"order_by": "email"}), json!({"fields": ["email"]})] {
            agent.refused("list_author", arguments).await;
        }
    }
}
