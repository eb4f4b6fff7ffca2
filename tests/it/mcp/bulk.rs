//! Many records by one call.

use std::time::Instant;

use mcp_admin::models::log_entry::LogEntry;
use serde_json::{Value, json};

use crate::harness::{Agent, TestApp, on_both};

const ALL: [&str; 9] = [
    "blog.view_article",
    "blog.add_article",
    "blog.change_article",
    "blog.delete_article",
    "blog.view_author",
    "blog.view_tag",
    "blog.add_tag",
    "blog.delete_comment",
    "blog.view_comment",
];

fn articles(numbers: std::ops::Range<usize>) -> Vec<Value> {
    numbers
        .map(|n| json!({"title": format!("Bulk {n}"), "slug": format!("bulk-{n}"), "author": n % 5 + 1}))
        .collect()
}

async fn total(agent: &Agent) -> Value {
    agent.ok("list_article", json!({"limit": 1})).await["total_count"].clone()
}

fn ids(answer: &Value) -> Vec<Value> {
    answer["results"]["success"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
}

fn entries(app: &TestApp, action: &str) -> usize {
    let is_one = |e: &&LogEntry| e.app_label == "blog" && e.outcome == "done" && !e.object_id.is_empty();
    app.log().iter().filter(is_one).filter(|e| e.action == action).count()
}

on_both! {
    async fn records_are_created_changed_and_deleted_in_bulk(app) {
        let agent = app.token(&ALL);
        let created = agent.ok("bulk_article", json!({"operation": "create", "items": articles(0..20)})).await;
        assert_eq!((&created["total_items"], &created["success_count"], &created["error_count"]), (&json!(20), &json!(20), &json!(0)));
        let new = ids(&created);
        for (n, id) in new.iter().enumerate() {
            let found = agent.ok("get_article", json!({"id": id})).await;
            assert_eq!((&found["title"], &found["author_id"]), (&json!(format!("Bulk {n}")), &json!(n % 5 + 1)), "in the order of the items");
        }
        let items: Vec<Value> = new.iter().map(|id| json!({"id": id, "data": {"status": "published", "tags": [1]}})).collect();
        let changed = agent.ok("bulk_article", json!({"operation": "update", "items": items})).await;
        assert_eq!(ids(&changed), new);
        let tagged = agent.ok("get_article", json!({"id": new[7], "include_related": ["tags"]})).await;
        assert_eq!((&tagged["status"], &tagged["_related"]["tags"][0]["id"]), (&json!("published"), &json!(1)));
        let deleted = agent.ok("bulk_article", json!({"operation": "delete", "items": new})).await;
        assert_eq!(ids(&deleted), new);
        assert_eq!(deleted["cascaded"], json!([{"model": "blog.tag", "effect": "unlinked", "count": 20}]));
        assert_eq!(total(&agent).await, 1200);
        for action in ["added", "changed", "deleted"] {
            assert_eq!(entries(&app, action), 20, "{action}");
        }
        let history = agent.ok("history_article", json!({"id": new[3]})).await;
        let actions: Vec<&Value> = history["results"].as_array().unwrap().iter().map(|e| &e["action"]).collect();
        assert_eq!(actions, ["deleted", "changed", "added"]);
        assert!(app.log().iter().all(|entry| entry.outcome == "done"));
    }

    async fn each_item_fails_for_itself_and_says_why(app) {
        let agent = app.token(&ALL);
        let mut items = articles(0..6);
        items[1]["author"] = json!(999_999);
        items[2] = json!("no object");
        items[3]["slug"] = json!("bulk-0");
        items[4] = json!({"title": null, "nonsense": 1});
        let answer = agent.ok("bulk_article", json!({"operation": "create", "items": items})).await;
        assert_eq!((&answer["success_count"], &answer["error_count"]), (&json!(2), &json!(4)));
        let done: Vec<&Value> = answer["results"]["success"].as_array().unwrap().iter().map(|one| &one["index"]).collect();
        assert_eq!(done, [0, 5]);
        let errors = answer["results"]["errors"].as_array().unwrap();
        for (error, (index, field)) in errors.iter().zip([(1, "data.author"), (2, "item"), (3, "data.slug"), (4, "data.title")]) {
            assert_eq!((&error["index"], &error["code"]), (&json!(index), &json!("validation_error")), "{error}");
            let fields = error["validation_errors"]["fields_with_errors"].as_array().unwrap();
            assert!(fields.contains(&json!(field)), "{error}");
        }
        assert_eq!(total(&agent).await, 1202);
        let ids = ids(&answer);
        let changes = json!([{"id": ids[0], "data": {"title": "Good"}}, {"id": 999_999, "data": {"title": "x"}}, {"id": ids[1], "data": {}}, {"data": {"title": "x"}}]);
        let answer = agent.ok("bulk_article", json!({"operation": "update", "items": changes})).await;
        assert_eq!((&answer["success_count"], &answer["results"]["errors"][0]["code"]), (&json!(1), &json!("not_found")));
        let answer = agent.ok("bulk_article", json!({"operation": "delete", "items": [ids[0], "x", 999_999]})).await;
        assert_eq!((&answer["success_count"], &answer["error_count"]), (&json!(1), &json!(2)));
        assert_eq!((total(&agent).await, entries(&app, "added")), (json!(1201), 2));
    }

    async fn all_items_or_none(app) {
        let agent = app.token(&ALL);
        let mut items = articles(0..10);
        items[9]["author"] = json!(999_999);
        for wrong in [items, vec![json!({"title": "x", "author": 1}), json!(7)]] {
            let answer = agent.call("bulk_article", json!({"operation": "create", "items": wrong, "atomic": true})).await;
            assert!(answer.is_error(), "{}", answer.text);
            let content = &answer.body["structuredContent"];
            assert_eq!((&content["success_count"], &content["error_count"]), (&json!(0), &json!(1)));
            assert_eq!(content["results"]["errors"][0]["index"], wrong.len() - 1);
            assert_eq!(total(&agent).await, 1200);
        }
        assert_eq!(entries(&app, "added"), 0);
        let answer = agent.ok("bulk_article", json!({"operation": "create", "items": articles(0..10), "atomic": true})).await;
        assert_eq!(answer["success_count"], 10);
        assert_eq!(total(&agent).await, 1210);
    }

    async fn a_bulk_write_has_between_one_and_a_thousand_items(app) {
        let agent = app.token(&ALL);
        for (arguments, expected) in [
            (json!({"operation": "create", "items": []}), "Validation failed: items: must have at least one item"),
            (json!({"operation": "create", "items": articles(0..1001)}), "Validation failed: items: has 1001 items, at most 1000 are allowed"),
            (json!({"operation": "create", "items": {}}), "Validation failed: items: must be a list"),
            (json!({"operation": "create"}), "Validation failed: items: is required"),
            (json!({"operation": "create", "items": [1], "atomic": "yes"}), "Validation failed: atomic: must be true or false"),
            (json!({"operation": "upsert", "items": [1]}), "Validation failed: operation: \"upsert\" is not one; there are: create, update, delete"),
        ] {
            assert_eq!(agent.refused("bulk_article", arguments).await, expected);
        }
        assert_eq!(total(&agent).await, 1200);
    }

    async fn each_kind_of_bulk_write_needs_its_own_permission(app) {
        for (permission, allowed) in [("add", "create"), ("change", "update"), ("delete", "delete")] {
            let agent = app.token(&[&format!("blog.{permission}_article")]);
            for (operation, permission) in [("create", "add"), ("update", "change"), ("delete", "delete")] {
                // An item that fails in any case, so that the three can follow each other.
                let items = if operation == "delete" { json!([999_999]) } else { json!([{"id": 999_999, "data": {"title": "x"}}]) };
                let answer = agent.call("bulk_article", json!({"operation": operation, "items": items})).await;
                if operation == allowed {
                    assert_eq!(answer.body["structuredContent"]["error_count"], 1, "{}", answer.text);
                } else {
                    assert_eq!(answer.tool_text(), format!("Permission denied: blog.{permission}_article"));
                }
            }
        }
        let reader = app.token(&["blog.view_article"]);
        for arguments in [json!({}), json!({"operation": "nonsense"}), json!({"operation": "delete", "items": [1]})] {
            assert!(reader.refused("bulk_article", arguments).await.starts_with("Permission denied: blog."));
        }
        assert!(!reader.tools().await.contains(&"bulk_article".to_owned()));
    }

    async fn a_bulk_deletion_takes_along_only_what_may_be_deleted(app) {
        let agent = app.token(&["blog.delete_article", "blog.view_article"]);
        let comments = app.token(&["blog.view_comment"]).ok("list_comment", json!({"fields": ["article_id"], "limit": 1})).await;
        let commented = comments["results"][0]["article_id"].clone();
        let answer = agent.call("bulk_article", json!({"operation": "delete", "items": [commented]})).await;
        assert!(answer.is_error());
        let error = &answer.body["structuredContent"]["results"]["errors"][0];
        assert_eq!((&error["code"], &error["missing_permission"]), (&json!("permission_denied"), &json!("blog.delete_comment")));
        assert_eq!(total(&agent).await, 1200);
        let both = app.token(&ALL).ok("bulk_article", json!({"operation": "delete", "items": [commented]})).await;
        assert!(both["cascaded"].as_array().unwrap().iter().any(|c| c["model"] == "blog.comment" && c["effect"] == "deleted"), "{both}");
    }

    async fn a_thousand_rows_at_once_are_far_quicker_than_one_by_one(app) {
        let agent = app.token(&ALL);
        let started = Instant::now();
        let answer = agent.ok("bulk_article", json!({"operation": "create", "items": articles(0..1000)})).await;
        let together = started.elapsed() / 1000;
        assert_eq!((&answer["success_count"], total(&agent).await), (&json!(1000), json!(2200)));
        let started = Instant::now();
        for data in articles(1000..1020) {
            agent.ok("create_article", json!({"data": data})).await;
        }
        let alone = started.elapsed() / 20;
        println!("a row of a thousand: {together:?}, a row alone: {alone:?}");
assert_eq!(total(&agent).await, 2220);
    }
}
