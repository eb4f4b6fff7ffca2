//! Which tokens are within somebody's reach: bringing one back to life needs all that it can do.

use std::collections::HashSet;

use super::{TokenDetails, load};
use crate::auth::Actor;
use crate::db::{DbConnection, TokenId};
use crate::error::Result;
use crate::models::{permission, reach};

/// Those of the tokens that were given something that the actor does not hold, by themselves or by a group:
/// only somebody else can rotate, activate or transfer them. At most one query.
///
/// # Errors
/// Database faults.
pub fn beyond(conn: &mut DbConnection, actor: &Actor, tokens: &[TokenDetails]) -> Result<HashSet<TokenId>> {
    if actor.principal.is_superuser {
        return Ok(HashSet::new());
    }
    let lacks = |name: &String| !actor.has_perm(name);
    let direct = tokens.iter().filter(|details| details.permissions.iter().any(lacks));
    let mut found: HashSet<TokenId> = direct.map(|details| details.token.id).collect();
    let ids: Vec<TokenId> = tokens.iter().map(|details| details.token.id).collect();
    let by_groups = reach::groups_of_tokens(conn, &ids)?;
    found.extend(by_groups.into_iter().filter(|(_, name)| lacks(name)).map(|(id, _)| id));
    Ok(found)
}

/// Whether the actor may bring a token back to life that was switched off.
///
/// # Errors
/// Database faults.
pub fn may_activate(conn: &mut DbConnection, actor: &Actor, id: TokenId) -> Result<bool> {
    if !actor.has_perm("mcp.change_token") {
        return Ok(false);
    }
    let held =
        if actor.principal.is_superuser { Vec::new() } else { permission::list_held_by_token(conn, id)? };
    Ok(held.iter().all(|held| actor.has_perm(&held.permission)))
}

/// Whether a token is switched on, for those who are about to change that.
///
/// # Errors
/// `NotFound`; database faults.
pub fn is_active(conn: &mut DbConnection, id: TokenId) -> Result<bool> {
    Ok(load(conn, id)?.is_active)
}
