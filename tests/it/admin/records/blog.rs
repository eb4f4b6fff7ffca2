//! Adding, changing and deleting records.

use serde_json::json;

use super::forms::{fields, filled, pairs};
use crate::harness::on_both;

const NEW: &str = "/admin/apps/blog/article/new";

on_both! {
    async fn an_article_is_written_changed_and_deleted_without_javascript(app) {
        let visitor = app.administrator("boss").await;
        let page = visitor.page(NEW).await;
        assert!(page.contains("Left empty, the database fills it in."), "{page}");
        let form = filled(&page, NEW, &[("d.title", "Tea & <b>biscuits</b>"), ("d.author_id", "3"), ("d.rating", "4.50")]);
        let path = visitor.submit(NEW, &pairs(&form)).await;
        let page = visitor.page(&path).await;
        assert!(page.contains("Created the article") && page.contains("Tea &amp; &lt;b&gt;biscuits"), "{page}");

        // What was left empty the database has filled in, and the text that may be nothing is nothing.
        let id: i64 = path.rsplit('/').next().unwrap().parse().unwrap();
        let agent = app.token(&["blog.view_article"]);
        let found = agent.ok("get_article", json!({ "id": id })).await;
        assert_eq!((&found["status"], &found["slug"], &found["word_count"]), (&json!("draft"), &json!(null), &json!(0)));
        assert_eq!(found["rating"], "4.50");

        // Sent back as it came it changes nothing.
        let before = app.log().len();
        visitor.submit(&path, &pairs(&fields(&page, &path))).await;
        assert_eq!(app.log().len(), before);
        assert_eq!(agent.ok("get_article", json!({ "id": id })).await, found);

        let form = filled(&page, &path, &[("d.title", "Green tea"), ("d.status", "published"), ("d.is_featured", "on"), ("d.published_at", "2026-11-23T12:30")]);
        assert_eq!(visitor.submit(&path, &pairs(&form)).await, path);
        let page = visitor.page(&path).await;
        assert!(page.contains("Saved the article “Green tea”"), "{page}");
        let entry = app.log().remove(0);
        assert_eq!((entry.surface.as_str(), entry.action.as_str(), entry.outcome.as_str()), ("admin", "changed", "done"));
        let changes: serde_json::Value = serde_json::from_str(&entry.changes).unwrap();
        let after = changes["after"].as_object().unwrap();
        assert_eq!(after["title"], "Green tea");
        assert!(after["published_at"].as_str().unwrap().starts_with("2026-11-23T12:30:00"), "{after:?}");
        assert!(!after.contains_key("body") && !after.contains_key("author_id"), "{after:?}");

        let history = visitor.page(&format!("{path}/history")).await;
        assert!(history.contains("Green tea") && history.contains("boss"), "{history}");

        let delete = format!("{path}/delete");
        let page = visitor.page(&delete).await;
        assert!(page.contains("Delete 1 record"), "{page}");
        assert_eq!(visitor.submit(&delete, &pairs(&fields(&page, &delete))).await, "/admin/apps/blog/article");
        let gone = visitor.get(&path).await;
        assert_eq!(gone.status, 404);
        // Its history is still there.
        assert!(visitor.page(&format!("{path}/history")).await.contains("Green tea"));
        let entry = app.log().remove(0);
        assert_eq!((entry.action.as_str(), entry.object_id.as_str()), ("deleted", id.to_string().as_str()));
    }

    async fn what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(app) {
        let visitor = app.administrator("boss").await;
        let taken = app.token(&["blog.view_article"]).ok("get_article", json!({ "id": 1 })).await;
        let page = visitor.page(NEW).await;
        let form = filled(&page, NEW, &[
            ("d.title", ""),
            ("d.body", "A long text\nthat stays"),
            ("d.author_id", "99999"),
            ("d.slug", taken["slug"].as_str().unwrap()),
            ("d.rating", "a lot"),
            ("d.word_count", "12.5"),
            ("d.published_at", "soon"),
        ]);
        let answer = visitor.post(NEW, &pairs(&form)).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains("<title>Error: New article"), "{}", answer.text);
        assert!(answer.text.contains("id=\"d.rating-error\"") && answer.text.contains("href=\"#d.rating\""), "{}", answer.text);
        assert!(answer.text.contains("d.word_count-error") && answer.text.contains("d.published_at-error"), "{}", answer.text);
        assert!(answer.text.contains("A long text\nthat stays"), "{}", answer.text);

        let form = filled(&answer.text, NEW, &[("d.rating", "4"), ("d.title", "x"), ("d.word_count", "12"), ("d.published_at", "")]);
        let answer = visitor.post(NEW, &pairs(&form)).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains("d.slug-error"), "{}", answer.text);
        let form = filled(&answer.text, NEW, &[("d.slug", "fresh")]);
        let answer = visitor.post(NEW, &pairs(&form)).await;
        assert!(answer.text.contains("d.author_id-error"), "{}", answer.text);
        assert!(answer.text.contains("There is no author with id 99999"), "{}", answer.text);
        // What is missing, and what is no value of its field, are told at once.
        let form = filled(&answer.text, NEW, &[("d.author_id", ""), ("d.word_count", "12.5")]);
        let answer = visitor.post(NEW, &pairs(&form)).await;
        assert!(answer.text.contains("d.author_id-error") && answer.text.contains("d.word_count-error"), "{}", answer.text);
        let form = filled(&answer.text, NEW, &[("d.author_id", "1"), ("d.word_count", "12"), ("d.title", &"x".repeat(201))]);
        let answer = visitor.post(NEW, &pairs(&form)).await;
        assert!(answer.status == 422 && answer.text.contains("at most 200 are allowed"), "{}", answer.text);
        assert!(app.log().iter().all(|entry| entry.outcome != "done" || entry.app_label != "blog"));
    }

    async fn whoever_was_slower_chooses_between_both_versions(app) {
        let (one, other) = (app.administrator("one").await, app.administrator("other").await);
        let path = "/admin/apps/blog/article/7";
        let (mine, theirs) = (one.page(path).await, other.page(path).await);
        other.submit(path, &pairs(&filled(&theirs, path, &[("d.title", "Theirs <i>")]))).await;
        let conflict = one.post(path, &pairs(&filled(&mine, path, &[("d.title", "Mine")]))).await;
        assert_eq!(conflict.status, 409);
        for text in ["Theirs &lt;i&gt;", "Mine", "Keep mine", "Take theirs"] {
            assert!(conflict.text.contains(text), "{text}: {}", conflict.text);
        }
        let agent = app.token(&["blog.view_article"]);
        assert_eq!(agent.ok("get_article", json!({ "id": 7 })).await["title"], "Theirs <i>");
        one.submit(path, &pairs(&fields(&conflict.text, path))).await;
        assert_eq!(agent.ok("get_article", json!({ "id": 7 })).await["title"], "Mine");
    }

    async fn members_of_a_relation_are_ticked_and_unticked(app) {
        let visitor = app.administrator("boss").await;
        let path = "/admin/apps/blog/article/9";
        let page = visitor.page(path).await;
        let mut form = fields(&page, path);
        assert!(form.iter().any(|(name, _)| name == "h.tags"), "{page}");
        form.retain(|(name, _)| name != "m.tags");
        let without = form.clone();
        form.extend([("m.tags".into(), "1".into()), ("m.tags".into(), "4".into())]);
        visitor.submit(path, &pairs(&form)).await;
        let agent = app.token(&["blog.view_article", "blog.view_tag"]);
        let ids = async || {
            let found = agent.ok("related_article", json!({ "id": 9, "relation": "tags" })).await;
            let mut ids: Vec<i64> = found["results"].as_array().unwrap().iter().map(|t| t["id"].as_i64().unwrap()).collect();
            ids.sort_unstable();
            ids
        };
        assert_eq!(ids().await, [1, 4]);
        visitor.submit(path, &pairs(&without)).await;
        assert!(ids().await.is_empty());
    }

    async fn a_record_that_others_need_is_kept_and_one_with_many_asks_for_its_name(app) {
        let visitor = app.administrator("boss").await;
        let delete = "/admin/apps/blog/author/1/delete";
        let page = visitor.page(delete).await;
        assert!(page.contains("blog.article) still point at it") && !page.contains("solid"), "{page}");
        for told in ["cannot be deleted</h1>", "href=\"/admin/apps/blog/article?f.author_id=1\"", ">Back to the author<"] {
            assert!(page.contains(told), "{told}: {page}");
        }
        let blind = app.visitor("blind", &["blog.view_author", "blog.delete_author"]).await;
        let page = blind.page(delete).await;
        assert!(!page.contains("/admin/apps/blog/article"), "no link leads to what may not be seen: {page}");
        assert_eq!(visitor.post(delete, &[]).await.status, 409);

        let agent = app.token(&["blog.add_article", "blog.add_comment", "blog.view_comment", "blog.view_article"]);
        let article = agent.ok("create_article", json!({ "data": { "title": "Many words", "author_id": 1 } })).await["id"].clone();
        for n in 0..12 {
            agent.ok("create_comment", json!({ "data": { "article_id": article, "author_name": "Ann", "body": format!("No. {n}") } })).await;
        }
        let delete = format!("/admin/apps/blog/article/{article}/delete");
        let page = visitor.page(&delete).await;
        assert!(page.contains("Delete 13 records") && page.contains("To confirm, type Many words"), "{page}");
        let form = fields(&page, &delete);
        let refused = visitor.post(&delete, &pairs(&form)).await;
        assert_eq!(refused.status, 422);
        let form = filled(&page, &delete, &[("confirm", "Many words")]);
        visitor.submit(&delete, &pairs(&form)).await;
        assert_eq!(agent.ok("list_comment", json!({ "filters": { "article_id": article } })).await["total_count"], 0);
    }

    async fn ticked_records_are_deleted_after_a_page_that_asks(app) {
        let visitor = app.administrator("boss").await;
        let action = "/admin/apps/blog/comment/action";
        let list = visitor.page("/admin/apps/blog/comment").await;
        assert!(list.contains("name=\"do\" value=\"delete_selected\""), "{list}");
        assert_eq!(visitor.submit(action, &[("do", "none"), ("ids", "1")]).await, "/admin/apps/blog/comment");
        let asked = visitor.post(action, &[("do", "delete_selected"), ("ids", "1"), ("ids", "2")]).await;
        assert!(asked.status == 200 && asked.text.contains("Delete 2 records"), "{}", asked.text);
        let mut articles = vec![("do", "delete_selected")];
        articles.extend(["1", "2", "3", "4", "5", "6", "7"].map(|id| ("ids", id)));
        let with_comments = visitor.post("/admin/apps/blog/article/action", &articles).await.text;
        assert!(with_comments.contains("Deleted</span> they go with them"), "{with_comments}");
        let agent = app.token(&["blog.view_comment"]);
        let before = agent.ok("list_comment", json!({})).await["total_count"].as_i64().unwrap();
        visitor.submit(action, &pairs(&fields(&asked.text, action))).await;
        assert_eq!(agent.ok("list_comment", json!({})).await["total_count"].as_i64().unwrap(), before - 2);
        let missing = visitor.post(action, &[("do", "delete_selected"), ("ids", "1"), ("confirmed", "1")]).await;
        assert_eq!(missing.status, 422, "{}", missing.text);
        assert_eq!(visitor.post(action, &[("do", "vanish"), ("ids", "3")]).await.status, 404);
    }

    async fn a_copy_begins_with_the_values_of_the_original(app) {
        let visitor = app.administrator("boss").await;
        let page = visitor.page(&format!("{NEW}?copy=3")).await;
        let original = app.token(&["blog.view_article"]).ok("get_article", json!({ "id": 3 })).await;
        let form = fields(&page, NEW);
        let title = form.iter().find(|(name, _)| name == "d.title").unwrap();
        assert_eq!(title.1, original["title"].as_str().unwrap());
        assert!(form.iter().all(|(name, value)| name != "d.id" || value.is_empty()), "{form:?}");
    }
}
