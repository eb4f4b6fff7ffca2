//! Slow, locked and vanished databases.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use serde_json::json;

use super::{BLOG, Site, object};
use crate::apps::ListQuery;
use crate::error::Error;

#[test]
fn r60_a_slow_statement_ends_at_its_timeout() {
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
        INSERT INTO t SELECT i, 'text number ' || i FROM n;
        CREATE VIEW product AS SELECT a.id, b.x FROM t AS a, t AS b;";
    let site = Site::with(sql, |app| app.statement_timeout = Duration::from_millis(200)).unwrap();
    for filters in [json!({ "x__icontains": "number" }), json!({})] {
        let started = Instant::now();
        let query = ListQuery { filters: object(filters), limit: 10, ..ListQuery::default() };
        let answer = site.page("product", &query);
        assert!(matches!(&answer, Err(Error::Unavailable(text)) if text.contains("too long")), "{answer:?}");
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }
    // The connection is of use again.
    assert_eq!(site.ids("t", json!({ "id": 5 })).unwrap(), ["5"]);
}

#[test]
fn r60_a_locked_database_is_unavailable_soon_and_heals() {
    let site = Site::with(BLOG, |app| app.statement_timeout = Duration::from_millis(200)).unwrap();
    let mut other = site.connect();
    other.batch_execute("BEGIN EXCLUSIVE").unwrap();
    let started = Instant::now();
    let write = site.update("author", json!(1), json!({ "bio": "x" }));
    assert!(matches!(&write, Err(Error::Unavailable(text)) if text.contains("busy")), "{write:?}");
    let read = site.get("author", json!(1));
    assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
    assert!(started.elapsed() < Duration::from_secs(3));
    other.batch_execute("ROLLBACK").unwrap();
    site.update("author", json!(1), json!({ "bio": "x" })).unwrap();
}

#[test]
fn r60_a_vanished_file_is_unavailable() {
    let site = Site::new(BLOG);
    let path = site.path();
    site.get("author", json!(1)).unwrap();
    std::fs::remove_file(&path).unwrap();
    let answer = site.get("author", json!(1));
    assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
    assert!(!path.exists());
    // Another reload leaves the app in the catalog, with a problem.
    let catalog = site.registry.reload().unwrap();
    assert_eq!((catalog.apps[0].models.len(), catalog.apps[0].problems.len()), (0, 1));
}

#[test]
fn a_read_only_file_is_refused_in_words() {
    let site = Site::new(BLOG);
    let path = site.path();
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    // A privileged user may write anyway; nobody may get an internal error.
    let answer = site.update("author", json!(1), json!({ "bio": "x" })).map(|_| ());
    assert!(matches!(answer, Ok(()) | Err(Error::Refused(_) | Error::Unavailable(_))), "{answer:?}");
}
