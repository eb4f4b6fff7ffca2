//! What many tokens or users were given, read at once for a list: names of permissions, each with whom it
//! is given to. A name can come several times.

use diesel::prelude::*;

use crate::db::schema::{
    content_types, group_permissions, permissions, token_groups, token_permissions, tokens, user_groups,
    user_permissions,
};
use crate::db::{DbConnection, TokenId, UserId};

/// Names of the permissions that `$given` leads to by `$permission`, each with `$id`, which is among `$ids`.
macro_rules! names {
    ($conn:ident, $given:expr, $permission:expr, $id:expr, $ids:ident) => {
        $given
            .inner_join(permissions::table.on(permissions::id.eq($permission)))
            .inner_join(content_types::table.on(content_types::id.eq(permissions::content_type_id)))
            .filter($id.eq_any($ids.to_vec()))
            .select(($id, content_types::app_label, permissions::codename))
            .load::<(_, String, String)>($conn)?
            .into_iter()
            .map(|(id, app_label, codename)| (id, format!("{app_label}.{codename}")))
    };
}

/// What groups give to tokens.
///
/// # Errors
/// Database faults.
pub fn groups_of_tokens(conn: &mut DbConnection, ids: &[TokenId]) -> QueryResult<Vec<(TokenId, String)>> {
    let given = token_groups::table
        .inner_join(group_permissions::table.on(group_permissions::group_id.eq(token_groups::group_id)));
    Ok(names!(conn, given, group_permissions::permission_id, token_groups::token_id, ids).collect())
}

/// What users were given themselves and by their groups: two queries.
///
/// # Errors
/// Database faults.
pub fn users(conn: &mut DbConnection, ids: &[UserId]) -> QueryResult<Vec<(UserId, String)>> {
    let own = user_permissions::table;
    let own = names!(conn, own, user_permissions::permission_id, user_permissions::user_id, ids);
    let given = user_groups::table
        .inner_join(group_permissions::table.on(group_permissions::group_id.eq(user_groups::group_id)));
    let given = names!(conn, given, group_permissions::permission_id, user_groups::user_id, ids);
    Ok(own.chain(given).collect())
}

/// What the tokens of users were given, each with the owner: two queries.
///
/// # Errors
/// Database faults.
pub fn tokens_of_users(conn: &mut DbConnection, ids: &[UserId]) -> QueryResult<Vec<(UserId, String)>> {
    let own = token_permissions::table.inner_join(tokens::table);
    let own = names!(conn, own, token_permissions::permission_id, tokens::user_id, ids);
    let given = token_groups::table
        .inner_join(tokens::table)
        .inner_join(group_permissions::table.on(group_permissions::group_id.eq(token_groups::group_id)));
    let given = names!(conn, given, group_permissions::permission_id, tokens::user_id, ids);
    Ok(own.chain(given).collect())
}
