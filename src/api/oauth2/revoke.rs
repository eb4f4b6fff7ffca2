//! `POST /oauth2/revoke` (RFC 7009)

use actix_web::HttpResponse;
use serde_json::json;

use super::super::{Answer, Call, Endpoint};
use super::{Form, OAuthError};
use crate::services::tokens;

/// `POST /oauth2/revoke`
pub fn endpoint() -> Endpoint {
    Endpoint::post("/oauth2/revoke", "revoke_token", revoke)
        .bearer_only()
        .about("oauth2", "Have a token refused from now on")
        .details(
            "RFC 7009. The token is deactivated, which an administrator can undo. A token may revoke itself; any \
             other needs `mcp.change_token`, and without it the answer is the same whether the token exists or not. \
             With it a token that is unknown or malformed is answered 200: what the caller wants is the case.",
        )
        .body_as::<Form>("application/x-www-form-urlencoded", json!({ "token": "mcp_…" }))
        .answers_nothing(200, "The token is not accepted any more, or never was")
        .answers::<OAuthError>(400, "The body is no form with one token", OAuthError::example())
        .problem(403)
}

async fn revoke(call: Call, form: Form) -> Answer {
    call.write(move |tx, call| {
        tokens::revoke_secret(tx, &call.actor, call.now, &call.token_rules().hasher, form.token.as_bytes())
    })
    .await?;
    Ok(HttpResponse::Ok().finish())
}
