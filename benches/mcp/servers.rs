//! The servers that are measured. The benchmark starts itself once more for each of them.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use actix_web::dev::Service;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use diesel::prelude::*;
use mcp_admin::auth::{PlainToken, TokenHasher};
use mcp_admin::clock::Clock;
use mcp_admin::config::{AppConfig, Config, Secret};
use mcp_admin::db::Db;
use mcp_admin::db::schema::{content_types, permissions, token_permissions, tokens, users};
use mcp_admin::guard::{Guard, GuardOptions, bearer};
use mcp_admin::models::authz_epoch;
use mcp_admin::server::Application;
use mcp_admin::telemetry;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Outcome, seed};

/// One thing that is measured.
pub struct Case {
    /// Its name in the report.
    pub name: &'static str,
    /// The body that is posted.
    pub body: &'static str,
    /// What a right answer contains.
    pub expect: &'static str,
    /// Whether the client takes a packed answer, as HTTP clients do that are not told otherwise.
    pub takes_gzip: bool,
}

impl Case {
    const fn new(name: &'static str, body: &'static str, expect: &'static str) -> Self {
        Self { name, body, expect, takes_gzip: false }
    }
}

/// The body of the cases that only parse it.
pub const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"progressToken":7}}}"#;
const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
const LIST_10: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_article","arguments":{"limit":10}}}"#;
const GET: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_article","arguments":{"id":500}}}"#;

/// In the order in which a round takes them. `guarded_many` is the guard over the big table, and
/// `tools_list_plain` the list for a client that does not say that it takes a packed answer.
pub const CASES: [Case; 8] = [
    Case::new("bare", PING, "padding"),
    Case::new("guarded", PING, "padding"),
    Case::new("guarded_many", PING, "padding"),
    Case::new("naive", PING, "padding"),
    Case { takes_gzip: true, ..Case::new("tools_list", LIST, "list_article") },
    Case::new("tools_list_plain", LIST, "list_article"),
    Case::new("list_10", LIST_10, "Article number"),
    Case::new("get", GET, "Article number 500"),
];

/// Serves one case until it is killed; the first line of stdout is the port.
pub fn run(case: &str, directory: &Path) -> Outcome<()> {
    actix_web::rt::System::new().block_on(async {
        match case {
            "bare" => serve_bare().await,
            "guarded" => serve_guarded(guard_over(&directory.join(seed::SMALL))?).await,
            "guarded_many" => serve_guarded(guard_over(&directory.join(seed::BIG))?).await,
            "naive" => serve_naive(seed::open(&directory.join(seed::SMALL))?).await,
            _ => serve_application(directory).await,
        }
    })
}

/// As much of a JSON-RPC request as a handler has to look at.
#[derive(Deserialize)]
struct Request<'a> {
    jsonrpc: &'a str,
    #[serde(borrow)]
    id: &'a RawValue,
    method: &'a str,
}

/// Parses the body and answers three hundred bytes.
pub async fn answer(body: web::Bytes) -> HttpResponse {
    match serde_json::from_slice::<Request<'_>>(&body) {
        Ok(call) if call.jsonrpc == "2.0" && call.method == "ping" => {
            let id = call.id.get();
            let padding = "x".repeat(300 - 52 - id.len());
            HttpResponse::Ok()
                .content_type("application/json")
                .body(format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"padding":"{padding}"}}}}"#))
        }
        _ => HttpResponse::BadRequest().finish(),
    }
}

/// The guard with its defaults.
pub fn guard_over(database: &Path) -> Outcome<Arc<Guard>> {
    let db = seed::open(database)?;
    Ok(Guard::new(db, TokenHasher::sha256(), Clock::system(), GuardOptions::default())?)
}

async fn serve_bare() -> Outcome<()> {
    let server = HttpServer::new(|| App::new().service(web::resource("/mcp").post(answer)));
    let server = server.workers(1).bind(("127.0.0.1", 0))?;
    announce(server.addrs()[0].port())?;
    Ok(server.run().await?)
}

