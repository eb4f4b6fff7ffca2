//! Rules of handing out permissions, shared by tokens, groups and users.

use crate::auth::{Actor, PermissionName};
use crate::db::{DbConnection, GroupId, PermissionId};
use crate::error::{Error, FieldError, Result};
use crate::models::group::{self, Group};
use crate::models::permission::{self, HeldPermission, Permission};

/// Finds permissions by name; stale ones cannot be handed out.
///
/// # Errors
/// `Invalid` for the field `permissions` with every name that is not one.
pub fn permissions_to_grant(conn: &mut DbConnection, names: &[String]) -> Result<Vec<Permission>> {
    let mut found = Vec::with_capacity(names.len());
    let mut errors = Vec::new();
    for name in names {
        match by_name(conn, name)?.into_iter().next() {
            Some(permission) if permission.is_stale => errors.push(FieldError::new(
                "permissions",
                format!("the model of \"{name}\" is gone, so the permission cannot be given"),
            )),
            Some(permission) => found.push(permission),
            None => errors.push(unknown(name)),
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(Error::Invalid(errors)) }
}

/// Finds permissions by name, stale ones too.
///
/// # Errors
/// As [`permissions_to_grant`].
pub fn permissions_to_revoke(conn: &mut DbConnection, names: &[String]) -> Result<Vec<Permission>> {
    let mut found = Vec::with_capacity(names.len());
    let mut errors = Vec::new();
    for name in names {
        let permissions = by_name(conn, name)?;
        if permissions.is_empty() {
            errors.push(unknown(name));
        }
        found.extend(permissions);
    }
    if errors.is_empty() { Ok(found) } else { Err(Error::Invalid(errors)) }
}

fn by_name(conn: &mut DbConnection, name: &str) -> Result<Vec<Permission>> {
    match PermissionName::parse(name) {
        Some(name) if !name.codename.contains('\0') && !name.app_label.contains('\0') => {
            Ok(permission::list_by_name(conn, &name)?)
        }
        _ => Ok(Vec::new()),
    }
}

fn unknown(name: &str) -> FieldError {
    FieldError::new(
        "permissions",
        format!("there is no permission \"{}\"; names look like blog.view_article", name.escape_debug()),
    )
}

/// What has to be given and taken so that somebody has exactly certain permissions.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// To be given.
    pub added: Vec<PermissionId>,
    /// To be taken.
    pub removed: Vec<PermissionId>,
}

/// Compares what is held with what is wanted, by name. What is held and stays needs nothing; what is new the
/// actor has to hold.
///
/// # Errors
/// `Forbidden` for a new permission that the actor does not hold; otherwise as [`permissions_to_grant`].
pub fn difference(
    conn: &mut DbConnection,
    actor: &Actor,
    held: &[Permission],
    wanted: &[String],
) -> Result<Difference> {
    let new: Vec<String> =
        wanted.iter().filter(|name| held.iter().all(|h| h.full_name() != **name)).cloned().collect();
    actor.may_grant(new.iter().map(String::as_str))?;
    let added = permissions_to_grant(conn, &new)?.into_iter().map(|permission| permission.id).collect();
    let gone = held.iter().filter(|h| !wanted.contains(&h.full_name()));
    Ok(Difference { added, removed: gone.map(|permission| permission.id).collect() })
}

/// Finds groups by id.
///
/// # Errors
/// `Invalid` for the field `groups`.
pub fn groups(conn: &mut DbConnection, ids: &[GroupId]) -> Result<Vec<Group>> {
    let mut found = Vec::with_capacity(ids.len());
    for &id in ids {
        let group = group::find(conn, id)?;
        found.push(group.ok_or_else(|| Error::invalid("groups", format!("there is no group {id}")))?);
    }
    Ok(found)
}

/// Who grants must hold: insists that the actor holds everything that the groups give.
pub fn may_give_groups(conn: &mut DbConnection, actor: &Actor, groups: &[Group]) -> Result<()> {
    if actor.principal.is_superuser {
        return Ok(());
    }
    for group in groups {
        for permission in permission::list_of_group(conn, group.id)? {
            actor.require(&permission.full_name())?;
        }
    }
    Ok(())
}

/// Who grants must hold, for what somebody holds already and the actor is about to gain power over.
pub fn may_give_held(actor: &Actor, held: &[HeldPermission]) -> Result<()> {
    actor.may_grant(held.iter().map(|h| h.permission.as_str()))
}
