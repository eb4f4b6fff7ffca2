//! Tokens: the credentials of MCP clients. Neither plaintext nor digest is part of a loaded row.

mod counts;
mod list;
mod notice;

use chrono::TimeDelta;
use diesel::prelude::*;

pub use counts::{StatusCounts, count_by_status};
pub use list::{StatusFilter, TokenFilter, TokenOrder, TokenPlace, TokenRow, count_matching, list, slice};
pub use notice::{ExpiringToken, list_expiring_untold, note_expiry};

use crate::auth::{TokenDigest, ToolMode};
use crate::clock::UtcTime;
use crate::db::schema::tokens;
use crate::db::{DbConnection, TokenId, Tx, UserId};

/// One token.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub struct Token {
    /// Never used again after a deletion.
    pub id: TokenId,
    /// Descriptive, 1 to 200 characters, not unique.
    pub name: String,
    /// The owner, who is named in the audit log and whose permissions are never inherited.
    pub user_id: UserId,
    /// `mcp_` and the next eight characters, to recognise the token by.
    pub prefix: String,
    /// Whether it is switched on.
    pub is_active: bool,
    /// When it was issued.
    pub created_at: UtcTime,
    /// From when on it is refused; `None` = never.
    pub expires_at: Option<UtcTime>,
    /// The last authenticated request, written a little later.
    pub last_used_at: Option<UtcTime>,
    /// The address of that request.
    pub last_used_ip: Option<String>,
    /// Free text.
    pub note: String,
    /// Whether it can do only what its owner can do as well.
    pub limit_to_owner: bool,
    /// Which set of tools it gets over MCP.
    pub tool_mode: ToolMode,
    /// Until when the secret before the last rotation is accepted.
    pub previous_expires_at: Option<UtcTime>,
}

/// How a token stands, without regard to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenStatus {
    /// Accepted.
    Active,
    /// Accepted, and expires within [`EXPIRING_WITHIN`].
    Expiring,
    /// Past its expiry.
    Expired,
    /// Switched off.
    Inactive,
}

impl TokenStatus {
    /// `active`, `expiring`, `expired` or `inactive`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Inactive => "inactive",
        }
    }
}

/// How long before its expiry a token counts as expiring.
pub const EXPIRING_WITHIN: TimeDelta = TimeDelta::days(14);

impl Token {
    /// How the token stands at `now`. It is expired exactly at `expires_at`.
    #[must_use]
    pub fn status(&self, now: UtcTime) -> TokenStatus {
        if !self.is_active {
            return TokenStatus::Inactive;
        }
        match self.expires_at {
            Some(at) if at <= now => TokenStatus::Expired,
            Some(at) if at <= now.plus(EXPIRING_WITHIN) => TokenStatus::Expiring,
            _ => TokenStatus::Active,
        }
    }

    /// Whether the token is accepted at `now`: active, not expired, and its owner active.
    #[must_use]
    pub fn is_valid(&self, owner_active: bool, now: UtcTime) -> bool {
        owner_active && matches!(self.status(now), TokenStatus::Active | TokenStatus::Expiring)
    }
}

/// What a new row has.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = tokens)]
pub struct NewToken<'a> {
    /// See [`Token`].
    pub name: &'a str,
    /// See [`Token`].
    pub user_id: UserId,
    /// See [`Token`].
    pub prefix: &'a str,
    /// Of the whole plaintext.
    pub digest: TokenDigest,
    /// How the digest was made.
    pub hash_alg: &'a str,
    /// See [`Token`].
    pub is_active: bool,
    /// See [`Token`].
    pub created_at: UtcTime,
    /// See [`Token`].
    pub expires_at: Option<UtcTime>,
    /// See [`Token`].
    pub note: &'a str,
    /// See [`Token`].
    pub limit_to_owner: bool,
    /// The expiry, if nobody has to be told of it any more.
    pub noticed_expiry: Option<UtcTime>,
}

/// Columns to change; `None` leaves a column alone. At least one has to be set.
#[derive(Debug, Clone, Default, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = tokens)]
pub struct TokenChanges<'a> {
    /// See [`Token`].
    pub name: Option<&'a str>,
    /// See [`Token`].
    pub user_id: Option<UserId>,
    /// See [`Token`].
    pub is_active: Option<bool>,
    /// See [`Token`]; `Some(None)` = never.
    pub expires_at: Option<Option<UtcTime>>,
    /// The expiry, if nobody has to be told of it any more.
    pub noticed_expiry: Option<UtcTime>,
    /// See [`Token`].
    pub note: Option<&'a str>,
    /// See [`Token`].
    pub limit_to_owner: Option<bool>,
    /// See [`Token`].
    pub tool_mode: Option<ToolMode>,
}

