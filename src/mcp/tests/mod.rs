//! The endpoint in process: a blog in a throw-away SQLite database, and callers with chosen permissions.

mod fuzz;
mod lists;
mod records;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{Data, PayloadConfig};
use actix_web::{App, HttpMessage};
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use super::{Mcp, transport};
use crate::apps::Registry;
use crate::auth::{Actor, ActorToken, Origin, Principal, Surface, ToolMode};
use crate::clock::Clock;
use crate::config::{AppConfig, McpConfig};
use crate::db::{DatabaseUrl, Db, PoolOptions, TokenId, UserId, migrate};
use crate::guard::CallOutcome;
use crate::models::log_entry::{self, LogEntry};

const BLOG: &str = "
    CREATE TABLE author (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL);
    CREATE TABLE article (
        id INTEGER PRIMARY KEY,
        title VARCHAR(20) NOT NULL,
        status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published')),
        price DECIMAL(6, 2),
        is_hot BOOLEAN NOT NULL DEFAULT 0,
        views SMALLINT NOT NULL DEFAULT 0,
        published_on DATE,
        secret TEXT,
        author_id INTEGER NOT NULL REFERENCES author (id)
    );
    CREATE TABLE tag (id INTEGER PRIMARY KEY, label VARCHAR(20) NOT NULL UNIQUE);
    CREATE TABLE article_tag (
        article_id INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE,
        tag_id INTEGER NOT NULL REFERENCES tag (id),
        PRIMARY KEY (article_id, tag_id)
    );
    CREATE TABLE comment (
        id INTEGER PRIMARY KEY,
        text TEXT NOT NULL,
        article_id INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE
    );
    CREATE TABLE seat (row_no INTEGER NOT NULL, seat_no INTEGER NOT NULL, guest TEXT,
        PRIMARY KEY (row_no, seat_no));
    CREATE TABLE hidden (id INTEGER PRIMARY KEY, note TEXT);
    CREATE VIEW hot AS SELECT id, title FROM article WHERE is_hot;
    INSERT INTO author VALUES (1, 'Ada'), (2, 'Grace');
    INSERT INTO article (id, title, status, price, secret, author_id) VALUES
        (1, 'Tea', 'published', 9.5, 'x', 1), (2, 'Coffee', 'draft', NULL, 'y', 2), (3, 'Teapots', 'draft', 1, 'z', 1);
    INSERT INTO tag VALUES (1, 'hot'), (2, 'cold');
    INSERT INTO article_tag VALUES (1, 1), (1, 2);
    INSERT INTO comment VALUES (1, 'Nice', 1), (2, 'Hm', 1);
    INSERT INTO seat VALUES (1, 1, 'Ada'), (1, 2, NULL);
";

const VIEW_ARTICLE: &str = "blog.view_article";

struct Site {
    mcp: Data<Mcp>,
    registry: Arc<Registry>,
    db: Db,
    dir: tempfile::TempDir,
}

/// An answer of the endpoint.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    outcome: Option<CallOutcome>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

impl Site {
    fn start() -> Self {
        Self::with(McpConfig::default())
    }

    fn with(settings: McpConfig) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let open = |name: &str| {
            let url = DatabaseUrl::parse(dir.path().join(name).to_str().unwrap()).unwrap();
            Db::new(&url, &PoolOptions::own()).unwrap()
        };
        let db = open("own.db");
        db.read(migrate::run).unwrap();
        open("blog.db").read(|conn| Ok(conn.batch_execute(BLOG)?)).unwrap();
        let mut app = AppConfig::at(dir.path().join("blog.db").to_str().unwrap());
        app.models.entry("article".into()).or_default().exclude_fields = vec!["secret".into()];
        app.models.entry("article".into()).or_default().readonly_fields = vec!["views".into()];
        app.models.entry("hidden".into()).or_default().expose = Some(false);
        let registry = Arc::new(Registry::load(BTreeMap::from([("blog".into(), app)])).unwrap());
        let mcp = Mcp::new(Arc::clone(&registry), db.clone(), Clock::system(), settings);
        Self { mcp: Data::new(mcp), registry, db, dir }
    }

    /// Sends a request as somebody with `permissions`; the guard is stood in for.
    async fn send(&self, permissions: &[&str], request: TestRequest) -> Answer {
        let mut app = App::new().app_data(PayloadConfig::new(64 * 1024));
        for path in transport::PATHS {
            let actor = actor(permissions);
            let stand_in = from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
                request.extensions_mut().insert(actor.clone());
                next.call(request)
            });
            let endpoint = transport::endpoint(path, &self.mcp).wrap(stand_in);
            app = app.service(endpoint).service(transport::other_methods(path));
        }
        let app = init_service(app).await;
        let response = call_service(&app, request.to_request()).await;
        let outcome = response.request().extensions().get::<CallOutcome>().copied();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        Answer { status, headers, body, outcome }
    }

    async fn post(&self, permissions: &[&str], body: impl Into<actix_web::web::Bytes>) -> Answer {
        self.send(permissions, posted(body)).await
    }

    /// The result of a tool, in the legacy era.
    async fn call(&self, permissions: &[&str], tool: &str, arguments: Value) -> Value {
        let answer = self.post(permissions, call(tool, &arguments).to_string()).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()["result"].clone()
    }

    /// What it wrote to the audit log, the newest first.
    fn log(&self) -> Vec<LogEntry> {
        self.db.read(|conn| Ok(log_entry::list_recent(conn, 100)?)).unwrap()
    }

    /// Runs SQL on the blog.
    fn blog(&self, sql: &str) {
        let url = DatabaseUrl::parse(self.dir.path().join("blog.db").to_str().unwrap()).unwrap();
        let db = Db::new(&url, &PoolOptions::own()).unwrap();
        db.read(|conn| Ok(conn.batch_execute(sql)?)).unwrap();
    }
}

fn posted(body: impl Into<actix_web::web::Bytes>) -> TestRequest {
    TestRequest::post().uri("/mcp/").insert_header(("Content-Type", "application/json")).set_payload(body)
}

fn call(tool: &str, arguments: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": tool, "arguments": arguments } })
}

fn actor(permissions: &[&str]) -> Actor {
    let principal = Principal {
        user_id: Some(UserId(1)),
        label: "ada".into(),
        token: Some(ActorToken { id: TokenId(7), name: "agent".into(), tool_mode: ToolMode::Auto }),
        is_superuser: false,
        permissions: permissions.iter().map(ToString::to_string).collect(),
    };
    Actor {
        principal: Arc::new(principal),
        origin: Origin { surface: Surface::Mcp, ip: None, request_id: None },
    }
}

/// The structured content of a result, which is also its text.
fn structured(result: &Value) -> &Value {
    assert_eq!(result["isError"], false, "{result}");
    let text = result["content"][0]["text"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), result["structuredContent"]);
    &result["structuredContent"]
}

/// The text of an error.
fn refusal(result: &Value) -> &str {
    assert_eq!(result["isError"], true, "{result}");
    result["content"][0]["text"].as_str().unwrap()
}
