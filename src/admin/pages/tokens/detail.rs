//! One token: how it stands, what it may do and why, how it is used, what was done with it.

use actix_web::web;
use maud::{Markup, html};

use super::{SEE, prefix, rotate, status};
use crate::admin::components::{
    FeedItem, Icon, Menu, MenuItem, Tone, ago, alert, badge, code, days, event_line, feed, held_table, icon,
    icon_with, moment, number, plural, some_of, viz,
};
use crate::admin::form::Query;
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::Table;
use crate::admin::visit::{Answer, Visit};
use crate::db::{DbConnection, TokenId};
use crate::error::Result;
use crate::services::Slice;
use crate::services::audit::{self, LogEntry, LogFilter};
use crate::services::overview::Total;
use crate::services::tokens::{self, Reason, TokenAccess, Usage, Verdict};

/// Days of usage that are shown.
const DAYS: i64 = 30;
/// Lines of history.
const LINES: i64 = 8;

pub fn routes(table: &mut Table) {
    table.get("/tokens/{id}", SEE, show);
}

/// What the page shows.
struct Facts {
    access: TokenAccess,
    usage: Usage,
    /// What the token did, and what was done with it; nothing for who may not see the log.
    log: Option<(Vec<LogEntry>, Vec<LogEntry>)>,
    /// The question, and its answer.
    asked: Option<(String, Verdict)>,
}

async fn show(visit: Visit, id: web::Path<TokenId>, query: Query) -> Answer {
    let (id, question) = (*id, query.filled("can").map(str::to_owned));
    let facts = visit.read(move |conn, visit| read(conn, visit, id, question)).await?;
    Ok(page(&visit, &facts))
}

fn read(conn: &mut DbConnection, visit: &Visit, id: TokenId, question: Option<String>) -> Result<Facts> {
    let access = TokenAccess::load(conn, &visit.actor, id)?;
    let usage = tokens::usage(conn, &visit.actor, visit.now, id, DAYS)?;
    let mut of = |filter: LogFilter| -> Result<Vec<LogEntry>> {
        Ok(audit::slice(conn, &visit.actor, &filter, true, &Slice::first(LINES))?.rows)
    };
    let log = if visit.may("admin.view_logentry") {
        let with_it = of(LogFilter { token_id: Some(id), ..LogFilter::default() })?;
        let about_it = of(LogFilter {
            app_label: Some("mcp".into()),
            model: Some("token".into()),
            object_id: Some(id.to_string()),
            ..LogFilter::default()
        })?;
        Some((with_it, about_it))
    } else {
        None
    };
    let asked = match question {
        Some(question) => {
            let permission = visit.agents().needed(&question).unwrap_or_else(|| question.clone());
            let verdict = access.check(conn, &permission, visit.now)?;
            Some((question, verdict))
        }
        None => None,
    };
    Ok(Facts { access, usage, log, asked })
}

fn page(visit: &Visit, facts: &Facts) -> actix_web::HttpResponse {
    let token = &facts.access.token;
    let (rotate, dialog) = if may_pass_on(visit, &facts.access) {
        rotate::over_page(visit, &facts.access)
    } else {
        (Markup::default(), Markup::default())
    };
    let body = html! {
        div class="stack stack-lg" {
            (stats(visit, facts))
            div class="cols cols-wide" {
                div class="stack stack-lg" {
                    (usage(visit, &facts.usage))
                    (permissions(visit, &facts.access))
                    @if let Some((with_it, _)) = &facts.log { (calls(visit, token.id, with_it)) }
                }
                div class="stack stack-lg" {
                    (question(visit, facts))
                    @if let Some((_, about_it)) = &facts.log { (history(visit, about_it)) }
                }
            }
        }
        form id="row" method="post" hidden {}
        (dialog)
    };
    Page::new(token.name.clone())
        .at(Place::Tokens)
        .below("Tokens", paths::tokens())
        .badge(status(token, facts.access.owner.is_active, visit.now))
        .subtitle(html! { (prefix(token)) @if !token.note.is_empty() { " · " (token.note) } })
        .actions(html! { (rotate) (actions(visit, &facts.access)) })
        .body(body)
        .respond(visit)
}

/// Who gets a secret, or brings one back to life, must hold what it can do.
fn holds_all(visit: &Visit, access: &TokenAccess) -> bool {
    access.held.iter().all(|held| visit.may(&held.permission))
}

