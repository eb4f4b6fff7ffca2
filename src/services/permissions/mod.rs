//! Permissions: finding them, and keeping them in step with the models that exist.

mod sync;

pub use sync::{ContentTypeSpec, SyncReport, built_in, plan, sync};

use crate::auth::Actor;
use crate::db::{DbConnection, PermissionId};
use crate::error::{Error, Result};
use crate::models::page::Mark;
use crate::models::{Slice, Sliced, permission};

pub use crate::models::permission::{Permission, PermissionFilter, PermissionOrder};

const VIEW: &str = "auth.view_permission";

/// Lists permissions in order of app, model and codename: all, or those of one app.
///
/// # Errors
/// `Forbidden` without `auth.view_permission`; database faults.
pub fn list(conn: &mut DbConnection, actor: &Actor, app_label: Option<&str>) -> Result<Vec<Permission>> {
    actor.require(VIEW)?;
    Ok(permission::list(conn, app_label)?)
}

/// Everything that can be handed out, in order of app, model and codename, for whoever hands out.
///
/// # Errors
/// `Forbidden` for anybody who may change neither tokens nor groups nor users; database faults.
pub fn choices(conn: &mut DbConnection, actor: &Actor) -> Result<Vec<Permission>> {
    actor.require_any(&[
        VIEW,
        "mcp.add_token",
        "mcp.change_token",
        "auth.add_group",
        "auth.change_group",
        "auth.add_user",
        "auth.change_user",
    ])?;
    let mut all = permission::list(conn, None)?;
    all.retain(|permission| !permission.is_stale);
    Ok(all)
}

/// Lists a part of the permissions in an order, turned around if the flag says so.
///
/// # Errors
/// `Forbidden` without `auth.view_permission`; `Invalid` for the cursor; database faults.
pub fn slice(
    conn: &mut DbConnection,
    actor: &Actor,
    filter: &PermissionFilter,
    order: (PermissionOrder, bool),
    slice: &Slice<Mark>,
) -> Result<Sliced<Permission, Mark>> {
    actor.require(VIEW)?;
    permission::slice(conn, filter, order, slice)
}

/// Finds a permission.
///
/// # Errors
/// `Forbidden` without `auth.view_permission`; `NotFound`; database faults.
pub fn show(conn: &mut DbConnection, actor: &Actor, id: PermissionId) -> Result<Permission> {
    actor.require(VIEW)?;
    permission::find(conn, id)?.ok_or_else(|| Error::NotFound(format!("There is no permission {id}")))
}
