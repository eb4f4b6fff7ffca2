//! `GET /api/v1/users/{id}`

use actix_web::web::Path;

use super::UserView;
use crate::api::{Answer, Call, Endpoint};
use crate::db::UserId;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/api/v1/users/{id}", "show_user", show)
        .about("users", "Show a user")
        .details("The `ETag` does not depend on `last_login`.")
        .needs("auth.view_user")
        .answers::<UserView>(200, "The user", UserView::example())
        .takes_if_none_match()
}

async fn show(call: Call, id: Path<UserId>) -> Answer {
    let view = call.read(move |conn, call| UserView::load(conn, call, *id)).await?;
    call.show(&view)
}
