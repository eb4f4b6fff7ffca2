//! One call of an endpoint: who asks, under which conditions, and how its work gets done.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, ETAG, HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH, LOCATION,
};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use serde::Serialize;

use super::authentication::StaleSession;
use super::etag::{self, Versioned};
use super::{Api, Body};
use crate::apps::Registry;
use crate::auth::{Actor, TokenRules};
use crate::clock::UtcTime;
use crate::db::{Db, DbConnection, Tx};
use crate::error::{Error, Result};
use crate::services::idempotency;
use crate::web::NO_STORE;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What a handler gives.
pub type Answer = Result<HttpResponse>;

/// Who asks, when and how. A handler that takes it cannot be reached without a credential. Clones are
/// cheap, so that blocking work can take one along.
#[derive(Clone)]
pub struct Call {
    /// Who asks, from where.
    pub actor: Actor,
    /// The moment that the whole call is judged at.
    pub now: UtcTime,
    /// Method and route, e.g. `POST /api/v1/tokens`.
    pub place: Arc<str>,
    api: Data<Api>,
    headers: Arc<Headers>,
    path: Arc<str>,
    is_stale: bool,
}

#[derive(Default)]
struct Headers {
    if_match: Option<String>,
    if_none_match: Option<String>,
    idempotency_key: Option<String>,
}

impl FromRequest for Call {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let actor = request.extensions().get::<Actor>().cloned();
        let api = request.app_data::<Data<Api>>().cloned();
        ready(match (actor, api) {
            (Some(actor), Some(api)) => Ok(Self {
                actor,
                now: api.clock.now(),
                place: request_place(request).into(),
                headers: Arc::new(Headers::of(request.headers())),
                path: request.path().into(),
                is_stale: request.extensions().contains::<StaleSession>(),
                api,
            }),
            _ => Err(Error::Unauthenticated),
        })
    }
}

/// Method and route of a request, e.g. `GET /api/v1/tokens/{id}`.
pub fn place(request: &ServiceRequest) -> String {
    request_place(request.request())
}

fn request_place(request: &HttpRequest) -> String {
    format!("{} {}", request.method(), request.match_pattern().unwrap_or_default())
}

impl Headers {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| {
            let values: Vec<&str> =
                headers.get_all(name).map(|value| value.to_str().unwrap_or("\u{fffd}")).collect();
            (!values.is_empty()).then(|| values.join(", "))
        };
        Self {
            if_match: text(IF_MATCH),
            if_none_match: text(IF_NONE_MATCH),
            idempotency_key: text(IDEMPOTENCY_KEY),
        }
    }
}

