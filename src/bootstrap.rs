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

/// Opens our database and applies migrations (or refuses, if `migrate` is false and some are pending).
/// Blocks.
///
/// # Errors
/// `Invalid` for wrong settings; `Unavailable`; `Conflict` for pending migrations.
pub fn open(config: &Config, migrate: bool) -> Result<Db> {
    config.validate()?;
    let db = Db::new(&config.database()?, &PoolOptions::own())?;
    if migrate {
        db.read(migrate::run)?;
        return Ok(db);
    }
    match db.read(migrate::pending)?.as_slice() {
        [] => Ok(db),
        pending => Err(Error::Conflict(format!(
            "{} is not up to date; run `mcp-admin migrate`. Pending: {}",
            db.url(),
            pending.join(", ")
        ))),
    }
}

/// Opens our database as [`open`] does, loads the apps and synchronises content types. Blocks.
///
/// # Errors
/// As [`open`], and `Invalid` for wrong options of apps.
pub fn prepare(config: &Config, clock: &Clock, migrate: bool) -> Result<(Db, Arc<Registry>)> {
    let db = open(config, migrate)?;
    let registry = Arc::new(Registry::load(config.apps.clone())?);
    sync_apps(&db, &registry, clock)?;
    Ok((db, registry))
}

/// Brings content types and permissions in step with the registry's current catalog. Writes nothing
/// when nothing differs. Blocks.
///
/// # Errors
/// Database faults.
pub fn sync_apps(db: &Db, registry: &Registry, clock: &Clock) -> Result<SyncReport> {
    let catalog = registry.catalog();
    let (specs, unknown_apps) = content_types(&catalog);
    let plan = db.read(|conn| permissions::plan(conn, &specs, &unknown_apps))?;
    if plan.is_empty() {
        return Ok(plan);
    }
    db.write(|tx| permissions::sync(tx, &Actor::cli(), clock.now(), &specs, &unknown_apps))
}

/// The content types that there should be, and the labels of apps that could not be read and are
/// therefore left as they are.
fn content_types(catalog: &Catalog) -> (Vec<ContentTypeSpec>, Vec<String>) {
    let mut specs = permissions::built_in();
    specs.extend(catalog.models().map(|(app, model)| ContentTypeSpec {
        app_label: app.label.clone(),
        model: model.name.clone(),
        name: model.verbose_name.clone(),
        extra_permissions:
            model.extra_permissions.iter().map(|p| (p.codename.clone(), p.name.clone())).collect(),
    }));
    let unknown = catalog.apps.iter().filter(|app| app.models.is_empty() && !app.problems.is_empty());
    (specs, unknown.map(|app| app.label.clone()).collect())
}
