//! Whatever is written through the tools, a model of the rows in memory agrees on what was allowed and on every row.

use std::collections::BTreeMap;

use mcp_admin::config::{ActionConfig, ModelConfig};
use mcp_admin::db::Backend;
use serde_json::{Value, json};

use super::Tools;
use super::arguments::Dice;
use super::rows::{Rows, plain, rules};
use crate::apps::attached::{Attached, on_each};

const SCHEMA: &str = "
    CREATE TABLE shelf (id {ID}, code VARCHAR(10) NOT NULL UNIQUE, capacity INTEGER NOT NULL DEFAULT 10 CHECK (capacity >= 0));
    CREATE TABLE book (id {ID}, shelf_id INTEGER NOT NULL REFERENCES shelf (id) ON DELETE CASCADE,
        title VARCHAR(20) NOT NULL, isbn VARCHAR(8) UNIQUE, price DECIMAL(8,2) NOT NULL DEFAULT 1.50,
        lent BOOLEAN NOT NULL DEFAULT false, bought DATE);
    CREATE TABLE label (name VARCHAR(10) PRIMARY KEY, note TEXT);
    CREATE TABLE book_label (book_id INTEGER NOT NULL REFERENCES book (id) ON DELETE CASCADE,
        label_name VARCHAR(10) NOT NULL REFERENCES label (name) ON DELETE CASCADE, PRIMARY KEY (book_id, label_name));
    CREATE VIEW link AS SELECT book_id, label_name FROM book_label;
    CREATE TABLE review (book_id INTEGER NOT NULL REFERENCES book (id), reader VARCHAR(10) NOT NULL,
        stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5), PRIMARY KEY (book_id, reader));";

/// Takes out what this does not model: keys that are chosen or changed by hand.
fn tame(verb: &str, model: &'static str, data: &mut Value) {
    let rules = rules(model);
    let data = data.as_object_mut().unwrap();
    for name in rules.keys.iter().filter(|_| verb == "update" || rules.numbered) {
        data.remove(*name);
    }
    if verb == "update" && model == "review" {
        data.remove("book");
    }
    for (column, other_name) in [("shelf_id", "shelf"), ("book_id", "book")] {
        if data.contains_key(column) {
            data.remove(other_name);
        }
    }
}

/// One write through the tools, and the same in memory.
async fn step(tools: &Tools, rows: Rows, model: &'static str, verb: &str, dice: &mut Dice) -> (Rows, bool) {
    let name = format!("{verb}_{model}");
    let mut arguments = tools.arguments(&name, dice, &rows.known(model));
    arguments.as_object_mut().unwrap().remove("if_match");
    if let Some(data) = arguments.get_mut("data") {
        tame(verb, model, data);
        if verb == "update" && data.as_object().unwrap().is_empty() {
            return (rows, false);
        }
    }
    let operation = arguments["operation"].as_str().unwrap_or(verb).to_owned();
    for item in arguments.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
        match operation.as_str() {
            "create" => tame("create", model, item),
            "update" => tame("update", model, &mut item["data"]),
            _ => {}
        }
    }
    let (succeeded, answer) = tools.call(&name, &arguments).await;
    let context = format!("{name} {arguments}: {answer}\n{rows:?}");
    let apply = |rows: &Rows, item: &Value, number: Option<&Value>| match operation.as_str() {
        "create" => rows.create(model, item, number),
        "update" if item["data"].as_object().unwrap().is_empty() => None,
        "update" => rows.update(model, &plain(model, &item["id"]), &item["data"]),
        _ => rows.delete(model, &plain(model, item)),
    };
    let after = if verb == "bulk" {
        let done = answer["results"]["success"].as_array().unwrap();
        let mut after = rows.clone();
        let mut refused = false;
        for (index, item) in arguments["items"].as_array().unwrap().iter().enumerate() {
            let mine = done.iter().find(|one| one["index"] == index);
            match apply(&after, item, mine.map(|one| &one["id"])) {
                Some(next) => after = next,
                None => refused = true,
            }
            let is_all_or_none = arguments["atomic"] == true;
            if !is_all_or_none {
                let allowed = apply(&rows, item, Some(&json!(-1))).is_some();
                // What an earlier item did may allow or forbid a later one; the rows decide then.
                assert!(mine.is_none() || allowed || index > 0, "item {index} of {context}");
            }
        }
        if arguments["atomic"] == true {
            assert_eq!(succeeded, !refused, "{context}");
            if refused { rows.clone() } else { after }
        } else {
            after
        }
    } else if verb == "action" {
        let ids = arguments["ids"].as_array().unwrap();
        let next = rows.act(model, arguments["action"].as_str().unwrap(), ids);
        assert_eq!(succeeded, next.is_some(), "{context}");
        next.unwrap_or_else(|| rows.clone())
    } else {
        let item = match verb {
            "create" => arguments["data"].clone(),
            "update" => arguments.clone(),
            _ => arguments["id"].clone(),
        };
        let next = apply(&rows, &item, succeeded.then_some(&answer["id"]));
        assert_eq!(succeeded, next.is_some(), "{context}");
        next.unwrap_or_else(|| rows.clone())
    };
    let after = if arguments["dry_run"] == true { rows } else { after };
    assert_eq!(Rows::seen(tools).await, after, "{context}");
    (after, succeeded)
}

on_each! {
    async fn every_write_agrees_with_a_model_of_the_rows(backend) {
        let id = match backend {
            Backend::Sqlite => "INTEGER PRIMARY KEY AUTOINCREMENT",
            Backend::Postgres => "INTEGER GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
        };
        let library = Attached::script(backend, "library", &SCHEMA.replace("{ID}", id), |config| {
            let action = |name: &str, field: &str, value: Value| ModelConfig {
                actions: vec![ActionConfig {
                    name: name.into(),
                    description: name.into(),
                    set: BTreeMap::from([(field.into(), value)]),
                    permission: None,
                    confirm: false,
                }],
                ..ModelConfig::default()
            };
            let models = &mut config.apps.get_mut("library").unwrap().models;
            models.insert("book".into(), action("lend", "lent", json!(true)));
            // The database refuses this one.
            models.insert("shelf".into(), action("overfill", "capacity", json!(-1)));
        }).await;
        let tools = Tools::of(&library).await;
        let mut rows = Rows::seen(&tools).await;
        let mut dice = Dice(2026);
        let mut done: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..300 {
            let model = *dice.pick(&["shelf", "book", "book", "label", "review"]);
            let verb = *dice.pick(&["create", "create", "update", "update", "delete", "bulk", "action"]);
            let (after, succeeded) = step(&tools, rows, model, verb, &mut dice).await;
            rows = after;
            *done.entry(verb).or_default() += usize::from(succeeded);
        }
        assert!(done.values().all(|times| *times >= 5), "{done:?}");
        assert!(!rows.links.is_empty() || rows.tables["book"].len() < 3, "links were made");
    }
}
