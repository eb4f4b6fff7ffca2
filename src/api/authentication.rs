//! Who may judge the credential of a request.
//!
//! A path is registered once for each authenticator, with a guard that says which requests are its own;
//! the last one takes what is left. Whoever lets a request in puts an [`Actor`] with [`Surface::Api`] into its
//! extensions, and everything behind works the same.

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::{GuardContext, fn_guard};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{Error as ActixError, HttpMessage, Resource};

use super::{Api, finish};
use crate::auth::{Actor, Origin, Surface};
use crate::error::{Error, Result};
use crate::guard::{Guard, bearer};
use crate::services::sessions::{self, Activity};
use crate::web::{RequestId, check_own_page, session_key};

/// Among a request's extensions: the password was given too long ago for making secrets.
#[derive(Clone, Copy)]
pub struct StaleSession;

/// Registers what `resource` makes behind each authenticator.
pub fn register(
    routes: &mut ServiceConfig,
    guard: &Arc<Guard>,
    takes_sessions: bool,
    resource: impl Fn() -> Resource,
) {
    if takes_sessions {
        let own = resource().guard(fn_guard(presents_session));
        routes.service(own.wrap(from_fn(finish::finish)).wrap(from_fn(by_session)));
    }
    let bearer = bearer(guard).surface(Surface::Api);
    routes.service(resource().wrap(from_fn(finish::finish)).wrap(bearer));
}

/// Who sends a token as well is judged by the token.
fn presents_session(context: &GuardContext<'_>) -> bool {
    let head = context.head();
    !head.headers.contains_key(AUTHORIZATION) && session_key(head).is_some()
}

/// Lets in who signed in to the admin, on requests from pages of ours.
async fn by_session(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, ActixError> {
    match admit(&request).await {
        Ok(()) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err(error) => Ok(request.error_response(error)),
    }
}

async fn admit(request: &ServiceRequest) -> Result<()> {
    let api = request.app_data::<Data<Api>>().ok_or_else(|| Error::internal("an endpoint has no state"))?;
    check_own_page(request.head(), api.guard.allowed())?;
    let digest = session_key(request.head()).ok_or(Error::Unauthenticated)?.digest();
    let now = api.clock.now();
    // A page that reads may do so by itself; who changes something is there.
    let activity = if request.method().is_safe() { Activity::Poll } else { Activity::Person };
    let asked = api.db.run(move |db| sessions::authenticate(db, now, &digest, activity)).await;
    let live = asked.map_err(|error| {
        tracing::warn!(?error, "a session could not be checked");
        Error::Unavailable("The session cannot be checked at the moment; try again".into())
    })?;
    let live = live.ok_or(Error::Unauthenticated)?;
    let ip = api.guard.client_ip(request.head());
    let origin = Origin { surface: Surface::Api, ip, request_id: Some(RequestId::of(request).0) };
    let mut extensions = request.extensions_mut();
    if !live.is_fresh(now) {
        extensions.insert(StaleSession);
    }
    extensions.insert(Actor { principal: live.principal, origin });
    Ok(())
}
