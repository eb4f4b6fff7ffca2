//! `POST /admin/apps/{app}/sync-now`: reads the schemas again, and shows what is different.

use actix_web::web;
use maud::{Markup, html};

use crate::admin::components::{Icon, Tone, alert, empty};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::services::apps;
use crate::services::permissions::SyncReport;

/// What reading a schema again needs: content types and permissions come and go with it.
pub const NEEDED: &[&str] = &["auth.add_permission", "auth.change_permission"];

pub fn routes(table: &mut Table) {
    table.post("/apps/{app}/sync-now", Needs::AllOf(NEEDED), submit);
}

async fn submit(visit: Visit, label: web::Path<String>) -> Answer {
    let label = label.into_inner();
    let page = visit.run(move |db, visit| {
        let report = apps::reload(db, &visit.actor, visit.now, visit.registry(), &label)?;
        visit.forget();
        let catalog = visit.registry().catalog();
        let app = catalog.apps.iter().find(|app| app.label == label);
        let body = html! {
            div class="stack stack-lg" {
                @for problem in app.into_iter().flat_map(|app| &app.problems) {
                    (alert(Tone::Warn, &html! { b class="strong" { (problem.about) } ": " (problem.message) }))
                }
                (changes(&report))
                div class="actions" { a class="btn" href=(paths::app(&label)) { "Show the app" } }
            }
        };
        Ok(Page::new("What changed").at(Place::App(label.clone())).below(&label, paths::app(&label)).narrow().body(body))
    });
    Ok(page.await?.respond(&visit))
}

fn changes(report: &SyncReport) -> Markup {
    if report.is_empty() {
        let text = html! { "The database is as it was when it was read before." };
        return html! { div class="card" { (empty(Icon::Check, "Nothing changed", &text, &html! {})) } };
    }
    let parts = [
        ("New models", &report.added),
        ("Models whose table has vanished", &report.stale),
        ("Models whose table is back", &report.revived),
        ("New permissions", &report.added_permissions),
        ("Other names", &report.renamed),
    ];
    html! {
        @for (title, names) in parts {
            @if !names.is_empty() {
                section class="card" {
                    header { h2 { (title) } }
                    section { ul class="stack stack-sm" { @for name in names { li { code { (name) } } } } }
                }
            }
        }
    }
}