/// A new secret for an old token.
#[derive(Debug, Clone)]
pub struct NewSecret<'a> {
    /// See [`Token`].
    pub prefix: &'a str,
    /// Of the whole new plaintext.
    pub digest: TokenDigest,
    /// How the digest was made.
    pub hash_alg: &'a str,
    /// Until when the secret before it is accepted; `None` = not any more.
    pub previous_expires_at: Option<UtcTime>,
}

/// How many there are.
///
/// # Errors
/// Database faults.
pub fn count(conn: &mut DbConnection) -> QueryResult<i64> {
    tokens::table.count().get_result(conn)
}

/// How many a user owns.
///
/// # Errors
/// Database faults.
pub fn count_of_user(conn: &mut DbConnection, id: UserId) -> QueryResult<i64> {
    tokens::table.filter(tokens::user_id.eq(id)).count().get_result(conn)
}

/// Finds a token by id.
///
/// # Errors
/// Database faults.
pub fn find(conn: &mut DbConnection, id: TokenId) -> QueryResult<Option<Token>> {
    tokens::table.find(id).select(Token::as_select()).first(conn).optional()
}

/// The tokens with this display prefix: one, but for a coincidence of 1 to 2·10¹⁴.
///
/// # Errors
/// Database faults.
pub fn list_by_prefix(conn: &mut DbConnection, prefix: &str) -> QueryResult<Vec<Token>> {
    tokens::table.filter(tokens::prefix.eq(prefix)).order(tokens::id).select(Token::as_select()).load(conn)
}

/// The tokens with exactly this name.
///
/// # Errors
/// Database faults.
pub fn list_by_name(conn: &mut DbConnection, name: &str) -> QueryResult<Vec<Token>> {
    tokens::table.filter(tokens::name.eq(name)).order(tokens::id).select(Token::as_select()).load(conn)
}

/// The tokens that a user owns.
///
/// # Errors
/// Database faults.
pub fn list_of_user(conn: &mut DbConnection, id: UserId) -> QueryResult<Vec<Token>> {
    tokens::table.filter(tokens::user_id.eq(id)).order(tokens::id).select(Token::as_select()).load(conn)
}

/// Adds a token.
///
/// # Errors
/// A foreign key violation if the owner is gone; database faults.
pub fn insert(tx: &mut Tx<'_>, new: &NewToken<'_>) -> QueryResult<TokenId> {
    diesel::insert_into(tokens::table).values(new).returning(tokens::id).get_result(&mut **tx)
}

/// Changes a token.
///
/// # Errors
/// A foreign key violation if the new owner is gone; database faults.
pub fn update(tx: &mut Tx<'_>, id: TokenId, changes: &TokenChanges<'_>) -> QueryResult<usize> {
    diesel::update(tokens::table.find(id)).set(changes).execute(&mut **tx)
}

/// Gives a token a new secret; the one it had becomes the previous one, and the one before that is gone.
///
/// # Errors
/// Database faults.
pub fn update_secret(tx: &mut Tx<'_>, id: TokenId, new: &NewSecret<'_>) -> QueryResult<usize> {
    diesel::update(tokens::table.find(id))
        .set((
            tokens::previous_digest.eq(tokens::digest.nullable()),
            tokens::previous_expires_at.eq(new.previous_expires_at),
            tokens::prefix.eq(new.prefix),
            tokens::digest.eq(new.digest),
            tokens::hash_alg.eq(new.hash_alg),
        ))
        .execute(&mut **tx)
}

/// Deletes a token with its memberships and counters.
///
/// # Errors
/// Database faults.
pub fn delete(tx: &mut Tx<'_>, id: TokenId) -> QueryResult<usize> {
    diesel::delete(tokens::table.find(id)).execute(&mut **tx)
}

/// Current and previous digest, for tests of what is stored.
#[cfg(test)]
pub(crate) fn digests(
    conn: &mut DbConnection,
    id: TokenId,
) -> QueryResult<(TokenDigest, Option<TokenDigest>)> {
    tokens::table.find(id).select((tokens::digest, tokens::previous_digest)).first(conn)
}
