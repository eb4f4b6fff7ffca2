//! `POST /api/v1/users`

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::UserView;
use crate::api::{Answer, Body, Call, Endpoint};
use crate::auth::check_password_rules;
use crate::error::{Error, Result};
use crate::services::references::{self, Reference};
use crate::services::users::{self, NewUser};

/// An account to be made.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateUser {
    /// Letters, digits and `@ . + - _`; unique whatever the case.
    #[schema(min_length = 1, max_length = 150)]
    username: String,
    /// May be empty.
    #[serde(default)]
    #[schema(max_length = 254)]
    email: String,
    /// At least 15 characters, at most 1,024 bytes. Without one the user cannot sign in, but own tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = Password)]
    password: Option<String>,
    /// Whether the user may sign in, and the tokens of the user are accepted.
    #[serde(default = "yes")]
    is_active: bool,
    /// Whether the user may sign in to the admin.
    #[serde(default)]
    is_staff: bool,
    /// Whether the user holds every permission. Only superusers make superusers.
    #[serde(default)]
    is_superuser: bool,
    /// Permissions by name or id.
    #[serde(default)]
    #[schema(max_items = 1000)]
    permissions: Vec<Reference>,
    /// Groups by name or id.
    #[serde(default)]
    #[schema(max_items = 1000)]
    groups: Vec<Reference>,
}

fn yes() -> bool {
    true
}

pub fn endpoint() -> Endpoint {
    Endpoint::post("/api/v1/users", "create_user", create)
        .about("users", "Make an account")
        .details(
            "Who grants must hold: every permission that the user gets, itself or by a group; giving permissions \
             or groups needs `auth.change_user` as well. The password is never part of an answer, nor of what an \
             `Idempotency-Key` is compared by.",
        )
        .needs("auth.add_user")
        .body::<CreateUser>(json!({
            "username": "ada",
            "email": "ada@example.com",
            "password": "four words make a sentence",
            "is_staff": true,
            "groups": ["Editors"],
        }))
        .takes_idempotency_key()
        .answers::<UserView>(201, "The user", UserView::example())
        .header("Location", "The address of the user")
        .header("ETag", "The version of the user")
}

async fn create(call: Call, mut body: Body<CreateUser>) -> Answer {
    call.actor.require("auth.add_user")?;
    let password = match body.value.password.take() {
        Some(password) => {
            call.may_make_secrets()?;
            check_password_rules(&password, &body.username)?;
            let username = body.username.clone();
            Some(call.hash(move || users::prepare_password(&password, &username)).await?)
        }
        None => None,
    };
    // The password was taken out: a quick hash of it is not to be stored.
    body.digest = digest(&body.value)?;
    let view = call.write(move |tx, call| {
        call.once(tx, &body, |tx| {
            let (actor, now) = (&call.actor, call.now);
            let new = NewUser {
                username: body.username.clone(),
                email: body.email.clone(),
                password,
                is_active: body.is_active,
                is_staff: body.is_staff,
                is_superuser: body.is_superuser,
            };
            let user = users::create(tx, actor, now, &new)?;
            if !body.permissions.is_empty() {
                let names = references::permission_names(tx, &body.permissions)?;
                users::grant(tx, actor, now, user.id, &names)?;
            }
            if !body.groups.is_empty() {
                let groups = references::groups(tx, &body.groups)?;
                users::add_groups(tx, actor, now, user.id, &groups)?;
            }
            Ok((user.id.0, UserView::from(user)))
        })
    });
    let view = view.await?;
    call.created(&UserView::location(view.id()), &view)
}

fn digest(body: &CreateUser) -> Result<[u8; 32]> {
    let text = serde_json::to_string(body).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(Sha256::digest(text).into())
}
