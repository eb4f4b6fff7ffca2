//! Attached databases as a whole: how they are, and keeping content types and permissions in step with what
//! is found in them.

use super::permissions::{self, ContentTypeSpec, SyncReport};
use crate::apps::{App, Catalog, Registry};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::models::content_type;

/// Whether an attached database can be used at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It answers.
    Ok,
    /// It cannot be reached, or has no free connection within a second.
    Unavailable,
}

impl Health {
    /// `ok` or `unavailable`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unavailable => "unavailable",
        }
    }

    fn of(app: &App) -> Self {
        match app.db.ping() {
            Ok(()) => Self::Ok,
            Err(_) => Self::Unavailable,
        }
    }
}

/// Lists attached databases. Asks each whether it is there, at the same time. Blocks.
///
/// # Errors
/// `Forbidden` without `auth.view_permission`.
pub fn list<'c>(actor: &Actor, catalog: &'c Catalog) -> Result<Vec<(&'c App, Health)>> {
    actor.require("auth.view_permission")?;
    let asked = std::thread::scope(|scope| {
        let running: Vec<_> = catalog.apps.iter().map(|app| scope.spawn(|| Health::of(app))).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or(Health::Unavailable)).collect::<Vec<_>>()
    });
    Ok(catalog.apps.iter().zip(asked).collect())
}

/// Finds an attached database. Blocks.
///
/// # Errors
/// `Forbidden` without `auth.view_permission`; `NotFound`.
pub fn show<'c>(actor: &Actor, catalog: &'c Catalog, label: &str) -> Result<(&'c App, Health)> {
    actor.require("auth.view_permission")?;
    let app = find(catalog, label)?;
    Ok((app, Health::of(app)))
}

fn find<'c>(catalog: &'c Catalog, label: &str) -> Result<&'c App> {
    let found = catalog.apps.iter().find(|app| app.label == label);
    found.ok_or_else(|| Error::NotFound(format!("There is no app \"{}\"", label.escape_debug())))
}

/// Reads all attached databases again and does what [`sync`] does; the report is about one of them. Blocks.
///
/// # Errors
/// `Forbidden` without `auth.add_permission` and `auth.change_permission`; `NotFound`; otherwise as [`sync`].
pub fn reload(db: &Db, actor: &Actor, now: UtcTime, registry: &Registry, label: &str) -> Result<SyncReport> {
    actor.require("auth.add_permission")?;
    actor.require("auth.change_permission")?;
    find(&registry.catalog(), label)?;
    let catalog = registry.reload()?;
    Ok(sync(db, actor, now, &catalog)?.of_app(label))
}

/// Brings content types and permissions in step with the built-in models and a catalog; writes only if
/// something differs. It is the program's own doing and needs no permission; `actor` is named in the log.
/// Blocks.
///
/// # Errors
/// `Invalid` for custom permissions that collide; database faults.
pub fn sync(db: &Db, actor: &Actor, now: UtcTime, catalog: &Catalog) -> Result<SyncReport> {
    bring_in_step(db, actor, now, catalog, &unreadable_apps(catalog))
}

/// The same, but models of apps that the catalog does not name stay as they are. For commands that are run
/// beside a server: with other settings than the server's they must not take its permissions away. Blocks.
///
/// # Errors
/// As [`sync`].
pub fn sync_named(db: &Db, actor: &Actor, now: UtcTime, catalog: &Catalog) -> Result<SyncReport> {
    let named = |label: &String| catalog.apps.iter().any(|app| app.label == *label);
    let stored = db.read(|conn| Ok(content_type::list(conn)?))?.into_iter().map(|row| row.app_label);
    let mut unknown = unreadable_apps(catalog);
    unknown.extend(stored.filter(|label| !named(label)));
    bring_in_step(db, actor, now, catalog, &unknown)
}

fn bring_in_step(
    db: &Db,
    actor: &Actor,
    now: UtcTime,
    catalog: &Catalog,
    unknown_apps: &[String],
) -> Result<SyncReport> {
    let specs = content_types(catalog);
    if db.read(|conn| permissions::plan(conn, &specs, unknown_apps))?.is_empty() {
        return Ok(SyncReport::default());
    }
    let report = db.write(|tx| permissions::sync(tx, actor, now, &specs, unknown_apps))?;
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
