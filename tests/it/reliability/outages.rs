//! Databases that are busy, dead, or silent.

use std::time::{Duration, Instant};

use mcp_admin::db::Backend;
use serde_json::json;

use super::get;
use crate::harness::{Agent, Site, TestApp, eventually, on_both};

/// What a request may take while a database does not answer: it is given up after one second.
const BOUNDED: Duration = Duration::from_secs(5);
const HEALED: Duration = Duration::from_secs(30);

/// The answer to a call that has to come in time.
async fn bounded<T>(what: &str, call: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let answer = call.await;
    assert!(started.elapsed() < BOUNDED, "{what}: {:?}", started.elapsed());
    answer
}

on_both! {
    async fn r48_with_every_connection_taken_it_says_so_and_recovers(app) {
        let known = app.token(&["blog.view_article", "mcp.view_token"]);
        let unseen = app.token(&["blog.view_article"]);
        assert_eq!(known.status().await, 200);
        let pool = app.server_db.clone();
        let held = tokio::task::spawn_blocking(move || {
            // The server itself takes one now and then.
            (0..8).map(|_| (0..20).find_map(|_| pool.conn().ok()).unwrap()).collect::<Vec<_>>()
        });
        let held = held.await.unwrap();
        let refused = bounded("an unseen token", unseen.list()).await;
        assert_eq!((refused.status, refused.header("retry-after").is_empty()), (503, false), "{}", refused.text);
        let rest = bounded("a list", known.rest("GET", "/api/v1/tokens", None)).await;
        assert_eq!(rest.status, 503, "{}", rest.text);
        assert_eq!(get(app.address(), "/livez").status, 200);
        assert_eq!(get(app.address(), "/readyz").status, 503);
        drop(held);
        eventually("it recovers", Duration::from_secs(5), async || unseen.status().await == 200).await;
        assert_eq!(get(app.address(), "/readyz").status, 200);
        assert_eq!(known.rest("GET", "/api/v1/tokens", None).await.status, 200);
    }
}

/// While its database does not answer: alive, not ready, and nobody waits.
async fn assert_out_of_order(app: &TestApp, known: &Agent, unseen: &Agent) {
    let address = app.address().to_owned();
    let ask = |path: &'static str| {
        let address = address.clone();
        async move { tokio::task::spawn_blocking(move || get(&address, path).status).await.unwrap() }
    };
    assert_eq!(bounded("/livez", ask("/livez")).await, 200);
    assert_eq!(bounded("/readyz", ask("/readyz")).await, 503);
    for _ in 0..3 {
        assert_eq!(bounded("an unseen token", unseen.list()).await.status, 503);
    }
    let rest = bounded("a list", known.rest("GET", "/api/v1/tokens", None)).await;
    assert_eq!(rest.status, 503, "{}", rest.text);
    eventually("known tokens are not believed for ever", Duration::from_secs(10), async || {
        known.status().await == 503
    })
    .await;
}

async fn assert_healed(app: &TestApp, known: &Agent, unseen: &Agent) {
    eventually("it heals", HEALED, async || {
        known.status().await == 200
            && unseen.status().await == 200
            && get(app.address(), "/readyz").status == 200
    })
    .await;
    known.ok("list_article", json!({"limit": 1})).await;
    assert_eq!(known.rest("GET", "/api/v1/tokens", None).await.status, 200);
}

fn apart() -> (TestApp, crate::harness::Cluster) {
    let (site, cluster) = Site::apart();
    (TestApp::on(site, |config| config.epoch_grace = Duration::from_secs(2)), cluster)
}

#[tokio::test]
async fn r49_a_killed_postgres_is_survived() {
    let (app, mut cluster) = apart();
    assert_eq!(app.backend(), Backend::Postgres);
    let (known, unseen) =
        (app.token(&["blog.view_article", "mcp.view_token"]), app.token(&["blog.view_article"]));
    assert_eq!(known.status().await, 200);
    for _ in 0..2 {
        cluster.crash();
        assert_out_of_order(&app, &known, &unseen).await;
        cluster.revive();
        assert_healed(&app, &known, &unseen).await;
        app.invalidate();
    }
}

#[tokio::test]
async fn r49_a_silent_postgres_is_survived() {
    let (app, cluster) = apart();
    let (known, unseen) =
        (app.token(&["blog.view_article", "mcp.view_token"]), app.token(&["blog.view_article"]));
    assert_eq!(known.status().await, 200);
    known.ok("list_article", json!({"limit": 1})).await;
    let frozen = cluster.freeze();
    assert_out_of_order(&app, &known, &unseen).await;
    drop(frozen);
    assert_healed(&app, &known, &unseen).await;
}
