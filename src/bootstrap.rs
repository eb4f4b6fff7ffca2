//! What has to be true before anything is served or administered: the schema is current, the built-in
//! and the discovered content types and permissions exist.

use std::sync::Arc;

use crate::apps::Registry;
use crate::auth::Actor;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, PoolOptions, migrate};
use crate::error::{Error, Result};
use crate::services::apps;

/// Opens our database, applies migrations (or refuses, if `migrate` is false and some are pending),
/// loads the apps and synchronises content types. Blocks.
///
/// # Errors
/// `Unavailable`, `Conflict` for pending migrations, `Invalid` for wrong options.
pub fn prepare(config: &Config, clock: &Clock, migrate: bool) -> Result<(Db, Arc<Registry>)> {
    let (db, registry) = load(config, migrate)?;
    apps::sync(&db, &Actor::cli(), clock.now(), &registry.catalog())?;
    Ok((db, registry))
}

/// The same for a command that hands out permissions, beside a server or before there is one: adds what is
/// missing, and leaves the apps alone that these settings do not name. Blocks.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_beside(config: &Config, clock: &Clock) -> Result<(Db, Arc<Registry>)> {
    let (db, registry) = load(config, true)?;
    apps::sync_named(&db, &Actor::cli(), clock.now(), &registry.catalog())?;
    Ok((db, registry))
}

fn load(config: &Config, migrate: bool) -> Result<(Db, Arc<Registry>)> {
    config.validate()?;
    let db = open(config, migrate)?;
    Ok((db, Arc::new(Registry::load(config.apps.clone())?)))
}

/// Opens our database and applies migrations, or refuses if `migrate` is false and some are pending.
/// Blocks.
///
/// # Errors
/// `Invalid` for the address, `Unavailable`, `Conflict` with the pending migrations.
pub fn open(config: &Config, migrate: bool) -> Result<Db> {
    let db = Db::new(&config.database()?, &PoolOptions::own())?;
    let pending = db.read(migrate::pending)?;
    if pending.is_empty() {
        return Ok(db);
    }
    if !migrate {
        return Err(Error::Conflict(format!(
            "The database is not up to date: run `mcp-admin migrate` first (pending: {})",
            pending.join(", ")
        )));
    }
    let applied = db.read(migrate::run)?;
    tracing::info!(database = %db.url(), ?applied, "the database schema is up to date");
    Ok(db)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::services::permissions;

    #[test]
    fn pending_migrations_are_applied_or_named() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config {
            database_url: Secret::new(dir.path().join("own.db").to_str().unwrap()),
            ..Config::default()
        };
        let clock = Clock::system();
        let error = prepare(&config, &clock, false).err().unwrap();
        assert!(matches!(&error, Error::Conflict(text) if text.contains("initial")), "{error}");
        let (db, registry) = prepare(&config, &clock, true).unwrap();
        let listed = db.read(|conn| permissions::list(conn, &Actor::cli(), Some("mcp"))).unwrap();
        assert_eq!(listed.len(), 6);
        let again = apps::sync(&db, &Actor::cli(), clock.now(), &registry.catalog()).unwrap();
        assert!(again.is_empty());
        prepare(&config, &clock, false).unwrap();
    }
}
