//! The guard in front of routes of your own:
//!
//! ```text
//! cargo run -- token create --name demo --user ada --perm blog.view_article
//! cargo run --example guard_in_your_app
//! curl -H "Authorization: Bearer TOKEN" http://127.0.0.1:8080/hello
//! ```

use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use mcp_admin::auth::{Actor, Surface, TokenHasher};
use mcp_admin::clock::Clock;
use mcp_admin::db::{DatabaseUrl, Db, PoolOptions};
use mcp_admin::guard::{self, Guard, GuardOptions};

/// Any valid token gets here; what it may do is asked inside.
async fn hello(actor: Actor) -> Result<String, mcp_admin::Error> {
    actor.require("blog.view_article")?;
    let token = actor.principal.token.as_ref().map_or("", |token| &token.name);
    Ok(format!("Hello {}, you came with the token \"{token}\"\n", actor.principal.label))
}

/// Only tokens with the permission that the route names get here.
async fn publish() -> &'static str {
    "published\n"
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = Db::new(&DatabaseUrl::parse("mcp-admin.db")?, &PoolOptions::own())?;
    let guard = Guard::new(db, TokenHasher::sha256(), Clock::system(), GuardOptions::default())?;

    let shared = Arc::clone(&guard);
    HttpServer::new(move || {
        let bearer = guard::bearer(&shared).surface(Surface::Api);
        App::new().service(web::resource("/hello").wrap(bearer.clone()).get(hello)).service(
            web::resource("/publish")
                .wrap(guard::permission("blog.publish_article"))
                .wrap(bearer)
                .post(publish),
        )
    })
    .bind(("127.0.0.1", 8080))?
    .run()
    .await?;

    // The last uses are written down when nothing is running any more.
    web::block(move || guard.shutdown()).await?;
    Ok(())
}
