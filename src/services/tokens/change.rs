//! Several changes of one token at once.

use super::{
    TokenUpdate, activate, deactivate, set_expiry, set_groups, set_permissions, set_tool_mode, transfer,
    update,
};
use crate::auth::{Actor, ToolMode};
use crate::clock::UtcTime;
use crate::db::{GroupId, TokenId, Tx, UserId};
use crate::error::Result;
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

/// Changes a token. What it may lose comes first, so that the rules judge what is left.
///
/// # Errors
/// As the functions for each of its parts.
pub fn change(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    wanted: &TokenChange,
) -> Result<Token> {
    if let Some(permissions) = &wanted.permissions {
        set_permissions(tx, actor, now, id, permissions)?;
    }
    if let Some(groups) = &wanted.groups {
        set_groups(tx, actor, now, id, groups)?;
    }
    let mut token = update(tx, actor, now, id, &wanted.update)?;
    if let Some(user) = wanted.user.filter(|user| *user != token.user_id) {
        token = transfer(tx, actor, now, id, user)?;
    }
    if let Some(expires_at) = wanted.expires_at.filter(|at| *at != token.expires_at) {
        token = set_expiry(tx, actor, now, id, expires_at)?;
    }
    if let Some(mode) = wanted.tool_mode.filter(|mode| *mode != token.tool_mode) {
        token = set_tool_mode(tx, actor, now, id, mode)?;
    }
    match wanted.is_active {
        Some(true) if !token.is_active => activate(tx, actor, now, id),
        Some(false) if token.is_active => deactivate(tx, actor, now, id),
        _ => Ok(token),
    }
}
