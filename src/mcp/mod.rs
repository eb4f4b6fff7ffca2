//! The MCP endpoint: `/mcp` and `/mcp/`.
//!
//! `transport` is HTTP: one POST, one JSON answer, no sessions. `protocol` reads messages of both eras
//! of MCP and knows their errors; `bare` is the unframed form beside them. `tools` are made from the
//! models of the attached apps and show each caller only what it may call.

mod bare;
mod dispatch;
mod protocol;
mod tools;
mod transport;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use serde::Serialize;

use crate::apps::Registry;
use crate::clock::Clock;
use crate::config::McpConfig;
use crate::db::Db;
use crate::guard::Guard;
use crate::services::audit::DenialLog;
use protocol::greeting::Greeting;
use tools::ToolRegistry;

/// What the endpoint works with.
pub struct Mcp {
    tools: ToolRegistry,
    greeting: Greeting,
    db: Db,
    clock: Clock,
    settings: McpConfig,
    denials: DenialLog,
}

impl Mcp {
    /// Serves the models of `registry`; the audit log goes to `db`, which is our own database.
    pub fn new(registry: Arc<Registry>, db: Db, clock: Clock, settings: McpConfig) -> Self {
        Self {
            tools: ToolRegistry::new(registry, settings.clone()),
            greeting: Greeting::new(),
            db,
            clock,
            settings,
            denials: DenialLog::default(),
        }
    }
}

/// Registers `/mcp` and `/mcp/` behind the guard.
pub fn configure(routes: &mut ServiceConfig, mcp: &Data<Mcp>, guard: &Arc<Guard>) {
    routes.service(transport::endpoint(mcp).wrap(crate::guard::bearer(guard)));
    routes.service(transport::other_methods());
}

/// A value of ours as JSON. What is written here has text keys and finite numbers, so it always can be.
fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer cannot be written as JSON");
        "null".to_owned()
    })
}
