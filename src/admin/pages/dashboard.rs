//! The first page: the numbers, the requests of a day, what needs attention, what was done lately.

mod attention;

use maud::{Markup, html};

use crate::admin::components::{Icon, event_line, feed, hours, icon, moment, number, plural, snippets, viz};
use crate::admin::page::{Page, Place};
use crate::admin::paths::{self, Path};
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::services::apps::{self, Health};
use crate::services::client_snippets;
use crate::services::overview::{self, TokenOverview, a_day_ago};

/// What stands for a token in the snippets.
const PLACEHOLDER: &str = "YOUR_TOKEN";

/// The dashboard.
pub fn routes(table: &mut Table) {
    table.get("/", Needs::SignedIn, show);
    table.get("", Needs::SignedIn, to_root);
}

async fn to_root(visit: Visit) -> Answer {
    Ok(visit.go(&paths::dashboard()))
}

async fn show(visit: Visit) -> Answer {
    let overview = visit.read(|conn, visit| overview::read(conn, &visit.actor, visit.now)).await?;
    let unreachable = unreachable(&visit).await?;
    let attention = attention::items(&visit, &overview, &unreachable);
    let may_add = visit.may("mcp.add_token");
    let body = html! {
        div class="stack stack-lg" {
            @if let Some(tokens) = &overview.tokens { (stats(&visit, tokens)) }
            div class="cols cols-wide" {
                div class="stack stack-lg" {
                    @if let Some(tokens) = &overview.tokens { (requests(&visit, tokens)) }
                    (connect(&visit, may_add))
                }
                div class="stack stack-lg" {
                    @if let Some(card) = attention { (card) }
                    @if let Some(latest) = &overview.latest {
                        section class="card" {
                            header { h2 { "Latest changes" } a class="link small" href=(paths::audit()) { "Audit log" } }
                            section class="flush" {
                                (feed(&latest.iter().map(|entry| event_line(&visit, entry)).collect::<Vec<_>>()))
                            }
                        }
                    }
                }
            }
        }
    };
    let new_token = html! {
        @if may_add { a href=(paths::token_new()) class="btn" data-shortcut="n" { (icon(Icon::Plus)) "New token" } }
    };
    Ok(Page::new("Dashboard").at(Place::Dashboard).actions(new_token).body(body).respond(&visit))
}

/// Labels of the attached databases that do not answer, for those who may see what is attached.
async fn unreachable(visit: &Visit) -> crate::error::Result<Vec<String>> {
    if !visit.may("auth.view_permission") {
        return Ok(Vec::new());
    }
    visit
        .run(|_, visit| {
            let catalog = visit.registry().catalog();
            let all = apps::list(&visit.actor, &catalog)?;
            let gone = all.iter().filter(|(_, health)| *health == Health::Unavailable);
            Ok(gone.map(|(app, _)| app.label.clone()).collect())
        })
        .await
}

fn stats(visit: &Visit, tokens: &TokenOverview) -> Markup {
    let numbers = &tokens.numbers;
    let list = |status: &str| paths::tokens().with("status", status);
    let (today, yesterday) = calls(visit, tokens);
    let denials = denials(visit, tokens);
    let worst = tokens.denied.first().map_or(0, |token| token.denials);
    let log = visit.may("admin.view_logentry");
    let soon = format!("Expire within {} days", overview::EXPIRING_WITHIN.num_days());
    html! {
        div class="stats" {
            (stat(Icon::KeyRound, "Active tokens", numbers.active, Some(&list("active")),
                &html! { span class="small muted" { "of " (number(numbers.total)) " in total" } }))
            (stat(Icon::Clock, &soon, numbers.expiring, Some(&list("expiring").with("sort", "expires")), &html! {
                @match numbers.next_expiry {
                    Some(at) => { span class="small tone-warn" { "next one " (moment(at, visit.now)) } },
                    None => { span class="small muted" { "none of them soon" } },
                }
            }))
            (stat(Icon::History, "Unused for 30 days", numbers.unused, Some(&list("unused")),
                &html! { span class="small muted" { (plural(numbers.never_used, "was", "were")) " never used" } }))
            (stat(Icon::Plug, "Requests, 24 hours", today, None,
                &html! { span class="small muted" { (compared(today, yesterday)) } }))
            (stat(Icon::Ban, "Denied, 24 hours", denials,
                log.then(|| paths::audit().with("outcome", "denied").with("within", "24h")).as_ref(), &html! {
                @if worst > 0 { span class="small tone-bad" { (number(worst)) " from one token" } }
                @else { span class="small muted" { "none" } }
            }))
        }
    }
}

fn stat(sign: Icon, label: &str, value: i64, path: Option<&Path>, note: &Markup) -> Markup {
    let inner = html! { span class="k" { (icon(sign)) (label) } span class="v" { (number(value)) } (note) };
    html! { @if let Some(path) = path { a href=(path) { (inner) } } @else { div { (inner) } } }
}

/// Calls of the last 24 hours, and of the 24 before.
fn calls(visit: &Visit, tokens: &TokenOverview) -> (i64, i64) {
    let day = a_day_ago(visit.now);
    let (late, early): (Vec<_>, Vec<_>) = tokens.hours.iter().partition(|total| total.hour >= day);
    let sum = |totals: &[&overview::Total]| totals.iter().map(|total| total.calls).sum();
    (sum(&late), sum(&early))
}

fn denials(visit: &Visit, tokens: &TokenOverview) -> i64 {
    let day = a_day_ago(visit.now);
    tokens.hours.iter().filter(|total| total.hour >= day).map(|total| total.denials).sum()
}

/// "12 % up on yesterday"
fn compared(today: i64, yesterday: i64) -> String {
    if yesterday == 0 {
        return if today == 0 { "none yesterday either".into() } else { "none the day before".into() };
    }
    let percent = (today - yesterday).saturating_mul(100) / yesterday;
    match percent {
        0 => "as many as yesterday".into(),
        1.. => format!("{} % up on yesterday", number(percent)),
        _ => format!("{} % down on yesterday", number(-percent)),
    }
}

fn requests(visit: &Visit, tokens: &TokenOverview) -> Markup {
    let bars = hours(&tokens.hours, visit.now, 24);
    html! {
        section class="card" {
            header { h2 { "Requests" } span class="legend" { span { "Allowed" } span class="bad" { "With denied calls" } } }
            section class="stack stack-sm" { (viz("Requests per hour over the last 24 hours", &bars)) }
            footer class="small muted" {
                "Times in UTC"
                @if visit.may("admin.view_logentry") {
                    a class="link push" href=(paths::audit().with("surface", "mcp")) { "See what was changed over MCP" }
                }
            }
        }
    }
}

fn connect(visit: &Visit, may_add: bool) -> Markup {
    let all = client_snippets::snippets(&visit.view.base_url, "mcp-admin", PLACEHOLDER);
    html! {
        section class="card" {
            header {
                h2 { "Connect a client" }
                p {
                    "Replace " code { (PLACEHOLDER) }
                    @if may_add {
                        ", or " a class="link" href=(paths::token_new()) { "create a token" }
                        " to get these with the token filled in."
                    } @else { " with a token that an administrator made for you." }
                }
            }
            section { (snippets("dash", &all)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_compared_with_yesterday() {
        let told = [(112, 100), (88, 100), (100, 100), (5, 0), (0, 0), (0, 7)].map(|(a, b)| compared(a, b));
        let expected = [
            "12 % up on yesterday",
            "12 % down on yesterday",
            "as many as yesterday",
            "none the day before",
            "none yesterday either",
            "100 % down on yesterday",
        ];
        assert_eq!(told, expected);
    }
}
