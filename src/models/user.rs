//! Users: administrators who sign in, and owners of tokens.

use std::convert::identity;

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::page::{self, Mark};
use super::sql::lower;
use super::{Paged, Paging, Slice, Sliced, contains_pattern};
use crate::auth::PasswordHash;
use crate::clock::UtcTime;
use crate::db::schema::{tokens, user_groups, users};
use crate::db::{DbConnection, GroupId, MultiBackend, Tx, UserId};
use crate::error::Result;

/// One user. The password hash is never part of it: see [`find_password_hash`].
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// Never used again after a deletion.
    pub id: UserId,
    /// Unique, whatever the case of its letters.
    pub username: String,
    /// Empty if there is none.
    pub email: String,
    /// Whether the user may sign in and the tokens of the user are accepted.
    pub is_active: bool,
    /// Whether the user may sign in to the admin.
    pub is_staff: bool,
    /// Whether the user holds every permission.
    pub is_superuser: bool,
    /// When the account was made.
    pub date_joined: UtcTime,
    /// When the user last signed in.
    pub last_login: Option<UtcTime>,
}

/// What a new row has.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = users)]
pub struct NewUser<'a> {
    /// See [`User`].
    pub username: &'a str,
    /// See [`User`].
    pub email: &'a str,
    /// PHC form; `None` = cannot sign in with a password.
    pub password_hash: Option<&'a str>,
    /// See [`User`].
    pub is_active: bool,
    /// See [`User`].
    pub is_staff: bool,
    /// See [`User`].
    pub is_superuser: bool,
    /// See [`User`].
    pub date_joined: UtcTime,
}

/// Columns to change; `None` leaves a column alone. At least one has to be set.
#[derive(Debug, Clone, Default, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = users)]
pub struct UserChanges<'a> {
    /// See [`User`].
    pub username: Option<&'a str>,
    /// See [`User`].
    pub email: Option<&'a str>,
    /// PHC form.
    pub password_hash: Option<&'a str>,
    /// See [`User`].
    pub is_active: Option<bool>,
    /// See [`User`].
    pub is_staff: Option<bool>,
    /// See [`User`].
    pub is_superuser: Option<bool>,
    /// See [`User`].
    pub last_login: Option<UtcTime>,
}

/// How many there are.
///
/// # Errors
/// Database faults.
pub fn count(conn: &mut DbConnection) -> QueryResult<i64> {
    users::table.count().get_result(conn)
}

/// How many users there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct UserNumbers {
    /// All of them.
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    /// Those who may sign in to the admin.
    #[diesel(sql_type = BigInt)]
    pub staff: i64,
    /// Superusers.
    #[diesel(sql_type = BigInt)]
    pub superusers: i64,
    /// Those who are switched off.
    #[diesel(sql_type = BigInt)]
    pub inactive: i64,
    /// Those who own no token.
    #[diesel(sql_type = BigInt)]
    pub without_tokens: i64,
}

/// Counts users of each kind with one statement.
///
/// # Errors
/// Database faults.
pub fn numbers(conn: &mut DbConnection) -> QueryResult<UserNumbers> {
    diesel::sql_query(
        "SELECT count(*) AS total, \
         coalesce(sum(CASE WHEN is_staff AND is_active THEN 1 ELSE 0 END), 0) AS staff, \
         coalesce(sum(CASE WHEN is_superuser AND is_active THEN 1 ELSE 0 END), 0) AS superusers, \
         coalesce(sum(CASE WHEN is_active THEN 0 ELSE 1 END), 0) AS inactive, \
         (SELECT count(*) FROM users AS u WHERE NOT EXISTS \
         (SELECT 1 FROM tokens WHERE tokens.user_id = u.id)) AS without_tokens FROM users",
    )
    .get_result(conn)
}

/// Finds a user by id.
///
/// # Errors
/// Database faults.
pub fn find(conn: &mut DbConnection, id: UserId) -> QueryResult<Option<User>> {
    users::table.find(id).select(User::as_select()).first(conn).optional()
}

/// Finds a user by name, whatever the case of its letters.
///
/// # Errors
/// Database faults.
pub fn find_by_username(conn: &mut DbConnection, username: &str) -> QueryResult<Option<User>> {
    users::table
        .filter(lower(users::username).eq(lower(username)))
        .select(User::as_select())
        .first(conn)
        .optional()
}

/// The stored password of a user; `None` if there is no such user or no password.
///
/// # Errors
/// Database faults.
pub fn find_password_hash(conn: &mut DbConnection, id: UserId) -> QueryResult<Option<PasswordHash>> {
    let stored: Option<Option<String>> =
        users::table.find(id).select(users::password_hash).first(conn).optional()?;
    Ok(stored.flatten().map(PasswordHash::from_stored))
}

/// Whether there is any user at all.
///
/// # Errors
/// Database faults.
pub fn any(conn: &mut DbConnection) -> QueryResult<bool> {
    diesel::select(exists(users::table.select(users::id))).get_result(conn)
}

/// How many active superusers there are.
///
/// # Errors
/// Database faults.
pub fn count_active_superusers(conn: &mut DbConnection) -> QueryResult<i64> {
    users::table.filter(users::is_superuser.eq(true).and(users::is_active.eq(true))).count().get_result(conn)
}

