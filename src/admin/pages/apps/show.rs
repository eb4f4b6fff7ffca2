//! `GET /admin/apps/{app}`: an attached database. Whoever may see permissions sees all that was found, the
//! others the models whose records they may see.

use actix_web::web;
use maud::{Markup, html};

use super::{health, sync};
use crate::admin::components::{Icon, Tone, badge, icon, number};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::shell::capitalised;
use crate::admin::visit::{Answer, Visit};
use crate::apps::{App, Model};
use crate::error::Error;
use crate::services::apps;

pub fn routes(table: &mut Table) {
    table.get("/apps/{app}", Needs::OnApp, show);
}

async fn show(visit: Visit, label: web::Path<String>) -> Answer {
    let label = label.into_inner();
    let page = visit.run(move |_, visit| {
        let catalog = visit.registry().catalog();
        let found = catalog.apps.iter().find(|app| app.label == label);
        let app = found.ok_or_else(|| Error::NotFound("There is no such app".into()))?;
        let sees_all = visit.may("auth.view_permission");
        let state = if sees_all { Some(apps::show(&visit.actor, &catalog, &label)?.1) } else { None };
        let models: Vec<&Model> =
            app.models.iter().map(|model| &**model).filter(|model| sees_all || visit.sees(model)).collect();
        let page = Page::new(&app.label).at(Place::App(app.label.clone()));
        let page = if sees_all { page.below("Apps", paths::apps()) } else { page };
        let page = match state {
            Some(state) => page.badge(health(state)).actions(sync_now(visit, app)),
            None => page,
        };
        Ok(page.body(html! {
            div class="stack stack-lg" {
                @if sees_all { (problems(app)) }
                (table(visit, &models))
                @if sees_all { (options(visit, app)) }
            }
        }))
    });
    Ok(page.await?.respond(&visit))
}

fn sync_now(visit: &Visit, app: &App) -> Markup {
    html! {
        @if sync::NEEDED.iter().all(|permission| visit.may(permission)) {
            form method="post" action=(paths::app_sync(&app.label)) {
                button class="btn" { (icon(Icon::RefreshCw)) "Sync now" }
            }
        }
    }
}

fn problems(app: &App) -> Markup {
    html! {
        @if !app.problems.is_empty() {
            section class="card" {
                header { h2 { "What could not be mapped" } }
                section class="flush" {
                    ul class="feed" {
                        @for problem in &app.problems {
                            li { (icon(Icon::TriangleAlert)) span { code { (problem.about) } " " (problem.message) } }
                        }
                    }
                }
            }
        }
    }
}

fn table(visit: &Visit, models: &[&Model]) -> Markup {
    html! {
        section class="card cards" {
            header { h2 { "Models" } }
            div class="table-container" {
                table class="table" role="table" {
                    thead role="rowgroup" {
                        tr role="row" {
                            @for title in ["Model", "Table", "Fields", "Relations", "Notes"] {
                                th scope="col" role="columnheader" { (title) }
                            }
                        }
                    }
                    tbody role="rowgroup" { @for model in models { (row(visit, model)) } }
                }
            }
        }
    }
}

fn row(visit: &Visit, model: &Model) -> Markup {
    const SHOWN: usize = 4;
    let fields = i64::try_from(model.fields.len()).unwrap_or(i64::MAX);
    // What leads to records that may not be seen does not exist for the visitor.
    let catalog = visit.registry().catalog();
    let relations: Vec<String> = catalog
        .relations(model, |other| visit.sees(other))
        .map(|(relation, _)| relation.name.clone())
        .collect();
    let name = capitalised(&model.verbose_name_plural);
    html! {
        tr role="row" {
            td role="cell" class="c-main" {
                @if visit.sees(model) {
                    a class="cell-main" href=(paths::records(&model.app_label, &model.name)) { (name) }
                } @else { span class="cell-main" { (name) } }
                span class="cell-sub" { code { (model.label()) } }
            }
            td role="cell" data-label="Table" { code { (model.table.name) } }
            td role="cell" data-label="Fields" class="num" { (number(fields)) }
            td role="cell" data-label="Relations" {
                @if relations.is_empty() { span class="muted" { "None" } }
                (relations.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "))
                @if relations.len() > SHOWN { " and " (relations.len() - SHOWN) " more" }
            }
            td role="cell" data-label="Notes" {
                span class="row" {
                    @if model.is_view { (badge(Tone::Info, "View")) }
                    @if model.primary_key.is_empty() && !model.is_view { (badge(Tone::Warn, "No key")) }
                    @if !model.exposed { (badge(Tone::None, "No tools")) }
                    @if let Some(why) = model.cannot_create.as_ref().filter(|_| !model.is_view) { span class="muted small" { "Cannot be created: " (why) } }
                }
            }
        }
    }
}

/// The options in force, as the part of the configuration that makes them.
fn options(visit: &Visit, app: &App) -> Markup {
    let Some(config) = visit.config().apps.get(&app.label) else { return Markup::default() };
    html! {
        section class="card" {
            header {
                h2 { "Options in force" }
                p { "The part of " code { "mcp-admin.toml" } " that sets them, to paste elsewhere. A password is not in it." }
                button type="button" class="btn js-only" data-variant="outline" data-size="sm" data-copy="#app-toml"
                    aria-label="Copy the options" { (icon(Icon::Copy)) span data-label { "Copy" } }
            }
            section {
                pre class="code" id="app-toml" tabindex="0" role="region" aria-label="Options as TOML" { (config.to_toml(&app.label)) }
            }
        }
    }
}
