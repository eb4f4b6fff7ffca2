//! What has to be true before anything is served or administered: the schema is current, the built-in
//! and the discovered content types and permissions exist.

use std::sync::Arc;

use crate::apps::{Catalog, Registry};
use crate::auth::Actor;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, PoolOptions, migrate};
use crate::error::{Error, Result};
use crate::services::permissions::{self, ContentTypeSpec, SyncReport};

/// Opens our database, applies migrations (or refuses, if `migrate` is false and some are pending),
/// loads the apps and synchronises content types. Blocks.
///
/// # Errors
/// `Unavailable`, `Conflict` for pending migrations, `Invalid` for wrong options.
pub fn prepare(config: &Config, clock: &Clock, migrate: bool) -> Result<(Db, Arc<Registry>)> {
    config.validate()?;
    let db = open(config, migrate)?;
    let registry = Registry::load(config.apps.clone())?;
    sync_apps(&db, &registry, clock)?;
    Ok((db, Arc::new(registry)))
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

/// Brings content types and permissions in step with the built-in models and the current catalog; writes
/// only if something differs. Blocks.
///
/// # Errors
/// `Invalid` for custom permissions that collide; database faults.
pub fn sync_apps(db: &Db, registry: &Registry, clock: &Clock) -> Result<SyncReport> {
    let catalog = registry.catalog();
    let specs = content_types(&catalog);
    let unreadable = unreadable_apps(&catalog);
    if db.read(|conn| permissions::plan(conn, &specs, &unreadable))?.is_empty() {
        return Ok(SyncReport::default());
    }
    let report = db.write(|tx| permissions::sync(tx, &Actor::cli(), clock.now(), &specs, &unreadable))?;
    tracing::info!(?report, "content types and permissions are in step with the models");
    Ok(report)
}

/// The built-in models and those of the catalog.
fn content_types(catalog: &Catalog) -> Vec<ContentTypeSpec> {
    let discovered = catalog.models().map(|(app, model)| ContentTypeSpec {
        app_label: app.label.clone(),
        model: model.name.clone(),
        name: model.verbose_name.clone(),
        extra_permissions: model
            .extra_permissions
            .iter()
            .map(|extra| (extra.codename.clone(), extra.name.clone()))
            .collect(),
    });
    permissions::built_in().into_iter().chain(discovered).collect()
}

/// Apps in which nothing was found because something went wrong: their models have not vanished.
fn unreadable_apps(catalog: &Catalog) -> Vec<String> {
    let unreadable = catalog.apps.iter().filter(|app| app.models.is_empty() && !app.problems.is_empty());
    unreadable.map(|app| app.label.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

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
        assert!(sync_apps(&db, &registry, &clock).unwrap().is_empty());
        prepare(&config, &clock, false).unwrap();
    }
}
