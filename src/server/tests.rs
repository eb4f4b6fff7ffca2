//! A whole server on a free port over a throw-away SQLite database.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::db::{DatabaseUrl, PoolOptions, migrate};
use crate::web::testing::{Answer, send};

struct Running {
    address: String,
    db: Db,
    stopper: Stopper,
    ended: tokio::task::JoinHandle<Result<()>>,
    _files: tempfile::TempDir,
}

impl Running {
    fn start() -> Self {
        telemetry::metrics();
        let files = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::parse(files.path().join("own.db").to_str().unwrap()).unwrap();
        let db = Db::new(&url, &PoolOptions::own()).unwrap();
        migrate::run(&mut db.conn().unwrap()).unwrap();
        let config = Config { bind: ([127, 0, 0, 1], 0).into(), workers: 1, ..Config::default() };
        let registry = Arc::new(Registry::load(BTreeMap::new()).unwrap());
        let listener = listen(&config).unwrap();
        let app = Application::assemble(&config, Clock::system(), listener, db.clone(), registry, |_| None)
            .unwrap();
        Self {
            address: format!("127.0.0.1:{}", app.port()),
            db,
            stopper: app.stopper(),
            ended: tokio::spawn(app.run_until_stopped()),
            _files: files,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        send(&self.address, &format!("GET {path}"), &[], "").await
    }
}

#[actix_web::test]
async fn health_metrics_and_unknown_addresses() {
    let site = Running::start();
    assert_eq!((site.get("/livez").await.status, site.get("/readyz").await.status), (200, 200));
    for path in ["/nowhere", "/.well-known/oauth-protected-resource/mcp", "/.well-known/openid-configuration"]
    {
        let answer = site.get(path).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (404, "application/problem+json"),
            "{path}"
        );
        assert_eq!(answer.header("location"), "");
    }
    let answer = send(&site.address, "POST /livez", &[], "").await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (405, Some("method_not_allowed")));
    assert!(answer.header("allow").contains("GET"), "{}", answer.header("allow"));
    let metrics = site.get("/metrics").await;
    for name in ["mcp_admin_http_requests_total", "mcp_admin_auth_total", "mcp_admin_db_query_seconds_bucket"]
    {
        assert!(metrics.body.contains(name), "{name}: {}", metrics.body);
    }
}

#[actix_web::test]
async fn r49_without_its_database_it_lives_but_is_not_ready() {
    let site = Running::start();
    let rename = |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        diesel::connection::SimpleConnection::batch_execute(&mut *site.db.conn().unwrap(), &sql).unwrap();
    };
    rename("authz_epoch", "gone");
    let answer = site.get("/readyz").await;
    assert_eq!((answer.status, answer.json()["status"].as_u64()), (503, Some(503)));
    assert!(!answer.body.contains("authz_epoch"), "{}", answer.body);
    assert_eq!(site.get("/livez").await.status, 200);
    rename("gone", "authz_epoch");
    assert_eq!(site.get("/readyz").await.status, 200);
}

#[actix_web::test]
async fn r50_a_stopped_server_ends_by_itself_and_takes_no_more_connections() {
    let site = Running::start();
    assert_eq!(site.get("/livez").await.status, 200);
    site.stopper.stop();
    let ended = tokio::time::timeout(Duration::from_secs(10), site.ended).await;
    ended.unwrap().unwrap().unwrap();
    assert!(std::net::TcpStream::connect(&site.address).is_err());
}

#[test]
fn an_address_in_use_is_told() {
    let first = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Config { bind: first.local_addr().unwrap(), ..Config::default() };
    assert!(matches!(listen(&config), Err(Error::Conflict(_))));
}
