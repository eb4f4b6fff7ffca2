//! A model of rows in memory that does what the tools say they do, by the rules of the schema alone. Whatever is
//! written through the tools, both agree on what was allowed and on every row.

use std::collections::{BTreeMap, BTreeSet};

use mcp_admin::db::Backend;
use serde_json::{Map, Value, json};

use super::Tools;
use super::arguments::{Dice, Known};
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

type Row = Map<String, Value>;

/// All records of a model that a record is linked to, if they are named.
type Links = Option<(&'static str, Vec<Value>)>;

/// What is unique, beside the key, and what a new row has where nothing is said.
struct Rules {
    keys: &'static [&'static str],
    unique: &'static [&'static str],
    defaults: Value,
    /// Whether the database numbers new rows.
    numbered: bool,
}

fn rules(model: &str) -> Rules {
    match model {
        "shelf" => {
            Rules { keys: &["id"], unique: &["code"], defaults: json!({"capacity": 10}), numbered: true }
        }
        "book" => Rules {
            keys: &["id"],
            unique: &["isbn"],
            defaults: json!({"isbn": null, "price": "1.50", "lent": false, "bought": null}),
            numbered: true,
        },
        "label" => Rules { keys: &["name"], unique: &[], defaults: json!({"note": null}), numbered: false },
        _ => Rules { keys: &["book_id", "reader"], unique: &[], defaults: json!({}), numbered: false },
    }
}

/// Everything that is in the database, as it should be.
#[derive(Clone, Default, PartialEq, Debug)]
struct Rows {
    /// By model and key.
    tables: BTreeMap<&'static str, BTreeMap<String, Row>>,
    /// Books and labels.
    links: BTreeSet<(String, String)>,
}

impl Rows {
    fn has(&self, model: &'static str, key: &Value) -> bool {
        self.tables.get(model).is_some_and(|rows| rows.contains_key(&key.to_string()))
    }

    /// Fields as the columns have them, and links.
    fn read(data: &Value) -> (Row, Links) {
        let mut row = Row::new();
        let mut links = None;
        for (name, value) in data.as_object().unwrap() {
            match name.as_str() {
                "labels" => links = Some(("label", value.as_array().unwrap().clone())),
                "books" => links = Some(("book", value.as_array().unwrap().iter().map(number).collect())),
                "shelf" | "shelf_id" => drop(row.insert("shelf_id".into(), number(value))),
                "book" | "book_id" => drop(row.insert("book_id".into(), number(value))),
                "price" => drop(row.insert(name.clone(), price(value))),
                _ => drop(row.insert(name.clone(), value.clone())),
            }
        }
        (row, links)
    }

    /// Whether the rules of the schema allow a row that replaces the one with the key `old`.
    fn allows(&self, model: &'static str, row: &Row, links: &Links, old: Option<&str>) -> bool {
        let rules = rules(model);
        let others =
            || self.tables.get(model).into_iter().flatten().filter(|(key, _)| Some(key.as_str()) != old);
        let is_taken =
            |column: &&&str| !row[**column].is_null() && others().any(|(_, r)| r[**column] == row[**column]);
        let points_somewhere = match model {
            "book" => self.has("shelf", &row["shelf_id"]),
            "review" => self.has("book", &row["book_id"]),
            _ => true,
        };
        let in_range = match model {
            "shelf" => row["capacity"].as_i64().unwrap() >= 0,
            "review" => (1..=5).contains(&row["stars"].as_i64().unwrap()),
            _ => true,
        };
        let links_exist = links.iter().all(|(other, ids)| ids.iter().all(|id| self.has(other, id)));
        rules.unique.iter().find(is_taken).is_none() && points_somewhere && in_range && links_exist
    }

    /// What a creation should do: the new rows, or nothing if it should be refused. `number` is the key that the
    /// database chose.
    fn create(&self, model: &'static str, data: &Value, number: Option<&Value>) -> Option<Self> {
        let rules = rules(model);
        let (row, links) = Self::read(data);
        let mut whole = rules.defaults.as_object().unwrap().clone();
        whole.extend(row);
        if rules.numbered {
            whole.insert("id".into(), number.cloned().unwrap_or_else(|| json!(-1)));
        }
        let key = key(model, &whole);
        let is_new = !self.tables.get(model).is_some_and(|rows| rows.contains_key(&key));
        if !is_new || !self.allows(model, &whole, &links, None) {
            return None;
        }
        let mut after = self.clone();
        after.link(&key, links);
        after.tables.entry(model).or_default().insert(key, whole);
        Some(after)
    }

    fn update(&self, model: &'static str, id: &Value, data: &Value) -> Option<Self> {
        let key = id.to_string();
        let mut row = self.tables.get(model)?.get(&key)?.clone();
        let (fields, links) = Self::read(data);
        row.extend(fields);
        if !self.allows(model, &row, &links, Some(&key)) {
            return None;
        }
        let mut after = self.clone();
        after.link(&key, links);
        after.tables.get_mut(model)?.insert(key, row);
        Some(after)
    }

    fn link(&mut self, own: &str, links: Links) {
        let Some((other, ids)) = links else { return };
        let is_book = other == "label";
        self.links.retain(|(book, label)| own != if is_book { book } else { label });
        let pair = |id: &Value| (own.to_owned(), id.to_string());
        self.links
            .extend(ids.iter().map(pair).map(|(one, two)| if is_book { (one, two) } else { (two, one) }));
    }

