//! `POST /api/v1/users/{id}/password`

use actix_web::web::Path;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::api::call::nothing;
use crate::api::{Answer, Body, Call, Endpoint};
use crate::auth::check_password_rules;
use crate::db::UserId;
use crate::services::users;

/// A password to be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPassword {
    /// At least 15 characters, at most 1,024 bytes.
    #[schema(format = Password)]
    password: String,
}

pub fn endpoint() -> Endpoint {
    Endpoint::post("/api/v1/users/{id}/password", "set_password", set)
        .about("users", "Set the password of a user")
        .details(
            "Ends the sessions of the user. Who does it must hold what the user holds; only superusers do it to \
             superusers. The password is never part of an answer.",
        )
        .needs("auth.change_user")
        .body::<SetPassword>(json!({ "password": "four words make a sentence" }))
        .answers_nothing(204, "The password is set")
}

async fn set(call: Call, id: Path<UserId>, body: Body<SetPassword>) -> Answer {
    call.may_make_secrets()?;
    let id = *id;
    let password = body.value.password;
    // Hashing is expensive: what can be refused is refused before.
    let user = call.read(move |conn, call| users::for_password(conn, &call.actor, id)).await?;
    check_password_rules(&password, &user.username)?;
    let hash = call.hash(move || users::prepare_password(&password, &user.username)).await?;
    call.write(move |tx, call| users::set_password(tx, &call.actor, call.now, id, &hash)).await?;
    nothing()
}
