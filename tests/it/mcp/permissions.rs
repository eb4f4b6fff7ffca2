//! What a token sees and may do, whoever owns it.

use std::time::Duration;

use mcp_admin::services::groups;
use serde_json::{Value, json};

use crate::harness::{eventually, on_both, request};

const EDITOR: [&str; 4] =
    ["blog.view_article", "blog.add_article", "blog.change_article", "blog.delete_article"];
const READS: [&str; 7] = [
    "find_models",
    "list_article",
    "get_article",
    "describe_article",
    "aggregate_article",
    "history_article",
    "autocomplete_article",
];

fn article() -> Value {
    json!({"title": "Tea", "slug": "tea-for-two", "author": 1, "body": "Two cups."})
}

on_both! {
    async fn r10_what_is_not_granted_is_refused(app) {
        let nobody = app.token(&[]);
        assert!(nobody.tools().await.is_empty());
        for tool in ["list_article", "get_article", "describe_article", "create_article", "update_article", "delete_article", "bulk_article", "action_article", "actions_article", "history_article"] {
            let text = nobody.refused(tool, json!({"id": 1, "data": {}})).await;
            assert!(text.starts_with("Permission denied: blog."), "{tool}: {text}");
        }
        assert!(nobody.refused("find_models", json!({})).await.starts_with("Permission denied"));
        let editor = app.token(&EDITOR);
        for unknown in ["nothing", "list_articles", "List_article", " list_article", "publish_article", "bulk_articles", "run_article", "list_auth_user", "list_user", "list_token", ""] {
            let answer = editor.call(unknown, json!({})).await;
            assert_eq!((answer.status, &answer.body["code"]), (404, &json!("unknown_tool")), "{unknown}");
        }
        assert_eq!(request(app.address(), &[]).status, 401);
        assert_eq!(editor.ok("list_article", json!({"limit": 1})).await["total_count"], 1200);
    }

    async fn a_reader_sees_no_writing_tool_and_is_refused_by_name(app) {
        let reader = app.token(&["blog.view_article"]);
        assert_eq!(reader.tools().await, READS);
        for (verb, permission) in [("update", "change"), ("create", "add"), ("delete", "delete")] {
            let before = reader.ok("get_article", json!({"id": 1})).await;
            let text = reader.refused(&format!("{verb}_article"), json!({"id": 1, "data": article()})).await;
            assert_eq!(text, format!("Permission denied: blog.{permission}_article"));
            assert_eq!(reader.ok("get_article", json!({"id": 1})).await, before);
        }
        let noted = async || app.log().iter().filter(|entry| entry.action == "denied").count() == 3;
        eventually("three refusals are in the log", Duration::from_secs(3), noted).await;
        let entry = app.log().into_iter().find(|entry| entry.object_repr == "update_article").unwrap();
        assert_eq!((entry.token_id, entry.outcome.as_str()), (Some(reader.id()), "denied"));
        assert_eq!(entry.changes, r#"{"permission":"blog.change_article"}"#);
    }

    async fn a_refusal_says_what_is_missing_who_has_it_and_how_to_get_it(app) {
        for (name, permissions) in
            [("Authors", &["blog.add_article"][..]), ("Bosses", &["blog.add_article", "blog.delete_article"])]
        {
            let permissions: Vec<String> = permissions.iter().map(ToString::to_string).collect();
            let group = app.write(|tx, actor| groups::create(tx, actor, app.clock.now(), name)).id;
            app.write(|tx, actor| groups::grant(tx, actor, app.clock.now(), group, &permissions));
        }
        let reader = app.token(&["blog.view_article"]);
        let refused = reader.call("create_article", json!({"data": article()})).await;
        assert_eq!(refused.tool_text(), "Permission denied: blog.add_article");
        let expected = json!({
            "error": "Permission denied: blog.add_article", "code": "permission_denied",
            "missing_permission": "blog.add_article", "held_by_groups": ["Authors", "Bosses"],
            "how_to_get": "Ask an administrator for the permission blog.add_article, or for one of the groups that \
                           have it: Authors, Bosses",
        });
        assert_eq!(refused.body["structuredContent"], expected);
        // The same where a part of the call is refused, and where nobody has it.
        let bulk = reader.call("bulk_article", json!({"operation": "delete", "items": [1]})).await;
        assert_eq!(bulk.body["structuredContent"]["held_by_groups"], json!(["Bosses"]));
        let change = reader.call("update_article", json!({"id": 1, "data": {}})).await;
        let found = &change.body["structuredContent"];
        assert_eq!((&found["held_by_groups"], &found["how_to_get"]),
            (&json!([]), &json!("Ask an administrator for the permission blog.change_article")));
    }

    async fn each_permission_gives_its_tools_and_no_others(app) {
        for (permission, tools) in [
            ("blog.view_article", &READS[..]),
            ("blog.add_article", &["create_article", "bulk_article"]),
            ("blog.change_article", &["update_article", "bulk_article"]),
            ("blog.delete_article", &["delete_article", "bulk_article", "action_article"]),
            ("mcp.view_token", &[]),
            ("auth.change_user", &[]),
        ] {
            assert_eq!(app.token(&[permission]).tools().await, tools, "{permission}");
        }
        let mut all = READS.to_vec();
        all.extend(["create_article", "update_article", "delete_article", "bulk_article", "actions_article", "action_article"]);
        assert_eq!(app.token(&EDITOR).tools().await, all);
    }

    async fn an_editors_writes_are_in_the_log_under_token_and_owner(app) {
        let owner = app.user("grace");
        let editor = app.token_with(&EDITOR, |new| {
            new.name = "Editor".into();
            new.user_id = owner;
        });
        let created = editor.ok("create_article", json!({"data": article()})).await;
        let id = created["id"].clone();
        editor.ok("update_article", json!({"id": id, "data": {"title": "Coffee"}})).await;
        editor.ok("delete_article", json!({"id": id})).await;
        editor.refused("update_article", json!({"id": id, "data": {"title": "Milk"}})).await;
        let log = app.log();
        let written: Vec<_> = log.iter().filter(|entry| entry.app_label == "blog").rev().collect();
        let actions: Vec<_> = written.iter().map(|entry| (entry.action.as_str(), entry.outcome.as_str())).collect();
        assert_eq!(actions, [("added", "done"), ("changed", "done"), ("deleted", "done"), ("changed", "failed")]);
        for entry in &written {
            assert_eq!((entry.token_id, entry.token_label.as_deref()), (Some(editor.id()), Some("Editor")));
            assert_eq!((entry.actor_user_id, entry.actor_label.as_str()), (Some(owner), "grace"));
            assert_eq!((entry.surface.as_str(), entry.model.as_str()), ("mcp", "article"));
            assert_eq!(entry.object_id, id.to_string());
            assert_eq!(entry.ip.as_deref(), Some("127.0.0.1"));
        }
        let changes: Value = serde_json::from_str(&written[1].changes).unwrap();
        assert_eq!((&changes["before"]["title"], &changes["after"]["title"]), (&json!("Tea"), &json!("Coffee")));
        assert_eq!(written[1].object_repr, "Coffee");
    }

    async fn r09_the_owners_rank_gives_and_takes_nothing(app) {
        let (root, plain) = (app.superuser("root"), app.user("plain"));
        let ranked = app.token_with(&["blog.view_article"], |new| new.user_id = root);
        let humble = app.token_with(&["blog.view_article", "blog.change_article"], |new| new.user_id = plain);
        assert_eq!(ranked.tools().await, READS);
        for (verb, permission) in [("create", "add"), ("update", "change"), ("delete", "delete")] {
            let text = ranked.refused(&format!("{verb}_article"), json!({"id": 1, "data": {"title": "Root"}})).await;
            assert_eq!(text, format!("Permission denied: blog.{permission}_article"));
        }
        assert_eq!(ranked.refused("list_author", json!({})).await, "Permission denied: blog.view_author");
        let changed = humble.ok("update_article", json!({"id": 1, "data": {"title": "Plain"}})).await;
        assert_eq!(changed["object"]["title"], "Plain");
        assert_eq!(ranked.ok("get_article", json!({"id": 1})).await["title"], "Plain");
    }
}
