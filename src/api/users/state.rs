//! `POST /api/v1/users/{id}/activate` and `…/deactivate`

use actix_web::web::Path;

use super::UserView;
use crate::api::{Answer, Call, Endpoint};
use crate::db::UserId;
use crate::services::users;

pub fn activate() -> Endpoint {
    Endpoint::post("/api/v1/users/{id}/activate", "activate_user", activate_user)
        .about("users", "Let a user in again")
        .details("Who does it must hold what the user and the tokens of the user hold.")
        .needs("auth.change_user")
        .answers::<UserView>(200, "The user as it is now", UserView::example())
        .header("ETag", "The version of the user")
}

pub fn deactivate() -> Endpoint {
    Endpoint::post("/api/v1/users/{id}/deactivate", "deactivate_user", deactivate_user)
        .about("users", "Keep a user out")
        .details(
            "Ends the sessions of the user and refuses the tokens of the user from the next request on. The last \
             active superuser stays.",
        )
        .needs("auth.change_user")
        .answers::<UserView>(200, "The user as it is now", UserView::example())
        .header("ETag", "The version of the user")
        .problem(409)
}

async fn activate_user(call: Call, id: Path<UserId>) -> Answer {
    let user = call.write(move |tx, call| users::activate(tx, &call.actor, call.now, *id)).await?;
    call.show(&UserView::from(user))
}

async fn deactivate_user(call: Call, id: Path<UserId>) -> Answer {
    let user = call.write(move |tx, call| users::deactivate(tx, &call.actor, call.now, *id)).await?;
    call.show(&UserView::from(user))
}
