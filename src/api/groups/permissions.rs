//! `/api/v1/groups/{id}/permissions`: what a group gives.

use actix_web::web::Path;

use crate::api::grants::{PermissionName, PermissionReferences, one_row, whole};
use crate::api::{Answer, Body, Call, Endpoint, Page};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{GroupId, Tx};
use crate::error::Result;
use crate::services::groups;
use crate::services::references;

const PATH: &str = "/api/v1/groups/{id}/permissions";
const GIVING: &str = "Who grants must hold what is new to the group.";

/// The endpoints of this collection.
pub fn endpoints() -> [Endpoint; 4] {
    let answers = |endpoint: Endpoint| {
        let example = one_row(&PermissionName::example());
        endpoint.answers::<Page<PermissionName>>(200, "What the group gives now, in order of name", example)
    };
    let takes = |endpoint: Endpoint| {
        endpoint.needs("auth.change_group").body::<PermissionReferences>(PermissionReferences::example())
    };
    [
        answers(
            Endpoint::get(PATH, "list_group_permissions", list)
                .about("groups", "List the permissions of a group")
                .needs("auth.view_group"),
        ),
        answers(takes(
            Endpoint::post(PATH, "add_group_permissions", add)
                .about("groups", "Give a group permissions")
                .details(GIVING),
        )),
        answers(takes(
            Endpoint::put(PATH, "set_group_permissions", set)
                .about("groups", "Set which permissions a group gives")
                .details(GIVING),
        )),
        answers(takes(
            Endpoint::delete(PATH, "remove_group_permissions", remove)
                .about("groups", "Take permissions from a group")
                .details("A permission that the group does not have is no error."),
        )),
    ]
}

async fn list(call: Call, id: Path<GroupId>) -> Answer {
    let found = call.read(move |conn, call| groups::permissions(conn, &call.actor, *id)).await?;
    Ok(whole::<PermissionName>(found))
}

async fn add(call: Call, id: Path<GroupId>, body: Body<PermissionReferences>) -> Answer {
    change(call, *id, body, groups::grant).await
}

async fn set(call: Call, id: Path<GroupId>, body: Body<PermissionReferences>) -> Answer {
    change(call, *id, body, groups::set_permissions).await
}

async fn remove(call: Call, id: Path<GroupId>, body: Body<PermissionReferences>) -> Answer {
    change(call, *id, body, groups::revoke).await
}

type Service = fn(&mut Tx<'_>, &Actor, UtcTime, GroupId, &[String]) -> Result<()>;

async fn change(call: Call, id: GroupId, body: Body<PermissionReferences>, service: Service) -> Answer {
    let work = call.write(move |tx, call| {
        call.actor.require("auth.change_group")?;
        let names = references::permission_names(tx, &body.permissions)?;
        service(tx, &call.actor, call.now, id, &names)?;
        groups::permissions(tx, &call.actor, id)
    });
    Ok(whole::<PermissionName>(work.await?))
}
