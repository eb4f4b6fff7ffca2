//! When tokens were last used and how often: written in batches, never inside a request.

use diesel::prelude::*;
use diesel::query_builder::BoxedSqlQuery;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use crate::clock::UtcTime;
use crate::db::schema::usage_buckets;
use crate::db::{DbConnection, MultiBackend, TokenId, Tx};

/// The most rows of one batch: a hundred take under a millisecond, five hundred take seven.
pub const BATCH: usize = 100;

/// The last use of one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// Which token.
    pub token_id: TokenId,
    /// When it was used.
    pub at: UtcTime,
    /// From which address.
    pub ip: Option<String>,
}

/// What one token did in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Bucket {
    /// Which token.
    pub token_id: TokenId,
    /// The beginning of the hour.
    pub hour: UtcTime,
    /// All calls.
    pub calls: i64,
    /// Calls that were refused for lack of a permission.
    pub denials: i64,
    /// Calls that failed.
    pub errors: i64,
}

/// The hours of a token since a moment, in order.
///
/// # Errors
/// Database faults.
pub fn list_of_token(conn: &mut DbConnection, id: TokenId, since: UtcTime) -> QueryResult<Vec<Bucket>> {
    let columns = (
        usage_buckets::token_id,
        usage_buckets::hour,
        usage_buckets::calls,
        usage_buckets::denials,
        usage_buckets::errors,
    );
    usage_buckets::table
        .filter(usage_buckets::token_id.eq(id).and(usage_buckets::hour.ge(since)))
        .order(usage_buckets::hour)
        .select(columns)
        .load(conn)
}

/// What all tokens, or one, did in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Total {
    /// The beginning of the hour.
    #[diesel(sql_type = Timestamp)]
    pub hour: UtcTime,
    /// All calls.
    #[diesel(sql_type = BigInt)]
    pub calls: i64,
    /// Calls that were refused for lack of a permission.
    #[diesel(sql_type = BigInt)]
    pub denials: i64,
}

impl From<&Bucket> for Total {
    fn from(bucket: &Bucket) -> Self {
        Self { hour: bucket.hour, calls: bucket.calls, denials: bucket.denials }
    }
}

/// The hours of all tokens together since a moment, in order.
///
/// # Errors
/// Database faults.
pub fn totals(conn: &mut DbConnection, since: UtcTime) -> QueryResult<Vec<Total>> {
    // The sum of BIGINT is NUMERIC on PostgreSQL.
    diesel::sql_query(
        "SELECT hour, CAST(sum(calls) AS BIGINT) AS calls, CAST(sum(denials) AS BIGINT) AS denials \
         FROM usage_buckets WHERE hour >= $1 GROUP BY hour ORDER BY hour",
    )
    .bind::<Timestamp, _>(since)
    .load(conn)
}

pub(super) type Batch = BoxedSqlQuery<'static, MultiBackend, diesel::query_builder::SqlQuery>;

/// Moves `last_used_at` of up to [`BATCH`] tokens forward, never backward. Tokens that are gone are
/// left out.
///
/// # Errors
/// Database faults.
pub fn move_forward(tx: &mut Tx<'_>, uses: &[LastUse]) -> QueryResult<usize> {
    if uses.is_empty() {
        return Ok(0);
    }
    let mut query: Batch = diesel::sql_query(format!(
        "WITH used (id, at, ip) AS (VALUES {}) UPDATE tokens SET last_used_at = used.at, last_used_ip = used.ip \
         FROM used WHERE tokens.id = used.id AND (tokens.last_used_at IS NULL OR tokens.last_used_at < used.at)",
        placeholders(uses.len(), 3)
    ))
    .into_boxed();
    for one in uses {
        query = query
            .bind::<BigInt, _>(one.token_id)
            .bind::<Timestamp, _>(one.at)
            .bind::<Nullable<Text>, _>(one.ip.clone());
    }
    query.execute(&mut **tx)
}

/// Adds up to [`BATCH`] counts to their hours. Tokens that are gone are left out.
///
/// # Errors
/// Database faults.
pub fn add_to_buckets(tx: &mut Tx<'_>, buckets: &[Bucket]) -> QueryResult<usize> {
    if buckets.is_empty() {
        return Ok(0);
    }
    let mut query: Batch = diesel::sql_query(format!(
        "WITH counted (token_id, hour, calls, denials, errors) AS (VALUES {}) \
         INSERT INTO usage_buckets (token_id, hour, calls, denials, errors) \
         SELECT counted.token_id, counted.hour, counted.calls, counted.denials, counted.errors \
         FROM counted WHERE EXISTS (SELECT 1 FROM tokens WHERE tokens.id = counted.token_id) \
         ON CONFLICT (token_id, hour) DO UPDATE SET calls = usage_buckets.calls + excluded.calls, \
         denials = usage_buckets.denials + excluded.denials, errors = usage_buckets.errors + excluded.errors",
        placeholders(buckets.len(), 5)
    ))
    .into_boxed();
    for one in buckets {
        query = query
            .bind::<BigInt, _>(one.token_id)
            .bind::<Timestamp, _>(one.hour)
            .bind::<BigInt, _>(one.calls)
            .bind::<BigInt, _>(one.denials)
            .bind::<BigInt, _>(one.errors);
    }
    query.execute(&mut **tx)
}

/// `($1, $2), ($3, $4)`: both databases read this form.
pub(super) fn placeholders(rows: usize, columns: usize) -> String {
    let row = |r: usize| {
        let cells: Vec<String> = (1..=columns).map(|c| format!("${}", r * columns + c)).collect();
        format!("({})", cells.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}
