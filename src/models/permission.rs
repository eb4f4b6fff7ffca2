//! Permissions, and who holds them: directly or through which group.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::page::{self, Mark};
use super::sql::lower;
use super::{Slice, Sliced, contains_pattern};
use crate::auth::PermissionName;
use crate::db::schema::{
    content_types, group_permissions, groups, permissions, token_groups, token_permissions, tokens,
    user_groups, user_permissions,
};
use crate::db::{ContentTypeId, DbConnection, GroupId, MultiBackend, PermissionId, TokenId, Tx, UserId};
use crate::error::Result;

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
    /// The permission itself, with its model.
    #[serde(skip)]
    pub row: Permission,
}

/// Which permissions are wanted; every condition that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct PermissionFilter {
    /// Of this app.
    pub app_label: Option<String>,
    /// Of models of this name.
    pub model: Option<String>,
    /// Text in the codename or the name.
    pub search: Option<String>,
    /// Of models whose table has vanished, or of the others.
    pub is_stale: Option<bool>,
}

type Joined = diesel::dsl::InnerJoin<permissions::table, content_types::table>;

fn matching(filter: &PermissionFilter) -> diesel::dsl::IntoBoxed<'static, Joined, MultiBackend> {
    let mut query = permissions::table.inner_join(content_types::table).into_boxed::<MultiBackend>();
    if let Some(app_label) = &filter.app_label {
        query = query.filter(content_types::app_label.eq(app_label.clone()));
    }
    if let Some(model) = &filter.model {
        query = query.filter(content_types::model.eq(model.clone()));
    }
    if let Some(is_stale) = filter.is_stale {
        query = query.filter(content_types::is_stale.eq(is_stale));
    }
    if let Some(text) = &filter.search {
        let pattern = contains_pattern(text);
        let in_codename = lower(permissions::codename).like(lower(pattern.clone())).escape('\\');
        query = query.filter(in_codename.or(lower(permissions::name).like(lower(pattern)).escape('\\')));
    }
    query
}

/// Finds a permission by id.
///
/// # Errors
/// Database faults.
pub fn find(conn: &mut DbConnection, id: PermissionId) -> QueryResult<Option<Permission>> {
    permissions::table
        .inner_join(content_types::table)
        .filter(permissions::id.eq(id))
        .select(COLUMNS)
        .first(conn)
        .optional()
}

/// Lists permissions in order of app, model and codename: all, or those of one app.
///
/// # Errors
/// Database faults.
pub fn list(conn: &mut DbConnection, app_label: Option<&str>) -> QueryResult<Vec<Permission>> {
    let app_label = app_label.map(str::to_owned);
    matching(&PermissionFilter { app_label, ..PermissionFilter::default() })
        .order((content_types::app_label, content_types::model, permissions::codename))
        .select(COLUMNS)
        .load(conn)
}

/// What a list of permissions is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionOrder {
    /// By id, so in order of their making.
    Id,
    /// By app and codename.
    Codename,
}

