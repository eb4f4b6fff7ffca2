//! The MCP endpoint: `/mcp` and `/mcp/`.
//!
//! `transport` is HTTP: one POST, one JSON answer, no sessions; an answer in parts (`stream`) only for who
//! asked for it. `protocol` reads messages of both eras of MCP and knows their errors; `bare` is the unframed
//! form beside them; `dispatch` knows the methods. `tools`, `resources` and `prompts` are made from the models
//! of the attached apps and show each caller only what it may use; `extension` adds an embedding program's own.

mod bare;
mod builtin;
pub mod changes;
mod completion;
mod dispatch;
pub mod exchange;
pub mod extension;
mod listing;
mod prepared;
mod prompts;
mod protocol;
mod resources;
mod running;
mod stream;
mod subscriptions;
mod tools;
mod transport;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use serde::Serialize;

use crate::apps::Registry;
use crate::auth::{Actor, PermissionSet, ToolMode};
use crate::clock::Clock;
use crate::config::McpConfig;
use crate::db::Db;
use crate::guard::Guard;
use crate::services::audit::DenialLog;
use crate::services::refusals::Refusals;
pub use builtin::Administration;
use changes::{Changes, LogLevels};
use extension::Extension;
use listing::Listings;
use protocol::Seal;
use protocol::greeting::Greeting;
use running::Running;
use subscriptions::Seats;
use tools::ToolRegistry;

/// What the endpoint works with.
pub struct Mcp {
    tools: ToolRegistry,
    greeting: Greeting,
    db: Db,
    clock: Clock,
    settings: McpConfig,
    denials: DenialLog,
    refusals: Refusals,
    listings: Listings,
    changes: Changes,
    log_levels: LogLevels,
    running: Running,
    seats: Arc<Seats>,
    seal: Option<Seal>,
    extension: Option<Arc<dyn Extension>>,
    administration: Option<Administration>,
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
            refusals: Refusals::default(),
            listings: Listings::new(),
            changes: Changes::default(),
            log_levels: LogLevels::default(),
            running: Running::default(),
            seats: Arc::default(),
            seal: None,
            extension: None,
            administration: None,
        }
    }

    /// Seals what clients bring back with a key that all replicas share. Without one nothing is asked back.
    #[must_use]
    pub fn sealed_with(self, key: &[u8]) -> Self {
        Self { seal: Some(Seal::new(key)), ..self }
    }

    /// Serves those built-in apps that the settings name.
    #[must_use]
    pub fn administered_with(mut self, administration: Administration) -> Self {
        self.tools = self.tools.with_builtin_apps();
        self.administration = Some(administration);
        self
    }

    /// Serves the tools, resources and prompts of `extension` as well.
    #[must_use]
    pub fn extended_by(mut self, extension: Arc<dyn Extension>) -> Self {
        self.tools = self.tools.extended_by(Arc::clone(&extension));
        self.extension = Some(extension);
        self
    }

    /// What tells open streams that something changed.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// The names of the tools that a token with these permissions sees, in order.
    pub fn tool_names(&self, permissions: &PermissionSet, mode: ToolMode) -> Vec<String> {
        self.tools.current().list(&Actor::imagined(permissions.clone(), mode)).names.clone()
    }

    /// The permission that the tool of a model needs; `None` if there is no such tool.
    pub fn needed_permission(&self, tool: &str) -> Option<String> {
        self.tools.current().needed(tool)
    }

    /// Ends open streams, so that the server can stop.
    pub fn stop(&self) {
        self.changes.stop();
    }
}

/// Registers `/mcp` and `/mcp/` behind the guard.
pub fn configure(routes: &mut ServiceConfig, mcp: &Data<Mcp>, guard: &Arc<Guard>) {
    for path in transport::PATHS {
        let endpoint = transport::endpoint(path, mcp).app_data(Data::from(Arc::clone(guard)));
        routes.service(endpoint.wrap(crate::guard::bearer(guard)));
        routes.service(transport::other_methods(path));
    }
}

/// A value of ours as JSON. What is written here has text keys and finite numbers, so it always can be.
fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer cannot be written as JSON");
        "null".to_owned()
    })
}
