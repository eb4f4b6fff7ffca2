//! The server: state, routes, middleware; it runs until it is stopped, then drains.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::admin::{self, Admin, AgentView};
use crate::api::{self, Api};
use crate::apps::Registry;
use crate::auth::{Actor, PermissionSet, ToolMode};
use crate::clock::{Clock, ClockWatch};
use crate::config::Config;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::guard::{Guard, GuardOptions};
use crate::mcp::changes::Changes;
use crate::mcp::extension::Extension;
use crate::mcp::{self, Administration, Mcp};
use crate::services::audit::DenialLog;
use crate::services::sessions::SetupLink;
use crate::services::site_keys::{self, Purpose};
use crate::services::{tokens, users};
use crate::web::{Connections, Observe, SlowHashing, assets, site_files};
use crate::{bootstrap, telemetry};
use actix_web::dev::Server;
use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};
use actix_web::{App, HttpServer};

mod health;
mod stopping;
#[cfg(test)]
mod tests;

use health::Health;
use stopping::StopSignals;
pub use stopping::Stopper;

/// The OpenAPI 3.1 document of the REST API that is served.
pub use crate::api::document as openapi;

/// How long a client may take to send the first head, and how long an idle connection is kept. What else a
/// client may stall with is bounded by [`Connections`].
const CLIENT_TIMEOUT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(8);

/// A server that is bound and not yet running.
pub struct Application {
    port: u16,
    server: Server,
    db: Db,
    registry: Arc<Registry>,
    guard: Arc<Guard>,
    mcp: Data<Mcp>,
    stopper: Stopper,
    signals: StopSignals,
    connections: Connections,
    clock: Clock,
    clock_watch: Arc<ClockWatch>,
    expiry_notice_interval: Duration,
    shutdown_delay: Duration,
}

impl Application {
    /// Prepares the database, loads the apps and binds the address (port 0 = any free one).
    ///
    /// # Errors
    /// `Invalid` settings, `Unavailable` database, `Conflict` for an address in use.
    pub async fn build(config: Config, clock: Clock, migrate: bool) -> Result<Self> {
        Self::build_with(config, clock, migrate, |_| None).await
    }

    /// The same with tools, resources and prompts of the program that embeds the server.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub async fn build_with(
        config: Config,
        clock: Clock,
        migrate: bool,
        extension: impl FnOnce(&Changes) -> Option<Arc<dyn Extension>> + Send + 'static,
    ) -> Result<Self> {
        config.validate()?;
        // Before the first connection, whose counters are looked up when it is opened.
        telemetry::metrics();
        let work = move || {
            let listener = listen(&config)?;
            let (db, registry) = bootstrap::prepare(&config, &clock, migrate)?;
            Self::assemble(&config, clock, listener, db, registry, extension)
        };
        tokio::task::spawn_blocking(work).await.map_err(internal)?
    }

    /// Puts the parts together. Blocks.
    fn assemble(
        config: &Config,
        clock: Clock,
        listener: TcpListener,
        db: Db,
        registry: Arc<Registry>,
        extension: impl FnOnce(&Changes) -> Option<Arc<dyn Extension>>,
    ) -> Result<Self> {
        // Before anybody is told the address: who knows it may ask the process to stop.
        let signals = StopSignals::listen().map_err(internal)?;
        let bound = listener.local_addr().map_err(internal)?;
        let clock_watch = Arc::new(ClockWatch::new(clock.clone()));
        let mut options = GuardOptions::from(config);
        options.bound = Some(bound);
        options.on_rotated_use = Some(log_rotated_use(db.clone(), clock.clone()));
        let guard = Guard::new(db.clone(), config.token_hasher(), clock.clone(), options)?;
        // One for the process: it bounds the memory that hashing takes.
        let hashing = SlowHashing::default();
        let api = Data::new(Api::new(
            db.clone(),
            Arc::clone(&registry),
            Arc::clone(&guard),
            clock.clone(),
            hashing.clone(),
            config,
        ));
        let setup = setup_link(&db, &clock, bound)?;
        let (apps, keeper) = (Arc::clone(&registry), Arc::clone(&guard));
        let key = site_keys::find_or_make(&db, Purpose::RequestState, &mut rand::rng())?;
        let mut mcp =
            Mcp::new(Arc::clone(&registry), db.clone(), clock.clone(), config.mcp.clone()).sealed_with(&key);
        mcp =
            mcp.administered_with(Administration { guard: Arc::clone(&guard), rules: config.token_rules() });
        if let Some(extension) = extension(mcp.changes()) {
            mcp = mcp.extended_by(extension);
        }
        let mcp = Data::new(mcp);
        let admin = Admin::new(db.clone(), apps, keeper, clock.clone(), hashing, bound, config);
        let admin = Data::new(admin.with_setup(setup).with_agents(Arc::new(Agents(mcp.clone()))));
        let stopper = Stopper::default();
        let health = Health::new(db.clone(), Arc::clone(&guard), stopper.clone(), Arc::clone(&clock_watch));
        let health = Data::new(health);
        let doors = Doors { mcp: mcp.clone(), api, admin, guard: Arc::clone(&guard) };
        let connections = Connections::default();
        let server = serve(config, listener, health, &doors, &connections).map_err(internal)?;
        Ok(Self {
            port: bound.port(),
            server,
            db,
            registry,
            guard,
            mcp,
            stopper,
            signals,
            connections,
            clock,
            clock_watch,
            expiry_notice_interval: config.expiry_notice_interval,
            shutdown_delay: config.shutdown_delay,
        })
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What stops it.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// The guard, e.g. to make it forget what it remembers.
    #[must_use]
    pub fn guard(&self) -> &Arc<Guard> {
        &self.guard
    }

    /// Our own database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The attached apps.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Serves until SIGTERM, SIGINT or [`Stopper::stop`]; ends running requests and flushes.
    ///
    /// # Errors
    /// Faults of the socket.
    pub async fn run_until_stopped(self) -> Result<()> {
        let Self {
            port,
            mut server,
            db,
            guard,
            mcp,
            stopper,
            mut signals,
            connections,
            clock,
            clock_watch,
            expiry_notice_interval,
            shutdown_delay,
            ..
        } = self;
        tracing::info!(port, "listening");
        let upkeep = tokio::spawn(upkeep(clock_watch));
        let notices = tokio::spawn(keep_giving_notice(db, clock, expiry_notice_interval));
        let closing = tokio::spawn(connections.keep_closing());
        let handle = server.handle();
        let ended = tokio::select! {
            ended = &mut server => ended,
            () = stopper.is_asked(&mut signals) => {
                tracing::info!("stopping: not ready any more");
                tokio::time::sleep(shutdown_delay).await;
                tracing::info!("stopping: running requests end, new connections are refused");
                mcp.stop();
                tokio::join!(server, handle.stop(true)).0
            }
        };
        upkeep.abort();
        notices.abort();
        closing.abort();
        tokio::task::spawn_blocking(move || guard.shutdown()).await.map_err(internal)?;
        tracing::info!("stopped");
        ended.map_err(internal)
    }
}

