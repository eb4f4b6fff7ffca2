//! Users: accounts, passwords, flags, direct permissions.
//!
//! Two rules hold everywhere: only superusers create, edit or reset superusers, and who gains power over
//! an account has to hold everything that the account can do.

mod accounts;
mod grants;
mod overview;
#[cfg(test)]
mod tests;

pub use accounts::{
    OwnedTokens, UserUpdate, activate, check_new_password, create, deactivate, delete, for_password,
    prepare_password, set_password, update,
};
pub use grants::{add_groups, grant, held_permissions, remove_groups, revoke, set_groups, set_permissions};
pub use overview::{
    Abilities, Deletion, UserNumbers, UserRow, abilities, deletion, numbers, place, rows, tokens,
};

use serde_json::{Value, json};

use super::audit::{self, Action, Target};
use crate::auth::{Actor, PasswordHash};
use crate::clock::UtcTime;
use crate::db::{DbConnection, Tx, UserId};
use crate::error::{Error, Result};
use crate::models::group::{self, Group};
use crate::models::page::Mark;
use crate::models::user;
use crate::models::{Paged, Paging, Slice, Sliced};

pub use crate::models::user::{User, UserFilter, UserOrder};

/// An account to be made.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// 1 to 150 letters, digits and `@ . + - _`; unique whatever the case.
    pub username: String,
    /// May be empty.
    pub email: String,
    /// From [`prepare_password`]; `None` = cannot sign in, but own tokens.
    pub password: Option<PasswordHash>,
    /// Whether the user may sign in and the tokens of the user are accepted.
    pub is_active: bool,
    /// Whether the user may sign in to the admin.
    pub is_staff: bool,
    /// Whether the user holds every permission.
    pub is_superuser: bool,
}

/// Lists users in order of name.
///
/// # Errors
/// `Forbidden` without `auth.view_user`; database faults.
pub fn list(
    conn: &mut DbConnection,
    actor: &Actor,
    filter: &UserFilter,
    paging: Paging,
) -> Result<Paged<User>> {
    actor.require("auth.view_user")?;
    Ok(user::list(conn, filter, paging)?)
}

/// Lists a part of the users in an order, turned around if the flag says so.
///
/// # Errors
/// `Forbidden` without `auth.view_user`; `Invalid` for the cursor; database faults.
pub fn slice(
    conn: &mut DbConnection,
    actor: &Actor,
    filter: &UserFilter,
    order: (UserOrder, bool),
    slice: &Slice<Mark>,
) -> Result<Sliced<User, Mark>> {
    actor.require("auth.view_user")?;
    user::slice(conn, filter, order, slice)
}

/// Active superusers, who can give anybody any permission, in order of name: the first `limit`.
///
/// # Errors
/// `Forbidden` without `auth.view_user`; database faults.
pub fn administrators(conn: &mut DbConnection, actor: &Actor, limit: i64) -> Result<Vec<User>> {
    let (is_active, is_superuser) = (Some(true), Some(true));
    let filter = UserFilter { is_active, is_superuser, ..UserFilter::default() };
    Ok(list(conn, actor, &filter, Paging { limit, offset: 0 })?.rows)
}

/// Finds a user by id.
///
/// # Errors
/// `Forbidden` without `auth.view_user` or `auth.change_user`; `NotFound`; database faults.
pub fn show(conn: &mut DbConnection, actor: &Actor, id: UserId) -> Result<User> {
    may_see(actor)?;
    load(conn, id)
}

/// Who may change users sees what there is to change, as in Django.
fn may_see(actor: &Actor) -> Result<()> {
    if actor.has_perm("auth.change_user") { Ok(()) } else { actor.require("auth.view_user") }
}

/// Finds a user by name (whatever the case) or by id.
///
/// # Errors
/// `Forbidden` without `auth.view_user`; `NotFound`; database faults.
pub fn resolve(conn: &mut DbConnection, actor: &Actor, reference: &str) -> Result<User> {
    actor.require("auth.view_user")?;
    let by_name = if reference.contains('\0') { None } else { user::find_by_username(conn, reference)? };
    let found = match (by_name, reference.parse()) {
        (None, Ok(id)) => user::find(conn, UserId(id))?,
        (found, _) => found,
    };
    found.ok_or_else(|| Error::NotFound(format!("There is no user \"{}\"", reference.escape_debug())))
}

/// The groups that a user is in, in order of name.
///
/// # Errors
/// `Forbidden` without `auth.view_user` or `auth.change_user`; `NotFound`; database faults.
pub fn groups(conn: &mut DbConnection, actor: &Actor, id: UserId) -> Result<Vec<Group>> {
    may_see(actor)?;
    load(conn, id)?;
    Ok(group::list_of_user(conn, id)?)
}

/// Whether nobody can sign in yet because there is no user.
///
/// # Errors
/// Database faults.
pub fn none_exist(conn: &mut DbConnection) -> Result<bool> {
    Ok(!user::any(conn)?)
}

pub(super) fn load(conn: &mut DbConnection, id: UserId) -> Result<User> {
    user::find(conn, id)?.ok_or_else(|| Error::NotFound(format!("There is no user {id}")))
}

/// Loads a user whom the actor is about to change: a superuser only for a superuser.
pub(super) fn load_for_change(conn: &mut DbConnection, actor: &Actor, id: UserId) -> Result<User> {
    let user = load(conn, id)?;
    if user.is_superuser {
        require_superuser(actor)?;
    }
    Ok(user)
}

fn require_superuser(actor: &Actor) -> Result<()> {
    if actor.principal.is_superuser {
        return Ok(());
    }
    Err(Error::Refused("Only superusers may create or change superusers".into()))
}

/// What the audit log keeps of a user; never the password.
fn snapshot(user: &User) -> Value {
    json!({
        "username": user.username,
        "email": user.email,
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
    })
}

pub(super) fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    action: Action,
    user: &User,
    changes: &Value,
) -> Result<()> {
    let target = Target::new("auth", "user", user.id, &user.username);
    audit::record(tx, actor, now, action, &target, changes)?;
    Ok(())
}
