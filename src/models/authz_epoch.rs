//! The number that grows with every change of who may do what. Nodes compare it to know whether what
//! they remember still holds.

use diesel::prelude::*;

use crate::db::schema::authz_epoch;
use crate::db::{DbConnection, Tx, dialect};

/// The current epoch.
///
/// # Errors
/// Database faults.
pub fn current(conn: &mut DbConnection) -> QueryResult<i64> {
    authz_epoch::table.select(authz_epoch::epoch).first(conn)
}

/// Counts on, and tells the other nodes when the transaction commits. Call it first in a transaction
/// that changes who may do what: on PostgreSQL it makes such transactions wait for each other.
///
/// # Errors
/// Database faults.
pub fn bump(tx: &mut Tx<'_>) -> QueryResult<()> {
    diesel::update(authz_epoch::table)
        .set(authz_epoch::epoch.eq(authz_epoch::epoch + 1))
        .execute(&mut **tx)?;
    dialect::notify_epoch(tx)
}
