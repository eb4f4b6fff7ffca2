//! One request of somebody who is signed in: who it is, what is asked, and the way to the services. A
//! handler that takes a `Visit` is out of reach of anybody who lacks what the table of routes says.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::{Payload, RequestHead};
use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};

use super::flash::{self, Flash};
use super::form::Form;
use super::paths::Path;
use super::routes::{self, Needs};
use super::theme::{self, Theme};
use super::{Admin, AgentView, htmx};
use crate::apps::{Model, Registry};
use crate::auth::{Actor, Origin, Surface, TokenRules};
use crate::clock::UtcTime;
use crate::config::Config;
use crate::db::{Db, DbConnection, Tx};
use crate::error::{Error, Result};
use crate::services::counts::OwnCounts;
use crate::services::sessions::{self, LiveSession};
use crate::web::{RequestId, client_ip, over_tls};

/// What a handler gives.
pub type Answer = Result<HttpResponse>;

/// Who is behind the cookie of a request, and the numbers of the side bar: left by the door.
#[derive(Clone)]
pub struct SignedIn {
    /// The session and its user.
    pub live: Arc<LiveSession>,
    /// For the side bar.
    pub counts: Arc<OwnCounts>,
}

/// How the browser looks at us.
#[derive(Debug, Clone)]
pub struct View {
    /// Whether htmx asks for a part of a page.
    pub is_part: bool,
    /// Light or dark.
    pub theme: Theme,
    /// Whether single-key shortcuts are off.
    pub shortcuts_off: bool,
    /// The path that was asked for, with its query.
    pub address: String,
    /// The id of the request.
    pub request_id: Arc<str>,
    /// A message of the page before.
    pub flash: Option<Flash>,
    /// Where the server is reached, e.g. `https://admin.example.com`.
    pub base_url: String,
}

impl View {
    /// Reads it off a request.
    pub fn of(request: &HttpRequest) -> Self {
        Self {
            is_part: htmx::wants_part(request.head()),
            theme: Theme::of(request),
            shortcuts_off: theme::shortcuts_off(request),
            address: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
            request_id: RequestId::of(request).0,
            flash: request.cookie(flash::COOKIE).and_then(|cookie| flash::read(&cookie)),
            base_url: base_url(request.head()),
        }
    }
}

/// Where the browser reached us. The host was checked at the door.
fn base_url(head: &RequestHead) -> String {
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if over_tls(head) { "https" } else { "http" };
    format!("{scheme}://{}", header("host").or_else(|| head.uri.host()).unwrap_or("localhost"))
}

/// One request of somebody who is signed in. Clones are cheap, so that blocking work can take one along.
#[derive(Clone)]
pub struct Visit {
    /// Who asks, from where.
    pub actor: Actor,
    /// The moment that the whole visit is judged at.
    pub now: UtcTime,
    /// The session and its user.
    pub live: Arc<LiveSession>,
    /// How the browser looks at us.
    pub view: Arc<View>,
    /// For the side bar.
    pub counts: Arc<OwnCounts>,
    admin: Data<Admin>,
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).and_then(|visit| visit.admitted(request).map(|()| visit)))
    }
}

impl Visit {
    /// Whoever is signed in, whatever the address needs.
    ///
    /// # Errors
    /// `Unauthenticated`.
    pub fn of(request: &HttpRequest) -> Result<Self> {
        let signed_in = request.extensions().get::<SignedIn>().cloned().ok_or(Error::Unauthenticated)?;
        let admin = request.app_data::<Data<Admin>>().cloned().ok_or(Error::Unauthenticated)?;
        let origin = origin(request, &admin);
        Ok(Self {
            actor: Actor { principal: Arc::clone(&signed_in.live.principal), origin },
            now: admin.clock.now(),
            live: signed_in.live,
            view: Arc::new(View::of(request)),
            counts: signed_in.counts,
            admin,
        })
    }

    /// Whether the visitor holds what the address needs.
    fn admitted(&self, request: &HttpRequest) -> Result<()> {
        let pattern = request.match_pattern().unwrap_or_default();
        let needs = routes::needs(request.method(), pattern.strip_prefix("/admin").unwrap_or_default());
        self.meets(needs, request)
    }

    /// Whether the visitor may open the page with this pattern below `/admin`, of what a request is about.
    pub fn may_open(&self, pattern: &str, request: &HttpRequest) -> bool {
        self.meets(routes::needs(&Method::GET, pattern), request).is_ok()
    }

