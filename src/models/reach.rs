//! What many tokens or users were given, read at once for a list: names of permissions, each with whom it
//! is given to. A name can come several times.

use diesel::prelude::*;

use crate::db::schema::{
    content_types, group_permissions, permissions, token_groups, token_permissions, tokens, user_groups,
    user_permissions,
};
use crate::db::{DbConnection, TokenId, UserId};

fn named<I>(rows: Vec<(I, String, String)>) -> Vec<(I, String)> {
    rows.into_iter().map(|(id, app_label, codename)| (id, format!("{app_label}.{codename}"))).collect()
}

/// What groups give to tokens.
///
/// # Errors
/// Database faults.
pub fn groups_of_tokens(conn: &mut DbConnection, ids: &[TokenId]) -> QueryResult<Vec<(TokenId, String)>> {
    let rows = token_groups::table
        .inner_join(group_permissions::table.on(group_permissions::group_id.eq(token_groups::group_id)))
        .inner_join(permissions::table.on(permissions::id.eq(group_permissions::permission_id)))
        .inner_join(content_types::table.on(content_types::id.eq(permissions::content_type_id)))
        .filter(token_groups::token_id.eq_any(ids.to_vec()))
        .select((token_groups::token_id, content_types::app_label, permissions::codename))
        .load(conn)?;
    Ok(named(rows))
}

/// What users were given themselves and by their groups: two queries.
///
/// # Errors
/// Database faults.
pub fn users(conn: &mut DbConnection, ids: &[UserId]) -> QueryResult<Vec<(UserId, String)>> {
    let mut rows: Vec<(UserId, String, String)> = user_permissions::table
        .inner_join(permissions::table.inner_join(content_types::table))
        .filter(user_permissions::user_id.eq_any(ids.to_vec()))
        .select((user_permissions::user_id, content_types::app_label, permissions::codename))
        .load(conn)?;
    let by_groups: Vec<(UserId, String, String)> = user_groups::table
        .inner_join(group_permissions::table.on(group_permissions::group_id.eq(user_groups::group_id)))
        .inner_join(permissions::table.on(permissions::id.eq(group_permissions::permission_id)))
        .inner_join(content_types::table.on(content_types::id.eq(permissions::content_type_id)))
        .filter(user_groups::user_id.eq_any(ids.to_vec()))
        .select((user_groups::user_id, content_types::app_label, permissions::codename))
        .load(conn)?;
    rows.extend(by_groups);
    Ok(named(rows))
}

/// What the tokens of users were given, each with the owner: two queries.
///
/// # Errors
/// Database faults.
pub fn tokens_of_users(conn: &mut DbConnection, ids: &[UserId]) -> QueryResult<Vec<(UserId, String)>> {
    let mut rows: Vec<(UserId, String, String)> = token_permissions::table
        .inner_join(tokens::table.on(tokens::id.eq(token_permissions::token_id)))
        .inner_join(permissions::table.on(permissions::id.eq(token_permissions::permission_id)))
        .inner_join(content_types::table.on(content_types::id.eq(permissions::content_type_id)))
        .filter(tokens::user_id.eq_any(ids.to_vec()))
        .select((tokens::user_id, content_types::app_label, permissions::codename))
        .load(conn)?;
    let by_groups: Vec<(UserId, String, String)> = token_groups::table
        .inner_join(tokens::table.on(tokens::id.eq(token_groups::token_id)))
        .inner_join(group_permissions::table.on(group_permissions::group_id.eq(token_groups::group_id)))
        .inner_join(permissions::table.on(permissions::id.eq(group_permissions::permission_id)))
        .inner_join(content_types::table.on(content_types::id.eq(permissions::content_type_id)))
        .filter(tokens::user_id.eq_any(ids.to_vec()))
        .select((tokens::user_id, content_types::app_label, permissions::codename))
        .load(conn)?;
    rows.extend(by_groups);
    Ok(named(rows))
}
