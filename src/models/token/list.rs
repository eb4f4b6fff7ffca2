//! Lists of tokens: which, in what order, and which part.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text, Timestamp};
use serde::{Deserialize, Serialize};

use super::{EXPIRING_WITHIN, Token};
use crate::clock::UtcTime;
use crate::db::schema::{group_permissions, token_groups, token_permissions, tokens, users};
use crate::db::{DbConnection, GroupId, MultiBackend, PermissionId, TokenId, UserId};
use crate::models::sql::lower;
use crate::models::{Paged, Paging, Slice, Sliced, contains_pattern};

/// A token in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// The token.
    pub token: Token,
    /// The owner's name.
    pub owner: String,
    /// Whether the owner is active.
    pub owner_active: bool,
}

impl From<(Token, String, bool)> for TokenRow {
    fn from((token, owner, owner_active): (Token, String, bool)) -> Self {
        Self { token, owner, owner_active }
    }
}

/// Tokens by how they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    /// Accepted now: those that expire soon too, those of inactive owners not.
    Active,
    /// Switched off.
    Inactive,
    /// Switched on, and past their expiry.
    Expired,
    /// Switched on, and expiring within [`EXPIRING_WITHIN`].
    Expiring,
}

/// Which tokens are wanted; every condition that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct TokenFilter {
    /// How they stand.
    pub status: Option<StatusFilter>,
    /// Not used since this moment, or never.
    pub unused_since: Option<UtcTime>,
    /// Never used at all.
    pub never_used: bool,
    /// Owned by this user.
    pub user_id: Option<UserId>,
    /// In this group.
    pub group_id: Option<GroupId>,
    /// Given this permission, itself or by a group; a limit to what the owner holds is not looked at.
    pub permission_id: Option<PermissionId>,
    /// Expiring before this moment; tokens that never expire do not.
    pub expires_before: Option<UtcTime>,
    /// Text in the name, the prefix, the note or the owner's name.
    pub search: Option<String>,
}

/// What a list is ordered by; where that is equal, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenOrder {
    /// The id: the order of creation.
    #[default]
    Id,
    /// The name.
    Name,
    /// When it was issued.
    CreatedAt,
    /// When it expires; never comes last.
    ExpiresAt,
    /// When it was used; never comes first.
    LastUsedAt,
}

/// The place of a token in a list of some order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenPlace {
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    time: Option<UtcTime>,
    #[serde(rename = "i")]
    id: TokenId,
}

/// Never, where it is the latest of all times, and where it is the earliest: as in the indexes.
const LAST: &str = "9999-12-31T23:59:59Z";
const FIRST: &str = "0001-01-01T00:00:00Z";

impl TokenOrder {
    /// The expression that an index of tokens has, but for the id behind it.
    fn expression(self) -> &'static str {
        match self {
            Self::Id => "tokens.id",
            Self::Name => "tokens.name",
            Self::CreatedAt => "tokens.created_at",
            Self::ExpiresAt => "coalesce(tokens.expires_at, '9999-12-31 23:59:59')",
            Self::LastUsedAt => "coalesce(tokens.last_used_at, '0001-01-01 00:00:00')",
        }
    }

    /// Where a token is in a list of this order.
    #[must_use]
    pub fn place(self, token: &Token) -> TokenPlace {
        let time = match self {
            Self::Id | Self::Name => None,
            Self::CreatedAt => Some(token.created_at),
            Self::ExpiresAt => token.expires_at.or_else(|| UtcTime::parse_rfc3339(LAST)),
            Self::LastUsedAt => token.last_used_at.or_else(|| UtcTime::parse_rfc3339(FIRST)),
        };
        let name = (self == Self::Name).then(|| token.name.clone());
        TokenPlace { name, time, id: token.id }
    }
}