/// How many active superusers there are beside `id`.
///
/// # Errors
/// Database faults.
pub fn count_other_active_superusers(conn: &mut DbConnection, id: UserId) -> QueryResult<i64> {
    users::table
        .filter(users::is_superuser.eq(true).and(users::is_active.eq(true)).and(users::id.ne(id)))
        .count()
        .get_result(conn)
}

/// Which users are wanted; every condition that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Text in the name or the email address.
    pub search: Option<String>,
    /// Active ones, or inactive ones.
    pub is_active: Option<bool>,
    /// Those who may sign in to the admin, or those who may not.
    pub is_staff: Option<bool>,
    /// Superusers, or the others.
    pub is_superuser: Option<bool>,
    /// In this group.
    pub group_id: Option<GroupId>,
    /// Those who own no token.
    pub without_tokens: bool,
}

fn matching(filter: &UserFilter) -> users::BoxedQuery<'static, MultiBackend> {
    let mut query = users::table.into_boxed::<MultiBackend>();
    if let Some(is_active) = filter.is_active {
        query = query.filter(users::is_active.eq(is_active));
    }
    if let Some(is_staff) = filter.is_staff {
        query = query.filter(users::is_staff.eq(is_staff));
    }
    if let Some(is_superuser) = filter.is_superuser {
        query = query.filter(users::is_superuser.eq(is_superuser));
    }
    if let Some(group_id) = filter.group_id {
        let members =
            user_groups::table.filter(user_groups::group_id.eq(group_id)).select(user_groups::user_id);
        query = query.filter(users::id.eq_any(members));
    }
    if filter.without_tokens {
        query = query.filter(not(exists(tokens::table.filter(tokens::user_id.eq(users::id)))));
    }
    if let Some(text) = &filter.search {
        let pattern = contains_pattern(text);
        let in_name = lower(users::username).like(lower(pattern.clone())).escape('\\');
        query = query.filter(in_name.or(lower(users::email).like(lower(pattern)).escape('\\')));
    }
    query
}

/// Lists users in order of name.
///
/// # Errors
/// Database faults.
pub fn list(conn: &mut DbConnection, filter: &UserFilter, paging: Paging) -> QueryResult<Paged<User>> {
    let total = matching(filter).count().get_result(conn)?;
    let rows = matching(filter)
        .order((lower(users::username), users::id))
        .limit(paging.limit)
        .offset(paging.offset)
        .select(User::as_select())
        .load(conn)?;
    Ok(Paged { rows, total })
}

/// What a list of users is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserOrder {
    /// By id, so in order of their making.
    Id,
    /// By name, whatever the case.
    Username,
    /// By the time at which the account was made.
    DateJoined,
}

/// Lists a part of the users in an order, turned around if the flag says so.
///
/// # Errors
/// `Invalid` for a cursor of another order; database faults.
pub fn slice(
    conn: &mut DbConnection,
    filter: &UserFilter,
    (order, descending): (UserOrder, bool),
    slice: &Slice<Mark>,
) -> Result<Sliced<User, Mark>> {
    let query = matching(filter);
    let query = match order {
        UserOrder::Id => page::seek_id!(query, descending, users::id, page::after(slice, Mark::as_id)?),
        UserOrder::Username => {
            page::seek!(
                query,
                descending,
                lower(users::username),
                lower,
                users::id,
                page::after(slice, Mark::as_text)?
            )
        }
        UserOrder::DateJoined => {
            page::seek!(
                query,
                descending,
                users::date_joined,
                identity,
                users::id,
                page::after(slice, Mark::as_time)?
            )
        }
    };
    let rows = query.limit(slice.limit.saturating_add(1)).select(User::as_select()).load(conn)?;
    let total = slice.count.then(|| matching(filter).count().get_result(conn)).transpose()?;
    Ok(Sliced::cut(rows, slice.limit, total, |user: &User| match order {
        UserOrder::Id => Mark::Id(user.id.0),
        UserOrder::Username => Mark::Text(user.username.clone(), user.id.0),
        UserOrder::DateJoined => Mark::Time(user.date_joined, user.id.0),
    }))
}

/// The users in a group, in order of name.
///
/// # Errors
/// Database faults.
pub fn list_of_group(conn: &mut DbConnection, id: GroupId) -> QueryResult<Vec<User>> {
    users::table
        .inner_join(user_groups::table)
        .filter(user_groups::group_id.eq(id))
        .order((lower(users::username), users::id))
        .select(User::as_select())
        .load(conn)
}

/// Adds a user.
///
/// # Errors
/// A unique violation for a name that is taken; database faults.
pub fn insert(tx: &mut Tx<'_>, new: &NewUser<'_>) -> QueryResult<UserId> {
    diesel::insert_into(users::table).values(new).returning(users::id).get_result(&mut **tx)
}

/// Changes a user; the number of rows is 0 if there is no such user.
///
/// # Errors
/// A unique violation for a name that is taken; database faults.
pub fn update(tx: &mut Tx<'_>, id: UserId, changes: &UserChanges<'_>) -> QueryResult<usize> {
    diesel::update(users::table.find(id)).set(changes).execute(&mut **tx)
}

/// Deletes a user with its memberships and sessions.
///
/// # Errors
/// A foreign key violation while the user owns tokens; database faults.
pub fn delete(tx: &mut Tx<'_>, id: UserId) -> QueryResult<usize> {
    diesel::delete(users::table.find(id)).execute(&mut **tx)
}
