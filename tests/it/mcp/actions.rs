//! Actions on chosen records.

use mcp_admin::config::{ActionConfig, PermissionConfig};
use mcp_admin::db::Backend;
use serde_json::{Value, json};

use crate::harness::{TestApp, on_both};

/// A server with two actions on articles; one of them sets a field that clients cannot write.
async fn with_actions(backend: Backend) -> TestApp {
    TestApp::with(backend, |config| {
        let article = config.apps.get_mut("blog").unwrap().models.get_mut("article").unwrap();
        article.readonly_fields = vec!["is_featured".into()];
        article.permissions =
            vec![PermissionConfig { codename: "publish_article".into(), name: "Can publish article".into() }];
        let action = |name: &str, field: &str, value: Value, permission: Option<&str>| ActionConfig {
            name: name.into(),
            description: format!("Set {field}"),
            set: [(field.to_owned(), value)].into(),
            permission: permission.map(str::to_owned),
            confirm: false,
        };
        article.actions = vec![
            action("publish", "status", json!("published"), Some("blog.publish_article")),
            action("feature", "is_featured", json!(true), None),
        ];
    })
    .await
}

const ALL: [&str; 5] = [
    "blog.view_article",
    "blog.change_article",
    "blog.publish_article",
    "blog.delete_article",
    "blog.delete_comment",
];

on_both! {
    from with_actions;

    async fn actions_are_listed_with_what_they_need(app) {
        let agent = app.token(&["blog.view_article", "blog.change_article"]);
        let found = agent.ok("actions_article", json!({})).await;
        let seen: Vec<_> = found["actions"].as_array().unwrap().iter().map(|a| (a["name"].as_str().unwrap(), a["allowed"] == true)).collect();
        assert_eq!(seen, [("publish", false), ("feature", true), ("delete_selected", false)]);
        assert_eq!(found["actions"][0]["sets"], json!({"status": "published"}));
        assert_eq!(found["actions"][0]["permissions"], json!(["blog.change_article", "blog.publish_article"]));
        assert_eq!(app.token(&["blog.change_article"]).refused("actions_article", json!({})).await, "Permission denied: blog.view_article");
    }

    async fn an_action_sets_its_fields_on_the_chosen_records_and_says_which(app) {
        let agent = app.token(&ALL);
        let drafts = agent.ok("list_article", json!({"filters": {"status": "draft"}, "limit": 3, "fields": ["id"]})).await;
        let ids: Vec<Value> = drafts["results"].as_array().unwrap().iter().map(|r| r["id"].clone()).collect();
        let done = agent.ok("action_article", json!({"action": "publish", "ids": ids})).await;
        assert_eq!((&done["affected_count"], &done["ids"], &done["success"]), (&json!(3), &json!(ids), &json!(true)));
        for id in &ids {
            assert_eq!(agent.ok("get_article", json!({"id": id})).await["status"], "published");
            let entry = agent.ok("history_article", json!({"id": id})).await["results"][0].clone();
            assert_eq!((&entry["action"], &entry["after"]["status"]), (&json!("changed"), &json!("published")));
        }
        let whole = app.log().into_iter().find(|e| e.action == "action").unwrap();
        assert_eq!((whole.outcome.as_str(), whole.object_id.as_str()), ("done", ""));
        assert!(whole.changes.contains("publish"), "{}", whole.changes);
        agent.ok("action_article", json!({"action": "feature", "ids": [ids[0], ids[0]]})).await;
        assert_eq!(agent.ok("get_article", json!({"id": ids[0]})).await["is_featured"], true);
        let text = agent.refused("update_article", json!({"id": ids[0], "data": {"is_featured": false}})).await;
        assert_eq!(text, "Validation failed: data.is_featured: is read-only");
    }

    async fn an_action_is_done_to_all_or_none(app) {
        let agent = app.token(&ALL);
        let before = agent.ok("get_article", json!({"id": 1})).await;
        for (arguments, expected) in [
            (json!({"action": "publish", "ids": [1, 999_999]}), "Validation failed: ids.1: There is no article with id 999999"),
            (json!({"action": "publish", "ids": []}), "Validation failed: ids: must have at least one item"),
            (json!({"action": "publish"}), "Validation failed: ids: is required"),
            (json!({"ids": [1]}), "Validation failed: action: is required"),
            (json!({"action": "burn", "ids": [1]}), "Validation failed: action: \"burn\" is not one; there are: publish, feature, delete_selected"),
        ] {
            assert_eq!(agent.refused("action_article", arguments).await, expected);
        }
        assert_eq!(agent.ok("get_article", json!({"id": 1})).await, before);
    }

    async fn each_action_needs_its_own_permission(app) {
        let changer = app.token(&["blog.view_article", "blog.change_article"]);
        assert_eq!(changer.refused("action_article", json!({"action": "publish", "ids": [1]})).await, "Permission denied: blog.publish_article");
        assert_eq!(changer.refused("action_article", json!({"action": "delete_selected", "ids": [1]})).await, "Permission denied: blog.delete_article");
        changer.ok("action_article", json!({"action": "feature", "ids": [1]})).await;
        let publisher = app.token(&["blog.view_article", "blog.publish_article"]);
        assert_eq!(publisher.refused("action_article", json!({"action": "publish", "ids": [1]})).await, "Permission denied: blog.change_article");
        let deleter = app.token(&["blog.view_article", "blog.delete_article"]);
        let denied = deleter.refused("action_article", json!({"action": "feature", "ids": [1]})).await;
        assert_eq!(denied, "Permission denied: blog.change_article");
    }

    async fn chosen_records_are_deleted_by_who_may_delete(app) {
        let agent = app.token(&ALL);
        let done = agent.ok("action_article", json!({"action": "delete_selected", "ids": [1, 2, 3]})).await;
        assert_eq!((&done["affected_count"], &done["ids"]), (&json!(3), &json!([1, 2, 3])));
        assert_eq!(agent.ok("list_article", json!({"limit": 1})).await["total_count"], 1197);
        let history = agent.ok("history_article", json!({"id": 2})).await;
        assert_eq!(history["results"][0]["action"], "deleted");
    }
}
