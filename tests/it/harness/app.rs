//! The real server, inside this process, on databases and a clock of the test's own.

use std::thread::JoinHandle;
use std::time::Duration;

use chrono::TimeDelta;
use mcp_admin::auth::{Actor, Origin, Surface, TokenRules};
use mcp_admin::clock::Clock;
use mcp_admin::config::Config;
use mcp_admin::db::{Backend, Db, TokenId, Tx, UserId};
use mcp_admin::error::Result;
use mcp_admin::guard::Guard;
use mcp_admin::mcp::changes::Changes;
use mcp_admin::mcp::extension::Extension;
use mcp_admin::models::log_entry::{self, LogEntry};
use mcp_admin::models::token::{self, Token};
use mcp_admin::server::{Application, Stopper};
use mcp_admin::services::sessions::{self, Attempt, SignIn};
use mcp_admin::services::tokens::{self, IssueToken, Secrets};
use mcp_admin::services::users::{self, NewUser};
use std::sync::{Arc, mpsc};

use super::agent::Agent;
use super::site::Site;

/// What everybody signs in with here.
pub const PASSWORD: &str = "four words make a sentence";

/// A running server. It is stopped, and drained, when this is dropped.
pub struct TestApp {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// The server's clock.
    pub clock: Clock,
    /// Its databases.
    pub site: Site,
    /// A pool to its own database, beside the server's.
    pub db: Db,
    /// The server's own pool.
    pub server_db: Db,
    /// Its guard.
    pub guard: Arc<Guard>,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

impl TestApp {
    /// A server with the blog attached.
    pub async fn start(backend: Backend) -> Self {
        Self::with(backend, |_| {}).await
    }

    /// The same with other settings.
    #[expect(clippy::unused_async, reason = "scenarios await their server, however it comes to be")]
    pub async fn with(backend: Backend, change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Site::new(backend), change)
    }

    /// A server on databases that were made before.
    pub fn on(site: Site, change: impl FnOnce(&mut Config)) -> Self {
        Self::extended(site, change, |_| None)
    }

