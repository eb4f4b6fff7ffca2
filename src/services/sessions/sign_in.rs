//! Signing in with a password. Whoever asks, and whether there is such a user or not, one password is
//! hashed and the answer is the same.

use std::sync::Arc;

use rand::CryptoRng;
use serde_json::json;

use super::{ABSOLUTE, IDLE, LiveSession, Throttle, may_sign_in, principal};
use crate::auth::{
    Actor, Origin, PasswordHash, PermissionSet, SessionDigest, SessionKey, check_password_length,
    verify_password,
};
use crate::clock::UtcTime;
use crate::db::{Db, DbConnection, Tx};
use crate::error::{Error, Result};
use crate::models::session::{self, NewSession};
use crate::models::user::{self, User, UserChanges};
use crate::services::audit::{Action, DenialLog};
use crate::services::users;

/// The field of one's own password.
const OWN_PASSWORD: &str = "current_password";

/// What is remembered between attempts to sign in.
#[derive(Default)]
pub struct SignIn {
    throttle: Throttle,
    denials: DenialLog,
}

/// One attempt to sign in.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// As typed.
    pub username: &'a str,
    /// As typed.
    pub password: &'a str,
    /// Where it comes from.
    pub origin: Origin,
    /// The browser, as it names itself.
    pub user_agent: Option<&'a str>,
    /// The session that the browser had before; it ends, so that a planted one is worth nothing.
    pub replaces: Option<SessionDigest>,
}

/// A new session and its key, which exists in this value and in the cookie alone.
#[derive(Debug)]
pub struct Opened {
    /// For the cookie.
    pub key: SessionKey,
    /// The user.
    pub user: User,
}

/// Checks a password and opens a session. Takes tens of milliseconds; blocks.
///
/// # Errors
/// `RateLimited` after too many attempts; `Invalid` for a password above 1 KiB, which is not hashed;
/// `Unauthenticated`, the same for an unknown user, a wrong password, and a user who may not sign in;
/// database faults.
pub fn sign_in<R: CryptoRng>(
    db: &Db,
    now: UtcTime,
    state: &SignIn,
    attempt: &Attempt<'_>,
    rng: &mut R,
) -> Result<Opened> {
    check_password_length(attempt.password)?;
    state.throttle.attempt(attempt.origin.ip, attempt.username, now)?;
    let found = db.read(|conn| credentials(conn, attempt.username))?;
    let (user, hash) = found.unzip();
    let hash = hash.flatten();
    let matches = verify_password(attempt.password, hash.as_ref())?;
    let Some(user) = user else { return Err(Error::Unauthenticated) };
    if !matches || !may_sign_in(&user) {
        let actor = actor_of(&user, attempt.origin.clone());
        state.denials.note(db, &actor, now, "sign in", "wrong password, or not staff");
        return Err(Error::Unauthenticated);
    }
    let key = SessionKey::generate(rng);
    let opened = db.write(|tx| {
        // Deactivation or another password may have come in between.
        let same = user::find_password_hash(tx, user.id)? == hash;
        let Some(user) = user::find(tx, user.id)?.filter(|user| same && may_sign_in(user)) else {
            return Err(Error::Unauthenticated);
        };
        if let Some(digest) = &attempt.replaces {
            session::delete_by_digest(tx, digest)?;
        }
        open(tx, now, &user, &key, attempt.origin.clone(), attempt.user_agent)?;
        Ok(user)
    });
    let user = opened?;
    state.throttle.succeeded(attempt.origin.ip, attempt.username);
    Ok(Opened { key, user })
}

/// Checks the password of somebody who is signed in, before a secret is made. Takes tens of milliseconds;
/// blocks.
///
/// # Errors
/// `RateLimited` after too many attempts; `Invalid` for the field `current_password`; database faults.
pub fn confirm_password(
    db: &Db,
    now: UtcTime,
    state: &SignIn,
    live: &LiveSession,
    origin: &Origin,
    password: &str,
) -> Result<()> {
    check_own_password(db, now, state, live, origin, password)?;
    db.write(|tx| Ok(session::update_authenticated(tx, live.session.id, now)?))?;
    Ok(())
}

/// Checks the password of somebody who is signed in, throttled as signing in is.
pub(super) fn check_own_password(
    db: &Db,
    now: UtcTime,
    state: &SignIn,
    live: &LiveSession,
    origin: &Origin,
    password: &str,
) -> Result<()> {
    if check_password_length(password).is_err() {
        return Err(Error::invalid(OWN_PASSWORD, "this is not your password"));
    }
    state.throttle.attempt(origin.ip, &live.user.username, now)?;
    let hash = db.read(|conn| Ok(user::find_password_hash(conn, live.user.id)?))?;
    if !verify_password(password, hash.as_ref())? {
        return Err(Error::invalid(OWN_PASSWORD, "this is not your password"));
    }
    state.throttle.succeeded(origin.ip, &live.user.username);
    Ok(())
}

/// Writes down a new session, and that the user signed in.
pub(super) fn open(
    tx: &mut Tx<'_>,
    now: UtcTime,
    user: &User,
    key: &SessionKey,
    origin: Origin,
    user_agent: Option<&str>,
) -> Result<()> {
    let actor = actor_of(user, origin);
    session::delete_ended(tx, now, now.plus(-IDLE))?;
    let ip = actor.origin.ip.map(|ip| ip.to_string());
    let user_agent = user_agent.map(shortened);
    let new = NewSession {
        digest: key.digest(),
        user_id: user.id,
        created_at: now,
        last_seen_at: now,
        expires_at: now.plus(ABSOLUTE),
        ip: ip.as_deref(),
        user_agent: user_agent.as_deref(),
        authenticated_at: now,
    };
    session::insert(tx, &new)?;
    user::update(tx, user.id, &UserChanges { last_login: Some(now), ..UserChanges::default() })?;
    users::record(tx, &actor, now, Action::SignedIn, user, &json!({}))
}

/// The user as an actor without permissions: signing in needs none.
pub(super) fn actor_of(user: &User, origin: Origin) -> Actor {
    Actor { principal: Arc::new(principal(user, PermissionSet::empty())), origin }
}

/// The name of a browser as far as it is kept.
fn shortened(user_agent: &str) -> String {
    user_agent.chars().filter(|c| !c.is_control()).take(300).collect()
}

fn credentials(conn: &mut DbConnection, username: &str) -> Result<Option<(User, Option<PasswordHash>)>> {
    let username = username.trim();
    if username.contains('\0') {
        return Ok(None);
    }
    let Some(user) = user::find_by_username(conn, username)? else { return Ok(None) };
    let hash = user::find_password_hash(conn, user.id)?;
    Ok(Some((user, hash)))
}
