//! Who is doing something, and from where.

use std::net::IpAddr;
use std::sync::Arc;

use super::permission_set::PermissionSet;
use super::tool_mode::ToolMode;
use crate::db::{TokenId, UserId};
use crate::error::{Error, Result};

/// The door through which something was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// HTMX pages.
    Admin,
    /// REST.
    Api,
    /// MCP.
    Mcp,
    /// Command line.
    Cli,
    /// Nobody's request: the server by itself.
    Server,
}

impl Surface {
    /// As stored in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Api => "api",
            Self::Mcp => "mcp",
            Self::Cli => "cli",
            Self::Server => "server",
        }
    }
}

/// Where a request came from, for the audit log.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The door.
    pub surface: Surface,
    /// The client's address, if there is one.
    pub ip: Option<IpAddr>,
    /// The request's id, if there was a request.
    pub request_id: Option<Arc<str>>,
}

/// A token as the audit log names it.
#[derive(Debug, Clone)]
pub struct ActorToken {
    /// Its id.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// Which set of tools it gets over MCP.
    pub tool_mode: ToolMode,
}

/// An identity with what it may do. Shared by every request that it makes.
#[derive(Debug)]
pub struct Principal {
    /// The user, or a token's owner; `None` for the command line.
    pub user_id: Option<UserId>,
    /// The user's name, or what stands for it in the audit log.
    pub label: String,
    /// The token that was presented, if one was.
    pub token: Option<ActorToken>,
    /// Whether every permission is held. Never true for a token.
    pub is_superuser: bool,
    /// What is held: for a token its own permissions, not its owner's.
    pub permissions: PermissionSet,
}

/// A principal doing one thing from one place.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Who.
    pub principal: Arc<Principal>,
    /// From where.
    pub origin: Origin,
}

impl Actor {
    /// The operator at the command line, who can read the database anyway: every permission.
    pub fn cli() -> Self {
        Self::without_account("command line", true, Surface::Cli)
    }

    /// The server where nobody asked it to; it has no permissions.
    pub fn server() -> Self {
        Self::without_account("server", false, Surface::Server)
    }

    fn without_account(label: &str, is_superuser: bool, surface: Surface) -> Self {
        Self {
            principal: Arc::new(Principal {
                user_id: None,
                label: label.into(),
                token: None,
                is_superuser,
                permissions: PermissionSet::empty(),
            }),
            origin: Origin { surface, ip: None, request_id: None },
        }
    }

    /// A token that nobody has, to see what it would see over MCP.
    pub fn imagined(permissions: PermissionSet, tool_mode: ToolMode) -> Self {
        let token = ActorToken { id: TokenId(0), name: String::new(), tool_mode };
        Self {
            principal: Arc::new(Principal {
                user_id: None,
                label: String::new(),
                token: Some(token),
                is_superuser: false,
                permissions,
            }),
            origin: Origin { surface: Surface::Mcp, ip: None, request_id: None },
        }
    }

    /// Whether the actor holds `app_label.codename`. Superusers hold everything.
    pub fn has_perm(&self, permission: &str) -> bool {
        self.principal.is_superuser || self.principal.permissions.has(permission)
    }

    /// Insists on a permission.
    ///
    /// # Errors
    /// `Forbidden` with its name.
    pub fn require(&self, permission: &str) -> Result<()> {
        if self.has_perm(permission) {
            return Ok(());
        }
        Err(Error::forbidden(permission))
    }

    /// Insists on one of several permissions.
    ///
    /// # Errors
    /// `Forbidden` with the name of the first.
    pub fn require_any(&self, permissions: &[&str]) -> Result<()> {
        if permissions.iter().any(|permission| self.has_perm(permission)) {
            return Ok(());
        }
        self.require(permissions.first().copied().unwrap_or_default())
    }

    /// Who grants must hold: insists that the actor holds everything that it is about to hand out.
    ///
    /// # Errors
    /// `Forbidden` with the first permission that is not held.
    pub fn may_grant<'a>(&self, permissions: impl IntoIterator<Item = &'a str>) -> Result<()> {
        permissions.into_iter().try_for_each(|p| self.require(p))
    }
}
