//! Sessions of the admin: signing in and out, who is behind a key, and the first administrator.
//!
//! A key is 256 random bits and is stored hashed. A session ends after [`IDLE`] without a request that a
//! person made, and after [`ABSOLUTE`] in any case. What a session may do is read again for every request.

mod account;
mod setup;
mod sign_in;
#[cfg(test)]
mod tests;
mod throttle;

pub use account::{PasswordChange, Renewed, change_password, end, end_all, list, sign_out};
pub use setup::{SetupLink, create_first_administrator};
pub use sign_in::{Attempt, Opened, SignIn, confirm_password, sign_in};
pub use throttle::Throttle;

use std::sync::Arc;

use chrono::TimeDelta;

use crate::auth::{PermissionSet, Principal, SessionDigest};
use crate::clock::UtcTime;
use crate::db::{Db, DbConnection};
use crate::error::Result;
use crate::models::authentication;
use crate::models::session;
use crate::models::user::User;

pub use crate::models::session::Session;

/// A session ends after this long without a request that a person made.
pub const IDLE: TimeDelta = TimeDelta::minutes(30);
/// A session ends this long after the sign-in, whatever is done in it.
pub const ABSOLUTE: TimeDelta = TimeDelta::hours(12);
/// How long the password that was given last is good for making secrets.
pub const REAUTHENTICATE_AFTER: TimeDelta = TimeDelta::minutes(15);
/// Uses are written down this often, so the idle time is kept to about a minute.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A session that holds at this moment, and who is in it.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// The session.
    pub session: Session,
    /// Its user, who is active and staff.
    pub user: User,
    /// What the user may do now.
    pub principal: Arc<Principal>,
}

impl LiveSession {
    /// Whether the password was given recently enough for making secrets.
    #[must_use]
    pub fn is_fresh(&self, now: UtcTime) -> bool {
        now < self.session.authenticated_at.plus(REAUTHENTICATE_AFTER)
    }
}

/// Whether a person asked, or a page by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Somebody clicked or typed: the session lives on.
    Person,
    /// A page looked for news: the session is not prolonged.
    Poll,
}

/// Who is behind a key: `None` if it is unknown, has ended, or its user may not sign in any more. Any door
/// that takes cookies asks this for every request. Blocks.
///
/// # Errors
/// Database faults.
pub fn authenticate(
    db: &Db,
    now: UtcTime,
    digest: &SessionDigest,
    activity: Activity,
) -> Result<Option<LiveSession>> {
    let Some(live) = db.read(|conn| find_live(conn, now, digest))? else { return Ok(None) };
    if activity == Activity::Person && live.session.last_seen_at.plus(NOTED_EVERY) <= now {
        db.write(|tx| Ok(session::update_last_seen(tx, live.session.id, now)?))?;
    }
    Ok(Some(live))
}

fn find_live(conn: &mut DbConnection, now: UtcTime, digest: &SessionDigest) -> Result<Option<LiveSession>> {
    let Some((session, user)) = session::find_by_digest(conn, digest)? else { return Ok(None) };
    let ended = session.expires_at <= now || session.last_seen_at.plus(IDLE) <= now;
    if ended || !may_sign_in(&user) {
        return Ok(None);
    }
    let permissions = if user.is_superuser {
        PermissionSet::empty()
    } else {
        authentication::permissions_of_user(conn, user.id)?
    };
    let principal = Arc::new(principal(&user, permissions));
    Ok(Some(LiveSession { session, user, principal }))
}

fn may_sign_in(user: &User) -> bool {
    user.is_active && user.is_staff
}

fn principal(user: &User, permissions: PermissionSet) -> Principal {
    Principal {
        user_id: Some(user.id),
        label: user.username.clone(),
        token: None,
        is_superuser: user.is_superuser,
        permissions,
    }
}