    fn meets(&self, needs: Option<Needs>, request: &HttpRequest) -> Result<()> {
        let part = |name: &str| request.match_info().get(name).unwrap_or_default();
        match needs {
            Some(Needs::Nothing | Needs::SignedIn) => Ok(()),
            Some(Needs::AnyOf(permissions)) => self.actor.require_any(permissions),
            Some(Needs::AllOf(permissions)) => permissions.iter().try_for_each(|p| self.actor.require(p)),
            Some(Needs::OnModel(verb)) => {
                self.actor.require(&format!("{}.{verb}_{}", part("app"), part("model")))
            }
            Some(Needs::OnApp) if self.sees_app(part("app")) => Ok(()),
            Some(Needs::OnApp) => self.actor.require("auth.view_permission"),
            None => Err(Error::NotFound("No page has this address".into())),
        }
    }

    /// Whether the visitor holds a permission.
    pub fn may(&self, permission: &str) -> bool {
        self.actor.has_perm(permission)
    }

    /// Whether the visitor may see a model of an app.
    pub fn sees_app(&self, label: &str) -> bool {
        let catalog = self.admin.registry.catalog();
        let app = catalog.apps.iter().find(|app| app.label == label);
        app.is_some_and(|app| app.models.iter().any(|model| self.sees(model)))
    }

    /// Whether the visitor may see the records of a model.
    pub fn sees(&self, model: &Model) -> bool {
        self.may(&model.view_permission)
    }

    /// The attached apps.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.admin.registry
    }

    /// What holds for tokens here.
    pub fn token_rules(&self) -> &TokenRules {
        &self.admin.token_rules
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.admin.config
    }

    /// What MCP clients see.
    pub fn agents(&self) -> &dyn AgentView {
        &*self.admin.agents
    }

    /// What the whole admin shares.
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// Reads, off the async threads.
    ///
    /// # Errors
    /// What `work` returns; `Unavailable`.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut DbConnection, &Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let visit = self.clone();
        self.admin.db.run(move |db| db.read(|conn| work(conn, &visit))).await
    }

    /// Writes in one transaction, off the async threads. The next request already sees what it changed.
    ///
    /// # Errors
    /// What `work` returns, and nothing is changed then; `Unavailable`.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>, &Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let visit = self.clone();
        let whole = move |db: &Db| {
            let done = db.write(|tx| work(tx, &visit))?;
            visit.forget();
            Ok(done)
        };
        self.admin.db.run(whole).await
    }

    /// Works with pools rather than a connection, off the async threads. What changes who may do what calls
    /// [`forget`](Self::forget) after it.
    ///
    /// # Errors
    /// What `work` returns.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db, &Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let visit = self.clone();
        self.admin.db.run(move |db| work(db, &visit)).await
    }

    /// Makes this node look again who may do what, and how many of everything there are.
    pub fn forget(&self) {
        self.admin.guard.invalidate();
        self.admin.counts.forget();
    }

    /// Hashes a password when it is its turn.
    ///
    /// # Errors
    /// `Unavailable` if too many wait already; what `work` returns.
    pub async fn hash<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db, &Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let visit = self.clone();
        self.admin.hashing.run(move || work(&visit.admin.db, &visit)).await
    }

    /// Whether a form that makes a secret has to ask for the password (the last one is too long ago). Such
    /// a form shows [`confirm_password`](super::components::confirm_password).
    pub fn needs_password(&self) -> bool {
        !self.live.is_fresh(self.now)
    }

    /// Insists, before a secret is made, that the password was given lately or is in the form, as
    /// `current_password`.
    ///
    /// # Errors
    /// `Invalid` for the field `current_password`; `RateLimited`; database faults.
    pub async fn confirm(&self, form: &Form) -> Result<()> {
        const FIELD: &str = "current_password";
        if !self.needs_password() {
            return Ok(());
        }
        let password = form.raw(FIELD).to_owned();
        if password.is_empty() {
            return Err(Error::invalid(FIELD, "enter your password: you gave it more than 15 minutes ago"));
        }
        let confirm = move |db: &Db, visit: &Self| {
            let Admin { sign_in, .. } = visit.admin();
            sessions::confirm_password(db, visit.now, sign_in, &visit.live, &visit.actor.origin, &password)
        };
        self.hash(confirm).await
    }

    /// Goes to another page, which shows `message`.
    pub fn done(&self, to: &Path, message: impl Into<Flash>) -> HttpResponse {
        let mut response = htmx::redirect(self.view.is_part, to);
        // A message that cannot be carried is only not shown.
        let _ = response.add_cookie(&flash::carry(message.into()));
        response
    }

    /// Goes to another page.
    pub fn go(&self, to: &Path) -> HttpResponse {
        htmx::redirect(self.view.is_part, to)
    }
}

/// Where a request comes from, for the audit log.
pub fn origin(request: &HttpRequest, admin: &Admin) -> Origin {
    Origin {
        surface: Surface::Admin,
        ip: client_ip(request.head(), &admin.trusted_proxies),
        request_id: Some(RequestId::of(request).0),
    }
}
