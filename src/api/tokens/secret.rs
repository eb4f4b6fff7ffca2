//! `POST /api/v1/tokens/{id}/rotate` and `…/copy`: new secrets, shown once.

use actix_web::web::Path;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::view::{IssuedToken, TokenView};
use crate::api::body::present;
use crate::api::{Answer, Body, Call, Endpoint};
use crate::clock::UtcTime;
use crate::db::{TokenId, Tx};
use crate::error::{Error, Result};
use crate::services::tokens::{self, Expiry, Issued, Secrets};

/// How to rotate.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RotateToken {
    /// How long the old secret is accepted as well, at most seven days: `24h`, `15m`; not at all if nothing
    /// is said.
    #[schema(nullable = false, max_length = 40, example = "24h")]
    grace: Option<String>,
}

/// What differs from the original.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CopyToken {
    /// What it is for; the name of the original with a version if nothing is said.
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// From when on it is refused: 90 days from now if nothing is said, never if null.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<UtcTime>)]
    #[expect(clippy::option_option, reason = "absent, null and a time are three things")]
    expires_at: Option<Option<UtcTime>>,
}

const HOLDS: &str = "Who gets the new secret must hold what the token holds.";

pub fn rotate() -> Endpoint {
    Endpoint::post("/api/v1/tokens/{id}/rotate", "rotate_token", rotate_token)
        .about("tokens", "Give a token a new secret")
        .details(format!("Everything else stays as it is, the expiry too. {HOLDS}"))
        .needs("mcp.change_token")
        .body::<RotateToken>(json!({ "grace": "24h" }))
        .takes_if_match()
        .takes_idempotency_key()
        .answers::<IssuedToken>(
            201,
            "The token with its new secret, which is shown this one time",
            IssuedToken::example(),
        )
        .header("Location", "The address of the token")
}

pub fn copy() -> Endpoint {
    Endpoint::post("/api/v1/tokens/{id}/copy", "copy_token", copy_token)
        .about("tokens", "Make a second token like this one")
        .details(format!("It has the same owner, groups, permissions and note. {HOLDS}"))
        .needs("mcp.add_token")
        .body::<CopyToken>(json!({ "name": "CI v2" }))
        .takes_idempotency_key()
        .answers::<IssuedToken>(
            201,
            "The new token with its secret, which is shown this one time",
            IssuedToken::example(),
        )
        .header("Location", "The address of the new token")
}

async fn rotate_token(call: Call, id: Path<TokenId>, body: Body<RotateToken>) -> Answer {
    call.may_make_secrets()?;
    let issued = call.write(move |tx, call| {
        call.once(tx, &body, |tx| {
            call.actor.require("mcp.change_token")?;
            if call.expects() {
                call.expect(&TokenView::current(tx, call, *id)?)?;
            }
            let grace = body.grace.as_deref().map_or(Ok(TimeDelta::zero()), grace)?;
            let secrets = Secrets { rng: &mut rand::rng(), rules: call.token_rules() };
            let issued = tokens::rotate(tx, &call.actor, call.now, *id, grace, secrets)?;
            shown(tx, call, issued)
        })
    });
    let issued = issued.await?;
    call.created_secret(&TokenView::location(issued.id()), &issued)
}

async fn copy_token(call: Call, id: Path<TokenId>, body: Body<CopyToken>) -> Answer {
    call.may_make_secrets()?;
    let issued = call.write(move |tx, call| {
        call.once(tx, &body, |tx| {
            let expiry = Expiry::of(body.expires_at);
            let secrets = Secrets { rng: &mut rand::rng(), rules: call.token_rules() };
            let name = body.name.as_deref();
            let issued = tokens::copy(tx, &call.actor, call.now, *id, name, expiry, secrets)?;
            shown(tx, call, issued)
        })
    });
    let issued = issued.await?;
    call.created_secret(&TokenView::location(issued.id()), &issued)
}

/// The id of what was made, and the answer that shows its secret.
pub fn shown(tx: &mut Tx<'_>, call: &Call, issued: Issued) -> Result<(i64, IssuedToken)> {
    let view = TokenView::new(tokens::details_of(tx, issued.token)?, call.now);
    Ok((view.id().0, IssuedToken::new(view, issued.plain.reveal().to_owned())))
}

fn grace(text: &str) -> Result<TimeDelta> {
    let parsed = humantime::parse_duration(text).ok().and_then(|duration| TimeDelta::from_std(duration).ok());
    parsed.ok_or_else(|| Error::invalid("grace", "must be a duration such as 24h or 15m"))
}
