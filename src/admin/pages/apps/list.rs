//! `GET /admin/apps`: all attached databases.

use maud::{Markup, html};

use super::health;
use crate::admin::components::{Icon, Tone, badge, empty, plural};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::apps::App;
use crate::services::apps::{self, Health};

pub fn routes(table: &mut Table) {
    table.get("/apps", Needs::AnyOf(&["auth.view_permission"]), show);
}

async fn show(visit: Visit) -> Answer {
    let page = visit.run(|_, visit| {
        let catalog = visit.registry().catalog();
        let found = apps::list(&visit.actor, &catalog)?;
        let body = html! {
            @if found.is_empty() {
                div class="card" {
                    (empty(Icon::Plug, "No database is attached", &html! {
                        "Name one in the configuration as " code { "[apps.blog]" } " with its " code { "url" } "."
                    }, &html! {}))
                }
            } @else { (table(&found)) }
        };
        Ok(Page::new("Apps")
            .at(Place::Apps)
            .subtitle(html! { "Attached databases. Their tables are models that tokens can be given permissions on." })
            .body(body))
    });
    Ok(page.await?.respond(&visit))
}

fn table(found: &[(&App, Health)]) -> Markup {
    html! {
        div class="card cards" {
            div class="table-container" {
                table class="table" role="table" {
                    thead role="rowgroup" {
                        tr role="row" {
                            @for title in ["App", "Database", "Health", "Models", "Problems"] {
                                th scope="col" role="columnheader" { (title) }
                            }
                        }
                    }
                    tbody role="rowgroup" { @for (app, state) in found { (row(app, *state)) } }
                }
            }
        }
    }
}

fn row(app: &App, state: Health) -> Markup {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    html! {
        tr role="row" {
            td role="cell" class="c-main" { a class="cell-main" href=(paths::app(&app.label)) { (app.label) } }
            td role="cell" data-label="Database" { (app.db.backend().as_str()) }
            td role="cell" data-label="Health" { (health(state)) }
            td role="cell" data-label="Models" class="num" { (plural(count(app.models.len()), "model", "models")) }
            td role="cell" data-label="Problems" {
                @if app.problems.is_empty() { span class="muted" { "None" } }
                @else { (badge(Tone::Warn, &plural(count(app.problems.len()), "problem", "problems"))) }
            }
        }
    }
}
