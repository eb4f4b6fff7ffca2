//! `GET /admin/apps/{app}/{model}`: a part of the records, with search, filters, order and columns.

use maud::{Markup, html};

use super::query::{self, Asked};
use super::{Address, Records, filters, table, with};
use crate::admin::components::{Icon, Pager, code, empty, error_summary, icon, number, pager};
use crate::admin::form::{FormErrors, Query};
use crate::admin::page::Page;
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::apps::{Page as Rows, Total};
use crate::error::Result;

pub fn routes(table: &mut Table) {
    table.get("/apps/{app}/{model}", Needs::OnModel("view"), show);
}

async fn show(visit: Visit, address: Address, query: Query) -> Answer {
    let page = with(&visit, address, move |records, _| page(records, &Asked::read(&query))).await?;
    Ok(page.respond(&visit))
}

fn page(records: &Records<'_>, asked: &Asked) -> Result<Page> {
    let columns = asked.columns(records);
    let found = asked.query(records, &columns).and_then(|query| records.list(&query));
    let (rows, errors) = match found {
        Ok(rows) => (Some(rows), FormErrors::none()),
        Err(error) => (None, query::errors(error)?),
    };
    if let Some(rows) = &rows {
        note_count(records, asked, rows);
    }
    let named = filters::labels(records.model);
    let labels: Vec<(&str, &str)> =
        named.iter().map(|(name, label)| (name.as_str(), label.as_str())).collect();
    let results = html! {
        div id="results" class="stack" tabindex="-1" {
            (error_summary("This list cannot be shown", &errors, &labels))
            (filters::in_force(records, asked))
            @if let Some(rows) = &rows {
                @if rows.records.is_empty() { (nothing(records, asked)) }
                @else {
                    (table::table(records, asked, &columns, rows, &pages(records, asked, rows))?)
                }
            }
        }
    };
    let body = html! {
        div class="stack" {
            (filters::toolbar(records, asked, &errors))
            (results)
        }
    };
    let page = records
        .page(records.title())
        .badge(code(&records.model.label()))
        .actions(actions(records, asked, &columns));
    let page = if records.model.is_view {
        page.subtitle(html! { "A view: these records can only be read." })
    } else if !records.has_keys() {
        page.subtitle(html! { "These records have no primary key: they can only be listed." })
    } else {
        page
    };
    Ok(if errors.is_empty() { page.body(body) } else { page.failed().body(body) })
}

/// The side bar shows what somebody counted last.
fn note_count(records: &Records<'_>, asked: &Asked, rows: &Rows) {
    if let (true, Total::Exact(count) | Total::Estimate(count)) = (asked.is_everything(), rows.total) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        records.visit.admin().counts.note_records(&records.model.app_label, &records.model.name, count);
    }
}

fn actions(records: &Records<'_>, asked: &Asked, columns: &[usize]) -> Markup {
    let (app, model) = (&records.model.app_label, &records.model.name);
    html! {
        (filters::columns(records, asked, columns))
        a href=(asked.onto(paths::records_csv(app, model))) class="btn" data-variant="outline" download {
            (icon(Icon::Download)) "Export CSV"
        }
        @if records.may_add() {
            a href=(paths::record_new(app, model)) class="btn" data-shortcut="n" {
                (icon(Icon::Plus)) "New " (records.one())
            }
        }
    }
}

fn nothing(records: &Records<'_>, asked: &Asked) -> Markup {
    let clear =
        html! { a class="btn" data-variant="outline" href=(records.list_path()) { "Clear the search" } };
    let card = if asked.cursor.is_some() {
        let text = html! { "What was on this page has gone." };
        let first = html! { a class="btn" data-variant="outline" href=(asked.onto(records.list_path())) { "First page" } };
        empty(Icon::Search, "Nothing is left here", &text, &first)
    } else if !asked.is_everything() {
        let text = html! {
            @if !asked.search.is_empty() { "Searched for “" (asked.search) "” in " (filters::searched(records.model)) ". " }
            @if !asked.filters.is_empty() { "The filters above narrow the list." }
        };
        empty(Icon::Search, &format!("No {} match", records.model.verbose_name_plural), &text, &clear)
    } else {
        let text = html! { "There are no " (records.model.verbose_name_plural) " yet." };
        let add = html! {
            @if records.may_add() {
                a class="btn" href=(paths::record_new(&records.model.app_label, &records.model.name)) {
                    (icon(Icon::Plus)) "New " (records.one())
                }
            }
        };
        empty(Icon::Database, &format!("No {}", records.model.verbose_name_plural), &text, &add)
    };
    html! { div class="card" { (card) } }
}

fn pages(records: &Records<'_>, asked: &Asked, rows: &Rows) -> Markup {
    let at = |cursor: Option<&crate::apps::Cursor>| {
        cursor.map(|cursor| asked.onto(records.list_path()).with("cursor", cursor))
    };
    let shown = rows.records.len();
    let n = |n: u64| number(i64::try_from(n).unwrap_or(i64::MAX));
    let (text, is_exact) = match rows.total {
        Total::Exact(total) if total == shown as u64 => (records.count(total), true),
        Total::Exact(total) => (format!("{shown} of {}", n(total)), true),
        Total::Estimate(total) => (format!("{shown} of about {}", n(total)), false),
        Total::AtLeast(total) => (format!("{shown} of more than {}", n(total)), false),
        Total::Unknown => (format!("{shown} shown"), false),
    };
    let pager = pager(&Pager { text, previous: at(rows.previous.as_ref()), next: at(rows.next.as_ref()) });
    html! {
        (pager)
        @if !is_exact {
            p class="pager-note small muted" {
                "Counting all of them takes time in a long table. "
                a class="link" href=(Asked { counts: true, ..asked.clone() }.onto(records.list_path())) { "Count exactly" }
            }
        }
    }
}
