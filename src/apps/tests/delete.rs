//! Deleting records.

use serde_json::json;

use super::{BLOG, Site, message};
use crate::error::Error;

fn account(deletion: &crate::apps::record::Deletion) -> String {
    let all: Vec<String> =
        deletion.cascaded.iter().map(|c| format!("{} {} {}", c.count, c.model, c.effect)).collect();
    all.join(", ")
}

#[test]
fn cascades_are_counted_through_all_tables() {
    let site = Site::new(BLOG);
    let deletion = site.delete("author", json!(1)).unwrap();
    assert_eq!(deletion.record.to_value()["name"], "Ada");
    assert_eq!(account(&deletion), "2 blog.article deleted, 2 blog.comment deleted, 2 blog.tag unlinked");
    assert_eq!((site.count("article"), site.count("comment"), site.count("tag")), (1, 0, 3));
    let site = Site::new(BLOG);
    let deletion = site.delete("article", json!(1)).unwrap();
    assert_eq!(account(&deletion), "2 blog.comment deleted, 2 blog.tag unlinked");
    let deletion = site.delete("author", json!(2)).unwrap();
    assert_eq!(account(&deletion), "1 blog.article deleted");
}

#[test]
fn links_that_become_null_are_unlinked() {
    let site = Site::new(BLOG);
    site.delete("article", json!(3)).unwrap();
    let deletion = site.delete("author", json!(2)).unwrap();
    assert_eq!(account(&deletion), "1 blog.article unlinked");
    assert_eq!(site.get("article", json!(1)).unwrap()["editor"], json!(null));
}

#[test]
fn rows_in_the_way_are_named() {
    let site = Site::new(BLOG);
    let text = message(site.delete("author", json!(3)));
    assert_eq!(text, "The author cannot be deleted: 2 awards (blog.award) still point at it");
    assert!(matches!(site.delete("author", json!(3)), Err(Error::Conflict(_))));
    assert_eq!(site.count("author"), 3);
}

#[test]
fn each_model_that_loses_rows_is_asked_for() {
    let site = Site::new(BLOG);
    let refused = site.delete_if("author", json!(1), &|model| model.name != "comment");
    assert!(
        matches!(refused, Err(Error::Forbidden { permissions }) if permissions == ["blog.delete_comment"])
    );
    assert_eq!((site.count("author"), site.count("article")), (3, 3));
}

#[test]
fn rows_of_tables_that_are_not_attached_are_protected_and_not_named() {
    let site = Site::with(BLOG, |app| app.exclude_tables = vec!["comment".into(), "award".into()]).unwrap();
    for (model, id) in [("article", 1), ("author", 1), ("author", 3)] {
        let text = message(site.delete(model, json!(id)));
        assert!(text.ends_with("records that are not served here depend on it"), "{text}");
    }
    site.delete("article", json!(2)).unwrap();
}

#[test]
fn trees_and_rows_that_point_at_themselves_go() {
    let site = Site::new(
        "CREATE TABLE node (id INTEGER PRIMARY KEY, parent_id INT REFERENCES node ON DELETE CASCADE);
         INSERT INTO node VALUES (1, 1), (2, 1), (3, 2), (4, 2), (5, NULL);
         CREATE TABLE man (id INTEGER PRIMARY KEY, boss_id INT REFERENCES man);
         INSERT INTO man VALUES (1, 1), (2, 1);
         CREATE TABLE part (a INT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
         CREATE TABLE piece (n INT, a INT, b TEXT, FOREIGN KEY (a, b) REFERENCES part ON DELETE CASCADE);
         INSERT INTO part VALUES (1, 'x'), (1, 'y'); INSERT INTO piece VALUES (1, 1, 'x'), (1, 1, 'x'), (1, 1, 'y');",
    );
    assert_eq!(account(&site.delete("node", json!(1)).unwrap()), "3 blog.node deleted");
    assert!(message(site.delete("man", json!(1))).contains("1 man (blog.man) still"));
    site.delete("man", json!(2)).unwrap();
    assert_eq!(account(&site.delete("man", json!(1)).unwrap()), "");
    let deletion = site.delete("part", json!({ "a": 1, "b": "x" })).unwrap();
    assert_eq!(account(&deletion), "2 blog.piece deleted");
    assert_eq!(site.catalog().apps[0].problems.len(), 2);
}
