//! Rows of child models in the form of their record, where the configuration puts them there.

use mcp_admin::config::InlineConfig;
use mcp_admin::db::Backend;
use serde_json::{Value, json};

use super::forms::{fields, filled, pairs};
use crate::harness::{Agent, TestApp, on_both};

const NEW: &str = "/admin/apps/blog/article/new";
const SEE: [&str; 2] = ["blog.view_article", "blog.view_comment"];

/// Comments are written with their article, at most three of them.
async fn start(backend: Backend) -> TestApp {
    TestApp::with(backend, |config| {
        let models = &mut config.apps.get_mut("blog").unwrap().models;
        let comment = InlineConfig { model: "comment".into(), foreign_key: None, min: 0, max: 3 };
        models.get_mut("article").unwrap().inlines = vec![comment];
    })
    .await
}

/// An article with two comments: its id and theirs.
async fn article(app: &TestApp) -> (i64, [i64; 2]) {
    let agent =
        app.token(&["blog.view_article", "blog.add_article", "blog.view_comment", "blog.add_comment"]);
    let comment = |name: &str| json!({ "author_name": name, "body": "Nice." });
    let data = json!({ "title": "Tea", "author": 1, "comments": [comment("Ada"), comment("Bob")] });
    let made = agent.ok("create_article", json!({ "data": data })).await;
    let rows = &made["rows"]["comments"]["added"];
    (made["id"].as_i64().unwrap(), [0, 1].map(|n| rows[n].as_i64().unwrap()))
}

