//! `POST /api/v1/tokens/{id}/activate` and `…/deactivate`

use actix_web::web::Path;

use super::view::TokenView;
use crate::api::{Answer, Call, Endpoint};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{TokenId, Tx};
use crate::error::Result;
use crate::services::tokens::{self, Token};

pub fn activate() -> Endpoint {
    Endpoint::post("/api/v1/tokens/{id}/activate", "activate_token", activate_token)
        .about("tokens", "Switch a token on again, with the secret that it had")
        .details("Who does it must hold what the token holds.")
        .needs("mcp.change_token")
        .answers::<TokenView>(200, "The token as it is now", TokenView::example())
        .header("ETag", "The version of the token")
}

pub fn deactivate() -> Endpoint {
    Endpoint::post("/api/v1/tokens/{id}/deactivate", "deactivate_token", deactivate_token)
        .about("tokens", "Switch a token off")
        .details("It is refused from the next request on, and can be switched on again.")
        .needs("mcp.change_token")
        .answers::<TokenView>(200, "The token as it is now", TokenView::example())
        .header("ETag", "The version of the token")
}

async fn activate_token(call: Call, id: Path<TokenId>) -> Answer {
    change(call, *id, tokens::activate).await
}

async fn deactivate_token(call: Call, id: Path<TokenId>) -> Answer {
    change(call, *id, tokens::deactivate).await
}

type Service = fn(&mut Tx<'_>, &Actor, UtcTime, TokenId) -> Result<Token>;

async fn change(call: Call, id: TokenId, service: Service) -> Answer {
    let work = call.write(move |tx, call| {
        let token = service(tx, &call.actor, call.now, id)?;
        Ok(TokenView::new(tokens::details_of(tx, token)?, call.now))
    });
    call.show(&work.await?)
}
