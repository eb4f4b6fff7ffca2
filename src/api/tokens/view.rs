//! A token as the API shows it. No secret, and nothing that is stored of one.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::api::Call;
use crate::api::etag::Versioned;
use crate::auth::ToolMode;
use crate::clock::UtcTime;
use crate::db::{DbConnection, GroupId, TokenId, UserId};
use crate::error::Result;
use crate::services::tokens::{self, TokenDetails};

/// A token without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenView {
    /// Never used again after a deletion.
    id: TokenId,
    /// Descriptive; not unique.
    name: String,
    /// `mcp_` and the next eight characters, to recognise the token by.
    prefix: String,
    /// The owner, whose permissions are not inherited.
    user: TokenOwner,
    /// `active`, `expiring` (within 14 days), `expired` or `inactive`.
    #[schema(value_type = String)]
    status: &'static str,
    /// Whether it is switched on.
    is_active: bool,
    /// When it was issued.
    created_at: UtcTime,
    /// From when on it is refused; null = never.
    expires_at: Option<UtcTime>,
    /// The last authenticated request, written a little later; null = never used.
    last_used_at: Option<UtcTime>,
    /// The address of that request.
    last_used_ip: Option<String>,
    /// Until when the secret before the last rotation is accepted as well.
    previous_expires_at: Option<UtcTime>,
    /// Free text.
    note: String,
    /// Whether it can do only what its owner can do as well.
    limit_to_owner: bool,
    /// Which set of tools it gets over MCP.
    tool_mode: ToolMode,
    /// Its groups.
    groups: Vec<TokenGroup>,
    /// The permissions that it was given itself; those of its groups come on top.
    permissions: Vec<String>,
}

/// The owner of a token.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenOwner {
    id: UserId,
    username: String,
    /// A token of an inactive owner is refused.
    is_active: bool,
}

/// A group of a token.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenGroup {
    id: GroupId,
    name: String,
}

impl TokenView {
    /// Shows a token as it is at `now`.
    pub fn new(details: TokenDetails, now: UtcTime) -> Self {
        let TokenDetails { token, owner, groups, permissions } = details;
        Self {
            status: token.status(now).as_str(),
            id: token.id,
            name: token.name,
            prefix: token.prefix,
            user: TokenOwner { id: owner.id, username: owner.username, is_active: owner.is_active },
            is_active: token.is_active,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            last_used_ip: token.last_used_ip,
            previous_expires_at: token.previous_expires_at,
            note: token.note,
            limit_to_owner: token.limit_to_owner,
            tool_mode: token.tool_mode,
            groups: groups.into_iter().map(|group| TokenGroup { id: group.id, name: group.name }).collect(),
            permissions,
        }
    }

    /// Loads a token as the caller may see it.
    ///
    /// # Errors
    /// As [`tokens::details`].
    pub fn load(conn: &mut DbConnection, call: &Call, id: TokenId) -> Result<Self> {
        Ok(Self::new(tokens::details(conn, &call.actor, id)?, call.now))
    }

    /// The same for a token that the caller is about to change, which needs no permission to see it.
    ///
    /// # Errors
    /// `NotFound`; database faults.
    pub fn current(conn: &mut DbConnection, call: &Call, id: TokenId) -> Result<Self> {
        Ok(Self::new(tokens::current(conn, id)?, call.now))
    }

    /// Its id.
    pub fn id(&self) -> TokenId {
        self.id
    }

    /// The address of a token.
    pub fn location(id: TokenId) -> String {
        format!("/api/v1/tokens/{id}")
    }

    /// For the documentation.
    pub fn example() -> Value {
        json!({
            "id": 7,
            "name": "CI",
            "prefix": "mcp_3fK9aQ2x",
            "user": { "id": 1, "username": "ada", "is_active": true },
            "status": "active",
            "is_active": true,
            "created_at": "2026-11-23T12:00:00Z",
            "expires_at": "2027-02-21T12:00:00Z",
            "last_used_at": null,
            "last_used_ip": null,
            "previous_expires_at": null,
            "note": "",
            "limit_to_owner": false,
            "tool_mode": "auto",
            "groups": [{ "id": 2, "name": "Editors" }],
            "permissions": ["blog.view_article"],
        })
    }
}

/// The version leaves out when it was last used: that changes by itself all the time, and a change that is
/// made under `If-Match` is not about it.
impl Versioned for TokenView {
    fn version(&self) -> Value {
        let mut version = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(members) = &mut version {
            members.retain(|name, _| !name.starts_with("last_used_"));
        }
        version
    }
}

/// A token with its secret, which is shown this one time.
#[derive(Serialize, ToSchema)]
pub struct IssuedToken {
    #[serde(flatten)]
    details: TokenView,
    /// The secret. It can never be read again.
    token: String,
}

impl IssuedToken {
    /// With the secret in plain text.
    pub fn new(details: TokenView, secret: String) -> Self {
        Self { details, token: secret }
    }

    /// Its id.
    pub fn id(&self) -> TokenId {
        self.details.id
    }

    /// For the documentation.
    pub fn example() -> Value {
        let mut example = TokenView::example();
        example["token"] = json!("mcp_3fK9aQ2x…");
        example
    }
}