    fn delete(&self, model: &'static str, id: &Value) -> Option<Self> {
        let mut after = self.clone();
        after.tables.get_mut(model)?.remove(&id.to_string())?;
        let mut gone: Vec<Value> = if model == "book" { vec![id.clone()] } else { Vec::new() };
        if model == "shelf" {
            let books = after.tables.entry("book").or_default();
            gone = books
                .values()
                .filter(|book| book["shelf_id"] == *id)
                .map(|book| book["id"].clone())
                .collect();
            books.retain(|_, book| book["shelf_id"] != *id);
        }
        let own = id.to_string();
        if model == "label" {
            after.links.retain(|(_, label)| *label != own);
        }
        let gone_keys: Vec<String> = gone.iter().map(Value::to_string).collect();
        after.links.retain(|(book, _)| !gone_keys.contains(book));
        // A review keeps its book.
        let keeps = |review: &Row| gone.contains(&review["book_id"]);
        if after.tables.get("review").is_some_and(|reviews| reviews.values().any(keeps)) {
            return None;
        }
        Some(after)
    }

    /// What the tools show.
    async fn seen(tools: &Tools) -> Self {
        let mut rows = Self::default();
        for model in ["shelf", "book", "label", "review"] {
            let (_, page) = tools.call(&format!("list_{model}"), &json!({"limit": 1000})).await;
            let plain = |row: &Value| {
                let mut row = row.as_object().unwrap().clone();
                assert!(row.shift_remove("_etag").is_some());
                row
            };
            let records = page["results"].as_array().unwrap().iter().map(plain);
            rows.tables.insert(model, records.map(|row| (key(model, &row), row)).collect());
        }
        let (_, page) = tools.call("list_link", &json!({"limit": 1000})).await;
        let link = |row: &Value| (row["book_id"].to_string(), row["label_name"].to_string());
        rows.links = page["results"].as_array().unwrap().iter().map(link).collect();
        rows
    }

    /// Keys and values that are likely to fit, and likely to collide.
    fn known(&self, model: &str) -> Known {
        let ids = |model: &str| -> Vec<Value> {
            let rows = self.tables.get(model).into_iter().flatten();
            let id = |(_, row): (&String, &Row)| match rules(model).keys {
                [one] => row[*one].clone(),
                several => {
                    several.iter().map(|k| ((*k).to_owned(), row[*k].clone())).collect::<Map<_, _>>().into()
                }
            };
            rows.map(id).collect()
        };
        let texts = |letter: &str| (0..9).map(|n| json!(format!("{letter}{n}"))).collect::<Vec<_>>();
        let (shelves, books, labels) = (ids("shelf"), ids("book"), ids("label"));
        let some = |all: &[Value]| {
            vec![
                json!([]),
                all.iter().take(1).cloned().collect(),
                all.iter().rev().take(2).cloned().collect(),
            ]
        };
        let (some_labels, some_books) = (some(&labels), some(&books));
        Known::from([
            ("id".into(), ids(model)),
            ("shelf".into(), shelves.clone()),
            ("shelf_id".into(), shelves),
            ("book".into(), books.clone()),
            ("book_id".into(), books),
            ("labels".into(), some_labels),
            ("books".into(), some_books),
            ("code".into(), texts("c")),
            ("isbn".into(), texts("i")),
            ("name".into(), texts("t")),
            ("reader".into(), texts("r")),
            ("stars".into(), vec![json!(1), json!(5), json!(3)]),
            ("capacity".into(), vec![json!(0), json!(7)]),
            ("price".into(), vec![json!("2.50"), json!(3), json!("0.1")]),
            ("dry_run".into(), vec![json!(false), json!(false), json!(true)]),
        ])
    }
}

/// Numbers may come as texts.
fn number(value: &Value) -> Value {
    value.as_str().and_then(|text| text.parse::<i64>().ok()).map_or_else(|| value.clone(), Value::from)
}

/// A key as it is answered.
fn plain(model: &str, id: &Value) -> Value {
    match (model, id) {
        ("shelf" | "book", id) => number(id),
        ("review", Value::Object(key)) => {
            json!({"book_id": number(&key["book_id"]), "reader": key["reader"]})
        }
        _ => id.clone(),
    }
}

/// Two digits after the point, as the column has them.
fn price(value: &Value) -> Value {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap();
    json!(format!("{number:.2}"))
}

fn key(model: &str, row: &Row) -> String {
    match rules(model).keys {
        [one] => row[*one].to_string(),
        several => {
            json!(several.iter().map(|k| ((*k).to_owned(), row[*k].clone())).collect::<Row>()).to_string()
        }
    }
}

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
        let library = Attached::script(backend, "library", &SCHEMA.replace("{ID}", id), |_| {}).await;
        let tools = Tools::of(&library).await;
        let mut rows = Rows::seen(&tools).await;
        let mut dice = Dice(2026);
        let mut done: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..260 {
            let model = *dice.pick(&["shelf", "book", "book", "label", "review"]);
            let verb = *dice.pick(&["create", "create", "update", "update", "delete", "bulk"]);
            let (after, succeeded) = step(&tools, rows, model, verb, &mut dice).await;
            rows = after;
            *done.entry(verb).or_default() += usize::from(succeeded);
        }
        assert!(done.values().all(|times| *times >= 5), "{done:?}");
        assert!(!rows.links.is_empty() || rows.tables["book"].len() < 3, "links were made");
    }
}
