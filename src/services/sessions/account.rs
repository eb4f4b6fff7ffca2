//! What people do with their own sessions and password. It needs no permission: it is theirs.

use rand::CryptoRng;
use serde_json::json;

use super::sign_in::{actor_of, check_own_password, open};
use super::{LiveSession, SignIn};
use crate::auth::{Origin, SessionKey};
use crate::clock::UtcTime;
use crate::db::{Db, DbConnection, SessionId, Tx};
use crate::error::{Error, FieldErrors, Result};
use crate::models::session::{self, Session};
use crate::models::user::{self, UserChanges};
use crate::services::audit::Action;
use crate::services::users::{check_new_password, prepare_password, record};

/// A session's key after the password was changed.
#[derive(Debug)]
pub struct Renewed {
    /// For the cookie.
    pub key: SessionKey,
}

/// The sessions of the user that hold now, the last seen first.
///
/// # Errors
/// Database faults.
pub fn list(conn: &mut DbConnection, now: UtcTime, live: &LiveSession) -> Result<Vec<Session>> {
    let mut sessions = session::list_of_user(conn, live.user.id)?;
    sessions.retain(|session| session.expires_at > now && session.last_seen_at.plus(super::IDLE) > now);
    Ok(sessions)
}

/// Ends the session itself.
///
/// # Errors
/// Database faults.
pub fn sign_out(tx: &mut Tx<'_>, now: UtcTime, live: &LiveSession, origin: &Origin) -> Result<()> {
    end(tx, now, live, origin, live.session.id)
}

/// Ends one session of the user.
///
/// # Errors
/// `NotFound` if the user has no such session; database faults.
pub fn end(tx: &mut Tx<'_>, now: UtcTime, live: &LiveSession, origin: &Origin, id: SessionId) -> Result<()> {
    if session::delete(tx, live.user.id, id)? == 0 {
        return Err(Error::NotFound("This session has ended already".into()));
    }
    note_end(tx, now, live, origin, 1)
}

/// Ends every session of the user, this one too; how many there were.
///
/// # Errors
/// Database faults.
pub fn end_all(tx: &mut Tx<'_>, now: UtcTime, live: &LiveSession, origin: &Origin) -> Result<usize> {
    let ended = session::delete_of_user(tx, live.user.id)?;
    note_end(tx, now, live, origin, ended)?;
    Ok(ended)
}

fn note_end(
    tx: &mut Tx<'_>,
    now: UtcTime,
    live: &LiveSession,
    origin: &Origin,
    sessions: usize,
) -> Result<()> {
    let actor = actor_of(&live.user, origin.clone());
    record(tx, &actor, now, Action::SignedOut, &live.user, &json!({ "sessions": sessions }))
}

/// What is typed to change one's own password.
pub struct PasswordChange<'a> {
    /// The one that holds now.
    pub current: &'a str,
    /// Another one.
    pub new: &'a str,
    /// The other one once more.
    pub repeated: &'a str,
}

/// Changes the user's own password, ends all sessions, and opens a new one in place of this one. Takes
/// tens of milliseconds; blocks.
///
/// # Errors
/// `Invalid` for the fields `current_password`, `password` and `password2`; `RateLimited`; database faults.
pub fn change_password<R: CryptoRng>(
    db: &Db,
    now: UtcTime,
    state: &SignIn,
    live: &LiveSession,
    origin: &Origin,
    typed: &PasswordChange<'_>,
    rng: &mut R,
) -> Result<Renewed> {
    let (new, username) = (typed.new, &live.user.username);
    let mut errors = FieldErrors::default();
    errors.check(check_own_password(db, now, state, live, origin, typed.current))?;
    errors.finish(check_new_password(new, typed.repeated, username))?;
    let hash = prepare_password(new, username)?;
    let key = SessionKey::generate(rng);
    db.write(|tx| {
        session::delete_of_user(tx, live.user.id)?;
        let changes = UserChanges { password_hash: Some(hash.as_str()), ..UserChanges::default() };
        if user::update(tx, live.user.id, &changes)? == 0 {
            return Err(Error::Unauthenticated);
        }
        let actor = actor_of(&live.user, origin.clone());
        record(tx, &actor, now, Action::Changed, &live.user, &json!({ "after": { "password": "set" } }))?;
        open(tx, now, &live.user, &key, origin.clone(), live.session.user_agent.as_deref())
    })?;
    Ok(Renewed { key })
}