/// The tokens that a filter lets through. A macro, because the type of the query is long.
macro_rules! matching {
    ($filter:expr, $now:expr) => {{
        let (filter, now): (&TokenFilter, UtcTime) = ($filter, $now);
        let mut query = tokens::table.inner_join(users::table).into_boxed::<MultiBackend>();
        if let Some(status) = filter.status {
            let switched_on = tokens::is_active.eq(true);
            let expired = tokens::expires_at.le(now).assume_not_null();
            let unexpired = tokens::expires_at.is_null().or(tokens::expires_at.gt(now).assume_not_null());
            let soon = tokens::expires_at.le(now.plus(EXPIRING_WITHIN)).assume_not_null();
            query = match status {
                StatusFilter::Active => query.filter(switched_on.and(unexpired).and(users::is_active)),
                StatusFilter::Inactive => query.filter(tokens::is_active.eq(false)),
                StatusFilter::Expired => query.filter(switched_on.and(expired)),
                StatusFilter::Expiring => query.filter(switched_on.and(unexpired).and(soon)),
            };
        }
        if let Some(since) = filter.unused_since {
            query = query
                .filter(tokens::last_used_at.is_null().or(tokens::last_used_at.lt(since).assume_not_null()));
        }
        if filter.never_used {
            query = query.filter(tokens::last_used_at.is_null());
        }
        if let Some(user_id) = filter.user_id {
            query = query.filter(tokens::user_id.eq(user_id));
        }
        if let Some(group_id) = filter.group_id {
            let members = token_groups::table
                .filter(token_groups::group_id.eq(group_id))
                .select(token_groups::token_id);
            query = query.filter(tokens::id.eq_any(members));
        }
        if let Some(text) = &filter.search {
            let pattern = contains_pattern(text);
            query = query.filter(
                (lower(tokens::name).like(lower(pattern.clone())).escape('\\'))
                    .or(tokens::prefix.like(pattern.clone()).escape('\\'))
                    .or(lower(tokens::note).like(lower(pattern.clone())).escape('\\'))
                    .or(lower(users::username).like(lower(pattern)).escape('\\')),
            );
        }
        if let Some(permission_id) = filter.permission_id {
            let direct = token_permissions::table
                .filter(token_permissions::permission_id.eq(permission_id))
                .select(token_permissions::token_id);
            let of_groups = token_groups::table
                .inner_join(
                    group_permissions::table.on(group_permissions::group_id.eq(token_groups::group_id)),
                )
                .filter(group_permissions::permission_id.eq(permission_id))
                .select(token_groups::token_id);
            query = query.filter(tokens::id.eq_any(direct).or(tokens::id.eq_any(of_groups)));
        }
        if let Some(before) = filter.expires_before {
            query = query.filter(tokens::expires_at.lt(before).assume_not_null());
        }
        query
    }};
}

/// Counts the tokens that a filter lets through.
///
/// # Errors
/// Database faults.
pub fn count_matching(conn: &mut DbConnection, filter: &TokenFilter, now: UtcTime) -> QueryResult<i64> {
    matching!(filter, now).count().get_result(conn)
}

/// Lists tokens, the newest first.
///
/// # Errors
/// Database faults.
pub fn list(
    conn: &mut DbConnection,
    filter: &TokenFilter,
    now: UtcTime,
    paging: Paging,
) -> QueryResult<Paged<TokenRow>> {
    let total = count_matching(conn, filter, now)?;
    let rows: Vec<(Token, String, bool)> = matching!(filter, now)
        .order(tokens::id.desc())
        .limit(paging.limit)
        .offset(paging.offset)
        .select((Token::as_select(), users::username, users::is_active))
        .load(conn)?;
    Ok(Paged { rows: rows.into_iter().map(TokenRow::from).collect(), total })
}

/// Lists a part of the tokens in some order.
///
/// # Errors
/// Database faults.
pub fn slice(
    conn: &mut DbConnection,
    filter: &TokenFilter,
    now: UtcTime,
    order: TokenOrder,
    descending: bool,
    slice: &Slice<TokenPlace>,
) -> QueryResult<Sliced<TokenRow, TokenPlace>> {
    let total = slice.count.then(|| count_matching(conn, filter, now)).transpose()?;
    let mut query = matching!(filter, now);
    let (than, direction) = if descending { ("<", "DESC") } else { (">", "ASC") };
    let key = order.expression();
    if let Some(TokenPlace { name, time, id }) = slice.after.clone() {
        let beyond = sql::<Bool>(&format!("({key}, tokens.id) {than} ("));
        query = match (name, time) {
            (Some(name), _) => {
                query.filter(beyond.bind::<Text, _>(name).sql(", ").bind::<BigInt, _>(id).sql(")"))
            }
            (None, Some(time)) => {
                query.filter(beyond.bind::<Timestamp, _>(time).sql(", ").bind::<BigInt, _>(id).sql(")"))
            }
            (None, None) => query.filter(sql::<Bool>(&format!("tokens.id {than} ")).bind::<BigInt, _>(id)),
        };
    }
    let rows: Vec<(Token, String, bool)> = query
        .order(sql::<Bool>(&format!("{key} {direction}, tokens.id {direction}")))
        .limit(slice.limit.saturating_add(1))
        .select((Token::as_select(), users::username, users::is_active))
        .load(conn)?;
    let rows = rows.into_iter().map(TokenRow::from).collect();
    Ok(Sliced::cut(rows, slice.limit, total, |row: &TokenRow| order.place(&row.token)))
}
