//! Groups: what they give, and which users are in them.

mod overview;

pub use overview::{
    Affected, GroupRow, RecentDeed, affected, deletion, names_with_permission, place, recent_deeds, rows,
};

use std::collections::HashMap;

use serde_json::{Value, json};

use super::audit::{self, Action, Target};
use super::grants::{self, Difference};
use super::{begin, input};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{DbConnection, GroupId, Tx, UserId, dialect};
use crate::error::{Error, Result};
use crate::models::page::Mark;
use crate::models::permission;
use crate::models::user::{self, User};
use crate::models::{Paged, Paging, Slice, Sliced, group, memberships};

pub use crate::models::group::{Group, GroupFilter, GroupOrder};
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
    let filter = GroupFilter { search: search.map(str::to_owned), ..GroupFilter::default() };
    Ok(group::list(conn, &filter, paging)?)
}

/// Lists a part of the groups in an order, turned around if the flag says so.
///
/// # Errors
/// `Forbidden` without `auth.view_group`; `Invalid` for the cursor; database faults.
pub fn slice(
    conn: &mut DbConnection,
    actor: &Actor,
    filter: &GroupFilter,
    order: (GroupOrder, bool),
    slice: &Slice<Mark>,
) -> Result<Sliced<GroupDetails, Mark>> {
    actor.require("auth.view_group")?;
    let Sliced { rows, next, total } = group::slice(conn, filter, order, slice)?;
    Ok(Sliced { rows: with_permissions(conn, rows)?, next, total })
}

/// One query, however many groups there are.
fn with_permissions(conn: &mut DbConnection, groups: Vec<Group>) -> Result<Vec<GroupDetails>> {
    let ids: Vec<GroupId> = groups.iter().map(|group| group.id).collect();
    let mut permissions: HashMap<GroupId, Vec<String>> = HashMap::new();
    for (id, permission) in permission::list_of_groups(conn, &ids)? {
        permissions.entry(id).or_default().push(permission.full_name());
    }
    let complete = |group: Group| {
        let permissions = permissions.remove(&group.id).unwrap_or_default();
        GroupDetails { group, permissions }
    };
    Ok(groups.into_iter().map(complete).collect())
}

/// A group with what it gives.
#[derive(Debug, Clone)]
pub struct GroupDetails {
    /// The group.
    pub group: Group,
    /// Names of its permissions, in order.
    pub permissions: Vec<String>,
}

/// Finds a group by id.
///
/// # Errors
/// `Forbidden` without `auth.view_group` or `auth.change_group`; `NotFound`; database faults.
pub fn show(conn: &mut DbConnection, actor: &Actor, id: GroupId) -> Result<GroupDetails> {
    may_see(actor)?;
    let group = load(conn, id)?;
    details(conn, group)
}

/// Groups that something can be put into, with what each gives, in order of name: the first `limit`. Naming
/// them needs no permission to view them, and putting something in one needs what it gives.
///
/// # Errors
/// `Forbidden` for anybody who may neither see nor change tokens, users or groups; database faults.
pub fn choices(conn: &mut DbConnection, actor: &Actor, limit: i64) -> Result<Vec<GroupDetails>> {
    actor.require_any(&[
        "auth.view_group",
        "auth.change_group",
        "mcp.view_token",
        "mcp.add_token",
        "mcp.change_token",
        "auth.view_user",
        "auth.add_user",
        "auth.change_user",
    ])?;
    let groups = group::list(conn, &GroupFilter::default(), Paging { limit, offset: 0 })?.rows;
    with_permissions(conn, groups)
}

/// A group that the caller has at hand, with what it gives.
///
/// # Errors
/// Database faults.
pub fn details(conn: &mut DbConnection, group: Group) -> Result<GroupDetails> {
    Ok(GroupDetails { permissions: names(conn, group.id)?, group })
}

