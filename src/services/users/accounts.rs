//! Making, changing and removing accounts.

use serde_json::json;

use super::{NewUser, load, load_for_change, record, require_superuser, snapshot};
use crate::auth::{Actor, PasswordHash, TokenRules, check_password_rules, hash_password};
use crate::clock::UtcTime;
use crate::db::{DbConnection, Tx, UserId, dialect};
use crate::error::{Error, FieldErrors, Result};
use crate::models::token::{self, Token};
use crate::models::user::{self, User, UserChanges};
use crate::models::{permission, session};
use crate::services::audit::Action;
use crate::services::{begin, grants, input, tokens};

/// Checks a new password and hashes it. Takes tens of milliseconds: call it before the transaction and
/// off the async threads.
///
/// # Errors
/// `Invalid` for the field `password`; `Internal` if hashing fails.
pub fn prepare_password(password: &str, username: &str) -> Result<PasswordHash> {
    check_password_rules(password, username)?;
    hash_password(password)
}

/// Checks a new password that was typed twice.
///
/// # Errors
/// `Invalid` for the fields `password` and `password2`.
pub fn check_new_password(password: &str, repeated: &str, username: &str) -> Result<()> {
    let mut errors = FieldErrors::default();
    errors.check(check_password_rules(password, username))?;
    errors.finish(if password == repeated {
        Ok(())
    } else {
        Err(Error::invalid("password2", "the two passwords are not the same"))
    })
}

/// Makes an account.
///
/// # Errors
/// `Forbidden` without `auth.add_user`; `Refused` for a superuser if the actor is none; `Invalid` or
/// `Taken` for the name; `Invalid` for the address; database faults.
pub fn create(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, new: &NewUser) -> Result<User> {
    begin(tx, actor, "auth.add_user")?;
    if new.is_superuser {
        require_superuser(actor)?;
    }
    let mut errors = FieldErrors::default();
    let username = errors.check(input::username(&new.username))?.unwrap_or_default();
    let email = errors.finish(input::email(&new.email))?;
    let row = user::NewUser {
        username: &username,
        email: &email,
        password_hash: new.password.as_ref().map(PasswordHash::as_str),
        is_active: new.is_active,
        is_staff: new.is_staff,
        is_superuser: new.is_superuser,
        date_joined: now,
    };
    let id = user::insert(tx, &row).map_err(dialect::taken("username", taken(&username)))?;
    let user = load(tx, id)?;
    record(tx, actor, now, Action::Added, &user, &json!({ "after": snapshot(&user) }))?;
    Ok(user)
}

/// What to change of an account; `None` leaves a value alone.
#[derive(Debug, Clone, Default)]
pub struct UserUpdate {
    /// Another name.
    pub username: Option<String>,
    /// Another address; empty = none.
    pub email: Option<String>,
    /// Whether the user may sign in to the admin.
    pub is_staff: Option<bool>,
    /// Whether the user holds every permission.
    pub is_superuser: Option<bool>,
}

/// Changes an account.
///
/// # Errors
/// `Forbidden` without `auth.change_user`, or for a permission of a user who becomes staff that the actor
/// does not hold; `Refused` where a superuser is concerned and the actor is none; `NotFound`; `Invalid` or
/// `Taken` for the name; `Invalid` for the address; `Conflict` for the last superuser; database faults.
pub fn update(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: UserId, update: &UserUpdate) -> Result<User> {
    begin(tx, actor, "auth.change_user")?;
    let before = load_for_change(tx, actor, id)?;
    match update.is_superuser {
        Some(true) => require_superuser(actor)?,
        Some(false) => keep_a_superuser(tx, &before)?,
        None => {}
    }
    if update.is_staff == Some(true) {
        may_act_as(tx, actor, &before)?;
    }
    let mut errors = FieldErrors::default();
    let username = errors.check(update.username.as_deref().map(input::username).transpose())?.flatten();
    let email = errors.finish(update.email.as_deref().map(input::email).transpose())?;
    let changes = UserChanges {
        username: username.as_deref(),
        email: email.as_deref(),
        is_staff: update.is_staff,
        is_superuser: update.is_superuser,
        ..UserChanges::default()
    };
    change(tx, actor, now, before, &changes)
}

/// Lets a user sign in again, and the user's tokens in.
///
/// # Errors
/// `Forbidden` without `auth.change_user`, or for a permission of the user or of a token of the user that
/// the actor does not hold; `Refused` for a superuser if the actor is none; `NotFound`; database faults.
pub fn activate(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: UserId) -> Result<User> {
    begin(tx, actor, "auth.change_user")?;
    let before = load_for_change(tx, actor, id)?;
    may_act_as(tx, actor, &before)?;
    for token in token::list_of_user(tx, id)? {
        grants::may_give_held(actor, &permission::list_held_by_token(tx, token.id)?)?;
    }
    change(tx, actor, now, before, &UserChanges { is_active: Some(true), ..UserChanges::default() })
}

