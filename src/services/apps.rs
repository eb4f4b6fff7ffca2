//! Attached databases as a whole: keeping content types and permissions in step with what is found in them.

use super::permissions::{self, ContentTypeSpec, SyncReport};
use crate::apps::Catalog;
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::Db;
use crate::error::Result;

/// Brings content types and permissions in step with the built-in models and a catalog; writes only if
/// something differs. It is the program's own doing and needs no permission; `actor` is named in the log.
/// Blocks.
///
/// # Errors
/// `Invalid` for custom permissions that collide; database faults.
pub fn sync(db: &Db, actor: &Actor, now: UtcTime, catalog: &Catalog) -> Result<SyncReport> {
    let specs = content_types(catalog);
    let unreadable = unreadable_apps(catalog);
    if db.read(|conn| permissions::plan(conn, &specs, &unreadable))?.is_empty() {
        return Ok(SyncReport::default());
    }
    let report = db.write(|tx| permissions::sync(tx, actor, now, &specs, &unreadable))?;
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
