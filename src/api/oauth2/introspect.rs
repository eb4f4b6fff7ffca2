//! `POST /oauth2/introspect` (RFC 7662)

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::super::{Answer, Call, Endpoint};
use super::{Form, OAuthError};
use crate::services::tokens::{self, Introspection};
use crate::web::NO_STORE;

/// What is known of a token (RFC 7662, section 2.2). Of one that is not accepted only `active` is told.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Introspection)]
struct View {
    /// Whether it is accepted now.
    active: bool,
    /// Its permissions, separated by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<String>,
    /// The name of its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    username: Option<String>,
    /// `Bearer`
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token_type: Option<String>,
    /// When it expires, in seconds since 1970; absent = never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    exp: Option<i64>,
    /// When it was issued, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    iat: Option<i64>,
    /// The id of its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sub: Option<String>,
    /// The id of the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    jti: Option<String>,
    /// What the token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
}

impl From<Introspection> for View {
    fn from(found: Introspection) -> Self {
        let seconds = |time: crate::clock::UtcTime| time.micros().div_euclid(1_000_000);
        Self {
            active: true,
            scope: Some(found.permissions.iter().collect::<Vec<_>>().join(" ")),
            username: Some(found.username),
            token_type: Some("Bearer".into()),
            exp: found.expires_at.map(seconds),
            iat: Some(seconds(found.created_at)),
            sub: Some(found.user_id.to_string()),
            jti: Some(found.token_id.to_string()),
            name: Some(found.name),
        }
    }
}

/// `POST /oauth2/introspect`
pub fn endpoint() -> Endpoint {
    Endpoint::post("/oauth2/introspect", "introspect_token", introspect)
        .bearer_only()
        .about("oauth2", "Ask whether a token is accepted, and what it may do")
        .details("RFC 7662. The answer does not tell why a token is not accepted, nor whether it ever was.")
        .needs("mcp.introspect_token")
        .body_as::<Form>("application/x-www-form-urlencoded", json!({ "token": "mcp_…" }))
        .answers::<View>(
            200,
            "What is known of the token",
            json!({
                "active": true, "scope": "blog.view_article", "username": "ada", "token_type": "Bearer",
                "exp": 1_803_384_000, "iat": 1_795_608_000, "sub": "1", "jti": "7", "name": "CI",
            }),
        )
        .answers::<OAuthError>(400, "The body is no form with one token", OAuthError::example())
}

async fn introspect(call: Call, form: Form) -> Answer {
    call.actor.require("mcp.introspect_token")?;
    let found = call
        .read(move |conn, call| {
            tokens::introspect(conn, &call.actor, call.now, &call.token_rules().hasher, form.token.as_bytes())
        })
        .await?;
    let view = found.map(View::from).unwrap_or_default();
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, NO_STORE)).json(view))
}
