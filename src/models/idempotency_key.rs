//! Keys under which something was made once.

use diesel::prelude::*;

use crate::clock::UtcTime;
use crate::db::schema::idempotency_keys;
use crate::db::{DbConnection, Tx};

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct IdempotencyKey {
    /// Of the body that it came with.
    pub body_digest: Vec<u8>,
    /// Id of what was made.
    pub object_id: i64,
}

/// What a new row has.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = idempotency_keys)]
pub struct NewIdempotencyKey<'a> {
    /// Of the key, who used it, and where.
    pub digest: &'a [u8],
    /// See [`IdempotencyKey`].
    pub body_digest: &'a [u8],
    /// See [`IdempotencyKey`].
    pub object_id: i64,
    /// When it was used.
    pub created_at: UtcTime,
}

/// Finds a key.
///
/// # Errors
/// Only database faults; an unknown key is `Ok(None)`.
pub fn find(conn: &mut DbConnection, digest: &[u8]) -> QueryResult<Option<IdempotencyKey>> {
    idempotency_keys::table
        .filter(idempotency_keys::digest.eq(digest))
        .select((idempotency_keys::body_digest, idempotency_keys::object_id))
        .first(conn)
        .optional()
}

/// Adds a key.
///
/// # Errors
/// A unique violation if it is known; database faults.
pub fn insert(tx: &mut Tx<'_>, new: &NewIdempotencyKey<'_>) -> QueryResult<()> {
    diesel::insert_into(idempotency_keys::table).values(new).execute(&mut **tx).map(|_| ())
}

/// Forgets the keys that were used before `oldest`.
///
/// # Errors
/// Database faults.
pub fn delete_before(tx: &mut Tx<'_>, oldest: UtcTime) -> QueryResult<usize> {
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(oldest))).execute(&mut **tx)
}
