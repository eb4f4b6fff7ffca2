//! `GET /api/v1/me`

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::etag::Versioned;
use super::{Answer, Call, Endpoint};
use crate::auth::Actor;
use crate::db::{TokenId, UserId};

/// Who asks, and what that may do.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// The user, or the token's owner, whose permissions a token does not inherit.
    user: Option<MyUser>,
    /// The token that was presented; null for a session.
    token: Option<MyToken>,
    /// Whether everything is allowed; never true for a token.
    is_superuser: bool,
    /// What is held, in order of name. A superuser holds everything beside.
    permissions: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MyUser {
    id: UserId,
    username: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct MyToken {
    id: TokenId,
    name: String,
}

impl Versioned for Me {
    fn version(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Me {
    fn of(actor: &Actor) -> Self {
        let principal = &actor.principal;
        Self {
            user: principal.user_id.map(|id| MyUser { id, username: principal.label.clone() }),
            token: principal.token.as_ref().map(|token| MyToken { id: token.id, name: token.name.clone() }),
            is_superuser: principal.is_superuser,
            permissions: principal.permissions.iter().map(str::to_owned).collect(),
        }
    }
}

/// `GET /api/v1/me`
pub fn endpoint() -> Endpoint {
    Endpoint::get("/api/v1/me", "show_me", show)
        .about("me", "Who am I, and what may I do?")
        .details("Asks no permission: whoever has a credential may know whose it is.")
        .answers::<Me>(
            200,
            "The caller",
            json!({
                "user": { "id": 1, "username": "ada" },
                "token": { "id": 7, "name": "CI" },
                "is_superuser": false,
                "permissions": ["blog.view_article"],
            }),
        )
        .takes_if_none_match()
}

async fn show(call: Call) -> Answer {
    call.show(&Me::of(&call.actor))
}
