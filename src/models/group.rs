//! Groups: reusable bundles of permissions for users and tokens.

use diesel::prelude::*;

use super::Paged;
use super::Paging;
use super::contains_pattern;
use super::sql::lower;
use crate::db::schema::{groups, token_groups, user_groups};
use crate::db::{DbConnection, GroupId, MultiBackend, TokenId, Tx, UserId};

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = groups)]
pub struct Group {
    /// Never used again after a deletion.
    pub id: GroupId,
    /// Unique.
    pub name: String,
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

/// Lists groups in order of name, those only whose name contains `search`.
///
/// # Errors
/// Database faults.
pub fn list(conn: &mut DbConnection, search: Option<&str>, paging: Paging) -> QueryResult<Paged<Group>> {
    let matching = || {
        let mut query = groups::table.into_boxed::<MultiBackend>();
        if let Some(text) = search {
            query = query.filter(lower(groups::name).like(lower(contains_pattern(text))).escape('\\'));
        }
        query
    };
    let total = matching().count().get_result(conn)?;
    let rows = matching()
        .order((lower(groups::name), groups::id))
        .limit(paging.limit)
        .offset(paging.offset)
        .select(Group::as_select())
        .load(conn)?;
    Ok(Paged { rows, total })
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
