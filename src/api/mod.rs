//! The REST API below `/api/v1`.
//!
//! One endpoint is one small file: its request, its answer, its handler, and a function `endpoint` that
//! describes it. `routes` is the table of all of them; from it come the routes and the `OpenAPI` document,
//! so that nothing is served that is not documented. `endpoint`, `call`, `body`, `list`, `page` are what
//! every file uses.

mod apps;
mod authentication;
mod authorize;
mod body;
mod call;
mod content_types;
mod docs;
mod endpoint;
mod etag;
mod export;
mod finish;
mod grants;
mod groups;
mod list;
mod log_entries;
mod me;
mod oauth2;
mod openapi;
mod page;
mod permissions;
mod records;
mod routes;
mod schema;
mod tokens;
mod users;

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};

use crate::apps::Registry;
use crate::auth::TokenRules;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::guard::Guard;
use crate::services::audit::DenialLog;
use crate::services::refusals::Refusals;
use crate::web::{RateLimit, SlowHashing};

pub use openapi::document;

use body::Body;
use call::{Answer, Call};
use endpoint::Endpoint;
use list::List;
use page::Page;

/// What the API works with.
pub struct Api {
    db: Db,
    registry: Arc<Registry>,
    guard: Arc<Guard>,
    clock: Clock,
    token_rules: TokenRules,
    denials: DenialLog,
    refusals: Refusals,
    rate: RateLimit,
    hashing: SlowHashing,
    explain_denials: bool,
}

impl Api {
    /// Administers what is in `db`, which is our own database, and the records of `registry`.
    #[must_use]
    pub fn new(
        db: Db,
        registry: Arc<Registry>,
        guard: Arc<Guard>,
        clock: Clock,
        hashing: SlowHashing,
        config: &Config,
    ) -> Self {
        Self {
            db,
            registry,
            guard,
            clock,
            token_rules: config.token_rules(),
            denials: DenialLog::default(),
            refusals: Refusals::default(),
            rate: RateLimit::new(config.api.requests_per_minute),
            hashing,
            explain_denials: config.mcp.explain_denials,
        }
    }
}

/// Registers every endpoint, behind the guard where it is not public, and the documentation.
pub fn configure(routes: &mut ServiceConfig, api: &Data<Api>) {
    docs::configure(routes);
    routes::mount(routes, api);
}
