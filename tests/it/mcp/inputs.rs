//! What is written, and what is refused by its column.

use serde_json::json;

use crate::harness::on_both;

const ALL: [&str; 5] = [
    "blog.view_article",
    "blog.add_article",
    "blog.change_article",
    "blog.delete_article",
    "blog.view_author",
];

on_both! {
    async fn text_of_any_script_comes_back_as_it_went_in(app) {
        let agent = app.token(&ALL);
        let emoji = "🦀 e\u{301} \u{202e} \u{1f468}\u{200d}\u{1f469}";
        let created = agent.ok("create_article", json!({"data": {"title": emoji, "author": 1}})).await;
        assert_eq!(created["object"]["title"], emoji);
    }

    async fn values_are_judged_by_their_column(app) {
        let agent = app.token(&ALL);
        for (field, value) in [
            ("word_count", json!("many")), ("word_count", json!(1.5)), ("is_featured", json!("maybe")), ("status", json!("lost")),
            ("rating", json!("high")), ("published_at", json!("yesterday")), ("published_at", json!("2026-02-30T00:00:00Z")),
            ("title", json!(7)), ("title", json!(["x"])), ("title", json!(null)), ("author", json!("x")), ("author", json!(999_999)),
            ("summary", json!("x".repeat(301))), ("nonsense", json!(1)), ("rating", json!("123.45")),
        ] {
            let text = agent.refused("update_article", json!({"id": 1, "data": {field: value}})).await;
            assert!(text.contains(field), "{field} {value}: {text}");
        }
        let unknown = agent.refused("list_article", json!({"nonsense": 1})).await;
        assert!(unknown.contains("nonsense"), "{unknown}");
        let several = agent.refused("create_article", json!({"data": {"word_count": "x", "status": "y"}})).await;
        for field in ["title", "word_count", "status", "author"] {
            assert!(several.contains(field), "every wrong field at once: {several}");
        }
    }
}
