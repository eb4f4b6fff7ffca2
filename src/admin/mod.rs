//! The admin: HTMX pages below `/admin/`.
//!
//! `routes` is the table of every page and form, each with what it needs; nothing is reachable that is not
//! in it. `door` lets people in and turns errors into pages; `visit` is one request of somebody who is
//! signed in. `page` owns the document, `components` are the parts that pages are made of, `pages` has one
//! file for each page or form.

mod agent_view;
mod components;
mod counts;
mod door;
mod failure;
mod flash;
mod form;
mod htmx;
mod leaf;
mod page;
mod pages;
mod paths;
mod record_key;
mod routes;
mod shell;
mod theme;
mod undo;
mod version;
mod visit;
mod way_back;

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};

use crate::apps::Registry;
use crate::auth::TokenRules;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::guard::Guard;
use crate::services::audit::DenialLog;
use crate::services::sessions::{SetupLink, SignIn};
use crate::web::{AllowList, SlowHashing};

pub use agent_view::AgentView;
pub use paths::setup as setup_path;
pub use routes::{Needs, Route, routes};

use counts::Counts;

/// What the admin works with.
pub struct Admin {
    db: Db,
    registry: Arc<Registry>,
    guard: Arc<Guard>,
    clock: Clock,
    token_rules: TokenRules,
    hashing: SlowHashing,
    allowed: AllowList,
    trusted_proxies: Vec<ipnet::IpNet>,
    denials: DenialLog,
    sign_in: SignIn,
    setup: Option<SetupLink>,
    counts: Counts,
    agents: Arc<dyn AgentView>,
    config: Config,
}

impl Admin {
    /// Administers what is in `db`, which is our own database, and the records of `registry`; `bound` is
    /// the address that the server listens on.
    #[must_use]
    pub fn new(
        db: Db,
        registry: Arc<Registry>,
        guard: Arc<Guard>,
        clock: Clock,
        hashing: SlowHashing,
        bound: std::net::SocketAddr,
        config: &Config,
    ) -> Self {
        Self {
            db,
            registry,
            guard,
            clock,
            token_rules: config.token_rules(),
            hashing,
            allowed: AllowList::new(&config.allowed_hosts, &config.allowed_origins, Some(bound)),
            trusted_proxies: config.trusted_proxies.clone(),
            denials: DenialLog::default(),
            sign_in: SignIn::default(),
            setup: None,
            counts: Counts::default(),
            agents: Arc::new(agent_view::NoAgents),
            config: config.clone(),
        }
    }

    /// Shows what MCP clients see.
    #[must_use]
    pub fn with_agents(self, agents: Arc<dyn AgentView>) -> Self {
        Self { agents, ..self }
    }

    /// Serves the link that makes the first administrator, where there is none yet.
    #[must_use]
    pub fn with_setup(self, setup: Option<SetupLink>) -> Self {
        Self { setup, ..self }
    }
}

/// Registers every page and form.
pub fn configure(routes: &mut ServiceConfig, admin: &Data<Admin>) {
    routes::mount(routes, admin);
}