/// What the doors work with.
#[derive(Clone)]
struct Doors {
    mcp: Data<Mcp>,
    api: Data<Api>,
    admin: Data<Admin>,
    guard: Arc<Guard>,
}

/// Lets this process open as many files as it may: each connection takes two. For binaries that serve.
pub fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

/// Binds before anything else is done, so that an address in use is told at once.
fn listen(config: &Config) -> Result<TcpListener> {
    TcpListener::bind(config.bind)
        .map_err(|error| Error::Conflict(format!("The address {} cannot be used: {error}", config.bind)))
}

fn serve(
    config: &Config,
    listener: TcpListener,
    health: Data<Health>,
    doors: &Doors,
    connections: &Connections,
) -> std::io::Result<Server> {
    let observe = Observe::new(&config.trusted_proxies);
    let body = PayloadConfig::new(config.max_body_bytes);
    let (doors, connections) = (doors.clone(), connections.clone());
    let folder = config.static_dir.clone();
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(body.clone())
            .app_data(health.clone())
            .configure(|routes| configure(routes, &doors, folder.as_deref()))
            .default_service(web::to(crate::web::not_found))
            .wrap(observe.clone())
    })
    .on_connect(move |io, data| connections.note(io, data))
    .client_request_timeout(CLIENT_TIMEOUT)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(config.shutdown_timeout.as_secs().max(1))
    .disable_signals();
    if config.workers > 0 {
        server = server.workers(config.workers);
    }
    Ok(server.listen(listener)?.run())
}

/// Every route.
fn configure(routes: &mut ServiceConfig, doors: &Doors, own_files: Option<&Path>) {
    mcp::configure(routes, &doors.mcp, &doors.guard);
    api::configure(routes, &doors.api);
    admin::configure(routes, &doors.admin);
    health::configure(routes);
    assets::configure(routes);
    if let Some(folder) = own_files {
        site_files::configure(routes, folder);
    }
    // Any other answer makes some clients drop their configured token and start an OAuth dance.
    routes.route("/.well-known/{name:(oauth-|openid-configuration).*}", web::to(crate::web::not_found));
}

/// What the admin says of MCP clients is what the endpoint says to them.
struct Agents(Data<Mcp>);

impl AgentView for Agents {
    fn tools(&self, permissions: &PermissionSet, mode: ToolMode) -> Vec<String> {
        self.0.tool_names(permissions, mode)
    }

    fn needed(&self, tool: &str) -> Option<String> {
        self.0.needed_permission(tool)
    }
}

/// Where there is no user yet, the one-time link that makes the first administrator. It is told in the log,
/// once, because nobody has a password that could be asked for.
fn setup_link(db: &Db, clock: &Clock, bound: std::net::SocketAddr) -> Result<Option<SetupLink>> {
    if !db.read(users::none_exist)? {
        return Ok(None);
    }
    let (link, key) = SetupLink::new(clock.now(), &mut rand::rng());
    let path = admin::setup_path(key.reveal());
    tracing::warn!(
        "there is no user yet: open http://{bound}{path} within 30 minutes to make an administrator, or run \
         `mcp-admin createsuperuser`"
    );
    Ok(Some(link))
}

/// A rotated secret that is used after its grace is in the audit log, at most once a minute and token.
fn log_rotated_use(db: Db, clock: Clock) -> crate::guard::RotatedHook {
    let denials = Arc::<DenialLog>::default();
    Arc::new(move |actor: &Actor| denials.note(&db, actor, clock.now(), "authentication", "rotated secret"))
}

/// Tidies the metrics, and looks at the clock.
async fn upkeep(clock: Arc<ClockWatch>) {
    let mut interval = tokio::time::interval(telemetry::UPKEEP);
    loop {
        interval.tick().await;
        clock.is_set_back();
        if let Some(metrics) = telemetry::metrics() {
            metrics.run_upkeep();
        }
    }
}

/// Tells of tokens that expire soon.
async fn keep_giving_notice(db: Db, clock: Clock, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let now = clock.now();
        if let Err(error) = db.run(move |db| tokens::give_notice(db, now)).await {
            tracing::warn!(?error, "nobody could be told of the tokens that expire soon");
        }
    }
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Internal(Box::new(error))
}