/// Who may change groups sees what there is to change, as in Django.
fn may_see(actor: &Actor) -> Result<()> {
    if actor.has_perm("auth.change_group") { Ok(()) } else { actor.require("auth.view_group") }
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
/// `Forbidden` without `auth.view_group` or `auth.change_group`; `NotFound`; database faults.
pub fn permissions(conn: &mut DbConnection, actor: &Actor, id: GroupId) -> Result<Vec<Permission>> {
    may_see(actor)?;
    load(conn, id)?;
    Ok(permission::list_of_group(conn, id)?)
}

/// Makes a group without permissions.
///
/// # Errors
/// `Forbidden` without `auth.add_group`; `Invalid` or `Taken` for the name; database faults.
pub fn create(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, name: &str) -> Result<Group> {
    begin(tx, actor, "auth.add_group")?;
    let name = input::name("name", name, 150)?;
    let id = group::insert(tx, &name).map_err(dialect::taken("name", taken(&name)))?;
    let group = Group { id, name };
    record(tx, actor, now, Action::Added, &group, &json!({ "after": { "name": group.name } }))?;
    Ok(group)
}

/// Gives a group another name.
///
/// # Errors
/// `Forbidden` without `auth.change_group`; `NotFound`; `Invalid` or `Taken` for the name; database faults.
pub fn rename(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: GroupId, name: &str) -> Result<Group> {
    begin(tx, actor, "auth.change_group")?;
    let before = load(tx, id)?;
    let name = input::name("name", name, 150)?;
    group::update(tx, id, &name).map_err(dialect::taken("name", taken(&name)))?;
    let group = Group { id, name };
    let changes = json!({ "before": { "name": before.name }, "after": { "name": group.name } });
    record(tx, actor, now, Action::Changed, &group, &changes)?;
    Ok(group)
}

fn taken(name: &str) -> String {
    format!("a group named “{name}” exists already")
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

/// Makes these the only permissions that a group gives.
///
/// # Errors
/// `Forbidden` without `auth.change_group`, or for a permission that is new to the group and that the actor
/// does not hold; `NotFound`; `Invalid` for names that are none; database faults.
pub fn set_permissions(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: GroupId,
    permissions: &[String],
) -> Result<()> {
    begin(tx, actor, "auth.change_group")?;
    let group = load(tx, id)?;
    let held = permission::list_of_group(tx, id)?;
    let Difference { added, removed } = grants::difference(tx, actor, &held, permissions)?;
    for permission in added {
        memberships::insert_group_permission(tx, id, permission)?;
    }
    for permission in removed {
        memberships::delete_group_permission(tx, id, permission)?;
    }
    record_permissions(tx, actor, now, &group, &held.iter().map(Permission::full_name).collect::<Vec<_>>())
}

/// The users in a group, in order of name.
///
/// # Errors
/// `Forbidden` without `auth.view_group` and `auth.view_user`; `NotFound`; database faults.
pub fn members(conn: &mut DbConnection, actor: &Actor, id: GroupId) -> Result<Vec<User>> {
    actor.require("auth.view_group")?;
    actor.require("auth.view_user")?;
    load(conn, id)?;
    Ok(user::list_of_group(conn, id)?)
}

/// Puts a user into a group.
///
/// # Errors
/// `Forbidden` without `auth.change_user`, or for a permission of the group that the actor does not hold;
/// `Refused` if the user is a superuser and the actor is not; `NotFound`; database faults.
pub fn add_member(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: GroupId, user_id: UserId) -> Result<()> {
    actor.require("auth.change_user")?;
    load(tx, id)?;
    super::users::add_groups(tx, actor, now, user_id, &[id])
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
    actor.require("auth.change_user")?;
    load(tx, id)?;
    super::users::remove_groups(tx, actor, now, user_id, &[id])
}

/// Whether the actor may put somebody into a group: it holds what the group gives.
///
/// # Errors
/// Database faults.
pub fn may_give(conn: &mut DbConnection, actor: &Actor, id: GroupId) -> Result<bool> {
    Ok(actor.principal.is_superuser || names(conn, id)?.iter().all(|name| actor.has_perm(name)))
}

/// Makes these users the only ones in a group.
///
/// # Errors
/// As [`add_member`] and [`remove_member`], for the users who come and go; `Invalid` for users that there are
/// not.
pub fn set_members(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: GroupId,
    users: &[UserId],
) -> Result<()> {
    begin(tx, actor, "auth.change_user")?;
    load(tx, id)?;
    let current: Vec<UserId> = user::list_of_group(tx, id)?.into_iter().map(|user| user.id).collect();
    for &user_id in users.iter().filter(|id| !current.contains(id)) {
        if user::find(tx, user_id)?.is_none() {
            return Err(Error::invalid("users", format!("there is no user {user_id}")));
        }
        super::users::add_groups(tx, actor, now, user_id, &[id])?;
    }
    for &user_id in current.iter().filter(|id| !users.contains(id)) {
        super::users::remove_groups(tx, actor, now, user_id, &[id])?;
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
