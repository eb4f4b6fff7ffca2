//! Permissions, and who holds them: directly or through which group.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::auth::PermissionName;
use crate::db::schema::{
    content_types, group_permissions, groups, permissions, token_groups, token_permissions, user_groups,
    user_permissions,
};
use crate::db::{ContentTypeId, DbConnection, GroupId, MultiBackend, PermissionId, TokenId, Tx, UserId};

/// One permission with the model that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Permission {
    /// Never used again after a deletion.
    pub id: PermissionId,
    /// Its content type.
    pub content_type_id: ContentTypeId,
    /// Label of the app, e.g. `blog`.
    pub app_label: String,
    /// Name of the model, e.g. `article`.
    pub model: String,
    /// e.g. `view_article`; unique in its content type.
    pub codename: String,
    /// e.g. `Can view article`.
    pub name: String,
    /// Whether the model's table has vanished.
    pub is_stale: bool,
}

type Columns = (
    permissions::id,
    permissions::content_type_id,
    content_types::app_label,
    content_types::model,
    permissions::codename,
    permissions::name,
    content_types::is_stale,
);
const COLUMNS: Columns = (
    permissions::id,
    permissions::content_type_id,
    content_types::app_label,
    content_types::model,
    permissions::codename,
    permissions::name,
    content_types::is_stale,
);

impl Permission {
    /// `blog.view_article`
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.app_label, self.codename)
    }
}

/// What a new row has.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = permissions)]
pub struct NewPermission<'a> {
    /// See [`Permission`].
    pub content_type_id: ContentTypeId,
    /// See [`Permission`].
    pub codename: &'a str,
    /// See [`Permission`].
    pub name: &'a str,
}

/// A permission that somebody holds, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HeldPermission {
    /// `blog.view_article`
    pub permission: String,
    /// Given to the token or user itself.
    pub direct: bool,
    /// Names of the groups that give it.
    pub groups: Vec<String>,
}

/// Lists permissions in order of app, model and codename: all, or those of one app.
///
/// # Errors
/// Database faults.
pub fn list(conn: &mut DbConnection, app_label: Option<&str>) -> QueryResult<Vec<Permission>> {
    let mut query = permissions::table.inner_join(content_types::table).into_boxed::<MultiBackend>();
    if let Some(app_label) = app_label {
        query = query.filter(content_types::app_label.eq(app_label.to_owned()));
    }
    query
        .order((content_types::app_label, content_types::model, permissions::codename))
        .select(COLUMNS)
        .load(conn)
}

/// Lists the permissions of this name. There is one, or none; two only while one of them is stale.
///
/// # Errors
/// Database faults.
pub fn list_by_name(conn: &mut DbConnection, name: &PermissionName) -> QueryResult<Vec<Permission>> {
    permissions::table
        .inner_join(content_types::table)
        .filter(content_types::app_label.eq(&name.app_label).and(permissions::codename.eq(&name.codename)))
        .order((content_types::is_stale, permissions::id))
        .select(COLUMNS)
        .load(conn)
}

/// The permissions of a group, in order.
///
/// # Errors
/// Database faults.
pub fn list_of_group(conn: &mut DbConnection, id: GroupId) -> QueryResult<Vec<Permission>> {
    group_permissions::table
        .inner_join(permissions::table.inner_join(content_types::table))
        .filter(group_permissions::group_id.eq(id))
        .order((content_types::app_label, permissions::codename))
        .select(COLUMNS)
        .load(conn)
}

/// The permissions that a token was given itself, in order.
///
/// # Errors
/// Database faults.
pub fn list_direct_of_token(conn: &mut DbConnection, id: TokenId) -> QueryResult<Vec<Permission>> {
    token_permissions::table
        .inner_join(permissions::table.inner_join(content_types::table))
        .filter(token_permissions::token_id.eq(id))
        .order((content_types::app_label, permissions::codename))
        .select(COLUMNS)
        .load(conn)
}

/// The permissions that a user was given itself, in order.
///
/// # Errors
/// Database faults.
pub fn list_direct_of_user(conn: &mut DbConnection, id: UserId) -> QueryResult<Vec<Permission>> {
    user_permissions::table
        .inner_join(permissions::table.inner_join(content_types::table))
        .filter(user_permissions::user_id.eq(id))
        .order((content_types::app_label, permissions::codename))
        .select(COLUMNS)
        .load(conn)
}

/// What a token was given, directly and by its groups, in order of name.
///
/// # Errors
/// Database faults.
pub fn list_held_by_token(conn: &mut DbConnection, id: TokenId) -> QueryResult<Vec<HeldPermission>> {
    let through_groups =
        group_permissions::table
            .inner_join(groups::table)
            .inner_join(permissions::table.inner_join(content_types::table))
            .filter(group_permissions::group_id.eq_any(
                token_groups::table.filter(token_groups::token_id.eq(id)).select(token_groups::group_id),
            ))
            .select((COLUMNS, groups::name))
            .load(conn)?;
    Ok(merge(&list_direct_of_token(conn, id)?, through_groups))
}

/// What a user was given, directly and by groups, in order of name. A superuser holds more than this.
///
/// # Errors
/// Database faults.
pub fn list_held_by_user(conn: &mut DbConnection, id: UserId) -> QueryResult<Vec<HeldPermission>> {
    let through_groups = group_permissions::table
        .inner_join(groups::table)
        .inner_join(permissions::table.inner_join(content_types::table))
        .filter(
            group_permissions::group_id
                .eq_any(user_groups::table.filter(user_groups::user_id.eq(id)).select(user_groups::group_id)),
        )
        .select((COLUMNS, groups::name))
        .load(conn)?;
    Ok(merge(&list_direct_of_user(conn, id)?, through_groups))
}

fn merge(direct: &[Permission], through_groups: Vec<(Permission, String)>) -> Vec<HeldPermission> {
    let mut held: BTreeMap<String, (bool, Vec<String>)> =
        direct.iter().map(|p| (p.full_name(), (true, Vec::new()))).collect();
    for (permission, group) in through_groups {
        held.entry(permission.full_name()).or_default().1.push(group);
    }
    held.into_iter()
        .map(|(permission, (direct, mut groups))| {
            groups.sort();
            groups.dedup();
            HeldPermission { permission, direct, groups }
        })
        .collect()
}

/// Adds a permission.
///
/// # Errors
/// A unique violation if its content type has it; database faults.
pub fn insert(tx: &mut Tx<'_>, new: &NewPermission<'_>) -> QueryResult<PermissionId> {
    diesel::insert_into(permissions::table).values(new).returning(permissions::id).get_result(&mut **tx)
}

/// Changes the name for people.
///
/// # Errors
/// Database faults.
pub fn update(tx: &mut Tx<'_>, id: PermissionId, name: &str) -> QueryResult<usize> {
    diesel::update(permissions::table.find(id)).set(permissions::name.eq(name)).execute(&mut **tx)
}
