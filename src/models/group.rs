//! Groups: reusable bundles of permissions for users and tokens.

use diesel::prelude::*;

use super::page::{self, Mark};
use super::sql::lower;
use super::{Paged, Paging, Slice, Sliced, contains_pattern};
use crate::auth::PermissionName;
use crate::db::schema::{content_types, group_permissions, groups, permissions, token_groups, user_groups};
use crate::db::{DbConnection, GroupId, MultiBackend, PermissionId, TokenId, Tx, UserId};
use crate::error::Result;

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = groups)]
pub struct Group {
    /// Never used again after a deletion.
    pub id: GroupId,
    /// Unique.
    pub name: String,
}

/// How many there are.
///
/// # Errors
/// Database faults.
pub fn count(conn: &mut DbConnection) -> QueryResult<i64> {
    groups::table.count().get_result(conn)
}

/// Finds a group by id.
///
/// # Errors
/// Database faults.
pub fn find(conn: &mut DbConnection, id: GroupId) -> QueryResult<Option<Group>> {
    groups::table.find(id).select(Group::as_select()).first(conn).optional()
}

/// Finds a group by its exact name.
///
/// # Errors
/// Database faults.
pub fn find_by_name(conn: &mut DbConnection, name: &str) -> QueryResult<Option<Group>> {
    groups::table.filter(groups::name.eq(name)).select(Group::as_select()).first(conn).optional()
}

/// Which groups are wanted; every condition that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct GroupFilter {
    /// Text in the name.
    pub search: Option<String>,
    /// Giving this permission.
    pub permission_id: Option<PermissionId>,
}

fn matching(filter: &GroupFilter) -> groups::BoxedQuery<'static, MultiBackend> {
    let mut query = groups::table.into_boxed::<MultiBackend>();
    if let Some(id) = filter.permission_id {
        let giving = group_permissions::table
            .filter(group_permissions::permission_id.eq(id))
            .select(group_permissions::group_id);
        query = query.filter(groups::id.eq_any(giving));
    }
    if let Some(text) = &filter.search {
        query = query.filter(lower(groups::name).like(lower(contains_pattern(text))).escape('\\'));
    }
    query
}

/// Lists groups in order of name.
///
/// # Errors
/// Database faults.
pub fn list(conn: &mut DbConnection, filter: &GroupFilter, paging: Paging) -> QueryResult<Paged<Group>> {
    let total = matching(filter).count().get_result(conn)?;
    let rows = matching(filter)
        .order((lower(groups::name), groups::id))
        .limit(paging.limit)
        .offset(paging.offset)
        .select(Group::as_select())
        .load(conn)?;
    Ok(Paged { rows, total })
}

/// What a list of groups is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupOrder {
    /// By id, so in order of their making.
    Id,
    /// By name, whatever the case.
    Name,
}

/// Lists a part of the groups in an order, turned around if the flag says so.
///
/// # Errors
/// `Invalid` for a cursor of another order; database faults.
pub fn slice(
    conn: &mut DbConnection,
    filter: &GroupFilter,
    (order, descending): (GroupOrder, bool),
    slice: &Slice<Mark>,
) -> Result<Sliced<Group, Mark>> {
    let query = matching(filter);
    let query = match order {
        GroupOrder::Id => page::seek_id!(query, descending, groups::id, page::after(slice, Mark::as_id)?),
        GroupOrder::Name => {
            page::seek!(
                query,
                descending,
                lower(groups::name),
                lower,
                groups::id,
                page::after(slice, Mark::as_text)?
            )
        }
    };
    let rows = query.limit(slice.limit.saturating_add(1)).select(Group::as_select()).load(conn)?;
    let total = slice.count.then(|| matching(filter).count().get_result(conn)).transpose()?;
    Ok(Sliced::cut(rows, slice.limit, total, |group: &Group| match order {
        GroupOrder::Id => Mark::Id(group.id.0),
        GroupOrder::Name => Mark::Text(group.name.clone(), group.id.0),
    }))
}

/// The groups of a token in order of name.
///
/// # Errors
/// Database faults.
pub fn list_of_token(conn: &mut DbConnection, id: TokenId) -> QueryResult<Vec<Group>> {
    groups::table
        .inner_join(token_groups::table)
        .filter(token_groups::token_id.eq(id))
        .order((lower(groups::name), groups::id))
        .select(Group::as_select())
        .load(conn)
}

/// The groups of tokens in order of name, each with its token.
///
/// # Errors
/// Database faults.
pub fn list_of_tokens(conn: &mut DbConnection, ids: &[TokenId]) -> QueryResult<Vec<(TokenId, Group)>> {
    groups::table
        .inner_join(token_groups::table)
        .filter(token_groups::token_id.eq_any(ids.to_vec()))
        .order((lower(groups::name), groups::id))
        .select((token_groups::token_id, Group::as_select()))
        .load(conn)
}

/// The groups of a user in order of name.
///
/// # Errors
/// Database faults.
pub fn list_of_user(conn: &mut DbConnection, id: UserId) -> QueryResult<Vec<Group>> {
    groups::table
        .inner_join(user_groups::table)
        .filter(user_groups::user_id.eq(id))
        .order((lower(groups::name), groups::id))
        .select(Group::as_select())
        .load(conn)
}

/// The groups of users in order of name, each with its user.
///
/// # Errors
/// Database faults.
pub fn list_of_users(conn: &mut DbConnection, ids: &[UserId]) -> QueryResult<Vec<(UserId, Group)>> {
    groups::table
        .inner_join(user_groups::table)
        .filter(user_groups::user_id.eq_any(ids.to_vec()))
        .order((lower(groups::name), groups::id))
        .select((user_groups::user_id, Group::as_select()))
        .load(conn)
}

/// Names of the groups that hold a permission, in order, at most so many.
///
/// # Errors
/// Database faults.
pub fn list_names_with_permission(
    conn: &mut DbConnection,
    name: &PermissionName,
    most: i64,
) -> QueryResult<Vec<String>> {
    let holding = group_permissions::table
        .inner_join(permissions::table.inner_join(content_types::table))
        .filter(content_types::app_label.eq(&name.app_label).and(permissions::codename.eq(&name.codename)))
        .select(group_permissions::group_id);
    groups::table
        .filter(groups::id.eq_any(holding))
        .order((lower(groups::name), groups::id))
        .limit(most)
        .select(groups::name)
        .load(conn)
}

/// Adds a group.
///
/// # Errors
/// A unique violation for a name that is taken; database faults.
pub fn insert(tx: &mut Tx<'_>, name: &str) -> QueryResult<GroupId> {
    diesel::insert_into(groups::table)
        .values(groups::name.eq(name))
        .returning(groups::id)
        .get_result(&mut **tx)
}

/// Renames a group.
///
/// # Errors
/// A unique violation for a name that is taken; database faults.
pub fn update(tx: &mut Tx<'_>, id: GroupId, name: &str) -> QueryResult<usize> {
    diesel::update(groups::table.find(id)).set(groups::name.eq(name)).execute(&mut **tx)
}

/// Deletes a group with its memberships.
///
/// # Errors
/// Database faults.
pub fn delete(tx: &mut Tx<'_>, id: GroupId) -> QueryResult<usize> {
    diesel::delete(groups::table.find(id)).execute(&mut **tx)
}
