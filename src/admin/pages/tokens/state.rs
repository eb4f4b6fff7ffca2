//! Switching a token off and on.

use actix_web::web;

use super::{CHANGE, home};
use crate::admin::flash::Flash;
use crate::admin::form::Query;
use crate::admin::paths::Path;
use crate::admin::routes::Table;
use crate::admin::undo::Undo;
use crate::admin::visit::{Answer, Visit};
use crate::db::TokenId;
use crate::services::tokens;

pub fn routes(table: &mut Table) {
    table.post("/tokens/{id}/deactivate", CHANGE, deactivate);
    table.post("/tokens/{id}/activate", CHANGE, activate);
}

async fn deactivate(visit: Visit, id: web::Path<TokenId>, query: Query) -> Answer {
    let id = *id;
    let (token, can_return) = visit
        .write(move |tx, visit| {
            let was_active = tokens::is_active(tx, id)?;
            let token = tokens::deactivate(tx, &visit.actor, visit.now, id)?;
            Ok((token, was_active && tokens::may_activate(tx, &visit.actor, id)?))
        })
        .await?;
    let undo = can_return.then(|| Undo::Tokens { ids: vec![id.0], activate: true });
    let told = Flash::new(format!("{} is inactive", token.name)).text("Its next request is refused.");
    Ok(visit.done(&next(&visit, &query, id), told.undo(undo)))
}

async fn activate(visit: Visit, id: web::Path<TokenId>, query: Query) -> Answer {
    let id = *id;
    let (token, was_active) = visit
        .write(move |tx, visit| {
            let was_active = tokens::is_active(tx, id)?;
            Ok((tokens::activate(tx, &visit.actor, visit.now, id)?, was_active))
        })
        .await?;
    let undo = (!was_active).then(|| Undo::Tokens { ids: vec![id.0], activate: false });
    let told = Flash::new(format!("{} is active again", token.name));
    Ok(visit.done(&next(&visit, &query, id), told.undo(undo)))
}

/// Back to the list that the button was in, or to the token.
fn next(visit: &Visit, query: &Query, id: TokenId) -> Path {
    Path::local(query.text("next")).unwrap_or_else(|| home(visit, id))
}
