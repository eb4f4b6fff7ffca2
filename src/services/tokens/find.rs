//! Finding tokens: lists with filters, and the one that somebody names.

use std::collections::HashMap;

use super::Owner;
use super::load;
use crate::auth::{Actor, PlainToken};
use crate::clock::UtcTime;
use crate::db::{DbConnection, TokenId};
use crate::error::{Error, Result};
use crate::models::group::{self, Group};
use crate::models::token::{self, StatusCounts, Token, TokenFilter, TokenOrder, TokenPlace, TokenRow};
use crate::models::{Paged, Paging, Slice, Sliced, permission, user};

/// Lists tokens, the newest first.
///
/// # Errors
/// `Forbidden` without `mcp.view_token`; database faults.
pub fn list(
    conn: &mut DbConnection,
    actor: &Actor,
    now: UtcTime,
    filter: &TokenFilter,
    paging: Paging,
) -> Result<Paged<TokenRow>> {
    actor.require("mcp.view_token")?;
    Ok(token::list(conn, filter, now, paging)?)
}

/// Counts the tokens that a filter lets through.
///
/// # Errors
/// `Forbidden` without `mcp.view_token`; database faults.
pub fn count(conn: &mut DbConnection, actor: &Actor, now: UtcTime, filter: &TokenFilter) -> Result<i64> {
    actor.require("mcp.view_token")?;
    Ok(token::count_matching(conn, filter, now)?)
}

/// A token with its owner, its groups and what it was given itself.
#[derive(Debug, Clone)]
pub struct TokenDetails {
    /// The token.
    pub token: Token,
    /// Its owner.
    pub owner: Owner,
    /// Its groups, in order of name.
    pub groups: Vec<Group>,
    /// Names of its own permissions, in order.
    pub permissions: Vec<String>,
}

/// Loads a token with what belongs to it.
///
/// # Errors
/// `Forbidden` without `mcp.view_token`; `NotFound`; database faults.
pub fn details(conn: &mut DbConnection, actor: &Actor, id: TokenId) -> Result<TokenDetails> {
    actor.require("mcp.view_token")?;
    let token = load(conn, id)?;
    details_of(conn, token)
}

/// The same for a token that the caller may change, before the change.
///
/// # Errors
/// `NotFound`; database faults.
pub fn current(conn: &mut DbConnection, id: TokenId) -> Result<TokenDetails> {
    let token = load(conn, id)?;
    details_of(conn, token)
}

/// The same for a token that the caller has just made or changed.
///
/// # Errors
/// Database faults.
pub fn details_of(conn: &mut DbConnection, token: Token) -> Result<TokenDetails> {
    let owner = user::find(conn, token.user_id)?
        .ok_or_else(|| Error::internal(format!("token {} has no owner", token.id)))?;
    let row = TokenRow { token, owner: owner.username, owner_active: owner.is_active };
    let mut all = with_details(conn, vec![row])?;
    all.pop().ok_or_else(|| Error::internal("a token got lost"))
}

/// Lists a part of the tokens in an order, turned around if the flag says so.
///
/// # Errors
/// `Forbidden` without `mcp.view_token`; database faults.
pub fn list_details(
    conn: &mut DbConnection,
    actor: &Actor,
    now: UtcTime,
    filter: &TokenFilter,
    (order, descending): (TokenOrder, bool),
    slice: &Slice<TokenPlace>,
) -> Result<Sliced<TokenDetails, TokenPlace>> {
    actor.require("mcp.view_token")?;
    let Sliced { rows, next, total } = token::slice(conn, filter, now, order, descending, slice)?;
    Ok(Sliced { rows: with_details(conn, rows)?, next, total })
}

/// How many tokens stand how; `unused_since` is what the count of unused ones goes by.
///
/// # Errors
/// `Forbidden` without `mcp.view_token`; database faults.
pub fn statuses(
    conn: &mut DbConnection,
    actor: &Actor,
    now: UtcTime,
    unused_since: UtcTime,
) -> Result<StatusCounts> {
    actor.require("mcp.view_token")?;
    Ok(token::count_by_status(conn, now, unused_since)?)
}

/// Two queries, however many tokens there are.
pub(super) fn with_details(conn: &mut DbConnection, rows: Vec<TokenRow>) -> Result<Vec<TokenDetails>> {
    let ids: Vec<TokenId> = rows.iter().map(|row| row.token.id).collect();
    let mut groups: HashMap<TokenId, Vec<Group>> = HashMap::new();
    for (id, group) in group::list_of_tokens(conn, &ids)? {
        groups.entry(id).or_default().push(group);
    }
    let mut permissions: HashMap<TokenId, Vec<String>> = HashMap::new();
    for (id, permission) in permission::list_direct_of_tokens(conn, &ids)? {
        permissions.entry(id).or_default().push(permission.full_name());
    }
    let complete = |row: TokenRow| TokenDetails {
        owner: Owner { id: row.token.user_id, username: row.owner, is_active: row.owner_active },
        groups: groups.remove(&row.token.id).unwrap_or_default(),
        permissions: permissions.remove(&row.token.id).unwrap_or_default(),
        token: row.token,
    };
    Ok(rows.into_iter().map(complete).collect())
}

/// Finds the token that somebody means: by id, by display prefix (`mcp_` and eight characters), or by its
/// exact name if only one has it.
///
/// # Errors
/// `Forbidden` without `mcp.view_token`; `NotFound`; `Conflict` with the ids if several have the name;
/// database faults.
pub fn resolve(conn: &mut DbConnection, actor: &Actor, reference: &str) -> Result<Token> {
    actor.require("mcp.view_token")?;
    // Somebody may paste the secret itself: it must neither be searched for nor repeated in a message.
    let plain = PlainToken::parse(reference.as_bytes()).ok();
    let reference = plain.as_ref().map_or(reference, PlainToken::prefix);
    if reference.contains('\0') {
        return Err(Error::invalid("token", "remove the NUL character"));
    }
    if let Ok(id) = reference.parse()
        && let Some(token) = token::find(conn, TokenId(id))?
    {
        return Ok(token);
    }
    let mut found = if reference.starts_with("mcp_") && reference.len() == PlainToken::PREFIX_LENGTH {
        token::list_by_prefix(conn, reference)?
    } else {
        Vec::new()
    };
    if found.is_empty() {
        found = token::list_by_name(conn, reference)?;
    }
    match found.as_slice() {
        [] => Err(Error::NotFound(format!("There is no token \"{}\"", reference.escape_debug()))),
        [one] => load(conn, one.id),
        several => {
            let ids: Vec<_> = several.iter().map(|token| token.id.to_string()).collect();
            Err(Error::Conflict(format!(
                "{} tokens are called \"{reference}\": use one of the ids {}",
                ids.len(),
                ids.join(", ")
            )))
        }
    }
}