    /// The same with tools, resources and prompts of the test's own.
    pub fn extended(
        site: Site,
        change: impl FnOnce(&mut Config),
        extension: impl FnOnce(&Changes) -> Option<Arc<dyn Extension>> + Send + 'static,
    ) -> Self {
        let mut config = site.config();
        change(&mut config);
        let clock = Clock::system();
        let (tell, told) = mpsc::channel();
        let server_clock = clock.clone();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = Application::build_with(config, server_clock, true, extension).await;
                let app = app.expect("the server starts");
                tell.send((app.port(), app.stopper(), Arc::clone(app.guard()), app.db().clone())).unwrap();
                app.run_until_stopped().await.expect("the server runs");
            });
        });
        let told = told.recv_timeout(Duration::from_secs(30)).expect("the server starts");
        let (port, stopper, guard, server_db) = told;
        let db = site.open();
        Self {
            url: format!("http://127.0.0.1:{port}"),
            clock,
            site,
            db,
            server_db,
            guard,
            stopper,
            thread: Some(thread),
        }
    }

    /// Waits until the server has heard of every change made so far.
    pub async fn settle(&self) {
        let heard = || self.guard.stats().invalidations.load(std::sync::atomic::Ordering::Relaxed);
        let mut before = heard();
        loop {
            // Three times the interval of polling.
            tokio::time::sleep(Duration::from_millis(300)).await;
            let now = heard();
            if now == before {
                return;
            }
            before = now;
        }
    }

    /// Which database it runs on.
    pub fn backend(&self) -> Backend {
        self.site.backend
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Asks it to stop, and waits until it has ended its requests and written everything down.
    pub fn stop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server panicked");
        }
    }

    /// Runs a service as another process would: the server hears of it by its epoch alone.
    pub fn write<T>(&self, work: impl FnOnce(&mut Tx<'_>, &Actor) -> Result<T>) -> T {
        self.try_write(work).unwrap()
    }

    /// The same where a refusal is expected.
    pub fn try_write<T>(&self, work: impl FnOnce(&mut Tx<'_>, &Actor) -> Result<T>) -> Result<T> {
        self.db.write(|tx| work(tx, &Actor::cli()))
    }

    /// Makes the server forget what it remembers, as a change made by itself does.
    pub fn invalidate(&self) {
        self.guard.invalidate();
    }

    /// A user of this name, made if there is none.
    pub fn user(&self, username: &str) -> UserId {
        self.user_with(username, |_| {})
    }

    /// A superuser of this name.
    pub fn superuser(&self, username: &str) -> UserId {
        self.user_with(username, |new| new.is_superuser = true)
    }

    fn user_with(&self, username: &str, change: impl FnOnce(&mut NewUser)) -> UserId {
        let found =
            self.db.read(|conn| Ok(mcp_admin::models::user::find_by_username(conn, username)?)).unwrap();
        if let Some(user) = found {
            return user.id;
        }
        let mut new = NewUser { username: username.into(), is_active: true, ..NewUser::default() };
        change(&mut new);
        self.write(|tx, actor| users::create(tx, actor, self.clock.now(), &new)).id
    }

    /// A client with a token of exactly these permissions.
    pub fn token(&self, permissions: &[&str]) -> Agent {
        self.token_with(permissions, |_| {})
    }

    /// The same with other properties; the owner is `ada` unless changed.
    pub fn token_with(&self, permissions: &[&str], change: impl FnOnce(&mut IssueToken)) -> Agent {
        let mut new = IssueToken::new("Agent", self.user("ada"));
        new.permissions = permissions.iter().map(ToString::to_string).collect();
        change(&mut new);
        self.issue(&new)
    }

    /// A client with a token.
    pub fn issue(&self, new: &IssueToken) -> Agent {
        let rules = TokenRules::default();
        let secrets = Secrets { rng: &mut rand::rng(), rules: &rules };
        let issued = self.write(|tx, actor| tokens::issue(tx, actor, self.clock.now(), new, secrets));
        Agent::new(&self.url, issued.plain.reveal(), Some(issued.token.id))
    }

    /// A script on a page of the server, in the browser of somebody who signed in just now.
    pub fn session(&self, username: &str, password: &str) -> Agent {
        let origin = Origin { surface: Surface::Admin, ip: None, request_id: None };
        let attempt = Attempt { username, password, origin, user_agent: None, replaces: None };
        let opened =
            sessions::sign_in(&self.db, self.clock.now(), &SignIn::default(), &attempt, &mut rand::rng());
        let cookie = format!("mcp-admin-local={}", opened.unwrap().key.reveal());
        Agent::signed_in(&self.url, cookie)
    }

    /// A staff user with exactly these permissions, who signed in just now.
    pub fn staff(&self, username: &str, permissions: &[&str]) -> Agent {
        self.account(username, permissions);
        self.session(username, PASSWORD)
    }

    /// A staff user with exactly these permissions, and [`PASSWORD`].
    pub fn account(&self, username: &str, permissions: &[&str]) -> UserId {
        let names: Vec<String> = permissions.iter().map(ToString::to_string).collect();
        let id = self.with_password(username, |new| new.is_staff = true);
        self.write(|tx, actor| users::grant(tx, actor, self.clock.now(), id, &names));
        id
    }

    /// A superuser who signed in just now.
    pub fn root(&self, username: &str) -> Agent {
        self.with_password(username, |new| (new.is_staff, new.is_superuser) = (true, true));
        self.session(username, PASSWORD)
    }

    /// A user with [`PASSWORD`].
    pub fn with_password(&self, username: &str, change: impl FnOnce(&mut NewUser)) -> UserId {
        let password = users::prepare_password(PASSWORD, username).unwrap();
        self.user_with(username, |new| {
            new.password = Some(password);
            change(new);
        })
    }

    /// A client that presents this text, whatever it is.
    pub fn agent(&self, token: &str) -> Agent {
        Agent::new(&self.url, token, None)
    }

    /// A token as it is stored.
    pub fn stored(&self, id: TokenId) -> Token {
        self.db.read(|conn| Ok(token::find(conn, id)?)).unwrap().expect("the token is there")
    }

    /// The audit log, the newest first.
    pub fn log(&self) -> Vec<LogEntry> {
        self.db.read(|conn| Ok(log_entry::list_recent(conn, 1000)?)).unwrap()
    }

    /// Moves the server's clock.
    pub fn advance(&self, delta: TimeDelta) {
        self.clock.advance(delta);
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop();
    }
}
