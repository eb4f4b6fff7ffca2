//! `GET /api/v1/groups/{id}`

use actix_web::web::Path;

use super::GroupView;
use crate::api::{Answer, Call, Endpoint};
use crate::db::GroupId;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/api/v1/groups/{id}", "show_group", show)
        .about("groups", "Show a group")
        .needs("auth.view_group")
        .answers::<GroupView>(200, "The group", GroupView::example())
        .takes_if_none_match()
}

async fn show(call: Call, id: Path<GroupId>) -> Answer {
    let view = call.read(move |conn, call| GroupView::load(conn, call, *id)).await?;
    call.show(&view)
}
