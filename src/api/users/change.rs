//! `PATCH` and `PUT /api/v1/users/{id}`

use actix_web::web::Path;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::UserView;
use crate::api::{Answer, Body, Call, Endpoint};
use crate::db::{Tx, UserId};
use crate::error::Result;
use crate::services::users::{self, UserUpdate};

/// What to change of an account; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeUser {
    /// Letters, digits and `@ . + - _`; unique whatever the case.
    #[schema(nullable = false, min_length = 1, max_length = 150)]
    username: Option<String>,
    /// May be empty.
    #[schema(nullable = false, max_length = 254)]
    email: Option<String>,
    /// Whether the user may sign in, and the tokens of the user are accepted.
    #[schema(nullable = false)]
    is_active: Option<bool>,
    /// Whether the user may sign in to the admin.
    #[schema(nullable = false)]
    is_staff: Option<bool>,
    /// Whether the user holds every permission.
    #[schema(nullable = false)]
    is_superuser: Option<bool>,
}

/// A whole account; what is left out gets what a new account would have.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplaceUser {
    /// Letters, digits and `@ . + - _`; unique whatever the case.
    #[schema(min_length = 1, max_length = 150)]
    username: String,
    /// May be empty.
    #[serde(default)]
    #[schema(max_length = 254)]
    email: String,
    /// Whether the user may sign in, and the tokens of the user are accepted.
    #[serde(default = "yes")]
    is_active: bool,
    /// Whether the user may sign in to the admin.
    #[serde(default)]
    is_staff: bool,
    /// Whether the user holds every permission.
    #[serde(default)]
    is_superuser: bool,
}

fn yes() -> bool {
    true
}

impl From<&ReplaceUser> for ChangeUser {
    fn from(whole: &ReplaceUser) -> Self {
        Self {
            username: Some(whole.username.clone()),
            email: Some(whole.email.clone()),
            is_active: Some(whole.is_active),
            is_staff: Some(whole.is_staff),
            is_superuser: Some(whole.is_superuser),
        }
    }
}

const RULES: &str = "Only superusers change superusers, and the last active superuser stays one. Who makes a user \
    staff, or active again, must hold what the user holds.";

pub fn patch() -> Endpoint {
    Endpoint::patch("/api/v1/users/{id}", "change_user", change)
        .about("users", "Change a user")
        .details(RULES)
        .needs("auth.change_user")
        .body::<ChangeUser>(json!({ "email": "ada@example.org", "is_staff": false }))
        .takes_if_match()
        .answers::<UserView>(200, "The user as it is now", UserView::example())
        .header("ETag", "The version of the user")
        .problem(409)
}

pub fn put() -> Endpoint {
    Endpoint::put("/api/v1/users/{id}", "replace_user", replace)
        .about("users", "Replace the properties of a user")
        .details(format!("Permissions, groups, tokens and password stay as they are. {RULES}"))
        .needs("auth.change_user")
        .body::<ReplaceUser>(json!({ "username": "ada", "email": "ada@example.org", "is_staff": true }))
        .takes_if_match()
        .answers::<UserView>(200, "The user as it is now", UserView::example())
        .header("ETag", "The version of the user")
        .problem(409)
}

async fn change(call: Call, id: Path<UserId>, body: Body<ChangeUser>) -> Answer {
    let view = call.write(move |tx, call| apply(tx, call, *id, &body)).await?;
    call.show(&view)
}

async fn replace(call: Call, id: Path<UserId>, body: Body<ReplaceUser>) -> Answer {
    let view = call.write(move |tx, call| apply(tx, call, *id, &ChangeUser::from(&body.value))).await?;
    call.show(&view)
}

fn apply(tx: &mut Tx<'_>, call: &Call, id: UserId, wanted: &ChangeUser) -> Result<UserView> {
    let (actor, now) = (&call.actor, call.now);
    actor.require("auth.change_user")?;
    if call.expects() {
        call.expect(&UserView::load(tx, call, id)?)?;
    }
    let update = UserUpdate {
        username: wanted.username.clone(),
        email: wanted.email.clone(),
        is_staff: wanted.is_staff,
        is_superuser: wanted.is_superuser,
    };
    let mut user = users::update(tx, actor, now, id, &update)?;
    match wanted.is_active {
        Some(true) if !user.is_active => user = users::activate(tx, actor, now, id)?,
        Some(false) if user.is_active => user = users::deactivate(tx, actor, now, id)?,
        _ => {}
    }
    Ok(user.into())
}