async fn serve_guarded(guard: Arc<Guard>) -> Outcome<()> {
    let server =
        HttpServer::new(move || App::new().service(web::resource("/mcp").wrap(bearer(&guard)).post(answer)));
    let server = server.workers(1).bind(("127.0.0.1", 0))?;
    announce(server.addrs()[0].port())?;
    Ok(server.run().await?)
}

/// What a guard looks like that nobody thought about: a query and a write before each call.
async fn serve_naive(db: Db) -> Outcome<()> {
    let server = HttpServer::new(move || {
        let db = db.clone();
        App::new().service(
            web::resource("/mcp")
                .wrap_fn(move |request, service| {
                    let checked = check_naively(db.clone(), request.request());
                    let handled = service.call(request);
                    async move {
                        if checked.await {
                            handled.await
                        } else {
                            Err(actix_web::error::ErrorUnauthorized("no"))
                        }
                    }
                })
                .post(answer),
        )
    });
    let server = server.workers(1).bind(("127.0.0.1", 0))?;
    announce(server.addrs()[0].port())?;
    Ok(server.run().await?)
}

fn check_naively(db: Db, request: &HttpRequest) -> impl Future<Output = bool> + use<> {
    let header = request.headers().get("authorization").map(|value| value.as_bytes().to_vec());
    async move {
        let work = move |db: &Db| {
            let token = header.as_deref().and_then(|value| value.strip_prefix(b"Bearer "));
            let token = token.and_then(|token| PlainToken::parse(token).ok());
            let Some(token) = token else { return Ok(false) };
            db.write(|tx| {
                let id: i64 = tokens::table
                    .inner_join(users::table)
                    .filter(tokens::digest.eq(token.digest(&TokenHasher::sha256())))
                    .filter(tokens::is_active.and(users::is_active))
                    .select(tokens::id)
                    .first(&mut **tx)?;
                let now = Clock::system().now();
                let update = diesel::update(tokens::table.find(id)).set(tokens::last_used_at.eq(now));
                Ok(update.execute(&mut **tx)? == 1)
            })
        };
        db.run(work).await.unwrap_or(false)
    }
}

/// The whole product with the blog attached; every token may view it.
async fn serve_application(directory: &Path) -> Outcome<()> {
    let text = |name: &str| Secret::new(directory.join(name).to_string_lossy());
    let mut config = Config {
        database_url: text(seed::SMALL),
        bind: ([127, 0, 0, 1], 0).into(),
        workers: 1,
        ..Config::default()
    };
    config.apps.insert("blog".into(), AppConfig::at(text(seed::BLOG).reveal()));
    telemetry::init(&config)?;
    let application = Application::build(config, Clock::system(), true).await?;
    application.db().write(|tx| {
        authz_epoch::bump(tx)?;
        let view: Vec<i64> = permissions::table
            .inner_join(content_types::table)
            .filter(
                content_types::app_label.eq("blog").and(permissions::codename.like("view\\_%").escape('\\')),
            )
            .select(permissions::id)
            .load(&mut **tx)?;
        let all: Vec<i64> = tokens::table.select(tokens::id).load(&mut **tx)?;
        diesel::delete(token_permissions::table).execute(&mut **tx)?;
        for (token, permission) in all.iter().flat_map(|token| view.iter().map(move |view| (token, view))) {
            diesel::insert_into(token_permissions::table)
                .values((
                    token_permissions::token_id.eq(token),
                    token_permissions::permission_id.eq(permission),
                ))
                .execute(&mut **tx)?;
        }
        Ok(())
    })?;
    application.guard().invalidate();
    announce(application.port())?;
    Ok(application.run_until_stopped().await?)
}

fn announce(port: u16) -> Outcome<()> {
    println!("{port}");
    Ok(std::io::stdout().flush()?)
}
