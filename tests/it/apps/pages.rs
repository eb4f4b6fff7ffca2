//! Pages by key: whatever a list is ordered by, walking it gives each row once and in order, both ways.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mcp_admin::apps::record;
use mcp_admin::apps::{Catalog, Count, Cursor, ListQuery, Model, Page, Registry, Total, can_order};
use mcp_admin::config::AppConfig;
use mcp_admin::db::Backend as Engine;
use mcp_admin::{Error, Result};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::attached::{execute, on_each};
use super::{chinook, ugly};
use crate::harness::Cluster;

/// Rows with ties, NULLs, odd numbers and long texts, under a key of two columns.
fn script() -> String {
    let words = ["NULL", "'b'", "'B'", "'ä'", "''", "'b '", "NULL"];
    let numbers = ["NULL", "0.1", "0.30000000000000004", "1e300", "-2.5", "0", "1e-300"];
    let mut sql = String::from(
        "CREATE TABLE item (a INTEGER NOT NULL, b VARCHAR(20) NOT NULL, word TEXT, num DOUBLE PRECISION,
            price NUMERIC(10,2), day DATE, at TIMESTAMP, flag BOOLEAN NOT NULL, long TEXT, big BIGINT,
            PRIMARY KEY (a, b));
         CREATE TABLE bag (x INTEGER, y TEXT);\n",
    );
    for i in 0..40_usize {
        let price = if i % 4 == 0 { "NULL".to_owned() } else { format!("{}.5", i % 6 * 3) };
        let day = if i % 5 == 0 { "NULL".to_owned() } else { format!("'2026-01-{:02}'", i % 3 + 1) };
        let at = if i % 3 == 0 { "NULL".to_owned() } else { format!("'2026-01-01 00:00:00.{:06}'", i % 4) };
        let (flag, long) = (i % 2 == 0, "x".repeat(700 + i % 3));
        let (word, num) = (words[i % 7], numbers[i * 3 % 7]);
        let big = 9_007_199_254_740_993 + i % 8;
        writeln!(
            sql,
            "INSERT INTO item VALUES ({}, 'k{}', {word}, {num}, {price}, {day}, {at}, {flag}, '{long}', {big});",
            i / 7,
            i % 7
        )
        .unwrap();
        writeln!(sql, "INSERT INTO bag VALUES ({}, {word});", i % 3).unwrap();
    }
    sql
}

/// A database that is read without a server.
struct Shelf {
    catalog: std::sync::Arc<Catalog>,
    url: String,
    _files: TempDir,
}

impl Shelf {
    fn new(backend: Engine, sql: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let url = match backend {
            Engine::Postgres => Cluster::shared().create_database(),
            Engine::Sqlite => files.path().join("shelf.db").to_str().unwrap().to_owned(),
        };
        execute(&url, sql);
        Self::at(url, files)
    }

    fn at(url: String, files: TempDir) -> Self {
        let registry = Registry::load(BTreeMap::from([("shelf".to_owned(), AppConfig::at(&*url))])).unwrap();
        Self { catalog: registry.catalog(), url, _files: files }
    }

    fn model(&self, name: &str) -> &Model {
        self.catalog.find("shelf", name).unwrap().1
    }

    fn page(&self, model: &Model, query: &ListQuery) -> Result<Page> {
        self.catalog.apps[0].db.read(|conn| record::list(conn, &self.catalog, model, query))
    }

    /// The whole list, and that it is the same by pages of `limit`, forward and backward.
    fn walk(&self, model: &Model, query: &ListQuery, limit: u32) -> Vec<Value> {
        let shown = |page: &Page| page.records.iter().map(record::Record::to_value).collect::<Vec<_>>();
        let whole = shown(&self.page(model, &ListQuery { limit: 10_000, ..query.clone() }).unwrap());
        let about = format!("{} by {:?} in pages of {limit}", model.label(), query.order_by);
        let mut query = ListQuery { limit, count: Count::None, ..query.clone() };
        let (mut found, mut pages) = (Vec::new(), 0);
        let last = loop {
            let page = self.page(model, &query).unwrap_or_else(|error| panic!("{about}: {error:?}"));
            assert_eq!(page.previous.is_some(), pages > 0, "{about}");
            found.extend(shown(&page));
            pages += 1;
            assert!(pages <= whole.len() + 1, "{about} does not end");
            match &page.next {
                // As a client would hand it back.
                Some(next) => query.cursor = Some(Cursor::parse(&next.to_string()).unwrap()),
                None => break page,
            }
        };
        assert_eq!(found, whole, "{about}");
        let mut back = vec![shown(&last)];
        let mut previous = last.previous;
        while let Some(cursor) = previous.take() {
            let page = self.page(model, &ListQuery { cursor: Some(cursor), ..query.clone() }).unwrap();
            assert!(page.next.is_some(), "{about}");
            back.push(shown(&page));
            assert!(back.len() <= whole.len() + 1, "{about} does not end backward");
            previous = page.previous;
        }
        back.reverse();
        assert_eq!(back.concat(), whole, "{about}, backward");
        whole
    }

