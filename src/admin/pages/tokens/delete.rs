//! Deleting a token: what goes with it, then the deed.

use actix_web::web;
use chrono::TimeDelta;
use maud::html;

use super::{DELETE, home};
use crate::admin::components::{Field, Icon, Tone, badge, error_summary, icon, moment};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::Table;
use crate::admin::visit::{Answer, Visit};
use crate::db::TokenId;
use crate::error::{Error, FieldError};
use crate::services::tokens::{self, Token, TokenDetails};

/// A token that was used within this time is probably in use: its name has to be typed.
const IN_USE: TimeDelta = TimeDelta::hours(24);

pub fn routes(table: &mut Table) {
    table.get("/tokens/{id}/delete", DELETE, show);
    table.post("/tokens/{id}/delete", DELETE, submit);
}

fn is_in_use(visit: &Visit, token: &Token) -> bool {
    token.last_used_at.is_some_and(|at| at.plus(IN_USE) > visit.now)
}

async fn show(visit: Visit, id: web::Path<TokenId>) -> Answer {
    let id = *id;
    let details = visit.read(move |conn, _| tokens::current(conn, id)).await?;
    Ok(page(&visit, &details, &FormErrors::none()))
}

async fn submit(visit: Visit, id: web::Path<TokenId>, form: Form) -> Answer {
    let id = *id;
    let details = visit.read(move |conn, _| tokens::current(conn, id)).await?;
    let name = &details.token.name;
    if is_in_use(&visit, &details.token) && form.text("confirm") != name.trim() {
        let wrong = FieldError::new("confirm", "type the name of the token exactly");
        return Ok(page(&visit, &details, &FormErrors::of(Error::Invalid(vec![wrong]))?));
    }
    visit.write(move |tx, visit| tokens::delete(tx, &visit.actor, visit.now, id)).await?;
    Ok(visit.done(&paths::tokens(), &format!("{name} was deleted")))
}

fn page(visit: &Visit, details: &TokenDetails, errors: &FormErrors) -> actix_web::HttpResponse {
    let (token, id) = (&details.token, details.token.id);
    let path = paths::token_delete(id);
    let groups: Vec<&str> = details.groups.iter().map(|group| group.name.as_str()).collect();
    let line = |what: &str, tone: Tone, word: &str, text: maud::Markup| {
        html! { tr { th scope="row" { (what) } td { (badge(tone, word)) " " (text) } } }
    };
    let body = html! {
        form method="post" action=(path) hx-post=(path) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
            hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate {
            (error_summary("The token was not deleted", errors, &[("confirm", "To confirm")]))
            section class="card danger-zone" {
                header { h2 { "What goes with it" } }
                section class="flush" { table class="table" {
                    thead { tr { th scope="col" { "What" } th scope="col" { "What happens" } } }
                    tbody {
                        (line("Secret", Tone::Bad, "Deleted", html! { "the next request with it is refused" }))
                        (line("Permissions", Tone::Bad, "Deleted", html! { (details.permissions.len()) " of its own" }))
                        (line("Usage", Tone::Bad, "Deleted", html! {
                            "its counters; last used "
                            @match token.last_used_at { Some(at) => { (moment(at, visit.now)) }, None => { "never" } }
                        }))
                        @if !groups.is_empty() {
                            (line("Groups", Tone::Warn, "Unlinked", html! { (groups.join(", ")) " stay" }))
                        }
                        (line("Audit log", Tone::None, "Kept", html! { "what was done with it stays, under its name" }))
                    }
                } }
            }
            @if is_in_use(visit, token) {
                (Field::new("confirm", &format!("It was used in the last 24 hours. To confirm, type {}", token.name))
                    .autocomplete("off").required().errors(errors).render())
            }
            div class="actions" {
                button type="submit" class="btn solid" data-variant="destructive" { (icon(Icon::Trash2)) "Delete the token" }
                a class="btn" data-variant="outline" href=(home(visit, id)) { "Keep it" }
            }
        }
    };
    let page = Page::new(format!("Delete the token {}?", token.name))
        .at(Place::Tokens)
        .below("Tokens", paths::tokens())
        .narrow()
        .subtitle(html! {
            "It cannot be undone. To stop it for a while, deactivate it instead."
        })
        .body(body);
    if errors.is_empty() { page.respond(visit) } else { page.failed().respond(visit) }
}
