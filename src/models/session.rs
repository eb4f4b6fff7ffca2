//! Sessions of the admin. The key is never part of a row, only its digest finds it.

use diesel::prelude::*;

use super::user::User;
use crate::auth::SessionDigest;
use crate::clock::UtcTime;
use crate::db::schema::{sessions, users};
use crate::db::{DbConnection, SessionId, Tx, UserId};

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// Never used again after its end.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// When the user signed in.
    pub created_at: UtcTime,
    /// The last request that a person made, to about a minute.
    pub last_seen_at: UtcTime,
    /// When it ends, whatever is done in it.
    pub expires_at: UtcTime,
    /// Where the user signed in from.
    pub ip: Option<String>,
    /// The browser, as it names itself.
    pub user_agent: Option<String>,
    /// When the password was last given.
    pub authenticated_at: UtcTime,
}

/// What a new row has; see [`Session`].
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = sessions)]
#[expect(missing_docs, reason = "the same columns as Session")]
pub struct NewSession<'a> {
    pub digest: SessionDigest,
    pub user_id: UserId,
    pub created_at: UtcTime,
    pub last_seen_at: UtcTime,
    pub expires_at: UtcTime,
    pub ip: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    pub authenticated_at: UtcTime,
}

/// Finds a session and its user by the digest of its key, whatever their state.
///
/// # Errors
/// Only database faults; an unknown digest is `Ok(None)`.
pub fn find_by_digest(
    conn: &mut DbConnection,
    digest: &SessionDigest,
) -> QueryResult<Option<(Session, User)>> {
    sessions::table
        .inner_join(users::table)
        .filter(sessions::digest.eq(digest))
        .select((Session::as_select(), User::as_select()))
        .first(conn)
        .optional()
}

/// The sessions of a user, the last seen first.
///
/// # Errors
/// Database faults.
pub fn list_of_user(conn: &mut DbConnection, id: UserId) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::user_id.eq(id))
        .order((sessions::last_seen_at.desc(), sessions::id.desc()))
        .select(Session::as_select())
        .load(conn)
}

/// Adds a session.
///
/// # Errors
/// A foreign key violation if the user is gone; database faults.
pub fn insert(tx: &mut Tx<'_>, new: &NewSession<'_>) -> QueryResult<SessionId> {
    diesel::insert_into(sessions::table).values(new).returning(sessions::id).get_result(&mut **tx)
}

/// Notes that a person used the session; never moves backward.
///
/// # Errors
/// Database faults.
pub fn update_last_seen(tx: &mut Tx<'_>, id: SessionId, at: UtcTime) -> QueryResult<usize> {
    diesel::update(sessions::table.find(id).filter(sessions::last_seen_at.lt(at)))
        .set(sessions::last_seen_at.eq(at))
        .execute(&mut **tx)
}

/// Notes that the password was given again.
///
/// # Errors
/// Database faults.
pub fn update_authenticated(tx: &mut Tx<'_>, id: SessionId, at: UtcTime) -> QueryResult<usize> {
    diesel::update(sessions::table.find(id)).set(sessions::authenticated_at.eq(at)).execute(&mut **tx)
}

/// Ends the session with this digest; 0 rows if there is none.
///
/// # Errors
/// Database faults.
pub fn delete_by_digest(tx: &mut Tx<'_>, digest: &SessionDigest) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::digest.eq(digest))).execute(&mut **tx)
}

/// Ends one session of a user; 0 rows if the user has no such session.
///
/// # Errors
/// Database faults.
pub fn delete(tx: &mut Tx<'_>, user: UserId, id: SessionId) -> QueryResult<usize> {
    let one = sessions::table.find(id).filter(sessions::user_id.eq(user));
    diesel::delete(one).execute(&mut **tx)
}

/// Ends every session of a user; how many there were.
///
/// # Errors
/// Database faults.
pub fn delete_of_user(tx: &mut Tx<'_>, id: UserId) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(id))).execute(&mut **tx)
}

/// Removes what has ended by itself: past its expiry, or not seen since `idle_since`.
///
/// # Errors
/// Database faults.
pub fn delete_ended(tx: &mut Tx<'_>, now: UtcTime, idle_since: UtcTime) -> QueryResult<usize> {
    let ended = sessions::expires_at.le(now).or(sessions::last_seen_at.le(idle_since));
    diesel::delete(sessions::table.filter(ended)).execute(&mut **tx)
}
