//! Tokens: the credentials of MCP clients. Neither plaintext nor digest is part of a loaded row.

use chrono::TimeDelta;
use diesel::prelude::*;

use super::sql::lower;
use super::{Paged, Paging, contains_pattern};
use crate::auth::TokenDigest;
use crate::clock::UtcTime;
use crate::db::schema::{token_groups, tokens, users};
use crate::db::{DbConnection, GroupId, MultiBackend, TokenId, Tx, UserId};

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
pub const EXPIRING_WITHIN: TimeDelta = TimeDelta::days(7);

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
    /// See [`Token`].
    pub note: Option<&'a str>,
    /// See [`Token`].
    pub limit_to_owner: Option<bool>,
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

/// A token in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// The token.
    pub token: Token,
    /// The owner's name.
    pub owner: String,
    /// Whether the owner is active.
    pub owner_active: bool,
}

/// Tokens by how they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    /// Accepted now: those that expire soon too, those of inactive owners not.
    Active,
    /// Switched off.
    Inactive,
    /// Switched on, and past their expiry.
    Expired,
    /// Switched on, and expiring within [`EXPIRING_WITHIN`].
    Expiring,
}

/// Which tokens are wanted; every condition that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct TokenFilter {
    /// How they stand.
    pub status: Option<StatusFilter>,
    /// Not used since this moment, or never.
    pub unused_since: Option<UtcTime>,
    /// Owned by this user.
    pub user_id: Option<UserId>,
    /// In this group.
    pub group_id: Option<GroupId>,
    /// Text in the name, the prefix, the note or the owner's name.
    pub search: Option<String>,
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

/// Lists tokens, the newest first.
///
/// # Errors
/// Database faults.
pub fn list(
    conn: &mut DbConnection,
    filter: &TokenFilter,
    now: UtcTime,
    paging: Paging,
) -> QueryResult<Paged<TokenRow>> {
    let matching = || {
        let mut query = tokens::table.inner_join(users::table).into_boxed::<MultiBackend>();
        if let Some(status) = filter.status {
            let switched_on = tokens::is_active.eq(true);
            let expired = tokens::expires_at.le(now).assume_not_null();
            let unexpired = tokens::expires_at.is_null().or(tokens::expires_at.gt(now).assume_not_null());
            let soon = tokens::expires_at.le(now.plus(EXPIRING_WITHIN)).assume_not_null();
            query = match status {
                StatusFilter::Active => query.filter(switched_on.and(unexpired).and(users::is_active)),
                StatusFilter::Inactive => query.filter(tokens::is_active.eq(false)),
                StatusFilter::Expired => query.filter(switched_on.and(expired)),
                StatusFilter::Expiring => query.filter(switched_on.and(unexpired).and(soon)),
            };
        }
        if let Some(since) = filter.unused_since {
            query = query
                .filter(tokens::last_used_at.is_null().or(tokens::last_used_at.lt(since).assume_not_null()));
        }
        if let Some(user_id) = filter.user_id {
            query = query.filter(tokens::user_id.eq(user_id));
        }
        if let Some(group_id) = filter.group_id {
            let members = token_groups::table
                .filter(token_groups::group_id.eq(group_id))
                .select(token_groups::token_id);
            query = query.filter(tokens::id.eq_any(members));
        }
        if let Some(text) = &filter.search {
            let pattern = contains_pattern(text);
            query = query.filter(
                (lower(tokens::name).like(lower(pattern.clone())).escape('\\'))
                    .or(tokens::prefix.like(pattern.clone()).escape('\\'))
                    .or(lower(tokens::note).like(lower(pattern.clone())).escape('\\'))
                    .or(lower(users::username).like(lower(pattern)).escape('\\')),
            );
        }
        query
    };
    let total = matching().count().get_result(conn)?;
    let rows: Vec<(Token, String, bool)> = matching()
        .order(tokens::id.desc())
        .limit(paging.limit)
        .offset(paging.offset)
        .select((Token::as_select(), users::username, users::is_active))
        .load(conn)?;
    let rows = rows
        .into_iter()
        .map(|(token, owner, owner_active)| TokenRow { token, owner, owner_active })
        .collect();
    Ok(Paged { rows, total })
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
