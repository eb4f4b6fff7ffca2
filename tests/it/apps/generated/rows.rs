//! The rows of a small library in memory: what writes are allowed and what they do, by the rules of its schema alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Tools;
use super::arguments::Known;

type Row = Map<String, Value>;

/// All records of a model that a record is linked to, if they are named.
type Links = Option<(&'static str, Vec<Value>)>;

/// What is unique, beside the key, and what a new row has where nothing is said.
pub struct Rules {
    pub keys: &'static [&'static str],
    unique: &'static [&'static str],
    defaults: Value,
    /// Whether the database numbers new rows.
    pub numbered: bool,
}

/// The rules of a model.
pub fn rules(model: &str) -> Rules {
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
pub struct Rows {
    /// By model and key.
    pub tables: BTreeMap<&'static str, BTreeMap<String, Row>>,
    /// Books and labels.
    pub links: BTreeSet<(String, String)>,
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
            // Eight digits, two of them after the point.
            "book" => row["price"].as_str().unwrap().parse::<f64>().unwrap().abs() < 1e6,
            "review" => (1..=5).contains(&row["stars"].as_i64().unwrap()),
            _ => true,
        };
        let links_exist = links.iter().all(|(other, ids)| ids.iter().all(|id| self.has(other, id)));
        rules.unique.iter().find(is_taken).is_none() && points_somewhere && in_range && links_exist
    }

    /// What a creation should do: the new rows, or nothing if it should be refused. `number` is the key that the
    /// database chose.
    pub fn create(&self, model: &'static str, data: &Value, number: Option<&Value>) -> Option<Self> {
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

    /// The same for a change.
    pub fn update(&self, model: &'static str, id: &Value, data: &Value) -> Option<Self> {
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

    /// The same for a deletion.
    pub fn delete(&self, model: &'static str, id: &Value) -> Option<Self> {
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

    /// What an action does to all of these records, or nothing if it should be refused.
    pub fn act(&self, model: &'static str, action: &str, ids: &[Value]) -> Option<Self> {
        let keys: BTreeMap<String, Value> =
            ids.iter().map(|id| plain(model, id)).map(|id| (id.to_string(), id)).collect();
        let one = |rows: Self, id: &Value| match action {
            "lend" => rows.update(model, id, &json!({"lent": true})),
            "overfill" => rows.update(model, id, &json!({"capacity": -1})),
            _ => rows.delete(model, id),
        };
        if keys.is_empty() { None } else { keys.values().try_fold(self.clone(), one) }
    }

    /// What the tools show.
    pub async fn seen(tools: &Tools) -> Self {
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
    pub fn known(&self, model: &str) -> Known {
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
            ("ids".into(), some(&ids(model))),
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
pub fn plain(model: &str, id: &Value) -> Value {
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
