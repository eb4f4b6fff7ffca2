//! How callers name users, groups and permissions: by id or by name. Naming something needs no permission
//! to view it; what is then done with it needs its own.

use serde::{Deserialize, Serialize};

use crate::auth::PermissionName;
use crate::db::{DbConnection, GroupId, PermissionId, UserId};
use crate::error::{Error, FieldError, Result};
use crate::models::{group, permission, user};

/// An id or a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Reference {
    /// An id.
    Id(i64),
    /// A name, e.g. `ada` or `blog.view_article`.
    Name(String),
}

impl Reference {
    /// From a text that is one or the other: digits are an id.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Id)
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => write!(f, "\"{}\"", name.escape_debug()),
        }
    }
}

/// Finds a user.
///
/// # Errors
/// `Invalid` for the field `user`; database faults.
pub fn user(conn: &mut DbConnection, reference: &Reference) -> Result<UserId> {
    find_user(conn, reference)?.ok_or_else(|| Error::invalid("user", format!("there is no user {reference}")))
}

fn find_user(conn: &mut DbConnection, reference: &Reference) -> Result<Option<UserId>> {
    let found = match reference {
        Reference::Id(id) => user::find(conn, UserId(*id))?,
        Reference::Name(name) if name.contains('\0') => None,
        Reference::Name(name) => user::find_by_username(conn, name)?,
    };
    Ok(found.map(|user| user.id))
}

/// Finds users.
///
/// # Errors
/// `Invalid` for the field `users` with every one that does not exist; database faults.
pub fn users(conn: &mut DbConnection, references: &[Reference]) -> Result<Vec<UserId>> {
    collect(references, |reference| {
        let found = find_user(conn, reference)?;
        Ok(found.ok_or_else(|| FieldError::new("users", format!("there is no user {reference}"))))
    })
}

/// Finds one group, e.g. for a filter.
///
/// # Errors
/// `Invalid` for the field `group`; database faults.
pub fn group(conn: &mut DbConnection, reference: &Reference) -> Result<GroupId> {
    find_group(conn, reference)?
        .ok_or_else(|| Error::invalid("group", format!("there is no group {reference}")))
}

fn find_group(conn: &mut DbConnection, reference: &Reference) -> Result<Option<GroupId>> {
    let found = match reference {
        Reference::Id(id) => group::find(conn, GroupId(*id))?,
        Reference::Name(name) if name.contains('\0') => None,
        Reference::Name(name) => group::find_by_name(conn, name)?,
    };
    Ok(found.map(|group| group.id))
}

/// Finds groups.
///
/// # Errors
/// `Invalid` for the field `groups` with every one that does not exist; database faults.
pub fn groups(conn: &mut DbConnection, references: &[Reference]) -> Result<Vec<GroupId>> {
    collect(references, |reference| {
        let found = find_group(conn, reference)?;
        Ok(found.ok_or_else(|| FieldError::new("groups", format!("there is no group {reference}"))))
    })
}

/// Finds the names of permissions. A name is taken as it is; whether it is one is seen when it is given.
///
/// # Errors
/// `Invalid` for the field `permissions` with every id that does not exist; database faults.
pub fn permission_names(conn: &mut DbConnection, references: &[Reference]) -> Result<Vec<String>> {
    collect(references, |reference| {
        let id = match reference {
            Reference::Name(name) => return Ok(Ok(name.clone())),
            Reference::Id(id) => PermissionId(*id),
        };
        let found = permission::find(conn, id)?.map(|permission| permission.full_name());
        Ok(found.ok_or_else(|| FieldError::new("permissions", format!("there is no permission {id}"))))
    })
}

/// Finds one permission by id or name, e.g. for a filter.
///
/// # Errors
/// `Invalid` for the field `permission`; database faults.
pub fn permission(conn: &mut DbConnection, reference: &Reference) -> Result<PermissionId> {
    let found = match reference {
        Reference::Id(id) => permission::find(conn, PermissionId(*id))?,
        Reference::Name(name) if name.contains('\0') => None,
        Reference::Name(name) => match PermissionName::parse(name) {
            Some(name) => permission::list_by_name(conn, &name)?.into_iter().next(),
            None => None,
        },
    };
    found
        .map(|permission| permission.id)
        .ok_or_else(|| Error::invalid("permission", format!("there is no permission {reference}")))
}

fn collect<T>(
    references: &[Reference],
    mut find: impl FnMut(&Reference) -> Result<std::result::Result<T, FieldError>>,
) -> Result<Vec<T>> {
    let (mut found, mut errors) = (Vec::with_capacity(references.len()), Vec::new());
    for reference in references {
        match find(reference)? {
            Ok(one) => found.push(one),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(Error::Invalid(errors)) }
}
