//! Writes that insist on what was read.

use serde_json::{Value, json};

use super::assert_conforms;
use crate::apps::attached::on_each;
use crate::harness::{Agent, Site, TestApp};

const ALL: [&str; 5] = [
    "blog.view_article",
    "blog.change_article",
    "blog.delete_article",
    "blog.delete_comment",
    "blog.view_tag",
];

/// The first articles of a list.
async fn listed(agent: &Agent, mut arguments: Value) -> Vec<Value> {
    arguments["limit"] = json!(3);
    arguments["order_by"] = json!("id");
    let page = agent.ok("list_article", arguments).await;
    assert_conforms(agent, "list_article", &page).await;
    page["results"].as_array().unwrap().clone()
}

on_each! {
    async fn a_write_that_insists_on_what_was_read_fails_when_that_has_changed(backend) {
        let app = TestApp::on(Site::new(backend), |_| {});
        let agent = app.token(&ALL);
        let read = agent.ok("get_article", json!({"id": 1})).await;
        let seen = read["_etag"].clone();
        let first = agent.ok("update_article", json!({"id": 1, "data": {"title": "First"}, "if_match": seen})).await;
        assert_ne!(first["etag"], seen);
        let stale = agent.call("update_article", json!({"id": 1, "data": {"title": "Second"}, "if_match": seen})).await;
        assert!(stale.is_error());
        let content = &stale.body["structuredContent"];
        assert_eq!((&content["code"], &content["current"]["title"], &content["etag"]), (&json!("precondition_failed"), &json!("First"), &first["etag"]));
        let stale = agent.call("delete_article", json!({"id": 1, "if_match": seen})).await;
        assert_eq!(stale.body["structuredContent"]["code"], "precondition_failed", "{}", stale.text);
        assert_eq!(agent.ok("get_article", json!({"id": 1})).await["_etag"], first["etag"]);
        let blind = app.token(&["blog.change_article"]);
        let stale = blind.call("update_article", json!({"id": 1, "data": {"title": "x"}, "if_match": "x"})).await;
        assert!(stale.body["structuredContent"].get("current").is_none(), "{}", stale.text);
        agent.ok("update_article", json!({"id": 1, "data": {"title": "Third"}, "if_match": first["etag"], "dry_run": true})).await;
        agent.ok("delete_article", json!({"id": 1, "if_match": first["etag"]})).await;
        assert_eq!(agent.refused("update_article", json!({"id": 1, "data": {"title": "x"}, "if_match": seen})).await, "article not found");
    }

    async fn a_list_gives_what_a_write_insists_on(backend) {
        let app = TestApp::with(backend, |config| {
            let article = config.apps.get_mut("blog").unwrap().models.get_mut("article").unwrap();
            article.list_display = Some(vec!["title".into(), "id".into()]);
        })
        .await;
        let agent = app.token(&ALL);
        let rows = listed(&agent, json!({})).await;
        for row in &rows {
            // It is of the whole record, and the record is shown as far as the configuration says.
            let whole = agent.ok("get_article", json!({"id": row["id"]})).await;
            assert_eq!(*row, json!({"title": whole["title"], "id": whole["id"], "_etag": whole["_etag"]}));
        }
        // Chosen fields are read alone, unless it is among them.
        assert!(listed(&agent, json!({"fields": ["id", "title"]})).await[0].get("_etag").is_none());
        let chosen = listed(&agent, json!({"fields": ["_etag", "id"]})).await;
        assert_eq!(chosen[0], json!({"id": rows[0]["id"], "_etag": rows[0]["_etag"]}));
        let got = agent.ok("get_article", json!({"id": rows[0]["id"], "fields": ["_etag", "id"]})).await;
        assert_eq!(got, chosen[0]);
        // The pages of a list are those that they are without it.
        let page = agent.ok("list_article", json!({"limit": 2, "order_by": "id"})).await;
        let next = agent.ok("list_article", json!({"limit": 2, "order_by": "id", "cursor": page["next_cursor"], "fields": ["id"]})).await;
        assert_eq!(next["results"][0], json!({"id": rows[2]["id"]}));

        // A field that is not shown counts.
        let (id, seen) = (&rows[0]["id"], &rows[0]["_etag"]);
        let done = agent.ok("update_article", json!({"id": id, "data": {"summary": "Short"}, "if_match": seen})).await;
        assert_eq!(listed(&agent, json!({})).await[0]["_etag"], done["etag"]);
        for (tool, arguments) in [
            ("update_article", json!({"id": id, "data": {"title": "Second"}, "if_match": seen})),
            ("delete_article", json!({"id": id, "if_match": seen})),
        ] {
            let stale = agent.call(tool, arguments).await;
            let content = &stale.body["structuredContent"];
            assert!(stale.is_error(), "{tool}: {}", stale.text);
            assert_eq!((&content["code"], &content["etag"]), (&json!("precondition_failed"), &done["etag"]), "{tool}");
            assert_eq!(content["current"]["summary"], "Short", "{tool}");
        }
        agent.ok("delete_article", json!({"id": rows[1]["id"], "if_match": rows[1]["_etag"]})).await;
        agent.ok("delete_article", json!({"id": id, "if_match": done["etag"]})).await;
    }
}
