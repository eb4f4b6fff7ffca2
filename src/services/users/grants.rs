//! What users are given: permissions of their own, and groups.

use serde_json::json;

use super::{load, load_for_change, may_see, record};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{DbConnection, GroupId, Tx, UserId};
use crate::error::Result;
use crate::models::group::{self, Group};
use crate::models::permission::{self, HeldPermission, Permission};
use crate::models::{memberships, user::User};
use crate::services::audit::Action;
use crate::services::begin;
use crate::services::grants::{self, Difference};

/// What a user was given, directly and by groups, in order of name. A superuser holds everything beside.
///
/// # Errors
/// `Forbidden` without `auth.view_user` or `auth.change_user`; `NotFound`; database faults.
pub fn held_permissions(conn: &mut DbConnection, actor: &Actor, id: UserId) -> Result<Vec<HeldPermission>> {
    may_see(actor)?;
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

/// Makes these the only permissions that the user was given itself.
///
/// # Errors
/// `Forbidden` without `auth.change_user`, or for a permission that is new to the user and that the actor does
/// not hold; `Refused` for a superuser if the actor is none; `NotFound`; `Invalid` for names that are none;
/// database faults.
pub fn set_permissions(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: UserId,
    permissions: &[String],
) -> Result<()> {
    begin(tx, actor, "auth.change_user")?;
    let user = load_for_change(tx, actor, id)?;
    let held = permission::list_direct_of_user(tx, id)?;
    let Difference { added, removed } = grants::difference(tx, actor, &held, permissions)?;
    for permission in added {
        memberships::insert_user_permission(tx, id, permission)?;
    }
    for permission in removed {
        memberships::delete_user_permission(tx, id, permission)?;
    }
    record_difference(tx, actor, now, &user, &held.iter().map(Permission::full_name).collect::<Vec<_>>())
}

/// Puts a user into groups; those that the user is in already stay.
///
/// # Errors
/// `Forbidden` without `auth.change_user`, or for a permission of a group that the actor does not hold;
/// `Refused` for a superuser if the actor is none; `NotFound`; `Invalid` if there is no such group; database
/// faults.
pub fn add_groups(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: UserId,
    groups: &[GroupId],
) -> Result<()> {
    change_groups(tx, actor, now, id, |_| (groups.to_vec(), Vec::new()))
}

/// Takes a user out of groups; those that the user is not in are no error.
///
/// # Errors
/// `Forbidden` without `auth.change_user`; `Refused` for a superuser if the actor is none; `NotFound`;
/// `Invalid` if there is no such group; database faults.
pub fn remove_groups(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: UserId,
    groups: &[GroupId],
) -> Result<()> {
    change_groups(tx, actor, now, id, |_| (Vec::new(), groups.to_vec()))
}

/// Makes these the only groups that the user is in.
///
/// # Errors
/// As [`add_groups`], for groups that are new to the user.
pub fn set_groups(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: UserId,
    groups: &[GroupId],
) -> Result<()> {
    change_groups(tx, actor, now, id, |current| {
        let gone = current.iter().filter(|id| !groups.contains(id)).copied().collect();
        let new = groups.iter().filter(|id| !current.contains(id)).copied().collect();
        (new, gone)
    })
}

/// Adds and removes the groups that `choose` names, knowing those that the user is in.
fn change_groups(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: UserId,
    choose: impl FnOnce(&[GroupId]) -> (Vec<GroupId>, Vec<GroupId>),
) -> Result<()> {
    begin(tx, actor, "auth.change_user")?;
    let user = load_for_change(tx, actor, id)?;
    let before = group::list_of_user(tx, id)?;
    let (added, removed) = choose(&before.iter().map(|group| group.id).collect::<Vec<_>>());
    let added = grants::groups(tx, &added)?;
    grants::may_give_groups(tx, actor, &added)?;
    for group in added {
        memberships::insert_user_group(tx, id, group.id)?;
    }
    for group in grants::groups(tx, &removed)? {
        memberships::delete_user_group(tx, id, group.id)?;
    }
    let after = group::list_of_user(tx, id)?;
    if before == after {
        return Ok(());
    }
    let names = |groups: Vec<Group>| groups.into_iter().map(|group| group.name).collect::<Vec<_>>();
    let changes = json!({ "before": { "groups": names(before) }, "after": { "groups": names(after) } });
    record(tx, actor, now, Action::Changed, &user, &changes)
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
