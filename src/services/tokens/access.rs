//! What a token may do, and why.

use super::load;
use crate::auth::{Actor, PermissionName, PermissionSet};
use crate::clock::UtcTime;
use crate::db::{DbConnection, TokenId, UserId};
use crate::error::{Error, Result};
use crate::models::group::{self, Group};
use crate::models::permission::{self, HeldPermission};
use crate::models::token::Token;
use crate::models::user;

/// A token with everything that decides what it may do, as of the moment when it was loaded.
#[derive(Debug, Clone)]
pub struct TokenAccess {
    /// The token.
    pub token: Token,
    /// Its owner.
    pub owner: Owner,
    /// Its groups, in order of name.
    pub groups: Vec<Group>,
    /// What it was given, and why; more than it may do if it is limited to its owner.
    pub held: Vec<HeldPermission>,
    effective: PermissionSet,
}

/// The owner of a token, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Owner {
    /// Id of the user.
    pub id: UserId,
    /// Name of the user.
    pub username: String,
    /// Whether the user is active.
    pub is_active: bool,
}

/// Why a token may do something, or may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It was given the permission itself.
    Direct,
    /// A group of this name gives the permission.
    Group(String),
    /// The token is switched off.
    Inactive,
    /// The token has expired.
    Expired,
    /// The owner is not active.
    OwnerInactive,
    /// Nobody gave the permission.
    NotGranted,
    /// The token is limited to what its owner can do, and the owner cannot.
    NotHeldByOwner,
    /// There is no such permission.
    NoSuchPermission,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Direct => f.write_str("direct"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::Inactive => f.write_str("inactive"),
            Self::Expired => f.write_str("expired"),
            Self::OwnerInactive => f.write_str("owner inactive"),
            Self::NotGranted => f.write_str("not granted"),
            Self::NotHeldByOwner => f.write_str("not held by the owner"),
            Self::NoSuchPermission => f.write_str("no such permission"),
        }
    }
}

/// The answer to "may this token do that?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What was asked about, e.g. `blog.view_article`.
    pub permission: String,
    /// The answer.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
}

impl TokenAccess {
    /// Loads a token with its owner, groups and permissions.
    ///
    /// # Errors
    /// `Forbidden` without `mcp.view_token`; `NotFound`; database faults.
    pub fn load(conn: &mut DbConnection, actor: &Actor, id: TokenId) -> Result<Self> {
        actor.require("mcp.view_token")?;
        Self::find(conn, id)
    }

    /// The same for a token that the caller has just made or changed.
    ///
    /// # Errors
    /// `NotFound`; database faults.
    pub fn find(conn: &mut DbConnection, id: TokenId) -> Result<Self> {
        let token = load(conn, id)?;
        let owner = user::find(conn, token.user_id)?
            .ok_or_else(|| Error::NotFound(format!("There is no user {}", token.user_id)))?;
        let held = permission::list_held_by_token(conn, id)?;
        let mut effective: PermissionSet = held.iter().map(|h| h.permission.clone()).collect();
        if token.limit_to_owner && !owner.is_superuser {
            let owners = permission::list_held_by_user(conn, owner.id)?;
            effective = effective.intersection(&owners.into_iter().map(|h| h.permission).collect());
        }
        Ok(Self {
            owner: Owner { id: owner.id, username: owner.username, is_active: owner.is_active },
            groups: group::list_of_token(conn, id)?,
            token,
            held,
            effective,
        })
    }

    /// Whether the token is accepted at `now`: active, not expired, and its owner active.
    #[must_use]
    pub fn is_valid(&self, now: UtcTime) -> bool {
        self.token.is_valid(self.owner.is_active, now)
    }

    /// Whether the token has the permission `app_label.codename`, as Django's `has_perm`. A name without
    /// an app label never is one. Whether the token is accepted at all is [`is_valid`](Self::is_valid)'s
    /// question, or [`check`](Self::check)'s together with this one.
    #[must_use]
    pub fn has_perm(&self, permission: &str) -> bool {
        self.effective.has(permission)
    }

    /// Whether the token has every one of the permissions.
    pub fn has_perms<'a>(&self, permissions: impl IntoIterator<Item = &'a str>) -> bool {
        self.effective.has_all(permissions)
    }

    /// Everything that the token may do: its own permissions and those of its groups, and nothing of its
    /// owner's; if it is limited to its owner, only what the owner holds as well.
    #[must_use]
    pub fn get_all_permissions(&self) -> &PermissionSet {
        &self.effective
    }

    /// Answers whether the token may do something at `now`, with the first reason that decides it.
    ///
    /// # Errors
    /// Database faults.
    pub fn check(&self, conn: &mut DbConnection, permission: &str, now: UtcTime) -> Result<Verdict> {
        let reason = match self.obstacle(now) {
            _ if !self.has_perm(permission) && !exists(conn, permission)? => Reason::NoSuchPermission,
            Some(obstacle) => obstacle,
            None => self.source(permission),
        };
        let allowed = matches!(reason, Reason::Direct | Reason::Group(_));
        Ok(Verdict { permission: permission.to_owned(), allowed, reason })
    }

    fn obstacle(&self, now: UtcTime) -> Option<Reason> {
        if !self.token.is_active {
            Some(Reason::Inactive)
        } else if self.token.expires_at.is_some_and(|at| at <= now) {
            Some(Reason::Expired)
        } else if !self.owner.is_active {
            Some(Reason::OwnerInactive)
        } else {
            None
        }
    }

    fn source(&self, permission: &str) -> Reason {
        let Some(held) = self.held.iter().find(|h| h.permission == permission) else {
            return Reason::NotGranted;
        };
        if !self.has_perm(permission) {
            return Reason::NotHeldByOwner;
        }
        match held.groups.first() {
            Some(group) if !held.direct => Reason::Group(group.clone()),
            _ => Reason::Direct,
        }
    }
}

fn exists(conn: &mut DbConnection, permission: &str) -> Result<bool> {
    match PermissionName::parse(permission) {
        Some(_) if permission.contains('\0') => Ok(false),
        Some(name) => Ok(!permission::list_by_name(conn, &name)?.is_empty()),
        None => Ok(false),
    }
}
