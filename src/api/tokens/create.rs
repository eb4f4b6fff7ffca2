//! `POST /api/v1/tokens`

use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::secret::shown;
use super::view::{IssuedToken, TokenView};
use crate::api::body::present;
use crate::api::{Answer, Body, Call, Endpoint};
use crate::auth::ToolMode;
use crate::clock::UtcTime;
use crate::db::{DbConnection, UserId};
use crate::error::{Error, Result};
use crate::services::references::{self, Reference};
use crate::services::tokens::{self, Expiry, IssueToken, Secrets};

/// A token to be issued.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What it is for.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The owner, by name or id; whoever asks if nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(super) user: Option<Reference>,
    /// From when on it is refused: 90 days from now if nothing is said, never if null.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<UtcTime>)]
    #[expect(clippy::option_option, reason = "absent, null and a time are three things")]
    expires_at: Option<Option<UtcTime>>,
    /// Whether it is accepted at once.
    #[serde(default = "yes")]
    is_active: bool,
    /// Free text.
    #[serde(default)]
    #[schema(max_length = 2000)]
    note: String,
    /// Whether it can do only what its owner can do as well.
    #[serde(default)]
    limit_to_owner: bool,
    /// Which set of tools it gets over MCP.
    #[serde(default)]
    tool_mode: ToolMode,
    /// Permissions by name or id.
    #[serde(default)]
    #[schema(max_items = 1000)]
    permissions: Vec<Reference>,
    /// Groups by name or id.
    #[serde(default)]
    #[schema(max_items = 1000)]
    groups: Vec<Reference>,
    /// Every `view_` permission of this app on top.
    #[serde(default)]
    #[schema(nullable = false, max_length = 100)]
    read_only: Option<String>,
    /// Every permission of this app on top.
    #[serde(default)]
    #[schema(nullable = false, max_length = 100)]
    full_access: Option<String>,
}

fn yes() -> bool {
    true
}

impl CreateToken {
    /// For the documentation.
    pub fn example() -> Value {
        json!({
            "name": "CI",
            "user": "ada",
            "permissions": ["blog.view_article"],
            "groups": ["Editors"],
            "expires_at": "2027-02-21T12:00:00Z",
        })
    }

    /// As the service understands it.
    pub fn resolve(&self, conn: &mut DbConnection, call: &Call) -> Result<IssueToken> {
        let (read_only, full_access) = (self.read_only.as_deref(), self.full_access.as_deref());
        let permissions = names(conn, &self.permissions, read_only, full_access)?;
        Ok(IssueToken {
            name: self.name.clone(),
            user_id: self.owner(conn, call)?,
            expiry: Expiry::of(self.expires_at),
            is_active: self.is_active,
            note: self.note.clone(),
            limit_to_owner: self.limit_to_owner,
            tool_mode: self.tool_mode,
            permissions,
            groups: references::groups(conn, &self.groups)?,
        })
    }

    fn owner(&self, conn: &mut DbConnection, call: &Call) -> Result<UserId> {
        match &self.user {
            Some(user) => references::user(conn, user),
            None => call.actor.principal.user_id.ok_or_else(|| Error::invalid("user", "is required")),
        }
    }
}

/// Names of permissions, and those of the apps that are to be read or had whole.
///
/// # Errors
/// `Invalid` for ids and apps that are none; database faults.
pub fn names(
    conn: &mut DbConnection,
    permissions: &[Reference],
    read_only: Option<&str>,
    full_access: Option<&str>,
) -> Result<Vec<String>> {
    let mut names = references::permission_names(conn, permissions)?;
    if let Some(app) = read_only {
        names.extend(tokens::read_only(conn, app).map_err(|error| rename(error, "read_only"))?);
    }
    if let Some(app) = full_access {
        names.extend(tokens::full_access(conn, app).map_err(|error| rename(error, "full_access"))?);
    }
    Ok(names)
}

/// The service calls it `app`.
fn rename(error: Error, field: &str) -> Error {
    match error {
        Error::Invalid(errors) => Error::Invalid(
            errors.into_iter().map(|e| crate::error::FieldError::new(field, e.message)).collect(),
        ),
        other => other,
    }
}

/// `POST /api/v1/tokens`
pub fn endpoint() -> Endpoint {
    Endpoint::post("/api/v1/tokens", "create_token", create)
        .about("tokens", "Issue a token")
        .details("Who grants must hold: every permission that the token gets, itself or by a group.")
        .needs("mcp.add_token")
        .body::<CreateToken>(CreateToken::example())
        .takes_idempotency_key()
        .answers::<IssuedToken>(
            201,
            "The token with its secret, which is shown this one time",
            IssuedToken::example(),
        )
        .header("Location", "The address of the token")
}

async fn create(call: Call, body: Body<CreateToken>) -> Answer {
    call.may_make_secrets()?;
    let issued = call.write(move |tx, call| {
        call.once(tx, &body, |tx| {
            call.actor.require("mcp.add_token")?;
            let new = body.resolve(tx, call)?;
            let secrets = Secrets { rng: &mut rand::rng(), rules: call.token_rules() };
            let issued = tokens::issue(tx, &call.actor, call.now, &new, secrets)?;
            shown(tx, call, issued)
        })
    });
    let issued = issued.await?;
    call.created_secret(&TokenView::location(issued.id()), &issued)
}
