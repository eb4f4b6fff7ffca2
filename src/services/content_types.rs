//! Content types: the models that permissions are about, those of vanished tables too.

use std::collections::HashMap;

use serde_json::json;

use super::audit::{self, Action, Target};
use super::begin;
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{ContentTypeId, DbConnection, PermissionId, Tx};
use crate::error::{Error, Result};
use crate::models::page::Mark;
use crate::models::permission::Permission;
use crate::models::{Slice, Sliced, content_type, holders, permission};

pub use crate::models::content_type::{ContentType, ContentTypeFilter, ContentTypeOrder};
pub use crate::models::holders::Holders;

/// Lists a part of the content types in an order, turned around if the flag says so.
///
/// # Errors
/// `Forbidden` without `auth.view_permission`; `Invalid` for the cursor; database faults.
pub fn slice(
    conn: &mut DbConnection,
    actor: &Actor,
    filter: &ContentTypeFilter,
    order: (ContentTypeOrder, bool),
    slice: &Slice<Mark>,
) -> Result<Sliced<ContentType, Mark>> {
    actor.require("auth.view_permission")?;
    content_type::slice(conn, filter, order, slice)
}

/// Finds a content type.
///
/// # Errors
/// `Forbidden` without `auth.view_permission`; `NotFound`; database faults.
pub fn show(conn: &mut DbConnection, actor: &Actor, id: ContentTypeId) -> Result<ContentType> {
    actor.require("auth.view_permission")?;
    load(conn, id)
}

/// The permissions of a content type, in order of codename.
///
/// # Errors
/// `Forbidden` without `auth.view_permission`; `NotFound`; database faults.
pub fn permissions(conn: &mut DbConnection, actor: &Actor, id: ContentTypeId) -> Result<Vec<Permission>> {
    actor.require("auth.view_permission")?;
    let found = load(conn, id)?;
    permissions_of(conn, &found)
}

/// A content type with its permissions, and who has them.
#[derive(Debug, Clone)]
pub struct ContentTypeRow {
    /// The content type.
    pub content_type: ContentType,
    /// Its permissions in order of codename.
    pub permissions: Vec<(Permission, Holders)>,
}

/// Lists a part of the content types in order of app and model, backward if the flag says so.
///
/// # Errors
/// `Forbidden` without `auth.view_permission`; `Invalid` for the cursor; database faults.
pub fn rows(
    conn: &mut DbConnection,
    actor: &Actor,
    filter: &ContentTypeFilter,
    backward: bool,
    part: &Slice<Mark>,
) -> Result<Sliced<ContentTypeRow, Mark>> {
    let Sliced { rows, next, total } = slice(conn, actor, filter, (ContentTypeOrder::Model, backward), part)?;
    Ok(Sliced { rows: with_holders(conn, rows)?, next, total })
}

/// The place of a content type in the list.
#[must_use]
pub fn place(row: &ContentTypeRow) -> Mark {
    let ContentType { id, app_label, model, .. } = &row.content_type;
    Mark::Pair(app_label.clone(), model.clone(), id.0)
}

/// A content type that is about to be removed.
///
/// # Errors
/// `Forbidden` without `auth.delete_permission`; `NotFound`; database faults.
pub fn removal(conn: &mut DbConnection, actor: &Actor, id: ContentTypeId) -> Result<ContentTypeRow> {
    actor.require("auth.delete_permission")?;
    let found = load(conn, id)?;
    let one = with_holders(conn, vec![found])?.pop();
    one.ok_or_else(|| Error::internal("a content type got lost"))
}

fn with_holders(conn: &mut DbConnection, rows: Vec<ContentType>) -> Result<Vec<ContentTypeRow>> {
    let ids: Vec<ContentTypeId> = rows.iter().map(|row| row.id).collect();
    let all = permission::list_of_content_types(conn, &ids)?;
    let ids: Vec<PermissionId> = all.iter().map(|permission| permission.id).collect();
    let held = holders::of_permissions(conn, &ids)?;
    let mut of_type: HashMap<ContentTypeId, Vec<(Permission, Holders)>> = HashMap::new();
    for permission in all {
        let holders = held.get(&permission.id).copied().unwrap_or_default();
        of_type.entry(permission.content_type_id).or_default().push((permission, holders));
    }
    let complete = |content_type: ContentType| ContentTypeRow {
        permissions: of_type.remove(&content_type.id).unwrap_or_default(),
        content_type,
    };
    Ok(rows.into_iter().map(complete).collect())
}