impl Call {
    /// The attached apps.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.api.registry
    }

    /// What holds for tokens here.
    pub fn token_rules(&self) -> &TokenRules {
        &self.api.token_rules
    }

    /// The path as it was asked for.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Reads, off the async threads.
    ///
    /// # Errors
    /// What `work` returns; `Unavailable`.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut DbConnection, &Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let call = self.clone();
        self.api.db.run(move |db| db.read(|conn| work(conn, &call))).await
    }

    /// Writes in one transaction, off the async threads. The next request already sees what it changed.
    ///
    /// # Errors
    /// What `work` returns, and nothing is changed then; `Unavailable`.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>, &Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let call = self.clone();
        let whole = move |db: &Db| {
            let done = db.write(|tx| work(tx, &call))?;
            call.api.guard.invalidate();
            Ok(done)
        };
        self.api.db.run(whole).await
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
        let call = self.clone();
        self.api.db.run(move |db| work(db, &call)).await
    }

    /// Hashes a password when it is its turn.
    ///
    /// # Errors
    /// `Unavailable` if too many wait already; what `work` returns.
    pub async fn hash<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.api.hashing.run(work).await
    }

    /// Makes this node look again who may do what.
    pub fn forget(&self) {
        self.api.guard.invalidate();
    }

    /// Insists, inside the transaction, that the thing is what `If-Match` says.
    ///
    /// # Errors
    /// `PreconditionFailed`.
    pub fn expect(&self, thing: &impl Versioned) -> Result<()> {
        etag::expect(self.headers.if_match.as_deref(), thing)
    }

    /// Whether there is an `If-Match` to [`expect`](Self::expect).
    pub fn expects(&self) -> bool {
        self.headers.if_match.is_some()
    }

    /// Does something, inside the transaction, once for each `Idempotency-Key`. `work` gives the id of what
    /// it made, which a repetition is told.
    ///
    /// # Errors
    /// `Repeated` if it was done before; `Invalid` for a bad key, or one that was used for something else;
    /// what `work` returns.
    pub fn once<B, T>(
        &self,
        tx: &mut Tx<'_>,
        body: &Body<B>,
        work: impl FnOnce(&mut Tx<'_>) -> Result<(i64, T)>,
    ) -> Result<T> {
        let Some(key) = self.headers.idempotency_key.as_deref() else { return Ok(work(tx)?.1) };
        // The path, not the route: the same key on another token is another request.
        let place = format!("{} {}", self.place, self.path);
        let pending = idempotency::begin(tx, &self.actor, self.now, &place, key, &body.digest)?;
        let (id, done) = work(tx)?;
        idempotency::finish(tx, &pending, id)?;
        Ok(done)
    }

    /// 200 with a body and its `ETag`; 304 if the client has it already.
    ///
    /// # Errors
    /// `Internal` if it cannot be written as JSON.
    #[expect(clippy::unnecessary_wraps, reason = "a handler ends with it")]
    pub fn show(&self, thing: &impl Versioned) -> Answer {
        Ok(self.show_as(&etag::etag(thing), thing))
    }

    /// The same for what knows its entity tag itself.
    pub fn show_as(&self, tag: &str, thing: &impl Serialize) -> HttpResponse {
        if etag::is_known(self.headers.if_none_match.as_deref(), tag) {
            return HttpResponse::NotModified().insert_header((ETAG, tag)).finish();
        }
        HttpResponse::Ok().insert_header((ETAG, tag)).json(thing)
    }

    /// 201 with a body that holds a secret: no cache may keep it.
    ///
    /// # Errors
    /// `Internal` if it cannot be written as JSON.
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "a handler ends with it, as with `show`"
    )]
    pub fn created_secret(&self, location: &str, thing: &impl Serialize) -> Answer {
        let mut response = json(StatusCode::CREATED, thing);
        response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
        Ok(located(response, location))
    }

    /// 201 with a body and its `ETag`.
    ///
    /// # Errors
    /// `Internal` if it cannot be written as JSON.
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "a handler ends with it, as with `show`"
    )]
    pub fn created(&self, location: &str, thing: &impl Versioned) -> Answer {
        Ok(created_as(Some(location), &etag::etag(thing), thing))
    }

    /// The header `If-Match`, for what knows its version itself.
    pub fn if_match(&self) -> Option<&str> {
        self.headers.if_match.as_deref()
    }

    /// Insists, before a secret is made, that the password was given recently, if that is how the caller came in.
    ///
    /// # Errors
    /// `Refused`.
    pub fn may_make_secrets(&self) -> Result<()> {
        if self.is_stale {
            return Err(Error::Refused(
                "Confirm your password in the admin first; it was given too long ago".into(),
            ));
        }
        Ok(())
    }

    /// Whether a refusal may tell what exists.
    pub fn explains_denials(&self) -> bool {
        self.api.explain_denials
    }

    /// Writes down a refusal that is shown as something else.
    pub fn note_denial(&self, permission: &str) {
        self.api.denials.note(&self.api.db, &self.actor, self.now, &self.place, permission);
    }
}

/// 201 with a body, its entity tag, and its address if it has one.
pub fn created_as(location: Option<&str>, tag: &str, thing: &impl Serialize) -> HttpResponse {
    let response = HttpResponse::Created().insert_header((ETAG, tag)).json(thing);
    match location {
        Some(location) => located(response, location),
        None => response,
    }
}

fn located(mut response: HttpResponse, location: &str) -> HttpResponse {
    if let Ok(location) = location.try_into() {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// An answer without a version.
pub fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status).json(body)
}

/// 204.
#[expect(clippy::unnecessary_wraps, reason = "a handler ends with it")]
pub fn nothing() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}
