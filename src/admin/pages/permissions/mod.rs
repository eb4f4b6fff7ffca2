//! Permissions by app and model, with who has them; models whose table has vanished, and removing those.

mod remove;

use maud::{Markup, html};

use crate::admin::components::{Icon, Tone, badge, code, empty, icon, number, pager, search_box};
use crate::admin::form::Query;
use crate::admin::leaf::{self, Leaf, Turn};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::services::Mark;
use crate::services::Slice;
use crate::services::content_types::{self, ContentTypeFilter, ContentTypeRow, Holders};
use crate::services::permissions::Permission;

/// The pages and forms of permissions and content types.
pub fn routes(table: &mut Table) {
    table.get("/permissions", Needs::AnyOf(&["auth.view_permission"]), show);
    remove::routes(table);
}

async fn show(visit: Visit, query: Query) -> Answer {
    let turn = Turn::<Mark>::of(&query)?;
    let search = query.text("q").replace('\0', "");
    let app = query.text("app").replace('\0', "");
    let about = |is_stale| ContentTypeFilter {
        app_label: Some(app.clone()).filter(|app| !app.is_empty()),
        about: Some(search.clone()).filter(|text| !text.is_empty()),
        is_stale: Some(is_stale),
        ..ContentTypeFilter::default()
    };
    let (live, stale) = (about(false), about(true));
    let (leaf, stale) = visit
        .read(move |conn, visit| {
            let actor = &visit.actor;
            let stale = content_types::rows(conn, actor, &stale, false, &Slice::first(leaf::ROWS))?.rows;
            let list = |backward: bool, slice: &_| content_types::rows(conn, actor, &live, backward, slice);
            Ok((leaf::turn(turn, true, list, content_types::place)?, stale))
        })
        .await?;
    let mut address = paths::permissions();
    for (name, value) in [("q", &search), ("app", &app)] {
        if !value.is_empty() {
            address = address.with(name, value);
        }
    }
    let keep: Vec<(&str, &str)> =
        [("app", app.as_str())].into_iter().filter(|(_, v)| !v.is_empty()).collect();
    let body = html! {
        div class="stack" {
            (search_box(&paths::permissions(), &search, "Search models and permissions", "Search permissions", &keep, &Markup::default(), &Markup::default()))
            div class="stack stack-lg results" id="results" tabindex="-1" {
                @if !stale.is_empty() { (stale_card(&visit, &stale)) }
                (live_card(&visit, &leaf, &address))
            }
        }
    };
    Ok(Page::new("Permissions")
        .at(Place::Permissions)
        .subtitle(html! { "Every model has four, and those that its options add. They come and go with the tables." })
        .body(body)
        .respond(&visit))
}

fn live_card(visit: &Visit, leaf: &Leaf<ContentTypeRow, Mark>, address: &paths::Path) -> Markup {
    html! {
        div class="card cards" {
            @if leaf.rows.is_empty() {
                @let clear = html! { a class="btn" data-variant="outline" href=(paths::permissions()) { "Clear the search" } };
                (empty(Icon::Search, "No permission matches", &html! { "Models and the names of permissions were searched." }, &clear))
            } @else {
                div class="table-container" {
                    table class="table" role="table" {
                        thead role="rowgroup" {
                            tr role="row" {
                                th scope="col" role="columnheader" { "Model" }
                                th scope="col" role="columnheader" { "Permission" }
                                th scope="col" role="columnheader" { "Groups" }
                                th scope="col" role="columnheader" { "Users" }
                                th scope="col" role="columnheader" { "Tokens" }
                            }
                        }
                        tbody role="rowgroup" {
                            @for row in &leaf.rows {
                                @for (i, (permission, holders)) in row.permissions.iter().enumerate() {
                                    (line(visit, permission, holders, i == 0))
                                }
                            }
                        }
                    }
                }
                (pager(&leaf.pager(address)))
            }
        }
        p class="small muted" { "Users and tokens are counted that were given the permission themselves; groups give it to all their members." }
    }
}

fn line(visit: &Visit, permission: &Permission, holders: &Holders, is_first: bool) -> Markup {
    let model = format!("{}.{}", permission.app_label, permission.model);
    html! {
        tr role="row" {
            td role="cell" class="c-main" { @if is_first { span class="strong" { (model) } } @else { span class="sr-only" { (model) } } }
            td role="cell" data-label="Permission" { span { (code(&permission.full_name())) span class="cell-sub" { (permission.name) } } }
            td role="cell" data-label="Groups" class="num" {
                @if holders.groups > 0 && visit.may("auth.view_group") {
                    a class="link" href=(paths::groups().with("permission", permission.id)) { (number(holders.groups)) }
                } @else { (number(holders.groups)) }
            }
            td role="cell" data-label="Users" class="num" { (number(holders.users)) }
            td role="cell" data-label="Tokens" class="num" { (number(holders.tokens)) }
        }
    }
}

fn stale_card(visit: &Visit, stale: &[ContentTypeRow]) -> Markup {
    html! {
        section class="card" id="stale" {
            header {
                h2 { "Tables that have vanished" }
                p { "Their permissions open nothing any more. They work again if the table comes back." }
            }
            section class="flush" {
                ul class="feed" {
                    @for row in stale {
                        @let held: i64 = row.permissions.iter().map(|(_, h)| h.groups + h.users + h.tokens).sum();
                        li {
                            (icon(Icon::Database))
                            span {
                                span class="row" {
                                    span class="strong" { (row.content_type.app_label) "." (row.content_type.model) }
                                    (badge(Tone::Warn, "Vanished"))
                                }
                                span class="cell-sub" { (row.permissions.len()) " permissions, given " (number(held)) " times" }
                            }
                            @if visit.may("auth.delete_permission") {
                                a class="btn" data-variant="outline" data-size="sm" href=(paths::content_type_remove(row.content_type.id))
                                    aria-label={ "Remove " (row.content_type.app_label) "." (row.content_type.model) } { "Remove…" }
                            }
                        }
                    }
                }
            }
        }
    }
}
