//! What the first page shows of all tokens: numbers, and the few that need a look. Each is one statement,
//! however many tokens there are.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use crate::clock::UtcTime;
use crate::db::{DbConnection, TokenId};

/// How many tokens there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct TokenNumbers {
    /// Whatever their state.
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    /// Accepted now.
    #[diesel(sql_type = BigInt)]
    pub active: i64,
    /// Accepted now, and expiring before the given moment.
    #[diesel(sql_type = BigInt)]
    pub expiring: i64,
    /// The first moment at which one of those expires.
    #[diesel(sql_type = Nullable<Timestamp>)]
    pub next_expiry: Option<UtcTime>,
    /// Not used since the given moment, or never, whatever their state: as the list of tokens counts them.
    #[diesel(sql_type = BigInt)]
    pub unused: i64,
    /// Those of them that were never used.
    #[diesel(sql_type = BigInt)]
    pub never_used: i64,
}

/// Counts tokens at `now`: those that expire before `expiring_before`, and those not used since
/// `unused_since`.
///
/// # Errors
/// Database faults.
pub fn token_numbers(
    conn: &mut DbConnection,
    now: UtcTime,
    expiring_before: UtcTime,
    unused_since: UtcTime,
) -> QueryResult<TokenNumbers> {
    // SQLite numbers parameters in the order in which they first appear.
    diesel::sql_query(
        "SELECT count(*) AS total, \
         coalesce(sum(CASE WHEN valid THEN 1 ELSE 0 END), 0) AS active, \
         coalesce(sum(CASE WHEN valid AND expires_at < $1 THEN 1 ELSE 0 END), 0) AS expiring, \
         min(CASE WHEN valid AND expires_at < $1 THEN expires_at END) AS next_expiry, \
         coalesce(sum(CASE WHEN last_used_at IS NULL OR last_used_at < $2 THEN 1 ELSE 0 END), 0) AS unused, \
         coalesce(sum(CASE WHEN last_used_at IS NULL THEN 1 ELSE 0 END), 0) AS never_used \
         FROM (SELECT tokens.expires_at, tokens.last_used_at, tokens.is_active AND users.is_active \
         AND (tokens.expires_at IS NULL OR tokens.expires_at > $3) AS valid \
         FROM tokens JOIN users ON users.id = tokens.user_id) AS judged",
    )
    .bind::<Timestamp, _>(expiring_before)
    .bind::<Timestamp, _>(unused_since)
    .bind::<Timestamp, _>(now)
    .get_result(conn)
}

/// A token that needs a look.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Conspicuous {
    /// Which.
    #[diesel(sql_type = BigInt)]
    pub id: TokenId,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Denied calls, where these are the point; otherwise 0.
    #[diesel(sql_type = BigInt)]
    pub denials: i64,
    /// The app that it has all permissions of, or its owner, where these are the point; otherwise empty.
    #[diesel(sql_type = Text)]
    pub detail: String,
}

/// The tokens that were denied most since a moment, the most denied first.
///
/// # Errors
/// Database faults.
pub fn most_denied(conn: &mut DbConnection, since: UtcTime, limit: i64) -> QueryResult<Vec<Conspicuous>> {
    diesel::sql_query(
        "SELECT tokens.id, tokens.name, CAST(counted.denials AS BIGINT) AS denials, '' AS detail \
         FROM (SELECT token_id, sum(denials) AS denials FROM usage_buckets \
         WHERE hour >= $1 AND denials > 0 GROUP BY token_id) AS counted \
         JOIN tokens ON tokens.id = counted.token_id ORDER BY counted.denials DESC, tokens.id LIMIT $2",
    )
    .bind::<Timestamp, _>(since)
    .bind::<BigInt, _>(limit)
    .load(conn)
}

/// Tokens that are switched on while their owner is not, so that they are refused.
///
/// # Errors
/// Database faults.
pub fn of_inactive_owners(
    conn: &mut DbConnection,
    now: UtcTime,
    limit: i64,
) -> QueryResult<Vec<Conspicuous>> {
    diesel::sql_query(
        "SELECT tokens.id, tokens.name, CAST(0 AS BIGINT) AS denials, users.username AS detail \
         FROM users JOIN tokens ON tokens.user_id = users.id \
         WHERE NOT users.is_active AND tokens.is_active AND (tokens.expires_at IS NULL OR tokens.expires_at > $1) \
         ORDER BY tokens.id DESC LIMIT $2",
    )
    .bind::<Timestamp, _>(now)
    .bind::<BigInt, _>(limit)
    .load(conn)
}

/// Accepted tokens that never expire and hold every permission of an app, once for each such app. The newest
/// permission of an app is the rarest one, so its index leads to the few that are worth a count.
///
/// # Errors
/// Database faults.
pub fn unlimited(conn: &mut DbConnection, limit: i64) -> QueryResult<Vec<Conspicuous>> {
    diesel::sql_query(
        "WITH app AS (SELECT content_types.app_label, count(*) AS size, max(permissions.id) AS rarest \
         FROM permissions JOIN content_types ON content_types.id = permissions.content_type_id \
         WHERE NOT content_types.is_stale GROUP BY content_types.app_label), \
         candidate AS (SELECT token_permissions.token_id, app.app_label, app.size \
         FROM app JOIN token_permissions ON token_permissions.permission_id = app.rarest \
         UNION SELECT token_groups.token_id, app.app_label, app.size \
         FROM app JOIN group_permissions ON group_permissions.permission_id = app.rarest \
         JOIN token_groups ON token_groups.group_id = group_permissions.group_id) \
         SELECT tokens.id, tokens.name, CAST(0 AS BIGINT) AS denials, candidate.app_label AS detail \
         FROM candidate JOIN tokens ON tokens.id = candidate.token_id JOIN users ON users.id = tokens.user_id \
         WHERE tokens.is_active AND tokens.expires_at IS NULL AND users.is_active AND candidate.size = ( \
         SELECT count(*) FROM permissions JOIN content_types ON content_types.id = permissions.content_type_id \
         WHERE content_types.app_label = candidate.app_label AND NOT content_types.is_stale AND ( \
         EXISTS (SELECT 1 FROM token_permissions WHERE token_permissions.token_id = tokens.id \
         AND token_permissions.permission_id = permissions.id) \
         OR EXISTS (SELECT 1 FROM token_groups JOIN group_permissions \
         ON group_permissions.group_id = token_groups.group_id WHERE token_groups.token_id = tokens.id \
         AND group_permissions.permission_id = permissions.id))) \
         ORDER BY tokens.id DESC, candidate.app_label LIMIT $1",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)
}
