//! Our own schema's migrations, compiled in, one folder a backend with the same versions.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::DbConnection;
use super::dialect;
use super::url::Backend;
use crate::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

fn migrations(conn: &DbConnection) -> EmbeddedMigrations {
    match dialect::backend(conn) {
        Backend::Postgres => POSTGRES,
        Backend::Sqlite => SQLITE,
    }
}

/// The versions that are not applied yet, oldest first.
///
/// # Errors
/// Database faults.
pub fn pending(conn: &mut DbConnection) -> Result<Vec<String>> {
    let pending = conn.pending_migrations(migrations(conn)).map_err(Error::Internal)?;
    Ok(pending.iter().map(|m| m.name().to_string()).collect())
}

/// Applies what is pending and returns the versions that were applied. Several processes may call it at
/// once: the second waits and finds nothing to do.
///
/// # Errors
/// Database faults.
pub fn run(conn: &mut DbConnection) -> Result<Vec<String>> {
    dialect::with_migration_lock(conn, |conn| {
        let done = conn.run_pending_migrations(migrations(conn)).map_err(Error::Internal)?;
        Ok(done.iter().map(ToString::to_string).collect())
    })
}

/// Takes all migrations back. For tests.
///
/// # Errors
/// Database faults.
pub fn revert_all(conn: &mut DbConnection) -> Result<()> {
    conn.revert_all_migrations(migrations(conn)).map_err(Error::Internal)?;
    Ok(())
}
