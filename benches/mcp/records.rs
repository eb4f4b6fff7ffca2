//! What the layer of records does when there are many: a thousand records at once against one by one, both
//! with their entries in the audit log, and a walk by cursor over a large table.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use mcp_admin::apps::{Count, ListQuery, Registry};
use mcp_admin::auth::Actor;
use mcp_admin::clock::Clock;
use mcp_admin::config::AppConfig;
use mcp_admin::services::records::{BulkOperation, BulkOptions, Collection, Item};
use serde_json::{Map, Value, json};

use super::measure::median;
use super::{Outcome, seed};

/// Records that are created at once, and one by one.
const CREATED: usize = 1000;
/// Rows of a page.
const PAGE: u32 = 1000;
/// The file of the large table.
const EVENTS: &str = "events.db";

/// Measures both.
pub fn measure(directory: &Path, rows: u32) -> Outcome<Value> {
    let events = directory.join(EVENTS);
    let mut conn = SqliteConnection::establish(events.to_str().ok_or("the path is no text")?)?;
    conn.batch_execute(&format!(
        "CREATE TABLE event (id INTEGER PRIMARY KEY, at TIMESTAMP, kind VARCHAR(20) NOT NULL, note TEXT);
         CREATE INDEX event_at ON event (at);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO event SELECT i, CASE WHEN i % 100 = 0 THEN NULL ELSE datetime(i * 7919 % 100000000, 'unixepoch') END,
             'kind ' || i % 10, 'A note of ordinary length' FROM n;"
    ))?;
    let app = |name: &str| {
        let path = directory.join(name);
        path.to_str().map(AppConfig::at).ok_or("the path is no text")
    };
    let apps = BTreeMap::from([("blog".to_owned(), app(seed::BLOG)?), ("log".to_owned(), app(EVENTS)?)]);
    let registry = Registry::load(apps)?;
    let (bulk, single) = creations(&registry, &directory.join(seed::SMALL))?;
    Ok(json!({
        "bulk_create_1000_ms": rounded(bulk),
        "single_create_1000_ms": rounded(single),
        "bulk_speedup": rounded(single / bulk),
        "walk_by_key": walk(&registry, &[])?,
        "walk_by_time": walk(&registry, &["-at"])?,
    }))
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn milliseconds(work: impl FnOnce() -> Outcome<()>) -> Outcome<f64> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().as_secs_f64() * 1000.0)
}

/// How long a thousand records take at once, and one by one.
fn creations(registry: &Registry, own: &Path) -> Outcome<(f64, f64)> {
    let (db, catalog, actor) = (seed::open(own)?, registry.catalog(), Actor::cli());
    let (app, model) = catalog.find("blog", "article").ok_or("there are no articles")?;
    let now = Clock::system().now();
    let articles =
        Collection { db: &db, actor: &actor, now, catalog: &catalog, app, model, watch: None, witness: None };
    let data = |n: usize| -> Map<String, Value> {
        let fields =
            json!({ "title": format!("New {n}"), "body": "Text", "status": "draft", "author_id": 1 });
        fields.as_object().cloned().unwrap_or_default()
    };
    let single = milliseconds(|| {
        (0..CREATED).try_for_each(|n| articles.create(&data(n)).map(drop)).map_err(Into::into)
    })?;
    let items: Vec<Item> = (0..CREATED).map(|n| Item::Create(data(n))).collect();
    let bulk = milliseconds(|| {
        let done = articles.bulk(BulkOperation::Create, &items, BulkOptions::default())?.done.len();
        if done == CREATED { Ok(()) } else { Err(format!("{done} were created").into()) }
    })?;
    Ok((bulk, single))
}

/// Walks the large table and tells what the first, the middle and the last pages took.
fn walk(registry: &Registry, order: &[&str]) -> Outcome<Value> {
    let (catalog, actor, now) = (registry.catalog(), Actor::cli(), Clock::system().now());
    let (app, model) = catalog.find("log", "event").ok_or("there are no events")?;
    let events = Collection {
        db: &app.db,
        actor: &actor,
        now,
        catalog: &catalog,
        app,
        model,
        watch: None,
        witness: None,
    };
    let order_by = order.iter().map(ToString::to_string).collect();
    let mut query = ListQuery { limit: PAGE, count: Count::None, order_by, ..ListQuery::default() };
    let (mut times, mut rows) = (Vec::new(), 0);
    loop {
        let started = Instant::now();
        let page = events.list(&query)?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
        rows += page.records.len();
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    let tenth = (times.len() / 10).max(1);
    let middle = times.len() / 2;
    let of = |part: &[f64]| rounded(median(part.to_vec()));
    Ok(json!({
        "rows": rows,
        "pages": times.len(),
        "first_pages_ms": of(&times[..tenth]),
        "middle_pages_ms": of(&times[middle..(middle + tenth).min(times.len())]),
        "last_pages_ms": of(&times[times.len() - tenth..]),
    }))
}
