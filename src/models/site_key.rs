//! Keys that all replicas of a site share.

use diesel::prelude::*;

use crate::db::schema::site_keys;
use crate::db::{DbConnection, Tx};

/// Finds a key by its name.
///
/// # Errors
/// Only database faults.
pub fn find(conn: &mut DbConnection, name: &str) -> QueryResult<Option<Vec<u8>>> {
    site_keys::table.find(name).select(site_keys::value).first(conn).optional()
}

/// Stores a new key.
///
/// # Errors
/// A unique violation if there is one of this name; database faults.
pub fn insert(tx: &mut Tx<'_>, name: &str, value: &[u8]) -> QueryResult<()> {
    let row = (site_keys::name.eq(name), site_keys::value.eq(value));
    diesel::insert_into(site_keys::table).values(row).execute(&mut **tx)?;
    Ok(())
}