    /// Walks a model in the order of each of its fields.
    fn walk_all(&self, model: &Model, limit: u32) {
        self.walk(model, &ListQuery::default(), limit);
        for field in model.fields.iter().filter(|field| can_order(&field.kind)) {
            for order in [field.name.to_string(), format!("-{}", field.name)] {
                self.walk(model, &ListQuery { order_by: vec![order], ..ListQuery::default() }, limit);
            }
        }
    }
}

fn by(order: &[&str]) -> ListQuery {
    ListQuery { order_by: order.iter().map(ToString::to_string).collect(), ..ListQuery::default() }
}

fn wrong_field<T>(result: Result<T>) -> String {
    match result {
        Err(Error::Invalid(errors)) => format!("{}: {}", errors[0].field, errors[0].message),
        Err(other) => panic!("another error: {other:?}"),
        Ok(_) => panic!("accepted"),
    }
}

on_each! {
    async fn each_row_is_met_once_whatever_the_order(backend) {
        let shelf = Shelf::new(backend, &script());
        let item = shelf.model("item");
        for limit in [1, 3, 39, 40, 41] {
            shelf.walk_all(item, limit);
        }
        for order in [
            &["word", "-num"][..], &["-word", "num", "-a"], &["flag", "word"], &["-flag", "-a", "-b"], &["-day", "-at"],
            &["a", "-b"], &["-price", "word", "day"], &["long", "word"], &["b", "-big"],
        ] {
            for limit in [1, 4, 40] {
                shelf.walk(item, &by(order), limit);
            }
        }
        let prices = shelf.walk(item, &ListQuery { fields: Some(vec!["price".into()]), ..by(&["price"]) }, 7);
        let prices = prices.iter().filter_map(|row| row["price"].as_str()?.parse::<f64>().ok());
        assert!(prices.clone().count() == 30 && prices.is_sorted(), "as numbers, not as texts");
        let filtered = ListQuery {
            filters: Map::from_iter([("flag".into(), json!(true)), ("word__isnull".into(), json!(false))]),
            search: Some("k".into()),
            ..by(&["-word", "price"])
        };
        assert!(shelf.walk(item, &filtered, 2).len() > 5);
        // Twins cannot be told apart, and are all there nevertheless.
        assert_eq!(shelf.walk(shelf.model("bag"), &by(&["y"]), 3).len(), 40);
    }

    async fn every_field_of_other_databases_can_be_walked_by(backend) {
        let odd = Shelf::new(backend, ugly::script(backend));
        for (_, model) in odd.catalog.models() {
            odd.walk_all(model, 1);
        }
        let files = tempfile::tempdir().unwrap();
        let url = chinook::database(backend, &files.path().join("chinook.sqlite"));
        let shop = Shelf::at(url, files);
        assert!(shop.catalog.models().count() >= 10);
        for (_, model) in shop.catalog.models() {
            shop.walk_all(model, 700);
        }
    }

    async fn rows_that_come_and_go_shift_nothing(backend) {
        let shelf = Shelf::new(backend, &script());
        let item = shelf.model("item");
        for order in [&["a"][..], &["-long"]] {
            let query = ListQuery { limit: 10, ..by(order) };
            let first = shelf.page(item, &query).unwrap();
            let second = shelf.page(item, &ListQuery { offset: 10, ..query.clone() }).unwrap();
            shelf.catalog.apps[0].db.execute_script("UPDATE item SET flag = NOT flag").unwrap();
            execute(&shelf.url, "INSERT INTO item (a, b, flag, long) VALUES (-1, 'new', true, 'y')");
            let by_key = shelf.page(item, &ListQuery { cursor: first.next.clone(), ..query.clone() }).unwrap();
            let keys = |page: &Page| page.records.iter().map(|r| record::object_id(item, r)).collect::<Vec<_>>();
            assert_eq!(keys(&by_key), keys(&second), "{order:?}");
            execute(&shelf.url, "DELETE FROM item WHERE a = -1");
        }
        // A row with long values is looked up again, and that it is gone is said.
        let query = ListQuery { limit: 10, ..by(&["long"]) };
        let next = shelf.page(item, &query).unwrap().next;
        execute(&shelf.url, "DELETE FROM item");
        let gone = shelf.page(item, &ListQuery { cursor: next, ..query });
        assert_eq!(wrong_field(gone), "cursor: the record at which it stands is gone; begin again");
    }

    async fn r46_a_cursor_holds_for_its_list_only(backend) {
        let shelf = Shelf::new(backend, &script());
        let item = shelf.model("item");
        let query = ListQuery { limit: 5, ..by(&["day"]) };
        let cursor = shelf.page(item, &query).unwrap().next;
        assert!(shelf.page(item, &ListQuery { cursor: cursor.clone(), limit: 7, ..query.clone() }).is_ok());
        let filters = Map::from_iter([("a".into(), json!(1))]);
        for other in [
            by(&["-day"]), by(&["day", "word"]), by(&[]), ListQuery { filters, ..query.clone() },
            ListQuery { search: Some("k".into()), ..query.clone() },
        ] {
            let refused = wrong_field(shelf.page(item, &ListQuery { cursor: cursor.clone(), limit: 5, ..other }));
            assert!(refused.starts_with("cursor: belongs to another list"), "{refused}");
        }
        let both = ListQuery { cursor: cursor.clone(), offset: 5, ..query.clone() };
        assert!(wrong_field(shelf.page(item, &both)).starts_with("offset: "));
        // Values that were never given out are refused, and no fault.
        let honest = serde_json::to_value(&cursor).unwrap();
        let made_up = [
            json!({"k": []}), json!({"k": ["n", "n"]}), json!({"k": [{"t": "soon"}, {"i": 1}, {"t": "k"}]}),
            json!({"k": [{"i": 7}, {"t": "x"}, {"i": 9}]}), json!({"k": [{"x": "AA=="}, {"i": 1}, {"t": "k"}]}),
            json!({"k": [{"f": 0}, {"b": true}, {"t": "\u{0}"}]}), json!({"r": [{"i": 1}]}),
            json!({"r": [{"t": "a"}, {"t": "b"}]}), json!({"r": ["n", "n"]}), json!({"o": u64::MAX}),
        ];
        for place in made_up {
            let mut forged = honest.clone();
            forged["p"] = place.clone();
            let forged: Cursor = serde_json::from_value(forged).unwrap();
            match shelf.page(item, &ListQuery { cursor: Some(forged), ..query.clone() }) {
                Ok(page) => assert!(page.records.len() <= 5, "{place}"),
                Err(Error::Invalid(errors)) => assert_eq!(errors[0].field, "cursor", "{place}"),
                Err(other) => panic!("{place}: {other:?}"),
            }
        }
    }

    async fn rows_are_counted_as_well_as_is_asked(backend) {
        let shelf = Shelf::new(backend, "CREATE TABLE n (id INTEGER PRIMARY KEY, odd INTEGER NOT NULL);
            WITH RECURSIVE up (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM up WHERE i < 12000)
            INSERT INTO n SELECT i, i % 2 FROM up;");
        let n = shelf.model("n");
        let total = |count, limit, filters: Value| {
            let Value::Object(filters) = filters else { panic!("an object") };
            shelf.page(n, &ListQuery { count, limit, filters, ..ListQuery::default() }).unwrap().total
        };
        assert_eq!(total(Count::Exact, 5, json!({})), Total::Exact(12_000));
        assert_eq!(total(Count::None, 5, json!({})), Total::Unknown);
        // What fits on the first page is counted by that.
        assert_eq!(total(Count::Estimate, 5, json!({"id__lte": 3})), Total::Exact(3));
        match backend {
            Engine::Sqlite => {
                assert_eq!(total(Count::Estimate, 5, json!({})), Total::AtLeast(10_000));
                assert_eq!(total(Count::Estimate, 5, json!({"odd": 1})), Total::Exact(6_000));
            }
            Engine::Postgres => {
                execute(&shelf.url, "ANALYZE n");
                assert_eq!(total(Count::Estimate, 5, json!({})), Total::Estimate(12_000));
                let Total::Estimate(half) = total(Count::Estimate, 5, json!({"odd": 1})) else { panic!("no estimate") };
                assert!((5_000..7_000).contains(&half), "{half}");
            }
        }
    }

    async fn r60_a_page_has_a_bound_in_bytes(backend) {
        let shelf = Shelf::new(backend, &script());
        let item = shelf.model("item");
        let query = ListQuery { limit: 20, max_bytes: Some(5_000), ..ListQuery::default() };
        let refused = wrong_field(shelf.page(item, &query));
        assert!(refused.starts_with("limit: the first 7 records have more than 5000 bytes"), "{refused}");
        assert!(refused.contains("at most 6") && refused.contains("(fields)"), "{refused}");
        assert_eq!(shelf.page(item, &ListQuery { limit: 5, ..query.clone() }).unwrap().records.len(), 5);
        let narrow = ListQuery { fields: Some(vec!["a".into(), "b".into()]), ..query.clone() };
        assert_eq!(shelf.page(item, &narrow).unwrap().records.len(), 20);
        let refused = wrong_field(shelf.page(item, &ListQuery { max_bytes: Some(500), ..query }));
        assert!(refused.starts_with("limit: one record has more than 500 bytes"), "{refused}");
    }
}
