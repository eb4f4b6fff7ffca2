//! Confirmations of writes that were used.

use diesel::prelude::*;

use crate::clock::UtcTime;
use crate::db::Tx;
use crate::db::schema::used_confirmations;

/// Remembers one.
///
/// # Errors
/// A unique violation if it is known; database faults.
pub fn insert(tx: &mut Tx<'_>, nonce: &[u8], expires_at: UtcTime) -> QueryResult<()> {
    let row = (used_confirmations::nonce.eq(nonce), used_confirmations::expires_at.eq(expires_at));
    diesel::insert_into(used_confirmations::table).values(row).execute(&mut **tx).map(|_| ())
}

/// Forgets those that expired before `oldest`.
///
/// # Errors
/// Database faults.
pub fn delete_before(tx: &mut Tx<'_>, oldest: UtcTime) -> QueryResult<usize> {
    diesel::delete(used_confirmations::table.filter(used_confirmations::expires_at.lt(oldest)))
        .execute(&mut **tx)
}
