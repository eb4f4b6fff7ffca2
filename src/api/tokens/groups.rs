//! `/api/v1/tokens/{id}/groups`

use actix_web::web::Path;

use crate::api::grants::{GroupName, GroupReferences, one_row, whole};
use crate::api::{Answer, Body, Call, Endpoint, Page};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{GroupId, TokenId, Tx};
use crate::error::Result;
use crate::services::references;
use crate::services::tokens::{self, Token};

const PATH: &str = "/api/v1/tokens/{id}/groups";
const GIVING: &str = "Who grants must hold what the groups give that are new to the token.";

/// The endpoints of this collection.
pub fn endpoints() -> [Endpoint; 4] {
    let answers = |endpoint: Endpoint| {
        let example = one_row(&GroupName::example());
        endpoint.answers::<Page<GroupName>>(200, "The groups of the token now, in order of name", example)
    };
    let takes = |endpoint: Endpoint| {
        endpoint.needs("mcp.change_token").body::<GroupReferences>(GroupReferences::example())
    };
    [
        answers(
            Endpoint::get(PATH, "list_token_groups", list)
                .about("tokens", "List the groups of a token")
                .needs("mcp.view_token"),
        ),
        answers(takes(
            Endpoint::post(PATH, "add_token_groups", add)
                .about("tokens", "Put a token into groups")
                .details(GIVING),
        )),
        answers(takes(
            Endpoint::put(PATH, "set_token_groups", set)
                .about("tokens", "Set which groups a token is in")
                .details(GIVING),
        )),
        answers(takes(
            Endpoint::delete(PATH, "remove_token_groups", remove)
                .about("tokens", "Take a token out of groups")
                .details("A group that the token is not in is no error."),
        )),
    ]
}

async fn list(call: Call, id: Path<TokenId>) -> Answer {
    let groups = call.read(move |conn, call| Ok(tokens::details(conn, &call.actor, *id)?.groups)).await?;
    Ok(whole::<GroupName>(groups))
}

async fn add(call: Call, id: Path<TokenId>, body: Body<GroupReferences>) -> Answer {
    change(call, *id, body, tokens::add_groups).await
}

async fn set(call: Call, id: Path<TokenId>, body: Body<GroupReferences>) -> Answer {
    change(call, *id, body, tokens::set_groups).await
}

async fn remove(call: Call, id: Path<TokenId>, body: Body<GroupReferences>) -> Answer {
    change(call, *id, body, tokens::remove_groups).await
}

type Service = fn(&mut Tx<'_>, &Actor, UtcTime, TokenId, &[GroupId]) -> Result<Token>;

async fn change(call: Call, id: TokenId, body: Body<GroupReferences>, service: Service) -> Answer {
    let work = call.write(move |tx, call| {
        call.actor.require("mcp.change_token")?;
        let groups = references::groups(tx, &body.groups)?;
        let token = service(tx, &call.actor, call.now, id, &groups)?;
        Ok(tokens::details_of(tx, token)?.groups)
    });
    Ok(whole::<GroupName>(work.await?))
}
