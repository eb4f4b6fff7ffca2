//! How many hold what: numbers for lists, one statement a kind, however many rows a list shows.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::db::schema::{
    group_permissions, token_groups, token_permissions, tokens, user_groups, user_permissions,
};
use crate::db::{DbConnection, GroupId, PermissionId, UserId};

/// What belongs to a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupSize {
    /// Users in it.
    pub users: i64,
    /// Tokens in it.
    pub tokens: i64,
}

/// Who has a permission, leaving out those who have it by a group only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holders {
    /// Groups that give it.
    pub groups: i64,
    /// Users who were given it themselves.
    pub users: i64,
    /// Tokens that were given it themselves.
    pub tokens: i64,
}

/// Counts the members of groups. Groups without any are left out.
///
/// # Errors
/// Database faults.
pub fn of_groups(conn: &mut DbConnection, ids: &[GroupId]) -> QueryResult<HashMap<GroupId, GroupSize>> {
    let users: Vec<(GroupId, i64)> = user_groups::table
        .filter(user_groups::group_id.eq_any(ids.to_vec()))
        .group_by(user_groups::group_id)
        .select((user_groups::group_id, count_star()))
        .load(conn)?;
    let tokens: Vec<(GroupId, i64)> = token_groups::table
        .filter(token_groups::group_id.eq_any(ids.to_vec()))
        .group_by(token_groups::group_id)
        .select((token_groups::group_id, count_star()))
        .load(conn)?;
    let mut sizes: HashMap<GroupId, GroupSize> = HashMap::new();
    for (id, count) in users {
        sizes.entry(id).or_default().users = count;
    }
    for (id, count) in tokens {
        sizes.entry(id).or_default().tokens = count;
    }
    Ok(sizes)
}

/// Counts the tokens that users own. Users without any are left out.
///
/// # Errors
/// Database faults.
pub fn tokens_of_users(conn: &mut DbConnection, ids: &[UserId]) -> QueryResult<HashMap<UserId, i64>> {
    let counted: Vec<(UserId, i64)> = tokens::table
        .filter(tokens::user_id.eq_any(ids.to_vec()))
        .group_by(tokens::user_id)
        .select((tokens::user_id, count_star()))
        .load(conn)?;
    Ok(counted.into_iter().collect())
}

/// Counts who has each of some permissions. Permissions that nobody has are left out.
///
/// # Errors
/// Database faults.
pub fn of_permissions(
    conn: &mut DbConnection,
    ids: &[PermissionId],
) -> QueryResult<HashMap<PermissionId, Holders>> {
    let mut holders: HashMap<PermissionId, Holders> = HashMap::new();
    macro_rules! count {
        ($table:ident, $member:ident) => {
            let counted: Vec<(PermissionId, i64)> = $table::table
                .filter($table::permission_id.eq_any(ids.to_vec()))
                .group_by($table::permission_id)
                .select(($table::permission_id, count_star()))
                .load(conn)?;
            for (id, count) in counted {
                holders.entry(id).or_default().$member = count;
            }
        };
    }
    count!(group_permissions, groups);
    count!(user_permissions, users);
    count!(token_permissions, tokens);
    Ok(holders)
}