/// Removes the content type of a table that has vanished, with its permissions, whoever holds them.
///
/// # Errors
/// `Forbidden` without `auth.delete_permission`; `NotFound`; `Conflict` while the table is there; database
/// faults.
pub fn remove_stale(tx: &mut Tx<'_>, actor: &Actor, now: UtcTime, id: ContentTypeId) -> Result<()> {
    begin(tx, actor, "auth.delete_permission")?;
    let found = load(tx, id)?;
    let label = format!("{}.{}", found.app_label, found.model);
    if let Some(why) = kept(&found) {
        return Err(Error::Conflict(why));
    }
    let names: Vec<String> = permissions_of(tx, &found)?.iter().map(Permission::full_name).collect();
    content_type::delete(tx, id)?;
    let before = json!({ "before": { "name": found.name, "permissions": names } });
    let target = Target::new("auth", "content_type", id, &label);
    audit::record(tx, actor, now, Action::Deleted, &target, &before)?;
    Ok(())
}

/// Why a content type cannot be removed, if something is in the way.
#[must_use]
pub fn kept(found: &ContentType) -> Option<String> {
    let label = format!("{}.{}", found.app_label, found.model);
    let why = "only those of vanished tables can be removed";
    (!found.is_stale).then(|| format!("The table of {label} is there; {why}"))
}

fn load(conn: &mut DbConnection, id: ContentTypeId) -> Result<ContentType> {
    let found = content_type::find(conn, id)?;
    found.ok_or_else(|| Error::NotFound(format!("There is no content type {id}")))
}

fn permissions_of(conn: &mut DbConnection, content_type: &ContentType) -> Result<Vec<Permission>> {
    let mut all = permission::list(conn, Some(&content_type.app_label))?;
    all.retain(|permission| permission.content_type_id == content_type.id);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::permissions;
    use crate::services::testing::{TestDb, actor_with};

    fn article(test: &TestDb) -> ContentType {
        let all = test.db.read(|conn| Ok(content_type::list(conn)?)).unwrap();
        all.into_iter().find(|row| row.model == "article").unwrap()
    }

    #[test]
    fn only_content_types_of_vanished_tables_are_removed_with_their_permissions() {
        let test = TestDb::new();
        let (cli, now) = (Actor::cli(), test.clock.now());
        let id = article(&test).id;
        let ada = test.user("ada");
        test.write(|tx| crate::services::users::grant(tx, &cli, now, ada, &["blog.view_article".into()]))
            .unwrap();
        let error = test.write(|tx| remove_stale(tx, &cli, now, id)).unwrap_err();
        assert!(matches!(error, Error::Conflict(_)), "{error:?}");

        let ours = permissions::built_in();
        test.write(|tx| permissions::sync(tx, &cli, now, &ours, &[])).unwrap();
        let weak = actor_with(&["auth.view_permission"]);
        let error = test.write(|tx| remove_stale(tx, &weak, now, id)).unwrap_err();
        assert!(
            matches!(error, Error::Forbidden { permissions } if permissions == ["auth.delete_permission"])
        );
        let before = test.db.read(|conn| Ok(crate::models::authz_epoch::current(conn)?)).unwrap();
        test.write(|tx| remove_stale(tx, &cli, now, id)).unwrap();
        let after = test.db.read(|conn| Ok(crate::models::authz_epoch::current(conn)?)).unwrap();
        assert!(after > before);
        let entry = test.log().remove(0);
        assert_eq!((entry.action.as_str(), entry.object_repr.as_str()), ("deleted", "blog.article"));
        assert!(entry.changes.contains("blog.publish_article"), "{}", entry.changes);
        let held = test.db.read(|conn| crate::services::users::held_permissions(conn, &cli, ada)).unwrap();
        assert!(held.is_empty(), "{held:?}");
        assert!(test.db.read(|conn| show(conn, &cli, id)).is_err());
    }
}
