//! What the tests share: databases, servers, clients, personas.

mod agent;
mod app;
mod cluster;
mod database;
mod dump;
mod process;
mod proxy;
mod raw;
mod site;
mod visitor;

use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use agent::{Agent, Answer, MODERN, modern_meta};
pub use app::{PASSWORD, TestApp};
pub use cluster::Cluster;
pub use database::TestDatabase;
pub use process::{Process, binary, command};
pub use proxy::Proxy;
pub use raw::{RawAnswer, pipeline, raw, request, send};
pub use site::{Site, open};
pub use visitor::Visitor;

/// A program that `scripts/tools.sh` provides.
pub fn tool(path: &str) -> PathBuf {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(path);
    assert!(found.exists(), "{path} is missing: run `make tools` once");
    found
}

/// A client for HTTP. The server closes connections that nobody used for eight seconds; one that was idle for
/// nearly as long, while a test filled a database, is not used again.
pub fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().pool_idle_timeout(Duration::from_secs(4))
}

/// Asks until the answer is yes; the time that it took.
pub async fn eventually(what: &str, within: Duration, mut ask: impl AsyncFnMut() -> bool) -> Duration {
    let started = Instant::now();
    loop {
        if ask().await {
            return started.elapsed();
        }
        assert!(started.elapsed() < within, "not within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Makes a scenario over a [`TestApp`] into two tests, one on each database: `name::sqlite` and
/// `name::postgres`. `from f;` in front has the app made by `async fn f(Backend) -> TestApp`.
macro_rules! on_both {
    (from $start:path; $(async fn $name:ident($app:ident) $body:block)+) => {$(
        async fn $name(backend: mcp_admin::db::Backend) {
            async fn scenario($app: $crate::harness::TestApp) $body

            scenario($start(backend).await).await;
        }

        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name(mcp_admin::db::Backend::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$name(mcp_admin::db::Backend::Postgres).await;
            }
        }
    )+};
    ($($scenarios:tt)+) => {
        $crate::harness::on_both! { from $crate::harness::TestApp::start; $($scenarios)+ }
    };
}
pub(crate) use on_both;

/// The same for a scenario that starts by itself what it needs on the given database.
macro_rules! on_each {
    ($(async fn $name:ident($backend:ident) $body:block)+) => {$(
        mod $name {
            use super::*;
            use mcp_admin::db::Backend;

            async fn scenario($backend: Backend) $body

            #[tokio::test]
            async fn sqlite() {
                scenario(Backend::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                scenario(Backend::Postgres).await;
            }
        }
    )+};
}
pub(crate) use on_each;
