//! One's own account: password, sessions, preferences.

mod password;
mod sessions;

use maud::{Markup, html};

use crate::admin::components::Switch;
use crate::admin::form::FormErrors;
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::shell;
use crate::admin::visit::{Answer, Visit};
use crate::services::sessions::Session;

/// The account's page and forms.
pub fn routes(table: &mut Table) {
    table.get("/account", Needs::SignedIn, show);
    password::routes(table);
    sessions::routes(table);
}

async fn show(visit: Visit) -> Answer {
    page(&visit, &FormErrors::none()).await
}

/// The page, with what is wrong in its form.
async fn page(visit: &Visit, errors: &FormErrors) -> Answer {
    let all = visit.read(|conn, visit| crate::services::sessions::list(conn, visit.now, &visit.live)).await?;
    let body = html! {
        div class="stack stack-lg" {
            (password::card(&visit.live.user.username, errors))
            (sessions::card(visit, &all))
            (preferences(visit))
        }
    };
    let user = &visit.live.user;
    let page = Page::new("Your account")
        .at(Place::Account)
        .narrow()
        .subtitle(html! {
            "You are signed in as " b class="strong" { (user.username) }
            @if !user.email.is_empty() { " (" (user.email) ")" } "."
        })
        .body(body);
    Ok(if errors.is_empty() { page.respond(visit) } else { page.failed().respond(visit) })
}

fn preferences(visit: &Visit) -> Markup {
    html! {
        section class="card form-card" {
            header { h2 { "Preferences" } p { "They hold for this browser." } }
            section {
                div class="field" { span class="strong" { "Theme" } (shell::theme_choice(visit.view.theme)) }
                form method="post" action=(paths::account_preferences()) class="stack" {
                    (Switch {
                        name: "shortcuts",
                        label: "Single-key shortcuts",
                        help: "Letters such as n and g open pages. Switch them off if you use speech input.",
                        is_on: !visit.view.shortcuts_off,
                        is_fixed: false,
                    }.render())
                    div { button class="btn" data-variant="outline" { "Save preferences" } }
                }
            }
        }
    }
}

/// What one calls a session: the browser, as far as it can be told.
fn browser(session: &Session) -> String {
    let agent = session.user_agent.as_deref().unwrap_or_default();
    let named = |pairs: &[(&str, &'static str)]| {
        pairs.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    let browser =
        named(&[("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = named(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}
