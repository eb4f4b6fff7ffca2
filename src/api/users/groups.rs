//! `/api/v1/users/{id}/groups`

use actix_web::web::Path;

use crate::api::grants::{GroupName, GroupReferences, one_row, whole};
use crate::api::{Answer, Body, Call, Endpoint, Page};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{GroupId, Tx, UserId};
use crate::error::Result;
use crate::services::references;
use crate::services::users;

const PATH: &str = "/api/v1/users/{id}/groups";
const GIVING: &str = "Who grants must hold what the groups give that are new to the user. Only superusers do it \
    to superusers.";

/// The endpoints of this collection.
pub fn endpoints() -> [Endpoint; 4] {
    let answers = |endpoint: Endpoint| {
        let example = one_row(&GroupName::example());
        endpoint.answers::<Page<GroupName>>(200, "The groups of the user now, in order of name", example)
    };
    let takes = |endpoint: Endpoint| {
        endpoint.needs("auth.change_user").body::<GroupReferences>(GroupReferences::example())
    };
    [
        answers(
            Endpoint::get(PATH, "list_user_groups", list)
                .about("users", "List the groups of a user")
                .needs("auth.view_user"),
        ),
        answers(takes(
            Endpoint::post(PATH, "add_user_groups", add)
                .about("users", "Put a user into groups")
                .details(GIVING),
        )),
        answers(takes(
            Endpoint::put(PATH, "set_user_groups", set)
                .about("users", "Set which groups a user is in")
                .details(GIVING),
        )),
        answers(takes(
            Endpoint::delete(PATH, "remove_user_groups", remove)
                .about("users", "Take a user out of groups")
                .details("A group that the user is not in is no error."),
        )),
    ]
}

async fn list(call: Call, id: Path<UserId>) -> Answer {
    let groups = call.read(move |conn, call| users::groups(conn, &call.actor, *id)).await?;
    Ok(whole::<GroupName>(groups))
}

async fn add(call: Call, id: Path<UserId>, body: Body<GroupReferences>) -> Answer {
    change(call, *id, body, users::add_groups).await
}

async fn set(call: Call, id: Path<UserId>, body: Body<GroupReferences>) -> Answer {
    change(call, *id, body, users::set_groups).await
}

async fn remove(call: Call, id: Path<UserId>, body: Body<GroupReferences>) -> Answer {
    change(call, *id, body, users::remove_groups).await
}

type Service = fn(&mut Tx<'_>, &Actor, UtcTime, UserId, &[GroupId]) -> Result<()>;

async fn change(call: Call, id: UserId, body: Body<GroupReferences>, service: Service) -> Answer {
    let work = call.write(move |tx, call| {
        call.actor.require("auth.change_user")?;
        let groups = references::groups(tx, &body.groups)?;
        service(tx, &call.actor, call.now, id, &groups)?;
        users::groups(tx, &call.actor, id)
    });
    Ok(whole::<GroupName>(work.await?))
}
