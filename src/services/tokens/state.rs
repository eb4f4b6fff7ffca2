//! What becomes of a token after it was issued.

use super::issue::in_future;
use super::{load, notices, quota, record, record_change, snapshot};
use crate::auth::{Actor, TokenRules, ToolMode};
use crate::clock::UtcTime;
use crate::db::{TokenId, Tx, UserId};
use crate::error::{FieldErrors, Result};
use crate::models::permission;
use crate::models::token::{self, Token, TokenChanges};
use crate::services::audit::Action;
use crate::services::{begin, grants, input};

/// Switches a token off; its next request is refused. The secret stays as it is.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`; `NotFound`; database faults.
pub fn deactivate(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: TokenId) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    switch_off(tx, actor, now, id)
}

/// [`deactivate`] for those who were asked already whether they may.
pub(super) fn switch_off(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: TokenId) -> Result<Token> {
    let before = snapshot(tx, id)?;
    token::update(tx, id, &TokenChanges { is_active: Some(false), ..TokenChanges::default() })?;
    record_change(tx, actor, now, id, &before)
}

/// Switches a token on again, with the secret that it had.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`, or for a permission of the token that the actor does not hold;
/// `NotFound`; database faults.
pub fn activate(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: TokenId) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    revive(tx, actor, now, id, &TokenChanges { is_active: Some(true), ..TokenChanges::default() })
}

/// Sets, extends or (with `None`) removes the expiry.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`, or for a permission of the token that the actor does not hold;
/// `NotFound`; `Invalid` for a time that is not in the future; database faults.
pub fn set_expiry(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    expires_at: Option<UtcTime>,
) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    let expires_at = expires_at.map(|at| in_future(at, now)).transpose()?;
    let changes = TokenChanges {
        expires_at: Some(expires_at),
        noticed_expiry: expires_at.filter(|at| notices::is_known(*at, now)),
        ..TokenChanges::default()
    };
    revive(tx, actor, now, id, &changes)
}

/// Gives a token to another owner, who may own one more. Its permissions stay its own.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`, or for a permission of the token that the actor does not hold;
/// `NotFound`; `Invalid` if there is no such user or he owns as many as `rules` allow; database faults.
pub fn transfer(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    to: UserId,
    rules: &TokenRules,
) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    if load(tx, id)?.user_id != to {
        quota::leave_room(tx, to, rules)?;
    }
    revive(tx, actor, now, id, &TokenChanges { user_id: Some(to), ..TokenChanges::default() })
}

/// Changes that can make a refused token accepted, or able to do more: the actor, who has begun, has to hold
/// everything that the token was given.
fn revive(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    changes: &TokenChanges<'_>,
) -> Result<Token> {
    let before = snapshot(tx, id)?;
    grants::may_give_held(actor, &permission::list_held_by_token(tx, id)?)?;
    token::update(tx, id, changes)?;
    record_change(tx, actor, now, id, &before)
}

/// What to change of a token; `None` leaves a value alone.
#[derive(Debug, Clone, Default)]
pub struct TokenUpdate {
    /// Another name.
    pub name: Option<String>,
    /// Another note; may be empty.
    pub note: Option<String>,
    /// Whether it can do only what its owner can do as well.
    pub limit_to_owner: Option<bool>,
}

/// Renames a token, changes its note or whether it is limited to what its owner can do.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`, or, where the limit is taken away, for a permission of the token
/// that the actor does not hold; `NotFound`; `Invalid`; database faults.
pub fn update(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    update: &TokenUpdate,
) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    let token = load(tx, id)?;
    if update.limit_to_owner == Some(false) && token.limit_to_owner {
        grants::may_give_held(actor, &permission::list_held_by_token(tx, id)?)?;
    }
    let mut errors = FieldErrors::default();
    let name = update.name.as_deref().map(|name| input::name("name", name, 200)).transpose();
    let name = errors.check(name)?.flatten();
    let note = update.note.as_deref().map(|note| input::text("note", note, 2000)).transpose();
    let note = errors.finish(note)?;
    let changes = TokenChanges {
        name: name.as_deref(),
        note: note.as_deref(),
        limit_to_owner: update.limit_to_owner,
        ..TokenChanges::default()
    };
    if changes == TokenChanges::default() {
        return Ok(token);
    }
    let before = snapshot(tx, id)?;
    token::update(tx, id, &changes)?;
    record_change(tx, actor, now, id, &before)
}

/// Says which set of tools a token gets over MCP. What it may do stays the same.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`; `NotFound`; database faults.
pub fn set_tool_mode(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    mode: ToolMode,
) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    let before = snapshot(tx, id)?;
    token::update(tx, id, &TokenChanges { tool_mode: Some(mode), ..TokenChanges::default() })?;
    record_change(tx, actor, now, id, &before)
}

/// Deletes a token; its lines in the audit log stay.
///
/// # Errors
/// `Forbidden` without `mcp.delete_token`; `NotFound`; database faults.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: TokenId) -> Result<()> {
    begin(tx, actor, "mcp.delete_token")?;
    let token = load(tx, id)?;
    let before = snapshot(tx, id)?;
    token::delete(tx, id)?;
    record(tx, actor, now, Action::Deleted, &token, &serde_json::json!({ "before": before }))
}
