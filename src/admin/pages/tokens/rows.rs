//! The table of tokens, with what can be done to one or to many.

use std::collections::{BTreeMap, HashSet};

use maud::{Markup, html};

use super::list::Asked;
use super::{prefix, status};
use crate::admin::components::{Icon, Menu, MenuItem, ago, icon, sort_header, until};
use crate::admin::paths::{self, Path};
use crate::admin::visit::Visit;
use crate::db::TokenId;
use crate::services::tokens::{TokenDetails, TokenStatus};

/// What a table shows.
pub struct Table<'a> {
    /// Who looks.
    pub visit: &'a Visit,
    /// The list that it is a part of.
    pub asked: &'a Asked,
    /// Its rows.
    pub tokens: &'a [TokenDetails],
    /// Those of them that can do more than the visitor.
    pub beyond: &'a HashSet<TokenId>,
    /// Under the rows.
    pub foot: Markup,
}

/// The table in its form for many.
pub fn table(table: &Table<'_>) -> Markup {
    let visit = table.visit;
    let selects = visit.may("mcp.change_token") || visit.may("mcp.delete_token");
    let back = table.asked.path(paths::tokens(), &[]);
    let header = |label: &str, column: &str| {
        let (sort, path) = table.asked.sorted(column);
        sort_header(label, sort, &path)
    };
    html! {
        form method="post" action=(paths::tokens_bulk()) {
            button hidden name="do" value="none" { "None" }
            input type="hidden" name="next" value=(back);
            div class="card cards" {
                div class="table-container" {
                    table class="table" role="table" {
                        caption class="sr-only" { "Tokens" }
                        thead role="rowgroup" { tr role="row" {
                            @if selects {
                                th scope="col" role="columnheader" class="tight" {
                                    input type="checkbox" class="input js-only" data-check-all aria-label="Select all on this page";
                                }
                            }
                            (header("Name", "name"))
                            th scope="col" role="columnheader" { "Owner" }
                            th scope="col" role="columnheader" { "Status" }
                            (header("Expires", "expires"))
                            (header("Last used", "used"))
                            th scope="col" role="columnheader" { "Access" }
                            th scope="col" role="columnheader" class="tight" { span class="sr-only" { "Actions" } }
                        } }
                        tbody role="rowgroup" { @for details in table.tokens { (row(table, details, selects, &back)) } }
                    }
                }
                (table.foot)
            }
            @if selects { (bulk(visit)) }
        }
    }
}

fn bulk(visit: &Visit) -> Markup {
    let button = |value: &str, sign: Icon, text: &str| {
        html! {
            button type="submit" class="btn" data-variant="ghost" data-size="sm" name="do" value=(value) { (icon(sign)) (text) }
        }
    };
    html! {
        div class="bulk" role="group" aria-label="Selected tokens" {
            @if visit.may("mcp.change_token") {
                (button("activate", Icon::Power, "Activate"))
                (button("deactivate", Icon::Power, "Deactivate"))
                (button("expiry", Icon::Clock, "Set expiry…"))
            }
            @if visit.may("mcp.delete_token") {
                button type="submit" class="btn" data-variant="destructive" data-size="sm" name="do" value="delete" {
                    (icon(Icon::Trash2)) "Delete…"
                }
            }
        }
    }
}

fn row(table: &Table<'_>, details: &TokenDetails, selects: bool, back: &Path) -> Markup {
    let visit = table.visit;
    let (token, owner, now) = (&details.token, &details.owner, visit.now);
    let standing = token.status(now);
    let soon = matches!(standing, TokenStatus::Expiring).then_some(" tone-warn").unwrap_or_default();
    html! {
        tr role="row" {
            @if selects {
                td role="cell" class="tight c-check" {
                    input type="checkbox" class="input" name="ids" value=(token.id) aria-label={ "Select " (token.name) };
                }
            }
            td role="cell" class="c-main" {
                a class="cell-main" href=(paths::token(token.id)) { (token.name) }
                span class="cell-sub" { (prefix(token)) }
            }
            td role="cell" data-label="Owner" { (owner.username) }
            td role="cell" data-label="Status" { span { (status(token, owner.is_active, now)) } }
            td role="cell" data-label="Expires" class={ "nowrap" (soon) } {
                span {
                    @match token.expires_at {
                        Some(at) => { (ago(at, now)) },
                        None => { span class="tone-warn" { "Never" } },
                    }
                    @if let Some(end) = token.previous_expires_at.filter(|at| *at > now) {
                        span class="cell-sub" { "old secret " (until(end, now)) }
                    }
                }
            }
            td role="cell" data-label="Last used" class="nowrap" {
                @match token.last_used_at {
                    Some(at) => { (ago(at, now)) },
                    None => { span class="muted" { "Never used" } },
                }
            }
            td role="cell" data-label="Access" { (access(details)) }
            td role="cell" class="tight c-menu" { (menu(table, details, back)) }
        }
    }
}

fn menu(table: &Table<'_>, details: &TokenDetails, back: &Path) -> Markup {
    let (visit, id) = (table.visit, details.token.id);
    let (changes, holds) = (visit.may("mcp.change_token"), !table.beyond.contains(&id));
    let mut items = Vec::new();
    if changes && holds {
        items.push(MenuItem::Link(Icon::RefreshCw, "Rotate…", paths::token_rotate(id)));
    }
    if changes {
        items.push(MenuItem::Link(Icon::Pencil, "Edit", paths::token_edit(id)));
    }
    items.push(MenuItem::Link(Icon::History, "View history", paths::token(id).at("history")));
    if changes && details.token.is_active {
        let path = paths::token_deactivate(id).with("next", back);
        items.push(MenuItem::Post(Icon::Power, "Deactivate", path));
    } else if changes && holds {
        items.push(MenuItem::Post(Icon::Power, "Activate", paths::token_activate(id).with("next", back)));
    }
    if visit.may("mcp.delete_token") {
        items.push(MenuItem::Separator);
        items.push(MenuItem::Danger(Icon::Trash2, "Delete…", paths::token_delete(id)));
    }
    Menu { id: format!("t{id}"), label: &format!("Actions for {}", details.token.name), items }.render()
}

/// What a token may do in a few words: `blog: read, write`, and the groups that give more.
fn access(details: &TokenDetails) -> Markup {
    const SHOWN: usize = 2;
    let mut by_app: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (app, codename) in details.permissions.iter().filter_map(|name| name.split_once('.')) {
        by_app.entry(app).or_default().push(codename);
    }
    let words = |codenames: &[&str]| {
        let reads = codenames.iter().any(|codename| codename.starts_with("view_"));
        let writes = codenames.iter().any(|codename| !codename.starts_with("view_"));
        match (reads, writes) {
            (true, true) => "read, write",
            (true, false) => "read",
            _ => "write",
        }
    };
    let groups: Vec<&str> = details.groups.iter().map(|group| group.name.as_str()).collect();
    html! {
        span {
            @for (n, (app, codenames)) in by_app.iter().take(SHOWN).enumerate() {
                @if n > 0 { "; " }
                (app) ": " (words(codenames))
            }
            @if by_app.len() > SHOWN { " and " (by_app.len() - SHOWN) " more" }
            @if groups.is_empty() && by_app.is_empty() { span class="muted" { "Nothing" } }
            @if !groups.is_empty() {
                @if by_app.is_empty() { "via " (groups.join(", ")) } @else { span class="cell-sub" { "via " (groups.join(", ")) } }
            }
        }
    }
}
