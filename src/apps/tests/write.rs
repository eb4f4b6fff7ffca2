//! Creating and changing records.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use super::{BLOG, Site, message, wrong_fields};
use crate::error::Error;

#[test]
fn a_record_is_created_with_everything() {
    let site = Site::new(BLOG);
    let created = site
        .create(
            "article",
            json!({
                "title": "New", "price": 12.5, "featured": true, "published_at": "2026-11-23T12:00:00+02:00",
                "meta": { "x": [1, null] }, "cover": "AP8=", "score": 2, "author": 2, "tags": ["rust", "tea"],
                "key": "{f81d4fae}", "status": "published"
            }),
        )
        .unwrap_err();
    assert_eq!(created.to_string().split(':').next(), Some("data.key"));
    let created = site
        .create(
            "article",
            json!({
                "title": "New", "price": 12.5, "featured": true, "published_at": "2026-11-23T12:00:00+02:00",
                "meta": { "x": [1, null] }, "cover": "AP8=", "score": 2, "author": 2, "tags": ["rust", "tea"],
                "key": "f81d4fae7dec11d0a76500a0c91e6bf7", "status": "published"
            }),
        )
        .unwrap();
    assert_eq!(created["id"], 4);
    assert_eq!(created["price"], "12.50");
    assert_eq!(created["published_at"], "2026-11-23T10:00:00");
    assert_eq!(created["meta"], json!({ "x": [1, null] }));
    assert_eq!(created["author_id"], 2);
    assert_eq!(created["title_length"], 3);
    assert_eq!(site.related("article", json!(4))["tags"], json!([{ "name": "rust" }, { "name": "tea" }]));
}

#[test]
fn defaults_are_the_databases() {
    let site = Site::new(BLOG);
    let created = site.create("article", json!({ "title": "x", "author_id": 1 })).unwrap();
    assert_eq!((&created["status"], &created["price"]), (&json!("draft"), &json!("0.00")));
    let site = Site::new("CREATE TABLE t (id INTEGER PRIMARY KEY, n INT DEFAULT 7)");
    assert_eq!(site.create("t", json!({})).unwrap(), json!({ "id": 1, "n": 7 }));
}

#[test]
fn all_wrong_fields_are_named_at_once() {
    let site = Site::new(BLOG);
    let data = json!({
        "title": "a title that is far too long for it", "slug": 5, "status": "gone", "price": "1.999",
        "featured": "yes", "published_at": "soon", "cover": "%%", "score": "x", "key": "x",
        "title_length": 3, "author_id": "x", "editor": null, "titel": "x", "tags": "rust", "comments": [1]
    });
    let mut wrong = wrong_fields(site.create("article", data));
    wrong.sort();
    assert_eq!(
        wrong.join(" "),
        "data.author_id data.comments data.cover data.featured data.key data.price data.published_at data.score \
         data.slug data.status data.tags data.titel data.title data.title_length"
    );
    assert_eq!(wrong_fields(site.create("article", json!({}))), ["data.title", "data.author_id"]);
    let text = message(site.create("article", json!({ "titel": "x", "title": null, "author": 1 })));
    assert!(text.contains("data.titel: there is no such field; fields: id, title"), "{text}");
    assert!(text.contains("data.title: null is not allowed"), "{text}");
    assert_eq!(site.count("article"), 3);
}

#[test]
fn numbers_must_fit() {
    let site = Site::new(BLOG);
    for price in [json!("123456789.00"), json!(1e300), json!("NaN"), json!(true), json!("9".repeat(2000))] {
        let wrong = wrong_fields(site.update("article", json!(1), json!({ "price": price })));
        assert_eq!(wrong, ["data.price"], "{price}");
    }
    let site = Site::new("CREATE TABLE t (id INTEGER PRIMARY KEY, d DECIMAL)");
    assert!(message(site.create("t", json!({ "d": "1234567890123456.5" }))).contains("exactly"));
    assert_eq!(site.create("t", json!({ "d": "12345678901.5" })).unwrap()["d"], "12345678901.5");
}

