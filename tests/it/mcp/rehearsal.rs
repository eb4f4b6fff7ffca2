//! Dry runs.

use serde_json::{Value, json};

use crate::harness::{Agent, TestApp, on_both};

const ALL: [&str; 6] = [
    "blog.view_article",
    "blog.add_article",
    "blog.change_article",
    "blog.delete_article",
    "blog.delete_comment",
    "blog.view_tag",
];

async fn everything(agent: &Agent) -> Value {
    let mut all = Vec::new();
    for offset in [0, 1000] {
        all.push(agent.ok("list_article", json!({"limit": 1000, "offset": offset})).await);
    }
    all.push(agent.ok("get_article", json!({"id": 1, "include_related": true})).await);
    json!(all)
}

fn written(app: &TestApp) -> usize {
    app.log().iter().filter(|entry| entry.app_label == "blog").count()
}

on_both! {
    async fn a_dry_run_says_what_would_be_and_changes_nothing(app) {
        let agent = app.token(&ALL);
        let before = everything(&agent).await;
        let data = json!({"title": "Tea", "slug": "tea-for-two", "author": 1, "tags": [1]});
        let created = agent.ok("create_article", json!({"data": data, "dry_run": true})).await;
        assert_eq!((&created["dry_run"], &created["object"]["title"]), (&json!(true), &json!("Tea")));
        assert_eq!(created["changes"]["after"]["tags"], json!([1]));
        let updated = agent.ok("update_article", json!({"id": 1, "data": {"title": "Tea"}, "dry_run": true})).await;
        assert_eq!(updated["changes"], json!({"before": {"title": before[2]["title"]}, "after": {"title": "Tea"}}));
        let deleted = agent.ok("delete_article", json!({"id": 1, "dry_run": true})).await;
        assert_eq!((&deleted["dry_run"], &deleted["changes"]["before"]["id"]), (&json!(true), &json!(1)));
        let bulk = agent.ok("bulk_article", json!({"operation": "create", "items": [data, {"title": null}], "dry_run": true})).await;
        assert_eq!((&bulk["success_count"], &bulk["error_count"], &bulk["dry_run"]), (&json!(1), &json!(1), &json!(true)));
        assert_eq!(bulk["results"]["success"][0]["changes"]["after"]["title"], "Tea");
        let bulk = agent.ok("bulk_article", json!({"operation": "delete", "items": [1, 2], "dry_run": true})).await;
        assert_eq!(bulk["success_count"], 2);
        let action = agent.ok("action_article", json!({"action": "delete_selected", "ids": [1, 2], "dry_run": true})).await;
        assert_eq!((&action["affected_count"], &action["changes"][1]["before"]["id"]), (&json!(2), &json!(2)));
        assert_eq!(everything(&agent).await, before);
        assert_eq!(written(&app), 0);
    }

    async fn a_dry_run_is_refused_where_the_write_would_be(app) {
        let agent = app.token(&ALL);
        for (tool, arguments) in [
            ("create_article", json!({"data": {"title": null, "author": 999_999}})),
            ("update_article", json!({"id": 999_999, "data": {"title": "x"}})),
            ("update_article", json!({"id": 1, "data": {"status": "lost"}})),
            ("delete_article", json!({"id": 999_999})),
        ] {
            let mut dry = arguments.clone();
            dry["dry_run"] = json!(true);
            assert_eq!(agent.refused(tool, dry).await, agent.refused(tool, arguments).await, "{tool}");
        }
        let reader = app.token(&["blog.view_article", "blog.delete_article"]);
        assert_eq!(reader.refused("update_article", json!({"id": 1, "data": {"title": "x"}, "dry_run": true})).await, "Permission denied: blog.change_article");
        let comments = app.token(&["blog.view_comment"]).ok("list_comment", json!({"fields": ["article_id"], "limit": 1})).await;
        let id = &comments["results"][0]["article_id"];
        assert_eq!(reader.refused("delete_article", json!({"id": id, "dry_run": true})).await, "Permission denied: blog.delete_comment");
        let text = agent.refused("delete_article", json!({"id": 1, "dry_run": "maybe"})).await;
        assert_eq!(text, "Validation failed: dry_run: must be true or false");
    }
}