fn may_pass_on(visit: &Visit, access: &TokenAccess) -> bool {
    visit.may("mcp.change_token") && holds_all(visit, access)
}

fn actions(visit: &Visit, access: &TokenAccess) -> Markup {
    let (token, id) = (&access.token, access.token.id);
    let (changes, holds) = (visit.may("mcp.change_token"), holds_all(visit, access));
    let mut items = Vec::new();
    if changes && token.is_active {
        items.push(MenuItem::Post(Icon::Power, "Deactivate", paths::token_deactivate(id)));
    } else if changes && holds {
        items.push(MenuItem::Post(Icon::Power, "Activate", paths::token_activate(id)));
    }
    if visit.may("mcp.add_token") && holds {
        items.push(MenuItem::Link(Icon::Copy, "Make a copy…", paths::token_copy(id)));
    }
    if changes && holds {
        items.push(MenuItem::Link(Icon::UserRound, "Change the owner…", paths::token_transfer(id)));
    }
    if visit.may("mcp.delete_token") {
        items.push(MenuItem::Separator);
        items.push(MenuItem::Danger(Icon::Trash2, "Delete…", paths::token_delete(id)));
    }
    html! {
        @if changes {
            a class="btn" data-variant="outline" href=(paths::token_edit(id)) data-shortcut="e" { (icon(Icon::Pencil)) "Edit" }
        }
        (Menu { id: "more".into(), label: "More actions", items }.render())
    }
}

fn stats(visit: &Visit, facts: &Facts) -> Markup {
    let (token, owner) = (&facts.access.token, &facts.access.owner);
    let (calls, denials) =
        facts.usage.hours.iter().fold((0, 0), |(c, d), hour| (c + hour.calls, d + hour.denials));
    html! {
        dl class="stats" {
            div { dt { "Owner" } dd {
                @if visit.may("auth.view_user") { a class="link" href=(paths::user(owner.id)) { (owner.username) } } @else { (owner.username) }
                @if !owner.is_active { " " (badge(Tone::Bad, "inactive")) }
            } }
            div { dt { "Expires" } dd {
                @match token.expires_at { Some(at) => { (ago(at, visit.now)) }, None => { span class="tone-warn" { "Never" } } }
            } }
            div { dt { "Last used" } dd {
                @match token.last_used_at {
                    Some(at) => {
                        (ago(at, visit.now))
                        @if let Some(ip) = &token.last_used_ip { " " span class="muted small" { "from " code { (ip) } } }
                    },
                    None => { "Never used" },
                }
            } }
            div { dt { "Requests, 30 days" } dd class="num" { (number(calls)) } }
            div { dt { "Denied, 30 days" } dd class={ "num" @if denials > 0 { " tone-bad" } } { (number(denials)) } }
            @if let Some(until) = token.previous_expires_at.filter(|at| *at > visit.now) {
                div { dt { "Old secret" } dd { "until " (moment(until, visit.now)) } }
            }
            @if token.limit_to_owner { div { dt { "Limited" } dd { "to what the owner may do" } } }
        }
    }
}

fn usage(visit: &Visit, usage: &Usage) -> Markup {
    let totals: Vec<Total> = usage.hours.iter().map(Total::from).collect();
    html! {
        section class="card" {
            header {
                h2 { "Usage, 30 days" }
                span class="legend" { span { "Allowed" } span class="bad" { "With denied calls" } }
            }
            section {
                @if totals.is_empty() {
                    p class="muted" { "No call in the last 30 days." }
                } @else {
                    (viz("Requests per day over the last 30 days", &days(&totals, visit.now, 30)))
                }
            }
        }
    }
}

/// By model, what it may do and where that comes from.
fn permissions(visit: &Visit, access: &TokenAccess) -> Markup {
    let count = |n: usize| plural(i64::try_from(n).unwrap_or(i64::MAX), "permission", "permissions");
    let direct = access.held.iter().filter(|held| held.direct).count();
    let through = access.held.len() - direct;
    let sees_groups = visit.may("auth.view_group") || visit.may("auth.change_group");
    let group_path = |name: &str| {
        let group = access.groups.iter().find(|group| group.name == name).filter(|_| sees_groups);
        group.map(|group| paths::group(group.id))
    };
    let names: Vec<String> = access.groups.iter().take(2).map(|group| group.name.clone()).collect();
    let groups = some_of(&names, i64::try_from(access.groups.len()).unwrap_or(i64::MAX));
    html! {
        section class="card" {
            header {
                h2 { "Effective permissions" }
                span class="muted small" {
                    (count(access.get_all_permissions().len())) ": " (direct) " direct"
                    @if through > 0 { ", " (through) " from " (groups) }
                }
            }
            section class="flush" {
                @if access.held.is_empty() {
                    p class="empty-line muted" { "It may do nothing: no permission was given, by itself or by a group." }
                } @else {
                    (held_table(&access.held, &group_path, &|held| !access.has_perm(&held.permission)))
                }
            }
        }
    }
}