async fn comments(agent: &Agent, article: i64) -> Vec<(String, String)> {
    let found = agent.ok("list_comment", json!({ "filters": { "article_id": article } })).await;
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    found["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "author_name"), text(row, "body")))
        .collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

/// What the form sends when this button is pressed.
fn pressing(mut form: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    form.push((name.to_owned(), value.to_owned()));
    form
}

on_both! {
    from start;

    async fn rows_are_added_changed_and_deleted_in_the_form_of_their_record(app) {
        let (boss, reader) = (app.administrator("boss").await, app.token(&SEE));
        let (id, [ada, _]) = article(&app).await;
        let path = format!("/admin/apps/blog/article/{id}");
        let page = boss.page(&path).await;
        assert!(page.contains("name=\"i.comments.1.d.author_name\"") && page.contains("Add another comment"), "{page}");
        assert!(!page.contains("i.comments.0.d.article_id"), "the link to the record is not to be set: {page}");

        // Sent back as it came nothing changes; one more row is a form, and saves nothing.
        let entries = app.log().len();
        boss.submit(&path, &pairs(&fields(&page, &path))).await;
        let more = boss.post(&path, &pairs(&pressing(filled(&page, &path, &[("i.comments.0.d.body", "Typed")]), "add", "comments"))).await;
        assert!(more.status == 200 && more.text.contains("New comment") && more.text.contains("Typed"), "{}", more.text);
        assert!(!more.text.contains("Add another comment"), "there is room for three: {}", more.text);
        assert_eq!(app.log().len(), entries);

        let form = filled(&more.text, &path, &[
            ("d.title", "Green tea"),
            ("i.comments.0.delete", "on"),
            ("i.comments.1.d.body", "Very nice."),
            ("i.comments.2.d.author_name", "Cyd"),
            ("i.comments.2.d.body", "So it is."),
        ]);
        assert_eq!(boss.submit(&path, &pairs(&form)).await, path);
        assert_eq!(comments(&reader, id).await, owned(&[("Bob", "Very nice."), ("Cyd", "So it is.")]));
        let log: Vec<_> = app.log().into_iter().take(4).map(|entry| (entry.model, entry.action, entry.surface)).collect();
        let done = |model: &str, action: &str| (model.to_owned(), action.to_owned(), "admin".to_owned());
        let expected = [done("comment", "added"), done("comment", "changed"), done("comment", "deleted"), done("article", "changed")];
        assert_eq!(log, expected);
        assert!(app.log()[2].object_id == ada.to_string(), "{:?}", app.log()[2]);
    }

    async fn what_is_wrong_in_a_row_stands_at_its_field_and_nothing_is_saved(app) {
        let (boss, reader) = (app.administrator("boss").await, app.token(&SEE));
        let (id, _) = article(&app).await;
        let path = format!("/admin/apps/blog/article/{id}");
        let form = filled(&boss.page(&path).await, &path, &[
            ("d.title", "Never"),
            ("d.word_count", "12.5"),
            ("i.comments.0.delete", "on"),
            ("i.comments.1.d.author_name", &"x".repeat(81)),
        ]);
        let answer = boss.post(&path, &pairs(&form)).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains("id=\"i.comments.1.d.author_name-error\""), "{}", answer.text);
        assert!(answer.text.contains("id=\"d.word_count-error\""), "what is wrong with the record is told as well");
        assert!(answer.text.contains("href=\"#i.comments.1.d.author_name\"") && answer.text.contains("value=\"Never\""), "{}", answer.text);
        assert_eq!(comments(&reader, id).await, owned(&[("Ada", "Nice."), ("Bob", "Nice.")]));
        assert_eq!(reader.ok("get_article", json!({ "id": id })).await["title"], "Tea");
    }

    async fn a_new_record_comes_with_its_rows_and_untouched_ones_are_none(app) {
        let (boss, reader) = (app.administrator("boss").await, app.token(&SEE));
        let mut page = boss.page(NEW).await;
        assert!(page.contains("Add a comment"), "{page}");
        for _ in 0..2 {
            let form = pressing(filled(&page, NEW, &[("d.title", "Coffee"), ("d.author_id", "1")]), "add", "comments");
            let more = boss.post(NEW, &pairs(&form)).await;
            assert_eq!(more.status, 200, "{}", more.text);
            page = more.text;
        }
        let form = filled(&page, NEW, &[("i.comments.1.d.author_name", "Ada"), ("i.comments.1.d.body", "Strong.")]);
        let path = boss.submit(NEW, &pairs(&form)).await;
        let id = path.rsplit('/').next().unwrap().parse().unwrap();
        assert_eq!(comments(&reader, id).await, owned(&[("Ada", "Strong.")]));
    }

    async fn a_row_that_somebody_else_changed_or_deleted_is_not_overwritten_unseen(app) {
        let (boss, reader) = (app.administrator("boss").await, app.token(&SEE));
        let agent = app.token(&["blog.change_comment", "blog.delete_comment"]);
        let (id, [ada, bob]) = article(&app).await;
        let path = format!("/admin/apps/blog/article/{id}");
        let mine = filled(&boss.page(&path).await, &path, &[("i.comments.0.d.body", "Mine.")]);
        agent.ok("update_comment", json!({ "id": ada, "data": { "body": "Theirs." } })).await;
        let answer = boss.post(&path, &pairs(&mine)).await;
        assert!(answer.status == 422 && answer.text.contains("changed this meanwhile"), "{}", answer.text);
        assert_eq!(comments(&reader, id).await[0].1, "Theirs.");
        boss.submit(&path, &pairs(&fields(&answer.text, &path))).await;
        assert_eq!(comments(&reader, id).await[0].1, "Mine.");

        let form = filled(&boss.page(&path).await, &path, &[("i.comments.1.d.body", "Mine, too.")]);
        agent.ok("delete_comment", json!({ "id": bob })).await;
        let answer = boss.post(&path, &pairs(&form)).await;
        assert!(answer.status == 422 && answer.text.contains("is gone; somebody deleted it"), "{}", answer.text);
    }

    async fn rows_are_offered_for_what_the_visitor_may_do_with_them(app) {
        let (id, _) = article(&app).await;
        let path = format!("/admin/apps/blog/article/{id}");
        let writer = ["blog.view_article", "blog.change_article"];
        for (name, more, can_add, can_change, can_delete) in [
            ("blind", vec![], false, false, false),
            ("looks", vec!["blog.view_comment"], false, false, false),
            ("adds", vec!["blog.view_comment", "blog.add_comment"], true, false, false),
            ("changes", vec!["blog.view_comment", "blog.change_comment"], false, true, false),
            ("deletes", vec!["blog.view_comment", "blog.delete_comment"], false, false, true),
        ] {
            let visitor = app.visitor(name, &[&writer[..], &more].concat()).await;
            let page = visitor.page(&path).await;
            assert_eq!(page.contains("name=\"add\" value=\"comments\""), can_add, "{name}");
            assert_eq!(page.contains("name=\"i.comments.0.d.body\""), can_change, "{name}");
            assert_eq!(page.contains("name=\"i.comments.0.delete\""), can_delete, "{name}");
        }
        // What the form does not offer is not taken from it either.
        let looks = app.visitor("sly", &[&writer[..], &["blog.view_comment", "blog.change_comment"]].concat()).await;
        let page = looks.page(&path).await;
        let form = filled(&page, &path, &[("c.comments", "3"), ("i.comments.2.d.author_name", "Sly"), ("i.comments.2.d.body", "Hm")]);
        let answer = looks.post(&path, &pairs(&form)).await;
        assert!(answer.status == 422 && answer.text.contains("blog.add_comment"), "{}", answer.text);
        let form = filled(&page, &path, &[("i.comments.0.delete", "on")]);
        let answer = looks.post(&path, &pairs(&form)).await;
        assert!(answer.status == 422 && answer.text.contains("blog.delete_comment"), "{}", answer.text);
        assert_eq!(comments(&app.token(&SEE), id).await.len(), 2);
    }

    async fn many_rows_have_a_link_instead(app) {
        let boss = app.administrator("boss").await;
        let agent = app.token(&["blog.add_comment", "blog.view_comment"]);
        let (id, _) = article(&app).await;
        for n in 0..19 {
            agent.ok("create_comment", json!({ "data": { "article_id": id, "author_name": "Ann", "body": format!("No. {n}") } })).await;
        }
        let page = boss.page(&format!("/admin/apps/blog/article/{id}")).await;
        assert!(!page.contains("i.comments.") && page.contains(&format!("/admin/apps/blog/comment?f.article_id={id}")), "{page}");
    }
}
