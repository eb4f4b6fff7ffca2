//! `PATCH` and `PUT /api/v1/tokens/{id}`

use actix_web::web::Path;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::create::CreateToken;
use super::view::TokenView;
use crate::api::body::present;
use crate::api::{Answer, Body, Call, Endpoint};
use crate::auth::ToolMode;
use crate::clock::UtcTime;
use crate::db::{TokenId, Tx};
use crate::error::Result;
use crate::services::references::{self, Reference};
use crate::services::tokens::{self, IssueToken, TokenChange, TokenUpdate};

/// What to change of a token; what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeToken {
    /// What it is for.
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Another owner, by name or id.
    #[schema(nullable = false)]
    user: Option<Reference>,
    /// From when on it is refused; null = never.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<UtcTime>)]
    #[expect(clippy::option_option, reason = "absent, null and a time are three things")]
    expires_at: Option<Option<UtcTime>>,
    /// Whether it is accepted.
    #[schema(nullable = false)]
    is_active: Option<bool>,
    /// Free text.
    #[schema(nullable = false, max_length = 2000)]
    note: Option<String>,
    /// Whether it can do only what its owner can do as well.
    #[schema(nullable = false)]
    limit_to_owner: Option<bool>,
    /// Which set of tools it gets over MCP.
    #[schema(nullable = false)]
    tool_mode: Option<ToolMode>,
    /// The only permissions of its own, by name or id.
    #[schema(nullable = false, max_items = 1000)]
    permissions: Option<Vec<Reference>>,
    /// The only groups, by name or id.
    #[schema(nullable = false, max_items = 1000)]
    groups: Option<Vec<Reference>>,
}

const RULES: &str = "Who grants must hold: what is new to the token and, where the change makes it accepted again or \
    accepted for longer, gives it to another owner or takes its limit away, everything that it has.";

pub fn patch() -> Endpoint {
    Endpoint::patch("/api/v1/tokens/{id}", "change_token", change)
        .about("tokens", "Change a token")
        .details(RULES)
        .needs("mcp.change_token")
        .body::<ChangeToken>(json!({ "name": "CI", "expires_at": null }))
        .takes_if_match()
        .answers::<TokenView>(200, "The token as it is now", TokenView::example())
        .header("ETag", "The version of the token")
}

pub fn put() -> Endpoint {
    Endpoint::put("/api/v1/tokens/{id}", "replace_token", replace)
        .about("tokens", "Replace everything of a token but its secret")
        .details(format!("What is left out gets what a new token would have, but the owner stays. {RULES}"))
        .needs("mcp.change_token")
        .body::<CreateToken>(CreateToken::example())
        .takes_if_match()
        .answers::<TokenView>(200, "The token as it is now", TokenView::example())
        .header("ETag", "The version of the token")
}

async fn change(call: Call, id: Path<TokenId>, body: Body<ChangeToken>) -> Answer {
    let work = call.write(move |tx, call| {
        call.actor.require("mcp.change_token")?;
        let body = &body.value;
        let named = |refs: &Option<Vec<Reference>>| refs.clone().unwrap_or_default();
        let permissions = references::permission_names(tx, &named(&body.permissions))?;
        let groups = references::groups(tx, &named(&body.groups))?;
        let wanted = TokenChange {
            update: TokenUpdate {
                name: body.name.clone(),
                note: body.note.clone(),
                limit_to_owner: body.limit_to_owner,
            },
            user: body.user.as_ref().map(|user| references::user(tx, user)).transpose()?,
            expires_at: body.expires_at,
            is_active: body.is_active,
            tool_mode: body.tool_mode,
            permissions: body.permissions.is_some().then_some(permissions),
            groups: body.groups.is_some().then_some(groups),
        };
        apply(tx, call, *id, &wanted)
    });
    call.show(&work.await?)
}

async fn replace(call: Call, id: Path<TokenId>, body: Body<CreateToken>) -> Answer {
    let work = call.write(move |tx, call| {
        call.actor.require("mcp.change_token")?;
        let names_owner = body.value.user.is_some();
        let new = body.resolve(tx, call)?;
        let IssueToken {
            name,
            user_id,
            expiry,
            is_active,
            note,
            limit_to_owner,
            tool_mode,
            permissions,
            groups,
        } = new;
        let wanted = TokenChange {
            update: TokenUpdate { name: Some(name), note: Some(note), limit_to_owner: Some(limit_to_owner) },
            user: names_owner.then_some(user_id),
            expires_at: Some(expiry.at(call.now)),
            is_active: Some(is_active),
            tool_mode: Some(tool_mode),
            permissions: Some(permissions),
            groups: Some(groups),
        };
        apply(tx, call, *id, &wanted)
    });
    call.show(&work.await?)
}

fn apply(tx: &mut Tx<'_>, call: &Call, id: TokenId, wanted: &TokenChange) -> Result<TokenView> {
    if call.expects() {
        call.expect(&TokenView::current(tx, call, id)?)?;
    }
    let token = tokens::change(tx, &call.actor, call.now, id, wanted, call.token_rules())?;
    Ok(TokenView::new(tokens::details_of(tx, token)?, call.now))
}
