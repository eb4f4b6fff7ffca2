//! Permissions that users are given themselves.

use serde_json::json;

use super::{load, load_for_change, record};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{DbConnection, Tx, UserId};
use crate::error::Result;
use crate::models::permission::{self, HeldPermission, Permission};
use crate::models::{memberships, user::User};
use crate::services::audit::Action;
use crate::services::{begin, grants};

/// What a user was given, directly and by groups, in order of name. A superuser holds everything beside.
///
/// # Errors
/// `Forbidden` without `auth.view_user`; `NotFound`; database faults.
pub fn held_permissions(conn: &mut DbConnection, actor: &Actor, id: UserId) -> Result<Vec<HeldPermission>> {
    actor.require("auth.view_user")?;
    load(conn, id)?;
    Ok(permission::list_held_by_user(conn, id)?)
}

/// Gives a user permissions; those that the user has already stay.
///
/// # Errors
/// `Forbidden` without `auth.change_user`, or for a permission that the actor does not hold; `Refused` for a
/// superuser if the actor is none; `NotFound`; `Invalid` for names that are none; database faults.
pub fn grant(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: UserId, permissions: &[String]) -> Result<()> {
    begin(tx, actor, "auth.change_user")?;
    actor.may_grant(permissions.iter().map(String::as_str))?;
    let user = load_for_change(tx, actor, id)?;
    let before = names(tx, id)?;
    for permission in grants::permissions_to_grant(tx, permissions)? {
        memberships::insert_user_permission(tx, id, permission.id)?;
    }
    record_difference(tx, actor, now, &user, &before)
}

/// Takes permissions from a user; those that the user does not have are no error.
///
/// # Errors
/// `Forbidden` without `auth.change_user`; `Refused` for a superuser if the actor is none; `NotFound`;
/// `Invalid` for names that are none; database faults.
pub fn revoke(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: UserId,
    permissions: &[String],
) -> Result<()> {
    begin(tx, actor, "auth.change_user")?;
    let user = load_for_change(tx, actor, id)?;
    let before = names(tx, id)?;
    for permission in grants::permissions_to_revoke(tx, permissions)? {
        memberships::delete_user_permission(tx, id, permission.id)?;
    }
    record_difference(tx, actor, now, &user, &before)
}

fn names(conn: &mut DbConnection, id: UserId) -> Result<Vec<String>> {
    Ok(permission::list_direct_of_user(conn, id)?.iter().map(Permission::full_name).collect())
}

fn record_difference(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    user: &User,
    before: &[String],
) -> Result<()> {
    let after = names(tx, user.id)?;
    if before == after {
        return Ok(());
    }
    let changes = json!({ "before": { "permissions": before }, "after": { "permissions": after } });
    record(tx, actor, now, Action::Changed, user, &changes)
}