/// Lists a part of the permissions in an order, turned around if the flag says so.
///
/// # Errors
/// `Invalid` for a cursor of another order; database faults.
pub fn slice(
    conn: &mut DbConnection,
    filter: &PermissionFilter,
    (order, descending): (PermissionOrder, bool),
    slice: &Slice<Mark>,
) -> Result<Sliced<Permission, Mark>> {
    let query = matching(filter);
    let query = match order {
        PermissionOrder::Id => {
            page::seek_id!(query, descending, permissions::id, page::after(slice, Mark::as_id)?)
        }
        PermissionOrder::Codename => {
            let columns = (content_types::app_label, permissions::codename, permissions::id);
            page::seek_pair!(query, descending, columns, page::after(slice, Mark::as_pair)?)
        }
    };
    let rows = query.limit(slice.limit.saturating_add(1)).select(COLUMNS).load(conn)?;
    let total = slice.count.then(|| matching(filter).count().get_result(conn)).transpose()?;
    Ok(Sliced::cut(rows, slice.limit, total, |row: &Permission| match order {
        PermissionOrder::Id => Mark::Id(row.id.0),
        PermissionOrder::Codename => Mark::Pair(row.app_label.clone(), row.codename.clone(), row.id.0),
    }))
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

/// The permissions of groups, in order, each with its group.
///
/// # Errors
/// Database faults.
pub fn list_of_groups(conn: &mut DbConnection, ids: &[GroupId]) -> QueryResult<Vec<(GroupId, Permission)>> {
    group_permissions::table
        .inner_join(permissions::table.inner_join(content_types::table))
        .filter(group_permissions::group_id.eq_any(ids.to_vec()))
        .order((content_types::app_label, permissions::codename))
        .select((group_permissions::group_id, COLUMNS))
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

/// The permissions that tokens were given themselves, in order, each with its token.
///
/// # Errors
/// Database faults.
pub fn list_direct_of_tokens(
    conn: &mut DbConnection,
    ids: &[TokenId],
) -> QueryResult<Vec<(TokenId, Permission)>> {
    token_permissions::table
        .inner_join(permissions::table.inner_join(content_types::table))
        .filter(token_permissions::token_id.eq_any(ids.to_vec()))
        .order((content_types::app_label, permissions::codename))
        .select((token_permissions::token_id, COLUMNS))
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
    Ok(merge(list_direct_of_token(conn, id)?, through_groups))
}

/// The names of everything that tokens of a user were given, directly and by their groups.
///
/// # Errors
/// Database faults.
pub fn names_of_tokens_of_user(conn: &mut DbConnection, id: UserId) -> QueryResult<Vec<String>> {
    let owned = || tokens::table.filter(tokens::user_id.eq(id)).select(tokens::id);
    let direct = token_permissions::table
        .filter(token_permissions::token_id.eq_any(owned()))
        .select(token_permissions::permission_id);
    let of_groups = token_groups::table
        .inner_join(group_permissions::table.on(group_permissions::group_id.eq(token_groups::group_id)))
        .filter(token_groups::token_id.eq_any(owned()))
        .select(group_permissions::permission_id);
    let held: Vec<Permission> = permissions::table
        .inner_join(content_types::table)
        .filter(permissions::id.eq_any(direct).or(permissions::id.eq_any(of_groups)))
        .select(COLUMNS)
        .load(conn)?;
    Ok(held.iter().map(Permission::full_name).collect())
}

/// The permissions of content types, in order, stale ones too.
///
/// # Errors
/// Database faults.
pub fn list_of_content_types(conn: &mut DbConnection, ids: &[ContentTypeId]) -> QueryResult<Vec<Permission>> {
    permissions::table
        .inner_join(content_types::table)
        .filter(permissions::content_type_id.eq_any(ids.to_vec()))
        .order((content_types::app_label, content_types::model, permissions::codename))
        .select(COLUMNS)
        .load(conn)
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
    Ok(merge(list_direct_of_user(conn, id)?, through_groups))
}

fn merge(direct: Vec<Permission>, through_groups: Vec<(Permission, String)>) -> Vec<HeldPermission> {
    let mut held: BTreeMap<String, HeldPermission> = BTreeMap::new();
    let not_yet = |permission: String, row: Permission| HeldPermission {
        permission,
        direct: false,
        groups: Vec::new(),
        row,
    };
    for row in direct {
        let name = row.full_name();
        held.entry(name.clone()).or_insert_with(|| not_yet(name, row)).direct = true;
    }
    for (row, group) in through_groups {
        let name = row.full_name();
        held.entry(name.clone()).or_insert_with(|| not_yet(name, row)).groups.push(group);
    }
    let mut all: Vec<HeldPermission> = held.into_values().collect();
    for one in &mut all {
        one.groups.sort();
        one.groups.dedup();
    }
    all
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
