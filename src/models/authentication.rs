//! What the guard has to know of a presented token: its row, its owner, what it may do.

use diesel::dsl::InnerJoinQuerySource;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::auth::{PermissionSet, TokenDigest, ToolMode};
use crate::clock::UtcTime;
use crate::db::schema::{
    content_types, group_permissions, permissions, token_groups, token_permissions, tokens, user_groups,
    user_permissions, users,
};
use crate::db::{DbConnection, MultiBackend, TokenId, UserId};

/// A token that was found by digest, whatever its state: the guard judges.
#[derive(Debug, Clone)]
pub struct Authentication {
    /// Its id.
    pub token_id: TokenId,
    /// Its name.
    pub token_name: String,
    /// Which set of tools it gets over MCP.
    pub tool_mode: ToolMode,
    /// Its owner.
    pub user_id: UserId,
    /// The owner's name.
    pub username: String,
    /// Whether the token is switched on.
    pub is_active: bool,
    /// Whether the owner is active.
    pub owner_is_active: bool,
    /// When it expires; `None` = never.
    pub expires_at: Option<UtcTime>,
    /// Which of the token's two secrets was presented.
    pub secret: PresentedSecret,
    /// What it may do: its own permissions and those of its groups, cut down to the owner's if the
    /// token asks for that.
    pub permissions: PermissionSet,
}

/// Which secret of a token a digest belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresentedSecret {
    /// The current one.
    Current,
    /// The one before the last rotation.
    Previous {
        /// The end of its grace period; `None` = it had none.
        until: Option<UtcTime>,
    },
}

impl PresentedSecret {
    /// When it ends by itself: the current one never does.
    #[must_use]
    pub fn until(self) -> Option<UtcTime> {
        match self {
            Self::Current => None,
            Self::Previous { until } => until,
        }
    }
}

impl Authentication {
    /// Whether the presented secret is accepted at `now`; it expires exactly at its end.
    #[must_use]
    pub fn is_accepted(&self, now: UtcTime) -> bool {
        let holds = match self.secret {
            PresentedSecret::Current => true,
            PresentedSecret::Previous { until } => until.is_some_and(|until| now < until),
        };
        holds && self.is_active && self.owner_is_active && self.expires_at.is_none_or(|end| now < end)
    }
}

#[derive(Queryable)]
#[expect(clippy::struct_excessive_bools, reason = "the columns are what they are")]
struct Row {
    id: TokenId,
    name: String,
    tool_mode: ToolMode,
    digest: TokenDigest,
    previous_digest: Option<TokenDigest>,
    previous_expires_at: Option<UtcTime>,
    is_active: bool,
    expires_at: Option<UtcTime>,
    limit_to_owner: bool,
    user_id: UserId,
    username: String,
    owner_is_active: bool,
    owner_is_superuser: bool,
}

/// Finds the token whose current or previous secret has this digest.
///
/// # Errors
/// Only database faults; an unknown digest is `Ok(None)`.
pub fn find_by_digest(conn: &mut DbConnection, digest: &TokenDigest) -> QueryResult<Option<Authentication>> {
    let found: Option<Row> = tokens::table
        .inner_join(users::table)
        .filter(tokens::digest.eq(digest).or(tokens::previous_digest.eq(digest)))
        .select((
            tokens::id,
            tokens::name,
            tokens::tool_mode,
            tokens::digest,
            tokens::previous_digest,
            tokens::previous_expires_at,
            tokens::is_active,
            tokens::expires_at,
            tokens::limit_to_owner,
            users::id,
            users::username,
            users::is_active,
            users::is_superuser,
        ))
        .first(conn)
        .optional()?;
    let Some(row) = found else { return Ok(None) };
    // The comparison of digests takes the same time wherever they differ; the index search does not.
    let secret = if row.digest == *digest {
        PresentedSecret::Current
    } else if row.previous_digest == Some(*digest) {
        PresentedSecret::Previous { until: row.previous_expires_at }
    } else {
        return Ok(None);
    };
    let mut permissions = token_permissions_of(conn, row.id)?;
    if row.limit_to_owner && !row.owner_is_superuser {
        permissions = permissions.intersection(&permissions_of_user(conn, row.user_id)?);
    }
    Ok(Some(Authentication {
        token_id: row.id,
        token_name: row.name,
        tool_mode: row.tool_mode,
        user_id: row.user_id,
        username: row.username,
        is_active: row.is_active,
        owner_is_active: row.owner_is_active,
        expires_at: row.expires_at,
        secret,
        permissions,
    }))
}

/// The permissions that whoever is named in `$column` holds directly, and those of the groups.
macro_rules! held {
    ($conn:ident, $column:ident = $holder:ident, $permissions:ident, $groups:ident) => {{
        let direct = $permissions::table.filter($permissions::$column.eq($holder));
        let of_groups = group_permissions::table
            .inner_join($groups::table.on($groups::group_id.eq(group_permissions::group_id)))
            .filter($groups::$column.eq($holder));
        let is_direct = permissions::id.eq_any(direct.select($permissions::permission_id));
        let is_of_groups = permissions::id.eq_any(of_groups.select(group_permissions::permission_id));
        named($conn, Box::new(is_direct.or(is_of_groups)))
    }};
}

/// Direct permissions of a token and those of its groups.
fn token_permissions_of(conn: &mut DbConnection, token: TokenId) -> QueryResult<PermissionSet> {
    held!(conn, token_id = token, token_permissions, token_groups)
}

/// Direct permissions of a user and those of the user's groups. A superuser holds more than this.
///
/// # Errors
/// Database faults.
pub fn permissions_of_user(conn: &mut DbConnection, user: UserId) -> QueryResult<PermissionSet> {
    held!(conn, user_id = user, user_permissions, user_groups)
}

/// A condition on permissions beside their content types.
type Which<'a> = Box<
    dyn BoxableExpression<
            InnerJoinQuerySource<permissions::table, content_types::table>,
            MultiBackend,
            SqlType = Bool,
        > + 'a,
>;

/// The permissions for which the condition holds, by name.
fn named(conn: &mut DbConnection, which: Which<'_>) -> QueryResult<PermissionSet> {
    let names: Vec<(String, String)> = permissions::table
        .inner_join(content_types::table)
        .filter(which)
        .select((content_types::app_label, permissions::codename))
        .load(conn)?;
    Ok(names.into_iter().map(|(app_label, codename)| format!("{app_label}.{codename}")).collect())
}
