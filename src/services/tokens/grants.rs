//! What a token is given: permissions of its own, and groups.

use super::{record_change, snapshot};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{DbConnection, GroupId, TokenId, Tx};
use crate::error::{Error, Result};
use crate::models::token::Token;
use crate::models::{group, memberships, permission};
use crate::services::grants::Difference;
use crate::services::{begin, grants};

/// Gives a token permissions of its own; those that it has already stay.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`, or for a permission that the actor does not hold; `NotFound`;
/// `Invalid` for names that are none; database faults.
pub fn grant(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    permissions: &[String],
) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    actor.may_grant(permissions.iter().map(String::as_str))?;
    let before = snapshot(tx, id)?;
    for permission in grants::permissions_to_grant(tx, permissions)? {
        memberships::insert_token_permission(tx, id, permission.id)?;
    }
    record_change(tx, actor, now, id, &before)
}

/// Takes permissions of its own from a token; what its groups give stays, and a permission that it does
/// not have is no error.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`; `NotFound`; `Invalid` for names that are none; database faults.
pub fn revoke(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    permissions: &[String],
) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    let before = snapshot(tx, id)?;
    for permission in grants::permissions_to_revoke(tx, permissions)? {
        memberships::delete_token_permission(tx, id, permission.id)?;
    }
    record_change(tx, actor, now, id, &before)
}

/// Makes these the only permissions of its own that a token has; what its groups give stays.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`, or for a permission that is new to the token and that the actor
/// does not hold; `NotFound`; `Invalid` for names that are none; database faults.
pub fn set_permissions(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    permissions: &[String],
) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    let before = snapshot(tx, id)?;
    let held = permission::list_direct_of_token(tx, id)?;
    let Difference { added, removed } = grants::difference(tx, actor, &held, permissions)?;
    for permission in added {
        memberships::insert_token_permission(tx, id, permission)?;
    }
    for permission in removed {
        memberships::delete_token_permission(tx, id, permission)?;
    }
    record_change(tx, actor, now, id, &before)
}

/// Makes these the only groups that a token is in.
///
/// # Errors
/// As [`add_groups`], for groups that are new to the token.
pub fn set_groups(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    wanted: &[GroupId],
) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    let before = snapshot(tx, id)?;
    let current: Vec<GroupId> = group::list_of_token(tx, id)?.into_iter().map(|group| group.id).collect();
    let new: Vec<GroupId> = wanted.iter().filter(|id| !current.contains(id)).copied().collect();
    let new = grants::groups(tx, &new)?;
    grants::may_give_groups(tx, actor, &new)?;
    for group in new {
        memberships::insert_token_group(tx, id, group.id)?;
    }
    for gone in current.into_iter().filter(|id| !wanted.contains(id)) {
        memberships::delete_token_group(tx, id, gone)?;
    }
    record_change(tx, actor, now, id, &before)
}

/// Puts a token into groups.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`, or for a permission of a group that the actor does not hold;
/// `NotFound`; `Invalid` if there is no such group; database faults.
pub fn add_groups(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    groups: &[GroupId],
) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    let before = snapshot(tx, id)?;
    let groups = grants::groups(tx, groups)?;
    grants::may_give_groups(tx, actor, &groups)?;
    for group in groups {
        memberships::insert_token_group(tx, id, group.id)?;
    }
    record_change(tx, actor, now, id, &before)
}

/// Takes a token out of groups; one that it is not in is no error.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`; `NotFound`; `Invalid` if there is no such group; database faults.
pub fn remove_groups(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    groups: &[GroupId],
) -> Result<Token> {
    begin(tx, actor, "mcp.change_token")?;
    let before = snapshot(tx, id)?;
    for group in grants::groups(tx, groups)? {
        memberships::delete_token_group(tx, id, group.id)?;
    }
    record_change(tx, actor, now, id, &before)
}

/// The names of all `view_` permissions of an app, for [`grant`] or
/// [`IssueToken`](super::IssueToken): reading without writing.
///
/// # Errors
/// `Invalid` if the app is unknown; database faults.
pub fn read_only(conn: &mut DbConnection, app_label: &str) -> Result<Vec<String>> {
    let mut all = full_access(conn, app_label)?;
    all.retain(|name| name[app_label.len() + 1..].starts_with("view_"));
    Ok(all)
}

/// The names of all permissions of an app, custom ones too.
///
/// # Errors
/// `Invalid` if the app is unknown; database faults.
pub fn full_access(conn: &mut DbConnection, app_label: &str) -> Result<Vec<String>> {
    let mut permissions =
        if app_label.contains('\0') { Vec::new() } else { permission::list(conn, Some(app_label))? };
    permissions.retain(|permission| !permission.is_stale);
    if permissions.is_empty() {
        let message = format!("there is no app \"{}\" with models", app_label.escape_debug());
        return Err(Error::invalid("app", message));
    }
    Ok(permissions.iter().map(permission::Permission::full_name).collect())
}
