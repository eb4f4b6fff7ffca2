//! `/api/v1/tokens/{id}/permissions`: what a token may do, and where that comes from.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::create::names;
use crate::api::grants::{PermissionReferences, one_row, whole};
use crate::api::{Answer, Body, Call, Endpoint, Page};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{DbConnection, TokenId, Tx};
use crate::error::Result;
use crate::services::references::{self, Reference};
use crate::services::tokens::{self, HeldPermission, Token, TokenAccess};

const PATH: &str = "/api/v1/tokens/{id}/permissions";
const GIVING: &str = "Who grants must hold what is new to the token.";

/// Permissions to add.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddPermissions {
    /// By name or id.
    #[serde(default)]
    #[schema(max_items = 1000)]
    permissions: Vec<Reference>,
    /// Every `view_` permission of this app on top.
    #[serde(default)]
    #[schema(nullable = false, max_length = 100)]
    read_only: Option<String>,
    /// Every permission of this app on top.
    #[serde(default)]
    #[schema(nullable = false, max_length = 100)]
    full_access: Option<String>,
}

/// A permission of a token.
#[derive(Debug, Serialize, ToSchema)]
struct TokenPermission {
    /// `blog.view_article`
    permission: String,
    /// Whether it was given to the token itself.
    direct: bool,
    /// Names of the groups that give it.
    groups: Vec<String>,
    /// False where the token is limited to its owner, who does not hold it.
    effective: bool,
}

impl From<(HeldPermission, bool)> for TokenPermission {
    fn from((held, effective): (HeldPermission, bool)) -> Self {
        Self { permission: held.permission, direct: held.direct, groups: held.groups, effective }
    }
}

impl TokenPermission {
    fn example() -> Value {
        json!({ "permission": "blog.view_article", "direct": true, "groups": ["Editors"], "effective": true })
    }
}

/// The endpoints of this collection.
pub fn endpoints() -> [Endpoint; 4] {
    let answers = |endpoint: Endpoint| {
        let example = one_row(&TokenPermission::example());
        endpoint.answers::<Page<TokenPermission>>(200, "What the token holds now, in order of name", example)
    };
    let takes = |endpoint: Endpoint| {
        endpoint.needs("mcp.change_token").body::<PermissionReferences>(PermissionReferences::example())
    };
    [
        answers(
            Endpoint::get(PATH, "list_token_permissions", list)
                .about("tokens", "List what a token may do, and why")
                .needs("mcp.view_token"),
        ),
        answers(
            Endpoint::post(PATH, "add_token_permissions", add)
                .about("tokens", "Give a token permissions of its own")
                .details(GIVING)
                .needs("mcp.change_token")
                .body::<AddPermissions>(
                    json!({ "permissions": ["blog.change_article"], "read_only": "blog" }),
                ),
        ),
        answers(takes(
            Endpoint::put(PATH, "set_token_permissions", set)
                .about("tokens", "Set the permissions of its own that a token has")
                .details(GIVING),
        )),
        answers(takes(
            Endpoint::delete(PATH, "remove_token_permissions", remove)
                .about("tokens", "Take permissions of its own from a token")
                .details("What groups give stays. A permission that the token does not have is no error."),
        )),
    ]
}

async fn list(call: Call, id: Path<TokenId>) -> Answer {
    let held = call.read(move |conn, call| {
        call.actor.require("mcp.view_token")?;
        held(conn, *id)
    });
    Ok(whole::<TokenPermission>(held.await?))
}

async fn add(call: Call, id: Path<TokenId>, body: Body<AddPermissions>) -> Answer {
    let work = call.write(move |tx, call| {
        call.actor.require("mcp.change_token")?;
        let names = names(tx, &body.permissions, body.read_only.as_deref(), body.full_access.as_deref())?;
        tokens::grant(tx, &call.actor, call.now, *id, &names)?;
        held(tx, *id)
    });
    Ok(whole::<TokenPermission>(work.await?))
}

async fn set(call: Call, id: Path<TokenId>, body: Body<PermissionReferences>) -> Answer {
    change(call, *id, body, tokens::set_permissions).await
}

async fn remove(call: Call, id: Path<TokenId>, body: Body<PermissionReferences>) -> Answer {
    change(call, *id, body, tokens::revoke).await
}

type Service = fn(&mut Tx<'_>, &Actor, UtcTime, TokenId, &[String]) -> Result<Token>;

async fn change(call: Call, id: TokenId, body: Body<PermissionReferences>, service: Service) -> Answer {
    let work = call.write(move |tx, call| {
        call.actor.require("mcp.change_token")?;
        let names = references::permission_names(tx, &body.permissions)?;
        service(tx, &call.actor, call.now, id, &names)?;
        held(tx, id)
    });
    Ok(whole::<TokenPermission>(work.await?))
}

/// What a token holds, for those who may see or have just changed it.
fn held(conn: &mut DbConnection, id: TokenId) -> Result<Vec<(HeldPermission, bool)>> {
    let access = TokenAccess::find(conn, id)?;
    let effective = |held: &HeldPermission| access.has_perm(&held.permission);
    Ok(access.held.iter().map(|held| (held.clone(), effective(held))).collect())
}
