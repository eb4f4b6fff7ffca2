//! A million records: every part of the list costs what it costs with a hundred.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mcp_admin::db::Backend;
use serde_json::{Value, json};

use super::{Cost, MOST_QUERIES, cost, insist, serve, sign_in};
use crate::admin::records::lists::{keys, step};
use crate::harness::{Process, Site, Visitor, on_each};

const LIST: &str = "/admin/apps/blog/comment";
const MANY: i64 = 1_000_000;
/// Bytes of the database's file that all looks together may read on SQLite, and rows on PostgreSQL. The
/// table has a hundred million bytes.
const MOST_BYTES: u64 = 24_000_000;
const MOST_ROWS: i64 = 50_000;

/// Leaves comments of the first two articles with the keys from 1 on, and no others.
fn fill(site: &Site, count: i64) {
    let fill = |table: &str| {
        format!(
            "DELETE FROM {table};
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             INSERT INTO {table} (id, article_id, author_name, body, is_approved)
             SELECT i, 1 + i % 2, 'Reader ' || (i % 97), 'Comment ' || (1000000 + i), TRUE FROM n;
             ANALYZE {table};"
        )
    };
    // Without the bounds of our own connections: it takes as long as it takes.
    match site.backend {
        Backend::Sqlite => {
            let mut conn = SqliteConnection::establish(&site.blog_url).unwrap();
            conn.batch_execute(&format!("PRAGMA busy_timeout = 60000; {}", fill("blog_comment"))).unwrap();
        }
        Backend::Postgres => {
            let mut conn = PgConnection::establish(&site.blog_url).unwrap();
            // Nobody checks a million times that the two articles are there.
            conn.batch_execute(&format!(
                "SET session_replication_role = replica; {}",
                fill("blog.blog_comment")
            ))
            .unwrap();
        }
    }
}

/// The address of the part behind a key: what “Next” leads to, with another key in it.
fn behind(page: &str, key: i64) -> String {
    let next = step(page, "next").unwrap();
    let (path, cursor) = next.split_once("cursor=").unwrap();
    let mut place: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
    place["p"] = json!({"k": [{"i": key}]});
    format!("{path}cursor={}", URL_SAFE_NO_PAD.encode(place.to_string()))
}

/// What the first, a middle and the last part cost, in both directions, a narrowed one, and the pages of
/// one record and of one that half of them belong to.
async fn look(visitor: &Visitor, count: i64) -> Vec<(&'static str, Cost)> {
    let first = visitor.page(&format!("{LIST}?sort=id")).await;
    let (middle, last) = (behind(&first, count / 2 - 25), behind(&first, count - 50));
    let shown = keys(&visitor.page(&middle).await);
    assert_eq!((shown.len(), shown[0]), (50, count / 2 - 24));
    let end = visitor.page(&last).await;
    assert_eq!((keys(&end).last(), step(&end, "next")), (Some(&count), None));
    let before = step(&end, "prev").unwrap();
    let mut costs = Vec::new();
    for (name, address) in [
        ("first", format!("{LIST}?sort=id")),
        ("middle", middle),
        ("last", last),
        ("the one before the last", before),
        ("backwards", format!("{LIST}?sort=-id")),
        ("of one article", format!("{LIST}?f.article_id=2&sort=id")),
        ("a comment", format!("{LIST}/{count}")),
        ("its article", "/admin/apps/blog/article/1".to_owned()),
    ] {
        costs.push((name, cost(visitor, &address).await));
    }
    costs
}

/// Bytes that the server has read of files so far.
fn bytes_read(process: &Process) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/io", process.id())).unwrap();
    text.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// Comments that PostgreSQL has read for anybody so far. It counts up to a second or so later.
fn rows_read(site: &Site) -> i64 {
    let text = "SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint AS rows \
                FROM pg_stat_user_tables WHERE relname = 'blog_comment'";
    let mut conn = PgConnection::establish(&site.blog_url).unwrap();
    let mut before = -1;
    for _ in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        let now = diesel::sql_query(text).get_result::<Count>(&mut conn).unwrap().rows;
        if now == before {
            break;
        }
        before = now;
    }
    before
}

on_each! {
    async fn parts_of_a_million_records_cost_what_those_of_a_hundred_do(backend) {
        let site = Site::new(backend);
        fill(&site, 200);
        let (process, visitor) = serve(&site).await;
        let few = look(&visitor, 200).await;
        fill(&site, MANY);
        let (bytes, rows) = (bytes_read(&process), (backend == Backend::Postgres).then(|| rows_read(&site)));
        // What was kept open is closed by now.
        let visitor = sign_in(&process).await;
        let many = look(&visitor, MANY).await;
        for ((name, few), (_, many)) in few.into_iter().zip(many) {
            insist(name, few, many);
            assert!(few.queries <= MOST_QUERIES, "{name}: {few:?}");
        }
        if let Some(rows) = rows {
            let rows = rows_read(&site) - rows;
            assert!(rows < MOST_ROWS, "{rows} rows were read");
        } else {
            let bytes = bytes_read(&process) - bytes;
            assert!(bytes < MOST_BYTES, "{bytes} bytes were read");
        }
    }
}
