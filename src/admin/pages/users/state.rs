//! Switching an account on and off.

use actix_web::web;
use maud::{Markup, html};

use super::CHANGE;
use super::edit::Shown;
use crate::admin::components::{Icon, icon};
use crate::admin::flash::Flash;
use crate::admin::form::Query;
use crate::admin::paths::{self, Path};
use crate::admin::routes::Table;
use crate::admin::undo::Undo;
use crate::admin::visit::{Answer, Visit};
use crate::db::UserId;
use crate::services::users;

pub fn routes(table: &mut Table) {
    table.post("/users/{id}/deactivate", CHANGE, deactivate);
    table.post("/users/{id}/activate", CHANGE, activate);
}

async fn deactivate(visit: Visit, id: web::Path<i64>, query: Query) -> Answer {
    let id = UserId(*id);
    let (user, can_return) = visit
        .write(move |tx, visit| {
            let was_active = users::show(tx, &visit.actor, id)?.is_active;
            let user = users::deactivate(tx, &visit.actor, visit.now, id)?;
            let can_return = was_active && users::abilities(tx, &visit.actor, &user)?.activate;
            Ok((user, can_return))
        })
        .await?;
    let undo = can_return.then_some(Undo::User { id: id.0, activate: true });
    let told = Flash::new(format!("{} was deactivated", user.username));
    let told = told.text("Sessions were ended, and tokens are refused.");
    Ok(visit.done(&next(&query, id), told.undo(undo)))
}

async fn activate(visit: Visit, id: web::Path<i64>, query: Query) -> Answer {
    let id = UserId(*id);
    let (user, can_return) = visit
        .write(move |tx, visit| {
            let was_active = users::show(tx, &visit.actor, id)?.is_active;
            let user = users::activate(tx, &visit.actor, visit.now, id)?;
            let is_last = users::abilities(tx, &visit.actor, &user)?.is_last;
            Ok((user, !was_active && !is_last))
        })
        .await?;
    let undo = can_return.then_some(Undo::User { id: id.0, activate: false });
    Ok(visit.done(&next(&query, id), Flash::new(format!("{} was activated", user.username)).undo(undo)))
}

/// Back to the list that the button was in, or to the user.
fn next(query: &Query, id: UserId) -> Path {
    Path::local(query.text("next")).unwrap_or_else(|| paths::user(id))
}

/// What ends an account, for a time or for good.
pub fn card(visit: &Visit, shown: &Shown) -> Markup {
    let (user, can) = (&shown.user, &shown.abilities);
    let switch = if user.is_active { can.change && !can.is_last } else { can.activate };
    if !switch && !can.delete && !can.is_last {
        return Markup::default();
    }
    let is_self = user.id == visit.live.user.id;
    html! {
        section class="card form-card danger-zone" {
            header { h2 { "Access" } }
            section {
                @if can.is_last { p class="muted" { "The last active superuser can be neither deactivated nor deleted." } }
                @if switch {
                    div class="row" {
                        span {
                            @if user.is_active { "Block sign-in, end all sessions and refuse all tokens of " (user.username) ", until you activate it again." }
                            @else { "Let " (user.username) " sign in again, and its tokens in." }
                            @if is_self { " This is you: you will be signed out." }
                        }
                        form class="push" method="post" action=(if user.is_active { paths::user_deactivate(user.id) } else { paths::user_activate(user.id) }) {
                            button class="btn" data-variant="outline" { (icon(Icon::Power)) @if user.is_active { "Deactivate" } @else { "Activate" } }
                        }
                    }
                }
                @if can.delete {
                    div class="row" {
                        span { "Delete the account for good." }
                        span class="push" {
                            a class="btn" data-variant="destructive" href=(paths::user_delete(user.id)) { (icon(Icon::Trash2)) "Delete…" }
                        }
                    }
                }
            }
        }
    }
}
