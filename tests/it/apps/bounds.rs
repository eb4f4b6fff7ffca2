//! An attached database that is slow, locked or gone harms nobody else.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use mcp_admin::config::AppConfig;
use mcp_admin::db::Backend;
use serde_json::json;

use crate::harness::{TestApp, on_both, open};

const TABLE: &str = "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL)";

async fn bounded(backend: Backend) -> TestApp {
    TestApp::with_site(backend, |site, config| {
        let url = site.another("notes.db");
        open(&url).execute_script(TABLE).unwrap();
        let mut app = AppConfig::at(url);
        app.statement_timeout = Duration::from_millis(500);
        config.apps.insert("notes".into(), app);
        (config.mcp.default_limit, config.mcp.max_limit) = (50, 50);
    })
    .await
}

fn notes_url(app: &TestApp) -> String {
    app.config.apps["notes"].url.reveal().to_owned()
}

on_both! {
    from bounded;

    async fn r60_a_list_has_no_more_rows_than_the_cap(app) {
        let agent = app.token(&["blog.view_article"]);
        for limit in [json!(1_000_000_000_i64), json!(51)] {
            let answer = agent.call("list_article", json!({"limit": limit})).await;
            let count = answer.body["structuredContent"]["count"].as_u64();
            assert!(answer.is_error() || count == Some(50), "{limit}: {}", answer.text);
        }
        assert_eq!(agent.ok("list_article", json!({})).await["count"], 50);
    }

    async fn r60_a_locked_database_is_a_tool_error_within_its_timeout(app) {
        let agent = app.token(&["notes.add_note", "notes.view_note", "blog.view_article"]);
        agent.ok("create_note", json!({"data": {"id": 1, "body": "before"}})).await;
        let mut holder = open(&notes_url(&app)).conn().unwrap();
        let lock = match app.backend() {
            Backend::Sqlite => "BEGIN EXCLUSIVE",
            Backend::Postgres => "BEGIN; LOCK TABLE note IN ACCESS EXCLUSIVE MODE",
        };
        holder.batch_execute(lock).unwrap();
        let started = Instant::now();
        let text = agent.refused("create_note", json!({"data": {"id": 2, "body": "during"}})).await;
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
        assert!(text.contains("busy") || text.contains("too long"), "{text}");
        agent.ok("list_article", json!({"limit": 1})).await;
        holder.batch_execute("ROLLBACK").unwrap();
        agent.ok("create_note", json!({"data": {"id": 3, "body": "after"}})).await;
        assert_eq!(agent.ok("list_note", json!({})).await["total_count"], 2);
    }

    async fn r60_a_vanished_table_is_a_tool_error_and_other_apps_go_on(app) {
        let agent = app.token(&["notes.view_note", "blog.view_article"]);
        agent.ok("list_note", json!({})).await;
        open(&notes_url(&app)).execute_script("DROP TABLE note").unwrap();
        let answer = agent.call("list_note", json!({})).await;
        assert!(answer.status == 200 && answer.is_error(), "{}", answer.text);
        for word in ["SELECT", "no such table", "does not exist", "relation"] {
            assert!(!answer.text.contains(word), "{}", answer.text);
        }
        agent.ok("list_article", json!({"limit": 1})).await;
    }
}

#[tokio::test]
async fn r60_a_slow_statement_ends_at_its_timeout() {
    let app = TestApp::with_site(Backend::Postgres, |site, config| {
        let url = site.another("slow.db");
        open(&url)
            .execute_script(
                "CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(30)::text AS nap FROM generate_series(1, 3)",
            )
            .unwrap();
        let mut slow = AppConfig::at(url);
        slow.statement_timeout = Duration::from_millis(300);
        config.apps.insert("slow".into(), slow);
    })
    .await;
    let agent = app.token(&["slow.view_slow", "blog.view_article"]);
    let started = Instant::now();
    let text = agent.refused("list_slow", json!({})).await;
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert!(text.contains("too long"), "{text}");
    agent.ok("list_article", json!({"limit": 1})).await;
}

#[tokio::test]
async fn r60_an_app_that_is_away_at_the_start_does_not_keep_the_others_from_being_served() {
    let app = TestApp::with_site(Backend::Sqlite, |site, config| {
        let missing = site.file("missing.db").to_str().unwrap().to_owned();
        config.apps.insert("missing".into(), AppConfig::at(&missing));
        config.apps.insert("nowhere".into(), AppConfig::at("postgres://nobody@127.0.0.1:1/nothing"));
    })
    .await;
    app.token(&["blog.view_article"]).ok("list_article", json!({"limit": 1})).await;
    assert!(!app.site.file("missing.db").exists(), "no file was made");
}

#[tokio::test]
async fn r60_a_file_that_vanishes_is_a_tool_error() {
    let app = bounded(Backend::Sqlite).await;
    let agent = app.token(&["notes.view_note", "blog.view_article"]);
    std::fs::remove_file(notes_url(&app)).unwrap();
    // Connections that are open keep reading the file that has no name any more; a new one must not make it.
    let answer = agent.call("list_note", json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(!std::path::Path::new(&notes_url(&app)).exists(), "no file was made");
    agent.ok("list_article", json!({"limit": 1})).await;
}
