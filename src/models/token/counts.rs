//! How many tokens stand how.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamp};

use super::EXPIRING_WITHIN;
use crate::clock::UtcTime;
use crate::db::DbConnection;

/// How many tokens each filter of a list lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct StatusCounts {
    /// All.
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    /// Accepted now.
    #[diesel(sql_type = BigInt)]
    pub active: i64,
    /// Switched on, and expiring soon.
    #[diesel(sql_type = BigInt)]
    pub expiring: i64,
    /// Switched on, and past their expiry.
    #[diesel(sql_type = BigInt)]
    pub expired: i64,
    /// Switched off.
    #[diesel(sql_type = BigInt)]
    pub inactive: i64,
    /// Not used since a moment, or never.
    #[diesel(sql_type = BigInt)]
    pub unused: i64,
    /// Never used.
    #[diesel(sql_type = BigInt)]
    pub never_used: i64,
}

/// Counts all tokens in one pass.
///
/// # Errors
/// Database faults.
pub fn count_by_status(
    conn: &mut DbConnection,
    now: UtcTime,
    unused_since: UtcTime,
) -> QueryResult<StatusCounts> {
    let sum = |name: &str, condition: &str| {
        format!("coalesce(sum(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS {name}")
    };
    let on = |condition: &str| format!("tokens.is_active AND {condition}");
    let unexpired = "(tokens.expires_at IS NULL OR tokens.expires_at > $1)";
    let columns = [
        "count(*) AS total".to_owned(),
        sum("active", &on(&format!("users.is_active AND {unexpired}"))),
        sum("expiring", &on("tokens.expires_at > $1 AND tokens.expires_at <= $2")),
        sum("expired", &on("tokens.expires_at <= $1")),
        sum("inactive", "NOT tokens.is_active"),
        sum("unused", "tokens.last_used_at IS NULL OR tokens.last_used_at < $3"),
        sum("never_used", "tokens.last_used_at IS NULL"),
    ];
    let query = format!("SELECT {} FROM tokens JOIN users ON users.id = tokens.user_id", columns.join(", "));
    diesel::sql_query(query)
        .bind::<Timestamp, _>(now)
        .bind::<Timestamp, _>(now.plus(EXPIRING_WITHIN))
        .bind::<Timestamp, _>(unused_since)
        .get_result(conn)
}
