//! The ugliest legal names work everywhere.

use serde_json::json;

use super::{Site, message};

const UGLY: &str = r#"
    CREATE TABLE """; DROP TABLE x" ("""; DROP TABLE x" INTEGER PRIMARY KEY, "a`b" TEXT, "c'd" DECIMAL(5,1));
    CREATE TABLE "Order Details" ("Order ID" INT, "Product.ID" INT, [na"me] TEXT UNIQUE, PRIMARY KEY ("Order ID", "Product.ID"));
    CREATE TABLE "select" ("from" INTEGER PRIMARY KEY, "where__in" TEXT, "group" INT REFERENCES "ORDER" ("by"));
    CREATE TABLE "ORDER" ("by" INTEGER PRIMARY KEY, "Ключ" TEXT);
    CREATE TABLE "Order!" (id INTEGER PRIMARY KEY);
    CREATE TABLE "日本" ("名" TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE "a.b" ("c.d" INTEGER PRIMARY KEY, "?" TEXT, "$1" TEXT, ":x" TEXT UNIQUE);
    INSERT INTO """; DROP TABLE x" VALUES (1, 'one', 1.5);
    INSERT INTO "ORDER" VALUES (1, 'ja');
"#;

#[test]
fn r46_hostile_names_are_only_names() {
    let site = Site::new(UGLY);
    let names: Vec<String> = site.catalog().apps[0].models.iter().map(|m| m.name.clone()).collect();
    assert_eq!(names, ["a_b", "drop_table_x", "order", "order_2", "order_details", "select", "u65e5u672c"]);
    let key = "\"; DROP TABLE x";
    assert_eq!(
        site.ids("drop_table_x", json!({ key: 1, "a`b__icontains": "ONE", "c'd__lte": 2 })).unwrap(),
        ["1"]
    );
    let created = site.create("drop_table_x", json!({ "a`b": "'; DROP TABLE x; --", "c'd": 3 })).unwrap();
    assert_eq!(created, json!({ key: 2, "a`b": "'; DROP TABLE x; --", "c'd": "3.0" }));
    site.update("drop_table_x", json!(2), json!({ "a`b": "\"`'" })).unwrap();
    assert_eq!(site.get("drop_table_x", json!({ key: 2 })).unwrap()["a`b"], "\"`'");
    site.delete("drop_table_x", json!(2)).unwrap();
    assert_eq!(site.count("drop_table_x"), 1);
}

#[test]
fn names_of_all_kinds_can_be_written_and_found() {
    let site = Site::new(UGLY);
    site.create("order_details", json!({ "Order ID": 1, "Product.ID": 2, "na\"me": "x" })).unwrap();
    let id = json!({ "Order ID": 1, "Product.ID": 2 });
    assert_eq!(site.get("order_details", id).unwrap()["na\"me"], "x");
    let twice = site.create("order_details", json!({ "Order ID": 1, "Product.ID": 2 }));
    assert!(message(twice).contains("(Order ID, Product.ID together)"));
    site.create("u65e5u672c", json!({ "名": "山" })).unwrap();
    assert_eq!(site.ids("u65e5u672c", json!({ "名__startswith": "山" })).unwrap(), ["山"]);
    site.create("a_b", json!({ "?": "a", "$1": "b", ":x": "c" })).unwrap();
    assert_eq!(site.ids("a_b", json!({ "?": "a", "$1": "b", ":x__in": ["c"] })).unwrap(), ["1"]);
    assert_eq!(site.ids("order", json!({ "Ключ": "ja" })).unwrap(), ["1"]);
}

#[test]
fn a_field_name_may_look_like_a_lookup() {
    let site = Site::new(UGLY);
    site.create("select", json!({ "where__in": "x", "group": 1 })).unwrap();
    assert_eq!(site.ids("select", json!({ "where__in": "x" })).unwrap(), ["1"]);
    assert_eq!(site.ids("select", json!({ "where__in__in": ["x"], "group": 1 })).unwrap(), ["1"]);
    assert_eq!(site.related("select", json!(1))["group_record"], json!({ "by": 1, "Ключ": "ja" }));
    assert!(
        message(site.create("select", json!({ "group": 5 })))
            .contains("data.group: there is no order with id 5")
    );
}
