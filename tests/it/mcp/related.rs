//! Following relations, suggesting records, and reading what was done to one.

use serde_json::{Value, json};

use crate::harness::{TestApp, on_both};

const ALL: [&str; 8] = [
    "blog.view_article",
    "blog.add_article",
    "blog.change_article",
    "blog.delete_article",
    "blog.view_author",
    "blog.view_tag",
    "blog.view_comment",
    "blog.delete_comment",
];

async fn new_article(app: &TestApp) -> Value {
    let data = json!({"title": "Tea", "slug": "tea-for-two", "author": 2, "tags": [3, 1]});
    app.token(&ALL).ok("create_article", json!({"data": data})).await["id"].clone()
}

on_both! {
    async fn a_relation_is_followed_in_every_direction_a_page_at_a_time(app) {
        let agent = app.token(&ALL);
        let id = new_article(&app).await;
        let author = agent.ok("related_article", json!({"id": id, "relation": "author"})).await;
        assert_eq!((&author["type"], &author["model"], &author["object"]["id"]), (&json!("single"), &json!("blog.author"), &json!(2)));
        let tags = agent.ok("related_article", json!({"id": id, "relation": "tags"})).await;
        assert_eq!((&tags["type"], &tags["total_count"]), (&json!("many"), &json!(2)));
        let ids = |page: &Value| page["results"].as_array().unwrap().iter().map(|r| r["id"].as_i64().unwrap()).collect::<Vec<_>>();
        assert_eq!(ids(&tags), [1, 3]);
        let all = agent.ok("list_article", json!({"filters": {"author": 2}, "limit": 1000, "fields": ["id"]})).await;
        let mut seen = Vec::new();
        for offset in (0..all["total_count"].as_u64().unwrap()).step_by(25) {
            let page = agent.ok("related_author", json!({"id": 2, "relation": "articles", "limit": 25, "offset": offset})).await;
            assert_eq!((&page["total_count"], &page["count"]), (&all["total_count"], &json!(ids(&page).len())));
            seen.extend(ids(&page));
        }
        assert_eq!(seen, ids(&all));
        let none = agent.ok("related_article", json!({"id": id, "relation": "comments"})).await;
        assert_eq!((&none["results"], &none["total_count"]), (&json!([]), &json!(0)));
    }

    async fn a_relation_needs_the_permission_on_both_models(app) {
        let reader = app.token(&["blog.view_article", "blog.view_tag"]);
        let denied = reader.refused("related_article", json!({"id": 1, "relation": "author"})).await;
        assert_eq!(denied, "Permission denied: blog.view_author");
        for wrong in ["title", "author_id", "__class__", "articles", ""] {
            let text = reader.refused("related_article", json!({"id": 1, "relation": wrong})).await;
            assert!(text.ends_with("is not one; there are: tags"), "{wrong}: {text}");
        }
        assert_eq!(reader.refused("related_article", json!({"id": 999_999, "relation": "tags"})).await, "article not found");
        assert_eq!(reader.refused("related_article", json!({"id": 1})).await, "Validation failed: relation: is required");
        let only = app.token(&["blog.view_article"]);
        assert!(!only.tools().await.contains(&"related_article".to_owned()));
        assert_eq!(only.refused("related_author", json!({"id": 1, "relation": "articles"})).await, "Permission denied: blog.view_author");
    }

    async fn related_records_come_with_a_record_if_asked(app) {
        let agent = app.token(&ALL);
        let id = new_article(&app).await;
        let plain = agent.ok("get_article", json!({"id": id})).await;
        assert!(plain.get("_related").is_none());
        let some = agent.ok("get_article", json!({"id": id, "include_related": ["tags"]})).await;
        assert_eq!(some["_related"]["tags"].as_array().unwrap().len(), 2);
        assert!(some["_related"].get("author").is_none());
        let all = agent.ok("get_article", json!({"id": id, "include_related": true})).await;
        assert_eq!((&all["_related"]["author"]["id"], &all["_related"]["comments"]), (&json!(2), &json!([])));
    }

    async fn suggestions_have_an_id_and_a_label(app) {
        let agent = app.token(&ALL);
        let id = new_article(&app).await;
        let found = agent.ok("autocomplete_article", json!({"term": "TEA", "limit": 1000})).await;
        let mine = json!({"id": id, "text": "Tea"});
        assert!(found["results"].as_array().unwrap().contains(&mine), "{found}");
        assert_eq!(agent.ok("autocomplete_article", json!({})).await["count"], 10);
        assert_eq!(agent.ok("autocomplete_article", json!({"limit": 3, "term": " "})).await["count"], 3);
        assert_eq!(agent.ok("autocomplete_article", json!({"term": "no such words"})).await["results"], json!([]));
        let long = agent.refused("autocomplete_article", json!({"term": "a ".repeat(40)})).await;
        assert!(long.starts_with("Validation failed: term: "), "{long}");
        assert_eq!(app.token(&[]).refused("autocomplete_article", json!({})).await, "Permission denied: blog.view_article");
    }

    async fn the_history_of_a_record_is_what_was_done_to_it(app) {
        let agent = app.token_with(&ALL, |new| new.name = "Editor".into());
        let id = new_article(&app).await;
        agent.ok("update_article", json!({"id": id, "data": {"title": "Coffee", "tags": [2]}})).await;
        agent.refused("update_article", json!({"id": id, "data": {"title": null}})).await;
        agent.ok("delete_article", json!({"id": id})).await;
        let history = agent.ok("history_article", json!({"id": id})).await;
        let entries = history["results"].as_array().unwrap();
        let seen: Vec<_> = entries.iter().map(|e| [&e["action"], &e["outcome"]].map(|v| v.as_str().unwrap().to_owned())).collect();
        assert_eq!(seen, [["deleted", "done"], ["changed", "failed"], ["changed", "done"], ["added", "done"]]);
        assert_eq!((&history["count"], &history["total_count"]), (&json!(4), &json!(4)));
        assert_eq!((&entries[2]["before"]["title"], &entries[2]["after"]["title"]), (&json!("Tea"), &json!("Coffee")));
        assert_eq!((&entries[2]["after"]["tags"], &entries[3]["after"]["tags"]), (&json!([2]), &json!([3, 1])));
        assert_eq!((&entries[0]["user"], &entries[0]["token"], &entries[0]["surface"]), (&json!("ada"), &json!("Editor"), &json!("mcp")));
        let second = agent.ok("history_article", json!({"id": id.to_string(), "limit": 1, "offset": 1})).await;
        assert_eq!((&second["results"][0], &second["total_count"]), (&entries[1], &json!(4)));
        let blind = app.token(&["blog.view_article"]).ok("history_article", json!({"id": id})).await;
        assert!(blind["results"][2]["after"].get("tags").is_none(), "{blind}");
        assert_eq!(agent.ok("history_article", json!({"id": 1})).await["results"], json!([]));
        assert_eq!(app.token(&["blog.change_article"]).refused("history_article", json!({"id": 1})).await, "Permission denied: blog.view_article");
    }
}
