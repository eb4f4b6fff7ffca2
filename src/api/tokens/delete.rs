//! `DELETE /api/v1/tokens/{id}`

use actix_web::web::Path;

use super::view::TokenView;
use crate::api::call::nothing;
use crate::api::{Answer, Call, Endpoint};
use crate::db::TokenId;
use crate::services::tokens;

pub fn endpoint() -> Endpoint {
    Endpoint::delete("/api/v1/tokens/{id}", "delete_token", delete)
        .about("tokens", "Delete a token")
        .details("It is refused from the next request on. Its entries in the audit log stay.")
        .needs("mcp.delete_token")
        .takes_if_match()
        .answers_nothing(204, "The token is gone")
}

async fn delete(call: Call, id: Path<TokenId>) -> Answer {
    call.write(move |tx, call| {
        call.actor.require("mcp.delete_token")?;
        if call.expects() {
            call.expect(&TokenView::current(tx, call, *id)?)?;
        }
        tokens::delete(tx, &call.actor, call.now, *id)
    })
    .await?;
    nothing()
}
