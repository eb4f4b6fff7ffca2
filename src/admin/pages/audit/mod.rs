//! The audit log: the newest entries first, narrowed in many ways; one entry; all of it as a file.

mod export;
mod filter;
mod toolbar;

use actix_web::web;
use maud::{Markup, html};

use crate::admin::components::{
    Icon, Pager, Tone, alert, changes_of, empty, event, facts, heading, icon, kind, object_path, pager,
};
use crate::admin::form::Query;
use crate::admin::leaf::{self, Leaf, Turn};
use crate::admin::page::{Page, Place};
use crate::admin::pages::tokens::usernames;
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::db::LogEntryId;
use crate::error::{Error, Result};
use crate::services::Mark;
use crate::services::audit::{self, LogEntry};
use filter::Filter;

const NEEDS: Needs = Needs::AnyOf(&["admin.view_logentry"]);

/// The log's pages.
pub fn routes(table: &mut Table) {
    table.get("/audit", NEEDS, show);
    table.get("/audit.csv", NEEDS, export::csv);
    table.get("/audit.jsonl", NEEDS, export::jsonl);
    table.get("/audit/{id}", NEEDS, show_one);
}

async fn show(visit: Visit, query: Query) -> Answer {
    let turn = Turn::<Mark>::of(&query)?;
    let found = match Filter::of(&visit, &query).await {
        Ok(filter) => Ok((read(&visit, &filter, turn).await?, filter)),
        Err(Error::Invalid(errors)) => Err(errors),
        Err(error) => return Err(error),
    };
    let people = visit.read(usernames).await?;
    let address = filter::address(&query, &paths::audit());
    let results = html! {
        div class="card results" id="results" tabindex="-1" {
            @match &found {
                Ok((leaf, filter)) => {
                    @if leaf.rows.is_empty() { (nothing(filter)) }
                    @for entry in &leaf.rows { (event(&visit, entry, filter.is_story && leaf.rows.len() <= 3)) }
                    @let foot = leaf.pager(&address);
                    (pager(&Pager { text: "Newest first, times in UTC".to_owned(), ..foot }))
                },
                Err(errors) => {
                    @for error in errors { (alert(Tone::Bad, &html! { (error.field) ": " (error.message) })) }
                },
            }
        }
    };
    let body = html! { div class="stack" { (toolbar::form(&visit, &query, people.as_deref())) (results) } };
    let actions = html! {
        a href=(filter::address(&query, &paths::audit_jsonl())) class="btn" data-variant="outline" download {
            (icon(Icon::Download)) "JSON Lines"
        }
        a href=(filter::address(&query, &paths::audit_csv())) class="btn" data-variant="outline" download {
            (icon(Icon::Download)) "Export CSV"
        }
    };
    Ok(Page::new("Audit log")
        .at(Place::Audit)
        .subtitle(html! { "Every change and every denied call, by people and by tokens. Entries cannot be edited." })
        .actions(actions)
        .body(body)
        .respond(&visit))
}

async fn read(visit: &Visit, filter: &Filter, turn: Turn<Mark>) -> Result<Leaf<LogEntry, Mark>> {
    let filter = filter.log.clone();
    visit
        .read(move |conn, visit| {
            let list =
                |backward: bool, slice: &_| audit::slice(conn, &visit.actor, &filter, !backward, slice);
            leaf::turn(turn, false, list, |entry| Mark::Id(entry.id.0))
        })
        .await
}

fn nothing(filter: &Filter) -> Markup {
    if filter.is_narrowed {
        let clear =
            html! { a class="btn" data-variant="outline" href=(paths::audit()) { "Clear the filters" } };
        let text = html! { "Objects, people and tokens were searched, and every filter has to match." };
        return empty(Icon::Search, "No entry matches", &text, &clear);
    }
    let text = html! { "Every change and every refusal will be listed here." };
    empty(Icon::ScrollText, "Nothing was written down yet", &text, &Markup::default())
}

async fn show_one(visit: Visit, id: web::Path<i64>) -> Answer {
    let id = LogEntryId(*id);
    let entry = visit.read(move |conn, visit| audit::show(conn, &visit.actor, id)).await?;
    let about = kind(&visit, &entry);
    let object = object_path(&visit, &entry);
    let changes = changes_of(&entry);
    let all_of_it = paths::audit()
        .with("model", format!("{}.{}", entry.app_label, entry.model))
        .with("object_id", &entry.object_id);
    let body = html! {
        section class="card" {
            header { h2 { (heading(&visit, &entry, &changes)) } (crate::admin::components::word(&entry, &changes)) }
            section class="stack" {
                dl class="dl small" {
                    dt { "By" }
                    dd {
                        @match (&entry.token_label, entry.token_id) {
                            (Some(name), Some(id)) if visit.may("mcp.view_token") => {
                                "the token " a class="link" href=(paths::token(id)) { (name) }
                            },
                            (Some(name), _) => { "the token " (name) },
                            _ => { (entry.actor_label) },
                        }
                    }
                    dt { "What" } dd { code { (entry.app_label) "." (entry.model) } @if !entry.object_id.is_empty() { " " code { (entry.object_id) } } }
                }
                (facts(&visit, &entry, &changes))
                div class="row" {
                    @if let Some(path) = &object {
                        a href=(path) class="btn" data-variant="outline" data-size="sm" { "Open the " (about.to_lowercase()) }
                    }
                    @if !entry.object_id.is_empty() {
                        a href=(all_of_it) class="btn" data-variant="outline" data-size="sm" { (icon(Icon::History)) "All that was done to it" }
                    }
                    @if let Some(token) = entry.token_id {
                        a href=(paths::audit().with("token", token)) class="btn" data-variant="outline" data-size="sm" { "All that this token did" }
                    }
                    @if let Some(request) = &entry.request_id {
                        a href=(paths::audit().with("request_id", request)) class="btn" data-variant="outline" data-size="sm" { "The whole request" }
                    }
                }
            }
        }
    };
    Ok(Page::new(format!("Entry {id}"))
        .at(Place::Audit)
        .below("Audit log", paths::audit())
        .narrow()
        .body(body)
        .respond(&visit))
}