/// Keeps a user from signing in, ends the user's sessions, and refuses the user's tokens.
///
/// # Errors
/// `Forbidden` without `auth.change_user`; `Refused` for a superuser if the actor is none; `Conflict` for
/// the last active superuser; `NotFound`; database faults.
pub fn deactivate(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: UserId) -> Result<User> {
    begin(tx, actor, "auth.change_user")?;
    let before = load_for_change(tx, actor, id)?;
    keep_a_superuser(tx, &before)?;
    session::delete_of_user(tx, id)?;
    change(tx, actor, now, before, &UserChanges { is_active: Some(false), ..UserChanges::default() })
}

/// Finds the user whose password is about to be set, so that nobody hashes for nothing.
///
/// # Errors
/// As [`set_password`].
pub fn for_password(conn: &mut DbConnection, actor: &Actor, id: UserId) -> Result<User> {
    actor.require("auth.change_user")?;
    let user = load_for_change(conn, actor, id)?;
    may_act_as(conn, actor, &user)?;
    Ok(user)
}

/// Sets a password from [`prepare_password`] and ends the user's sessions.
///
/// # Errors
/// `Forbidden` without `auth.change_user`, or for a permission of the user that the actor does not hold;
/// `Refused` for a superuser if the actor is none; `NotFound`; database faults.
pub fn set_password(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: UserId,
    password: &PasswordHash,
) -> Result<()> {
    begin(tx, actor, "auth.change_user")?;
    let user = for_password(tx, actor, id)?;
    session::delete_of_user(tx, id)?;
    let changes = UserChanges { password_hash: Some(password.as_str()), ..UserChanges::default() };
    user::update(tx, id, &changes)?;
    record(tx, actor, now, Action::Changed, &user, &json!({ "after": { "password": "set" } }))
}

/// What becomes of the tokens of a user who is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnedTokens {
    /// The deletion is refused as long as there are any.
    Refuse,
    /// They get this owner.
    TransferTo(UserId),
    /// They are deleted.
    Delete,
}

/// Deletes an account; its lines in the audit log stay.
///
/// # Errors
/// `Forbidden` without `auth.delete_user`, or what [`tokens::transfer`] and [`tokens::delete`] need;
/// `Refused` for a superuser if the actor is none; `Conflict` for the last active superuser and while the
/// user owns tokens; `NotFound`; database faults.
pub fn delete(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: UserId,
    owned: OwnedTokens,
    rules: &TokenRules,
) -> Result<()> {
    begin(tx, actor, "auth.delete_user")?;
    let user = load_for_change(tx, actor, id)?;
    keep_a_superuser(tx, &user)?;
    if owned == OwnedTokens::TransferTo(id) {
        return Err(Error::invalid("transfer_tokens_to", "choose another user"));
    }
    let tokens = token::list_of_user(tx, id)?;
    match owned {
        OwnedTokens::Refuse if !tokens.is_empty() => return Err(owns_tokens(&user, &tokens)),
        OwnedTokens::Refuse => {}
        OwnedTokens::TransferTo(heir) => {
            for token in &tokens {
                tokens::transfer(tx, actor, now, token.id, heir, rules)?;
            }
        }
        OwnedTokens::Delete => {
            for token in &tokens {
                tokens::delete(tx, actor, now, token.id)?;
            }
        }
    }
    user::delete(tx, id)?;
    record(tx, actor, now, Action::Deleted, &user, &json!({ "before": snapshot(&user) }))
}

fn owns_tokens(user: &User, tokens: &[Token]) -> Error {
    const SHOWN: usize = 10;
    let mut list: Vec<_> = tokens.iter().take(SHOWN).map(|t| format!("{} ({})", t.name, t.id)).collect();
    if tokens.len() > SHOWN {
        list.push(format!("{} more", tokens.len() - SHOWN));
    }
    Error::Conflict(format!(
        "{} owns {} tokens: {}; transfer or delete them in the same step",
        user.username,
        tokens.len(),
        list.join(", ")
    ))
}

/// Somebody has to be left who can do everything.
fn keep_a_superuser(conn: &mut DbConnection, user: &User) -> Result<()> {
    let counts = user.is_superuser && user.is_active;
    if counts && user::count_other_active_superusers(conn, user.id)? == 0 {
        return Err(Error::Conflict(format!("{} is the last active superuser", user.username)));
    }
    Ok(())
}

/// Who can sign in as a user can do what the user can do, so the actor has to hold it already.
fn may_act_as(conn: &mut DbConnection, actor: &Actor, user: &User) -> Result<()> {
    grants::may_give_held(actor, &permission::list_held_by_user(conn, user.id)?)
}

fn change(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    before: User,
    changes: &UserChanges<'_>,
) -> Result<User> {
    if *changes == UserChanges::default() {
        return Ok(before);
    }
    let name = changes.username.unwrap_or(&before.username);
    user::update(tx, before.id, changes).map_err(dialect::taken("username", taken(name)))?;
    let after = load(tx, before.id)?;
    if before != after {
        let changes = json!({ "before": snapshot(&before), "after": snapshot(&after) });
        record(tx, actor, now, Action::Changed, &after, &changes)?;
    }
    Ok(after)
}

fn taken(username: &str) -> String {
    format!("a user named “{username}” exists already")
}
