//! What every answer of the API has in common: limits of the caller, cache rules, the note of a refusal.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error as ActixError, HttpMessage};

use serde_json::Value;

use super::Api;
use super::call::place;
use crate::auth::Actor;
use crate::error::Error;
use crate::guard::CallOutcome;
use crate::web::{Allowance, Explanation};

/// Whether the calls of a path count for the rate limit; state of its resource.
#[derive(Clone, Copy)]
pub struct Metered(pub bool);

/// For answers that belong to one caller and must be asked for again.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The innermost middleware: behind the authenticator, before the handler.
pub async fn finish(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, ActixError> {
    let Some(api) = request.app_data::<Data<Api>>().cloned() else {
        return Err(Error::internal("an endpoint has no state").into());
    };
    let actor = request.extensions().get::<Actor>().cloned();
    let is_metered = request.app_data::<Metered>().is_none_or(|metered| metered.0);
    let metered = actor.as_ref().filter(|_| is_metered);
    let allowance = metered.and_then(|actor| api.rate.note(actor, api.clock.now()));
    let mut response = if let Some(retry_after) = allowance.as_ref().and_then(Allowance::exhausted) {
        request.error_response(Error::RateLimited { retry_after })
    } else {
        let place = place(&request);
        let response = next.call(request).await?.map_into_boxed_body();
        if let Some(actor) = &actor {
            note_refusal(&api, actor, &place, &response).await;
        }
        response
    };
    let shown = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    if shown && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, PRIVATE);
    }
    if let Some(allowance) = allowance {
        tell_limits(headers, &allowance);
    }
    Ok(response)
}

/// A refusal for lack of a permission is counted, written down at most once a minute, and explained where
/// that is wanted.
async fn note_refusal(api: &Api, actor: &Actor, place: &str, response: &ServiceResponse<BoxBody>) {
    let error = response.response().error().and_then(|error| error.as_error::<Error>());
    let Some(Error::Forbidden { permissions }) = error else { return };
    response.request().extensions_mut().insert(CallOutcome::Denied);
    api.denials.note(&api.db, actor, api.clock.now(), place, &permissions.join(", "));
    if api.explain_denials {
        let refusal = api.refusals.explain(&api.db, api.clock.now(), permissions).await;
        if let Ok(Value::Object(members)) = serde_json::to_value(refusal) {
            response.request().extensions_mut().insert(Explanation(members));
        }
    }
}

/// The fields of draft-ietf-httpapi-ratelimit-headers: the quota of the window, what is left of it, and
/// the seconds until it is full again.
fn tell_limits(headers: &mut HeaderMap, allowance: &Allowance) {
    let policy = format!("\"default\";q={};w={}", allowance.quota, Allowance::WINDOW_SECONDS);
    let limit = format!("\"default\";r={};t={}", allowance.remaining, allowance.reset_seconds);
    for (name, text) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, limit)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
}
