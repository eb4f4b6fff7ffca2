//! `GET /admin/palette?q=`: tokens, users, groups, models and pages by a few letters. Of the dialog it is the
//! part below the field; without JavaScript a page of its own.

use actix_web::http::StatusCode;
use maud::{Markup, html};

use crate::admin::components::{Icon, icon};
use crate::admin::form::Query;
use crate::admin::htmx;
use crate::admin::page::Page;
use crate::admin::paths::{self, Path};
use crate::admin::routes::{Needs, Table};
use crate::admin::shell::{self, capitalised};
use crate::admin::visit::{Answer, Visit};
use crate::db::DbConnection;
use crate::error::Result;
use crate::services::tokens::TokenFilter;
use crate::services::users::UserFilter;
use crate::services::{Paging, groups, tokens, users};

/// Entries of each kind.
const MOST: usize = 6;
const FIRST: Paging = Paging { limit: 6, offset: 0 };

pub fn routes(table: &mut Table) {
    table.get("/palette", Needs::SignedIn, show);
}

/// Entries of one kind.
struct Group {
    title: &'static str,
    sign: Icon,
    entries: Vec<Entry>,
}

/// Something to go to.
struct Entry {
    text: String,
    note: String,
    path: Path,
}

impl Entry {
    fn new(text: impl Into<String>, note: impl Into<String>, path: Path) -> Self {
        Self { text: text.into(), note: note.into(), path }
    }
}

async fn show(visit: Visit, query: Query) -> Answer {
    let words = query.text("q").chars().take(100).collect::<String>();
    let asked = words.clone();
    let mut found = visit.read(move |conn, visit| things(conn, visit, &asked)).await?;
    found.extend([models(&visit, &words), pages(&visit, &words)]);
    found.retain(|group| !group.entries.is_empty());
    if visit.view.is_part {
        let part = html! { div id="palette-results" aria-live="polite" { (list(&found, &words, false)) } };
        return Ok(htmx::respond(StatusCode::OK, part));
    }
    let body = html! {
        div class="stack" {
            form role="search" class="toolbar" method="get" action=(paths::palette()) {
                div class="input-group" {
                    (icon(Icon::Search))
                    input type="search" name="q" value=(words) aria-label="Go to" placeholder="Tokens, users, models, pages" data-shortcut="/";
                }
                button class="btn" data-variant="outline" { "Search" }
            }
            div class="card palette" { (list(&found, &words, true)) }
        }
    };
    Ok(Page::new("Go to anything").narrow().body(body).respond(&visit))
}

fn list(found: &[Group], words: &str, is_page: bool) -> Markup {
    html! {
        @for group in found {
            @if is_page { h2 { (group.title) } } @else { h3 { (group.title) } }
            @for entry in &group.entries {
                a href=(entry.path) {
                    (icon(group.sign))
                    span { (entry.text) }
                    @if !entry.note.is_empty() { small class="muted" { (entry.note) } }
                }
            }
        }
        @if found.is_empty() { p { "Nothing matches “" (words) "”." } }
    }
}

/// What our own database knows, as far as the visitor may see it; nothing before something is typed.
fn things(conn: &mut DbConnection, visit: &Visit, words: &str) -> Result<Vec<Group>> {
    let mut found = Vec::new();
    if words.is_empty() {
        return Ok(found);
    }
    let search = Some(words.to_owned());
    if visit.may("mcp.view_token") {
        let filter = TokenFilter { search: search.clone(), ..TokenFilter::default() };
        let page = tokens::list(conn, &visit.actor, visit.now, &filter, FIRST)?;
        let entry = |row: tokens::TokenRow| Entry::new(row.token.name, row.owner, paths::token(row.token.id));
        let entries = page.rows.into_iter().map(entry).collect();
        found.push(Group { title: "Tokens", sign: Icon::KeyRound, entries });
    }
    if visit.may("auth.view_user") {
        let filter = UserFilter { search, ..UserFilter::default() };
        let page = users::list(conn, &visit.actor, &filter, FIRST)?;
        let entries =
            page.rows.into_iter().map(|user| Entry::new(user.username, user.email, paths::user(user.id)));
        found.push(Group { title: "Users", sign: Icon::UserRound, entries: entries.collect() });
    }
    if visit.may("auth.view_group") {
        let page = groups::list(conn, &visit.actor, Some(words), FIRST)?;
        let entries = page.rows.into_iter().map(|group| Entry::new(group.name, "", paths::group(group.id)));
        found.push(Group { title: "Groups", sign: Icon::Users, entries: entries.collect() });
    }
    Ok(found)
}

/// Whether every word is in the text.
fn matches(text: &str, words: &str) -> bool {
    let text = text.to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

fn models(visit: &Visit, words: &str) -> Group {
    let catalog = visit.registry().catalog();
    let entries = catalog
        .models()
        .filter(|(_, model)| visit.sees(model))
        .filter(|(_, model)| matches(&format!("{} {}", model.label(), model.verbose_name_plural), words))
        .take(MOST)
        .map(|(app, model)| {
            let name = capitalised(&model.verbose_name_plural);
            Entry::new(name, model.label(), paths::records(&app.label, &model.name))
        });
    Group { title: "Models", sign: Icon::Database, entries: entries.collect() }
}

fn pages(visit: &Visit, words: &str) -> Group {
    let entries = shell::destinations(visit)
        .into_iter()
        .filter(|(title, _)| matches(title, words))
        .map(|(title, path)| Entry::new(title, "", path))
        .collect();
    Group { title: "Pages", sign: Icon::LayoutDashboard, entries }
}
