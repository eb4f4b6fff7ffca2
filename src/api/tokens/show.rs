//! `GET /api/v1/tokens/{id}`

use actix_web::web::Path;

use super::view::TokenView;
use crate::api::{Answer, Call, Endpoint};
use crate::db::TokenId;

/// `GET /api/v1/tokens/{id}`
pub fn endpoint() -> Endpoint {
    Endpoint::get("/api/v1/tokens/{id}", "show_token", show)
        .about("tokens", "Show a token")
        .details("The `ETag` does not depend on `last_used_at` and `last_used_ip`.")
        .needs("mcp.view_token")
        .answers::<TokenView>(200, "The token", TokenView::example())
        .takes_if_none_match()
}

async fn show(call: Call, id: Path<TokenId>) -> Answer {
    let view = call.read(move |conn, call| TokenView::load(conn, call, *id)).await?;
    call.show(&view)
}