fn calls(visit: &Visit, id: TokenId, entries: &[LogEntry]) -> Markup {
    let lines: Vec<FeedItem> = entries.iter().map(|entry| event_line(visit, entry)).collect();
    html! {
        section class="card" {
            header {
                h2 { "Recent changes and refusals" }
                a class="link small" href=(paths::audit().with("token", id)) { "All in the audit log" }
            }
            section class="flush" {
                @if lines.is_empty() { p class="empty-line muted" { "It changed nothing and was refused nothing yet." } } @else { (feed(&lines)) }
            }
        }
    }
}

fn history(visit: &Visit, entries: &[LogEntry]) -> Markup {
    let lines: Vec<FeedItem> = entries.iter().map(|entry| event_line(visit, entry)).collect();
    html! {
        section class="card" id="history" {
            header { h2 { "History" } }
            section class="flush" { (feed(&lines)) }
        }
    }
}

fn question(visit: &Visit, facts: &Facts) -> Markup {
    let path = paths::token(facts.access.token.id);
    let token = &facts.access.token;
    let tools = visit.agents().tools(facts.access.get_all_permissions(), token.tool_mode);
    let asked = facts.asked.as_ref().map_or("", |(question, _)| question);
    html! {
        section class="card" {
            header { h2 { "Can this token …?" } p { (plural(i64::try_from(tools.len()).unwrap_or(0), "tool", "tools")) " for the agent" } }
            section class="stack" {
                form class="row" method="get" action=(path) hx-get=(path) hx-target="#answer" hx-select="#answer"
                    hx-swap="outerHTML" hx-trigger="change, submit" hx-include="this" hx-indicator="#progress" {
                    label class="sr-only" for="can" { "Tool or permission" }
                    input class="input" id="can" name="can" value=(asked) list="can-list" autocomplete="off"
                        placeholder="update_article or blog.change_article";
                    datalist id="can-list" { @for tool in tools.iter().take(100) { option value=(tool) {} } }
                    button type="submit" class="btn" data-variant="outline" { "Check" }
                }
                div id="answer" class="stack stack-sm" aria-live="polite" {
                    @if let Some((question, verdict)) = &facts.asked { (answer(visit, &facts.access, question, verdict)) }
                }
            }
        }
    }
}

fn answer(visit: &Visit, access: &TokenAccess, question: &str, verdict: &Verdict) -> Markup {
    let (token, owner) = (&access.token, &access.owner);
    let because = match &verdict.reason {
        Reason::Direct => html! { (code(&verdict.permission)) " is granted directly" },
        Reason::Group(group) => html! { (code(&verdict.permission)) " comes from the group " (group) },
        Reason::Inactive => html! { "The token is switched off" },
        Reason::Expired => html! { "The token has expired" },
        Reason::OwnerInactive => html! { "The account of " (owner.username) ", its owner, is not active" },
        Reason::NotGranted => {
            html! { (code(&verdict.permission)) " was not given, neither to it nor to one of its groups" }
        }
        Reason::NotHeldByOwner => html! {
            "It is limited to what " (owner.username) " may do, who does not have " (code(&verdict.permission))
        },
        Reason::NoSuchPermission => html! { "There is no tool and no permission of this name" },
    };
    let (tone, word) = if verdict.allowed { (Tone::Ok, "Yes") } else { (Tone::Bad, "No") };
    html! {
        (alert(tone, &html! {
            b class="strong" { (word) } @if verdict.allowed { ", it can do " } @else { ", it cannot do " } code { (question) } "."
        }))
        ul class="can small" {
            li {
                @if verdict.allowed { (icon_with(Icon::Check, "tone-ok")) } @else { (icon_with(Icon::Info, "muted")) }
                span { (because) }
            }
            @if verdict.allowed {
                li { (icon_with(Icon::Check, "tone-ok")) span {
                    "The token is active and "
                    @match token.expires_at { Some(at) => { "expires " (ago(at, visit.now)) }, None => { "never expires" } }
                } }
            }
        }
    }
}
