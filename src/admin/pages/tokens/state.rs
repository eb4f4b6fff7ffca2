//! Switching a token off and on.

use actix_web::web;

use super::{CHANGE, home};
use crate::admin::form::Query;
use crate::admin::paths::Path;
use crate::admin::routes::Table;
use crate::admin::visit::{Answer, Visit};
use crate::db::TokenId;
use crate::services::tokens;

pub fn routes(table: &mut Table) {
    table.post("/tokens/{id}/deactivate", CHANGE, deactivate);
    table.post("/tokens/{id}/activate", CHANGE, activate);
}

async fn deactivate(visit: Visit, id: web::Path<TokenId>, query: Query) -> Answer {
    let id = *id;
    let token = visit.write(move |tx, visit| tokens::deactivate(tx, &visit.actor, visit.now, id)).await?;
    Ok(visit.done(&next(&visit, &query, id), &format!("{} is inactive", token.name)))
}

async fn activate(visit: Visit, id: web::Path<TokenId>, query: Query) -> Answer {
    let id = *id;
    let token = visit.write(move |tx, visit| tokens::activate(tx, &visit.actor, visit.now, id)).await?;
    Ok(visit.done(&next(&visit, &query, id), &format!("{} is active again", token.name)))
}

/// Back to the list that the button was in, or to the token.
fn next(visit: &Visit, query: &Query, id: TokenId) -> Path {
    Path::local(query.text("next")).unwrap_or_else(|| home(visit, id))
}
