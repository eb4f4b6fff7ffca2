//! Removing the content type of a table that has vanished: whom that concerns, then the act.

use actix_web::http::StatusCode;
use actix_web::web;
use maud::html;

use crate::admin::components::{Goes, Icon, Tone, alert, goes_with, icon, some_of};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::db::ContentTypeId;
use crate::error::Error;
use crate::services::content_types::{self, Holders};

const NEEDS: Needs = Needs::AnyOf(&["auth.delete_permission"]);

pub fn routes(table: &mut Table) {
    table.get("/permissions/content-types/{id}/remove", NEEDS, ask);
    table.post("/permissions/content-types/{id}/remove", NEEDS, remove);
}

fn back(visit: &Visit) -> paths::Path {
    if visit.may("auth.view_permission") { paths::permissions() } else { paths::dashboard() }
}

async fn ask(visit: Visit, id: web::Path<i64>) -> Answer {
    page(&visit, ContentTypeId(*id)).await
}

async fn remove(visit: Visit, id: web::Path<i64>) -> Answer {
    let id = ContentTypeId(*id);
    match visit.write(move |tx, visit| content_types::remove_stale(tx, &visit.actor, visit.now, id)).await {
        Ok(()) => Ok(visit.done(&back(&visit), "Content type removed")),
        Err(Error::Conflict(_)) => page(&visit, id).await,
        Err(error) => Err(error),
    }
}

async fn page(visit: &Visit, id: ContentTypeId) -> Answer {
    let row = visit.read(move |conn, visit| content_types::removal(conn, &visit.actor, id)).await?;
    let label = format!("{}.{}", row.content_type.app_label, row.content_type.model);
    if let Some(why) = content_types::kept(&row.content_type) {
        return Ok(kept(visit, &label, &why).respond(visit));
    }
    let sum = |of: fn(&Holders) -> i64| row.permissions.iter().map(|(_, holders)| of(holders)).sum::<i64>();
    let count = i64::try_from(row.permissions.len()).unwrap_or(i64::MAX);
    let names: Vec<String> =
        row.permissions.iter().take(4).map(|(permission, _)| permission.full_name()).collect();
    let lost = || html! { "they stay, and no longer have it" };
    let goes = [
        Goes { kind: "Content type", fate: "Deleted", is_lost: true, text: html! { (label) }, count: 1 },
        Goes {
            kind: "Permissions",
            fate: "Deleted",
            is_lost: true,
            text: html! { (some_of(&names, count)) },
            count,
        },
        Goes {
            kind: "Given by groups",
            fate: "Unlinked",
            is_lost: false,
            text: lost(),
            count: sum(|h| h.groups),
        },
        Goes {
            kind: "Given to users",
            fate: "Unlinked",
            is_lost: false,
            text: lost(),
            count: sum(|h| h.users),
        },
        Goes {
            kind: "Given to tokens",
            fate: "Unlinked",
            is_lost: false,
            text: lost(),
            count: sum(|h| h.tokens),
        },
    ];
    let body = html! {
        form method="post" action=(paths::content_type_remove(id)) class="stack stack-lg" {
            (goes_with(&goes))
            div class="actions" {
                button type="submit" class="btn solid" data-variant="destructive" { (icon(Icon::Trash2)) "Remove with its permissions" }
                a href=(back(visit)) class="btn" data-variant="outline" autofocus { "Keep it" }
            }
        }
    };
    Ok(below(visit, format!("Remove {label}?"))
        .subtitle(html! { "If the table comes back, its permissions are made anew and nobody has them." })
        .body(body)
        .respond(visit))
}

/// The answer where the table is there, and the way back.
fn kept(visit: &Visit, label: &str, why: &str) -> Page {
    let body = html! {
        div class="stack stack-lg" {
            (alert(Tone::Info, &html! { (why) "." }))
            div class="actions" {
                a href=(back(visit)) class="btn" data-variant="outline" { "Back" }
            }
        }
    };
    below(visit, format!("{label} stays")).status(StatusCode::CONFLICT).body(body)
}

fn below(visit: &Visit, title: String) -> Page {
    let page = Page::new(title).at(Place::Permissions).narrow();
    if visit.may("auth.view_permission") { page.below("Permissions", paths::permissions()) } else { page }
}