#[test]
fn foreign_keys_are_checked_by_either_name() {
    let site = Site::new(BLOG);
    let text = message(site.create("article", json!({ "title": "x", "author": 99 })));
    assert_eq!(text, "data.author: there is no author with id 99");
    let text = message(site.create("article", json!({ "title": "x", "author": 1, "author_id": 2 })));
    assert_eq!(text, "data.author_id: differs from \"author\", which is the same field");
    site.create("article", json!({ "title": "x", "author": 1, "author_id": 1 })).unwrap();
    let text = message(site.update("article", json!(1), json!({ "tags": ["tea", "gin"] })));
    assert_eq!(text, "data.tags: there is no tag with id gin");
}

#[test]
fn an_update_changes_what_it_names() {
    let site = Site::new(BLOG);
    let change = site
        .update(
            "article",
            json!(1),
            json!({ "id": 1, "title": "Brewing", "tags": ["beer", "rust"], "editor": null }),
        )
        .unwrap();
    assert_eq!(change.before.to_value()["title"], "How to brew");
    assert_eq!(change.after.to_value()["title"], "Brewing");
    assert_eq!(change.after.to_value()["editor"], Value::Null);
    assert_eq!(change.after.to_value()["slug"], "brew");
    assert_eq!(site.related("article", json!(1))["tags"], json!([{ "name": "beer" }, { "name": "rust" }]));
    site.update("article", json!(1), json!({ "tags": [] })).unwrap();
    assert_eq!(site.related("article", json!(1))["tags"], json!([]));
    assert!(matches!(site.update("article", json!(77), json!({ "title": "x" })), Err(Error::NotFound(_))));
    assert_eq!(
        message(site.update("article", json!(1), json!({ "id": 2 }))),
        "data.id: the primary key cannot be changed"
    );
}

#[test]
fn unique_values_are_told_apart() {
    let site = Site::new(BLOG);
    let text = message(site.create("author", json!({ "name": "Ada" })));
    assert_eq!(text, "data.name: another author already has this value");
    site.update("author", json!(1), json!({ "name": "Ada", "bio": "x" })).unwrap();
    assert_eq!(wrong_fields(site.update("author", json!(1), json!({ "name": "Bob" }))), ["data.name"]);
    let text = message(site.create("rating", json!({ "article_id": 1, "reader": "Ann", "stars": 1 })));
    assert!(text.contains("data.article_id") && text.contains("(article_id, reader together)"), "{text}");
    assert_eq!(wrong_fields(site.create("tag", json!({ "name": "tea" }))), ["data.name"]);
}

#[test]
fn broken_rules_name_their_columns() {
    let site = Site::new(BLOG);
    let text = message(site.update("article", json!(1), json!({ "price": -1 })));
    assert_eq!(text, "data.price: breaks a rule of the database");
    assert_eq!(site.get("article", json!(1)).unwrap()["price"], "0.99");
    let site = Site::with(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b INT, CHECK (a > b), CHECK(a<100))",
        |app| {
            let hidden =
                crate::config::ModelConfig { exclude_fields: vec!["b".into()], ..Default::default() };
            app.models.insert("t".into(), hidden);
        },
    )
    .unwrap();
    assert_eq!(wrong_fields(site.create("t", json!({ "a": 100 }))), ["data.a"]);
    site.connect().batch_execute("INSERT INTO t VALUES (9, 5, 4)").unwrap();
    assert_eq!(message(site.update("t", json!(9), json!({ "a": 1 }))), "The t breaks a rule of the database");
}

#[test]
fn nothing_changes_when_a_late_step_fails() {
    let site = Site::new(BLOG);
    site.connect()
        .batch_execute(
            "CREATE TRIGGER no_rust BEFORE INSERT ON article_tag WHEN new.tag_name = 'rust'
             BEGIN SELECT RAISE(ABORT, 'no rust here'); END",
        )
        .unwrap();
    let failed = site.create("article", json!({ "title": "x", "author": 1, "tags": ["tea", "rust"] }));
    assert!(failed.is_err());
    assert_eq!(site.count("article"), 3);
    assert!(site.update("article", json!(3), json!({ "title": "y", "tags": ["rust"] })).is_err());
    assert_eq!(site.get("article", json!(3)).unwrap()["title"], "ärger");
}

#[test]
fn views_and_tables_without_key_have_their_limits() {
    let site = Site::new("CREATE TABLE log (line TEXT NOT NULL); CREATE VIEW v AS SELECT line FROM log");
    assert!(matches!(site.create("v", json!({ "line": "x" })), Err(Error::Refused(_))));
    assert!(matches!(site.update("v", json!(1), json!({})), Err(Error::Refused(_))));
    assert_eq!(site.create("log", json!({ "line": "x" })).unwrap(), json!({ "line": "x" }));
    assert_eq!(wrong_fields(site.get("log", json!(1))), ["id"]);
    assert_eq!(site.count("v"), 1);
}

