//! `GET /api/v1/authorize`: lets a proxy guard any other server with these tokens.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use utoipa::ToSchema;

use super::list::Query;
use super::{Answer, Call, Endpoint};
use crate::error::{Error, Result};

const TOKEN_ID: HeaderName = HeaderName::from_static("x-mcp-token-id");
const USER: HeaderName = HeaderName::from_static("x-mcp-user");
const PERMISSIONS: HeaderName = HeaderName::from_static("x-mcp-permissions");

/// What the request behind the proxy needs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Permissions that have to be held, all of them.
    #[serde(default)]
    #[schema(max_items = 100)]
    permission: Vec<String>,
}

/// `GET /api/v1/authorize`
pub fn endpoint() -> Endpoint {
    Endpoint::get("/api/v1/authorize", "authorize", authorize)
        .bearer_only()
        .unmetered()
        .about("oauth2", "Let a proxy ask whether a request may pass")
        .details(
            "For `auth_request` of nginx, `forwardAuth` of Traefik and `forward_auth` of Caddy: the proxy passes the \
             `Authorization` of its client on, and lets the request through on 200. A token that the guard remembers \
             costs no query, and these questions do not count for the rate limit.",
        )
        .query::<Wanted>()
        .answers_nothing(200, "The token is valid and holds every permission that was asked for")
        .header("X-Mcp-Token-Id", "The id of the token")
        .header("X-Mcp-User", "The name of the token's owner, in UTF-8")
        .header("X-Mcp-Permissions", "Every permission of the token, in order of name, separated by spaces")
        .problem(403)
}

async fn authorize(call: Call, wanted: Query<Wanted>) -> Answer {
    for permission in &wanted.0.permission {
        call.actor.require(permission)?;
    }
    let principal = &call.actor.principal;
    let mut response = HttpResponse::Ok();
    if let Some(token) = &principal.token {
        response.insert_header((TOKEN_ID, HeaderValue::from(token.id.0)));
    }
    response.insert_header((USER, header(&principal.label)?));
    let names: Vec<&str> = principal.permissions.iter().collect();
    Ok(response.insert_header((PERMISSIONS, header(&names.join(" "))?)).finish())
}

/// A text as it is, in UTF-8. Names have no control characters, so nothing can be smuggled in by one.
fn header(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|error| Error::Internal(Box::new(error)))
}
