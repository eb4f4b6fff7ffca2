//! `DELETE /api/v1/groups/{id}`

use actix_web::web::Path;

use super::GroupView;
use crate::api::call::nothing;
use crate::api::{Answer, Call, Endpoint};
use crate::db::GroupId;
use crate::services::groups;

pub fn endpoint() -> Endpoint {
    Endpoint::delete("/api/v1/groups/{id}", "delete_group", delete)
        .about("groups", "Delete a group")
        .details("Its users and tokens lose what it gave.")
        .needs("auth.delete_group")
        .takes_if_match()
        .answers_nothing(204, "The group is gone")
}

async fn delete(call: Call, id: Path<GroupId>) -> Answer {
    let work = call.write(move |tx, call| {
        call.actor.require("auth.delete_group")?;
        if call.expects() {
            call.expect(&GroupView::load(tx, call, *id)?)?;
        }
        groups::delete(tx, &call.actor, call.now, *id)
    });
    work.await?;
    nothing()
}
