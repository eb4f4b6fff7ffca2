//! `/api/v1/users/{id}/permissions`: what a user was given, itself and by groups.

use actix_web::web::Path;

use crate::api::grants::{HeldView, PermissionReferences, one_row, whole};
use crate::api::{Answer, Body, Call, Endpoint, Page};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{Tx, UserId};
use crate::error::Result;
use crate::services::references;
use crate::services::users;

const PATH: &str = "/api/v1/users/{id}/permissions";
const GIVING: &str = "Who grants must hold what is new to the user. Only superusers do it to superusers.";

/// The endpoints of this collection.
pub fn endpoints() -> [Endpoint; 4] {
    let answers = |endpoint: Endpoint| {
        let example = one_row(&HeldView::example());
        endpoint.answers::<Page<HeldView>>(200, "What the user holds now, in order of name", example)
    };
    let takes = |endpoint: Endpoint| {
        endpoint.needs("auth.change_user").body::<PermissionReferences>(PermissionReferences::example())
    };
    [
        answers(
            Endpoint::get(PATH, "list_user_permissions", list)
                .about("users", "List the permissions of a user, and where they come from")
                .details("A superuser holds every permission beside these.")
                .needs("auth.view_user"),
        ),
        answers(takes(
            Endpoint::post(PATH, "add_user_permissions", add)
                .about("users", "Give a user permissions")
                .details(GIVING),
        )),
        answers(takes(
            Endpoint::put(PATH, "set_user_permissions", set)
                .about("users", "Set which permissions a user has itself")
                .details(GIVING),
        )),
        answers(takes(
            Endpoint::delete(PATH, "remove_user_permissions", remove)
                .about("users", "Take permissions from a user")
                .details("What groups give stays. A permission that the user does not have is no error."),
        )),
    ]
}

async fn list(call: Call, id: Path<UserId>) -> Answer {
    let held = call.read(move |conn, call| users::held_permissions(conn, &call.actor, *id)).await?;
    Ok(whole::<HeldView>(held))
}

async fn add(call: Call, id: Path<UserId>, body: Body<PermissionReferences>) -> Answer {
    change(call, *id, body, users::grant).await
}

async fn set(call: Call, id: Path<UserId>, body: Body<PermissionReferences>) -> Answer {
    change(call, *id, body, users::set_permissions).await
}

async fn remove(call: Call, id: Path<UserId>, body: Body<PermissionReferences>) -> Answer {
    change(call, *id, body, users::revoke).await
}

type Service = fn(&mut Tx<'_>, &Actor, UtcTime, UserId, &[String]) -> Result<()>;

async fn change(call: Call, id: UserId, body: Body<PermissionReferences>, service: Service) -> Answer {
    let work = call.write(move |tx, call| {
        call.actor.require("auth.change_user")?;
        let names = references::permission_names(tx, &body.permissions)?;
        service(tx, &call.actor, call.now, id, &names)?;
        users::held_permissions(tx, &call.actor, id)
    });
    Ok(whole::<HeldView>(work.await?))
}
