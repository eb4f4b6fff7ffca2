//! `last_used_at`: written behind the requests, rarely, and never lost.

use std::time::Duration;

use chrono::TimeDelta;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel::{RunQueryDsl, sql_query};
use mcp_admin::clock::UtcTime;
use mcp_admin::db::{Backend, Db};

use crate::harness::{Agent, TestApp, eventually, on_both, pipeline};

/// Makes the database itself count every write of a use, or refuse it.
fn watch(db: &Db, refuse: bool) {
    let sqlite_action =
        if refuse { "SELECT RAISE(ABORT, 'read-only')" } else { "INSERT INTO use_writes VALUES (NEW.id)" };
    let postgres_action = if refuse {
        "RAISE EXCEPTION 'read-only'"
    } else {
        "INSERT INTO use_writes VALUES (NEW.id); RETURN NEW"
    };
    let sql = match db.backend() {
        Backend::Sqlite => format!(
            "CREATE TABLE IF NOT EXISTS use_writes (id BIGINT); DROP TRIGGER IF EXISTS watch; \
             CREATE TRIGGER watch AFTER UPDATE OF last_used_at ON tokens BEGIN {sqlite_action}; END"
        ),
        Backend::Postgres => format!(
            "CREATE TABLE IF NOT EXISTS use_writes (id BIGINT); \
             CREATE OR REPLACE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN {postgres_action}; END $$; \
             CREATE OR REPLACE TRIGGER watch AFTER UPDATE OF last_used_at ON tokens FOR EACH ROW \
             EXECUTE FUNCTION watch()"
        ),
    };
    db.execute_script(&sql).unwrap();
}

fn writes(db: &Db) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let mut conn = db.conn().unwrap();
    sql_query("SELECT COUNT(*) AS n FROM use_writes").get_result::<Count>(&mut *conn).unwrap().n
}

fn last_used(app: &TestApp, agent: &Agent) -> Option<UtcTime> {
    app.stored(agent.id()).last_used_at
}

on_both! {
    async fn r12_last_used_follows_within_the_interval(app) {
        let agent = app.token(&[]);
        assert_eq!(last_used(&app, &agent), None);
        let before = app.clock.now();
        assert_eq!(agent.status().await, 200);
        eventually("the use is written", Duration::from_secs(2), async || last_used(&app, &agent).is_some()).await;
        let first = last_used(&app, &agent).unwrap();
        assert!(first >= before && first <= app.clock.now());
        app.advance(TimeDelta::hours(1));
        assert_eq!(agent.status().await, 200);
        eventually("it moves on", Duration::from_secs(2), async || last_used(&app, &agent) > Some(first)).await;
    }

    async fn r12_last_used_never_goes_back(app) {
        let agent = app.token(&[]);
        app.advance(TimeDelta::hours(2));
        assert_eq!(agent.status().await, 200);
        eventually("the use is written", Duration::from_secs(2), async || last_used(&app, &agent).is_some()).await;
        let latest = last_used(&app, &agent);
        app.advance(TimeDelta::hours(-2));
        app.invalidate();
        let flushes = app.guard.stats().flushes.load(std::sync::atomic::Ordering::Relaxed);
        assert_eq!(agent.status().await, 200);
        app.guard.flush().unwrap();
        assert!(app.guard.stats().flushes.load(std::sync::atomic::Ordering::Relaxed) >= flushes);
        assert_eq!(last_used(&app, &agent), latest);
    }

    async fn r12_a_failing_write_holds_up_no_request_and_is_made_up_for(app) {
        watch(&app.db, true);
        let agent = app.token(&[]);
        for _ in 0..5 {
            assert_eq!(agent.status().await, 200);
        }
        let failed = || app.guard.stats().failed_flushes.load(std::sync::atomic::Ordering::Relaxed) > 0;
        eventually("a flush fails", Duration::from_secs(3), async || failed()).await;
        assert_eq!(agent.status().await, 200);
        assert_eq!(last_used(&app, &agent), None);
        watch(&app.db, false);
        eventually("it is made up for", Duration::from_secs(5), async || last_used(&app, &agent).is_some()).await;
    }
}

async fn ten_thousand_requests(backend: Backend) {
    let interval = Duration::from_secs(1);
    let app = TestApp::with(backend, |config| config.usage_flush_interval = interval).await;
    watch(&app.db, false);
    let agent = app.token(&[]);
    app.settle().await;
    let started = std::time::Instant::now();
    assert_eq!(pipeline(app.address(), &agent.token, 10_000), 10_000, "all are let in");
    let intervals = i64::try_from(started.elapsed().as_millis() / interval.as_millis()).unwrap() + 1;
    let written = writes(&app.db);
    assert!(written <= intervals, "{written} writes in {intervals} intervals");
    eventually("the last use is written", interval * 3, async || writes(&app.db) > 0).await;
    assert_eq!(app.guard.stats().loads.load(std::sync::atomic::Ordering::Relaxed), 1, "one look-up for all");
}

#[tokio::test]
async fn r12_ten_thousand_requests_are_at_most_one_write_an_interval_sqlite() {
    ten_thousand_requests(Backend::Sqlite).await;
}

#[tokio::test]
async fn r12_ten_thousand_requests_are_at_most_one_write_an_interval_postgres() {
    ten_thousand_requests(Backend::Postgres).await;
}

async fn stopped_right_after_a_call(backend: Backend) {
    let mut app =
        TestApp::with(backend, |config| config.usage_flush_interval = Duration::from_hours(1)).await;
    let agents: Vec<Agent> = (0..120).map(|_| app.token(&[])).collect();
    for agent in &agents {
        assert_eq!(agent.status().await, 200);
    }
    assert_eq!(last_used(&app, &agents[0]), None, "nothing is written yet");
    app.stop();
    for agent in &agents {
        assert!(last_used(&app, agent).is_some());
    }
}

#[tokio::test]
async fn r12_a_stop_flushes_everything_sqlite() {
    stopped_right_after_a_call(Backend::Sqlite).await;
}

#[tokio::test]
async fn r12_a_stop_flushes_everything_postgres() {
    stopped_right_after_a_call(Backend::Postgres).await;
}