#[test]
fn r44_nul_is_refused_everywhere() {
    let site = Site::new(BLOG);
    for (field, value) in [
        ("title", json!("a\0b")),
        ("slug", json!("\0")),
        ("status", json!("draft\0")),
        ("meta", json!({ "a": ["\0"] })),
        ("meta", json!({ "\0": 1 })),
        ("published_at", json!("2026-01-01\0")),
    ] {
        let wrong = wrong_fields(site.update("article", json!(1), json!({ field: value })));
        assert_eq!(wrong, [format!("data.{field}")]);
    }
    assert_eq!(wrong_fields(site.get("tag", json!("te\0a"))), ["id"]);
    // A backslash before u0000 is no NUL.
    site.update("article", json!(1), json!({ "meta": { "a": "\\u0000" } })).unwrap();
}

#[test]
fn r45_odd_ids_are_refused_or_not_found() {
    let site = Site::new(BLOG);
    for id in [json!(-1), json!(i64::MAX), json!("-1"), json!(0), json!(99)] {
        assert!(matches!(site.get("article", id.clone()), Err(Error::NotFound(_))), "{id}");
    }
    for id in [
        json!(9_223_372_036_854_775_808_u64),
        json!(1e300),
        json!(1.5),
        json!("one"),
        json!("1 OR 1=1"),
        json!(""),
        json!(null),
        json!(true),
        json!([1]),
        json!({ "id": "x" }),
        json!({ "id": 1, "x": 1 }),
        json!({}),
    ] {
        assert_eq!(wrong_fields(site.get("article", id.clone())).len(), 1, "{id}");
        assert!(matches!(site.delete("article", id.clone()), Err(Error::Invalid(_))), "{id}");
    }
    assert!(site.get("article", json!({ "id": 1 })).is_ok());
    assert_eq!(site.get("rating", json!({ "article_id": 1, "reader": "Ann" })).unwrap()["stars"], 5);
    assert_eq!(wrong_fields(site.get("rating", json!(1))), ["id"]);
    assert_eq!(wrong_fields(site.get("rating", json!({ "article_id": "x", "reader": 1 }))).len(), 2);
    let text = message(site.get("tag", json!("\u{1b}[31m")));
    assert_eq!(text, "There is no tag with id \\u{1b}[31m");
}

#[test]
fn foreign_keys_that_are_checked_late_are_explained() {
    let site = Site::with(
        "CREATE TABLE user (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
         CREATE TABLE post (id INTEGER PRIMARY KEY, user_id INT REFERENCES user DEFERRABLE INITIALLY DEFERRED);
         CREATE TABLE badge (code TEXT REFERENCES user (code) DEFERRABLE INITIALLY DEFERRED);
         CREATE TABLE pair (a INT, b INT, PRIMARY KEY (a, b));
         CREATE TABLE half (id INTEGER PRIMARY KEY, a INT, b INT, FOREIGN KEY (a, b) REFERENCES pair);
         INSERT INTO user VALUES (1, 'x'); INSERT INTO badge VALUES ('x'); INSERT INTO pair VALUES (1, 2);",
        |app| app.exclude_tables = vec!["user".into()],
    )
    .unwrap();
    assert_eq!(message(site.create("post", json!({ "user_id": 9 }))), "data.user_id: points at nothing");
    site.create("post", json!({ "user_id": 1 })).unwrap();
    assert_eq!(message(site.create("half", json!({ "a": 1, "b": 1 }))), "data.a: points at nothing");
    site.create("half", json!({ "a": 1, "b": 2 })).unwrap();
    site.create("half", json!({ "a": 7 })).unwrap();
    let site = Site::new(
        "CREATE TABLE user (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
         CREATE TABLE badge (code TEXT REFERENCES user (code) DEFERRABLE INITIALLY DEFERRED);
         INSERT INTO user VALUES (1, 'x'); INSERT INTO badge VALUES ('x');",
    );
    assert!(matches!(site.update("user", json!(1), json!({ "code": "y" })), Err(Error::Conflict(_))));
    assert!(matches!(site.delete("user", json!(1)), Err(Error::Conflict(_))));
}
