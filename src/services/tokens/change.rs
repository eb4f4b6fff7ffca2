//! Several changes of one token at once.

use super::{
    TokenUpdate, activate, deactivate, load, set_expiry, set_groups, set_permissions, set_tool_mode,
    transfer, update,
};
use crate::auth::{Actor, TokenRules, ToolMode};
use crate::clock::UtcTime;
use crate::db::{GroupId, TokenId, Tx, UserId};
use crate::error::{FieldErrors, Result};
use crate::models::token::Token;

/// What a token is to be; what is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct TokenChange {
    /// Name, note and limit.
    pub update: TokenUpdate,
    /// The owner.
    pub user: Option<UserId>,
    /// From when on it is refused; `Some(None)` = never.
    pub expires_at: Option<Option<UtcTime>>,
    /// Whether it is accepted.
    pub is_active: Option<bool>,
    /// Which set of tools it gets over MCP.
    pub tool_mode: Option<ToolMode>,
    /// The only permissions of its own.
    pub permissions: Option<Vec<String>>,
    /// The only groups.
    pub groups: Option<Vec<GroupId>>,
}

/// Changes a token. What it may lose comes first, so that the rules judge what is left. Where a value is
/// wrong the others are tried all the same: the caller rolls everything back, and hears of all that is wrong.
///
/// # Errors
/// As the functions for each of its parts.
pub fn change(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    wanted: &TokenChange,
    rules: &TokenRules,
) -> Result<Token> {
    let mut errors = FieldErrors::default();
    if let Some(permissions) = &wanted.permissions {
        errors.check(set_permissions(tx, actor, now, id, permissions))?;
    }
    if let Some(groups) = &wanted.groups {
        errors.check(set_groups(tx, actor, now, id, groups))?;
    }
    errors.check(update(tx, actor, now, id, &wanted.update))?;
    let token = load(tx, id)?;
    if let Some(user) = wanted.user.filter(|user| *user != token.user_id) {
        errors.check(transfer(tx, actor, now, id, user, rules))?;
    }
    if let Some(expires_at) = wanted.expires_at.filter(|at| *at != token.expires_at) {
        errors.check(set_expiry(tx, actor, now, id, expires_at))?;
    }
    if let Some(mode) = wanted.tool_mode.filter(|mode| *mode != token.tool_mode) {
        errors.check(set_tool_mode(tx, actor, now, id, mode))?;
    }
    let token = load(tx, id)?;
    errors.finish(match wanted.is_active {
        Some(true) if !token.is_active => activate(tx, actor, now, id),
        Some(false) if token.is_active => deactivate(tx, actor, now, id),
        _ => Ok(token),
    })
}
