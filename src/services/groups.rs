//! Groups: what they give, and which users are in them.

use serde_json::{Value, json};

use super::audit::{self, Action, Target};
use super::{begin, grants, input};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{DbConnection, GroupId, Tx, UserId, dialect};
use crate::error::{Error, Result};
use crate::models::group;
use crate::models::permission;
use crate::models::user::User;
use crate::models::{Paged, Paging, memberships};

pub use crate::models::group::Group;
pub use crate::models::permission::Permission;

/// Lists groups in order of name, those only whose name contains `search`.
///
/// # Errors
/// `Forbidden` without `auth.view_group`; database faults.
pub fn list(
    conn: &mut DbConnection,
    actor: &Actor,
    search: Option<&str>,
    paging: Paging,
) -> Result<Paged<Group>> {
    actor.require("auth.view_group")?;
    Ok(group::list(conn, search, paging)?)
}

/// Finds a group by id, or by its exact name.
///
/// # Errors
/// `Forbidden` without `auth.view_group`; `NotFound`; database faults.
pub fn resolve(conn: &mut DbConnection, actor: &Actor, reference: &str) -> Result<Group> {
    actor.require("auth.view_group")?;
    let by_name = if reference.contains('\0') { None } else { group::find_by_name(conn, reference)? };
    let found = match (by_name, reference.parse()) {
        (None, Ok(id)) => group::find(conn, GroupId(id))?,
        (found, _) => found,
    };
    found.ok_or_else(|| Error::NotFound(format!("There is no group \"{}\"", reference.escape_debug())))
}

/// The permissions that a group gives, in order.
///
/// # Errors
/// `Forbidden` without `auth.view_group`; `NotFound`; database faults.
pub fn permissions(conn: &mut DbConnection, actor: &Actor, id: GroupId) -> Result<Vec<Permission>> {
    actor.require("auth.view_group")?;
    load(conn, id)?;
    Ok(permission::list_of_group(conn, id)?)
}

/// Makes a group without permissions.
///
/// # Errors
/// `Forbidden` without `auth.add_group`; `Invalid` or `Conflict` for the name; database faults.
pub fn create(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, name: &str) -> Result<Group> {
    begin(tx, actor, "auth.add_group")?;
    let name = input::name("name", name, 150)?;
    let taken = format!("A group named \"{name}\" exists already");
    let id = group::insert(tx, &name).map_err(dialect::conflict(taken))?;
    let group = Group { id, name };
    record(tx, actor, now, Action::Added, &group, &json!({ "after": { "name": group.name } }))?;
    Ok(group)
}

/// Gives a group another name.
///
/// # Errors
/// `Forbidden` without `auth.change_group`; `NotFound`; `Invalid` or `Conflict` for the name; database
/// faults.
pub fn rename(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: GroupId, name: &str) -> Result<Group> {
    begin(tx, actor, "auth.change_group")?;
    let before = load(tx, id)?;
    let name = input::name("name", name, 150)?;
    let taken = format!("A group named \"{name}\" exists already");
    group::update(tx, id, &name).map_err(dialect::conflict(taken))?;
    let group = Group { id, name };
    let changes = json!({ "before": { "name": before.name }, "after": { "name": group.name } });
    record(tx, actor, now, Action::Changed, &group, &changes)?;
    Ok(group)
}

/// Deletes a group; its users and tokens lose what it gave.
///
/// # Errors
/// `Forbidden` without `auth.delete_group`; `NotFound`; database faults.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: GroupId) -> Result<()> {
    begin(tx, actor, "auth.delete_group")?;
    let group = load(tx, id)?;
    let before = json!({ "before": { "name": group.name, "permissions": names(tx, id)? } });
    group::delete(tx, id)?;
    record(tx, actor, now, Action::Deleted, &group, &before)
}

/// Adds permissions to a group; those that it has already stay.
///
/// # Errors
/// `Forbidden` without `auth.change_group`, or for a permission that the actor does not hold; `NotFound`;
/// `Invalid` for names that are none; database faults.
pub fn grant(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: GroupId,
    permissions: &[String],
) -> Result<()> {
    begin(tx, actor, "auth.change_group")?;
    actor.may_grant(permissions.iter().map(String::as_str))?;
    let group = load(tx, id)?;
    let before = names(tx, id)?;
    for permission in grants::permissions_to_grant(tx, permissions)? {
        memberships::insert_group_permission(tx, id, permission.id)?;
    }
    record_permissions(tx, actor, now, &group, &before)
}

/// Takes permissions from a group; those that it does not have are no error.
///
/// # Errors
/// `Forbidden` without `auth.change_group`; `NotFound`; `Invalid` for names that are none; database faults.
pub fn revoke(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: GroupId,
    permissions: &[String],
) -> Result<()> {
    begin(tx, actor, "auth.change_group")?;
    let group = load(tx, id)?;
    let before = names(tx, id)?;
    for permission in grants::permissions_to_revoke(tx, permissions)? {
        memberships::delete_group_permission(tx, id, permission.id)?;
    }
    record_permissions(tx, actor, now, &group, &before)
}

/// The users in a group, in order of name.
///
/// # Errors
/// `Forbidden` without `auth.view_group` and `auth.view_user`; `NotFound`; database faults.
pub fn members(conn: &mut DbConnection, actor: &Actor, id: GroupId) -> Result<Vec<User>> {
    actor.require("auth.view_group")?;
    actor.require("auth.view_user")?;
    load(conn, id)?;
    Ok(crate::models::user::list_of_group(conn, id)?)
}

/// Puts a user into a group.
///
/// # Errors
/// `Forbidden` without `auth.change_user`, or for a permission of the group that the actor does not hold;
/// `Refused` if the user is a superuser and the actor is not; `NotFound`; database faults.
pub fn add_member(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: GroupId, user_id: UserId) -> Result<()> {
    begin(tx, actor, "auth.change_user")?;
    let group = load(tx, id)?;
    let user = super::users::load_for_change(tx, actor, user_id)?;
    grants::may_give_groups(tx, actor, std::slice::from_ref(&group))?;
    if memberships::insert_user_group(tx, user_id, id)? {
        let changes = json!({ "after": { "groups": { "added": group.name } } });
        super::users::record(tx, actor, now, Action::Changed, &user, &changes)?;
    }
    Ok(())
}

/// Takes a user out of a group.
///
/// # Errors
/// `Forbidden` without `auth.change_user`; `Refused` if the user is a superuser and the actor is not;
/// `NotFound`; database faults.
pub fn remove_member(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: GroupId,
    user_id: UserId,
) -> Result<()> {
    begin(tx, actor, "auth.change_user")?;
    let group = load(tx, id)?;
    let user = super::users::load_for_change(tx, actor, user_id)?;
    if memberships::delete_user_group(tx, user_id, id)? {
        let changes = json!({ "before": { "groups": { "removed": group.name } } });
        super::users::record(tx, actor, now, Action::Changed, &user, &changes)?;
    }
    Ok(())
}

fn load(conn: &mut DbConnection, id: GroupId) -> Result<Group> {
    group::find(conn, id)?.ok_or_else(|| Error::NotFound(format!("There is no group {id}")))
}

fn names(conn: &mut DbConnection, id: GroupId) -> Result<Vec<String>> {
    Ok(permission::list_of_group(conn, id)?.iter().map(Permission::full_name).collect())
}

fn record_permissions(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    group: &Group,
    before: &[String],
) -> Result<()> {
    let after = names(tx, group.id)?;
    if before == after {
        return Ok(());
    }
    let changes = json!({ "before": { "permissions": before }, "after": { "permissions": after } });
    record(tx, actor, now, Action::Changed, group, &changes)
}

fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    action: Action,
    group: &Group,
    changes: &Value,
) -> Result<()> {
    let target = Target::new("auth", "group", group.id, &group.name);
    audit::record(tx, actor, now, action, &target, changes)?;
    Ok(())
}
