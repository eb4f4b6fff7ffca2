//! A new secret for a token.

use actix_web::web;
use chrono::TimeDelta;
use maud::{Markup, html};

use super::form::LABELS;
use super::{CHANGE, home, once, prefix, secret, status};
use crate::admin::components::{Tone, alert, code, confirm_password, error_summary};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::Table;
use crate::admin::visit::{Answer, Visit};
use crate::db::TokenId;
use crate::error::{Error, Result};
use crate::services::tokens::{self, Issued, Secrets, TokenAccess};

/// How long the old secret goes on working: value, words, hours.
const GRACES: [(&str, &str, i64); 4] =
    [("0", "Not at all", 0), ("1h", "1 hour", 1), ("24h", "24 hours", 24), ("7d", "7 days", 7 * 24)];

pub fn routes(table: &mut Table) {
    table.get("/tokens/{id}/rotate", CHANGE, show);
    table.post("/tokens/{id}/rotate", CHANGE, submit);
}

async fn show(visit: Visit, id: web::Path<TokenId>) -> Answer {
    page(&visit, *id, &Form::default(), &FormErrors::none()).await
}

async fn submit(visit: Visit, id: web::Path<TokenId>, form: Form) -> Answer {
    let id = *id;
    match rotate(&visit, id, &form).await {
        Ok((issued, access)) => Ok(secret::page(&visit, &issued, &access)),
        Err(Error::Repeated { id }) => Ok(once::shown_already(&visit, &id)),
        Err(error @ Error::NotFound(_)) => Err(error),
        Err(error) => page(&visit, id, &form, &FormErrors::of(error)?).await,
    }
}

async fn rotate(visit: &Visit, id: TokenId, form: &Form) -> Result<(Issued, TokenAccess)> {
    let grace = GRACES.iter().find(|(value, ..)| *value == form.text("grace"));
    let grace =
        grace.ok_or_else(|| Error::invalid("grace", "choose how long the old secret goes on working"))?;
    let grace = TimeDelta::hours(grace.2);
    visit.confirm(form).await?;
    let form = form.clone();
    visit
        .write(move |tx, visit| {
            once::make(tx, visit, &form, |tx| {
                let secrets = Secrets { rng: &mut rand::rng(), hasher: visit.hasher() };
                tokens::rotate(tx, &visit.actor, visit.now, id, grace, secrets)
            })
        })
        .await
}

async fn page(visit: &Visit, id: TokenId, form: &Form, errors: &FormErrors) -> Answer {
    let access = visit.read(move |conn, _| TokenAccess::find(conn, id)).await?;
    let token = &access.token;
    let (path, back) = (paths::token_rotate(id), home(visit, id));
    let lacking = access.held.iter().map(|held| held.permission.as_str()).find(|name| !visit.may(name));
    let body = html! {
        @if let Some(lacking) = lacking {
            (alert(Tone::Warn, &html! {
                "Who gets the new secret could do all that the token can. You do not have " (code(lacking)) " yourself, so \
                 somebody who has it must rotate it."
            }))
            div class="actions" { a class="btn" data-variant="outline" href=(back) { "Back" } }
        } @else {
            form method="post" action=(path) hx-post=(path) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
                hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate {
                (error_summary("The token was not rotated", errors, &LABELS))
                (once::field(form))
                section class="card form-card" { section {
                    (graces(form, errors))
                    (confirm_password(visit, errors))
                } }
                div class="actions" {
                    button type="submit" class="btn" { "Rotate and show the new secret" }
                    a class="btn" data-variant="ghost" href=(back) { "Cancel" }
                }
            }
        }
    };
    let page = Page::new(format!("Rotate {}?", token.name))
        .at(Place::Tokens)
        .below("Tokens", paths::tokens())
        .below(token.name.clone(), back)
        .narrow()
        .badge(status(token, access.owner.is_active, visit.now))
        .subtitle(html! {
            "It gets a new secret instead of " (prefix(token)) ". Name, permissions and expiry stay as they are."
        })
        .body(body);
    Ok(if errors.is_empty() { page.respond(visit) } else { page.failed().respond(visit) })
}

fn graces(form: &Form, errors: &FormErrors) -> Markup {
    let chosen = form.filled("grace").unwrap_or("0");
    html! {
        div class="field" id="grace" {
            span class="label" id="grace-l" { "The old secret goes on working" }
            div { div class="seg wrap" role="radiogroup" aria-labelledby="grace-l" {
                @for (value, label, _) in GRACES {
                    label { input type="radio" name="grace" value=(value) checked[chosen == value]; (label) }
                }
            } }
            @if let Some(error) = errors.field("grace") { p role="alert" { (error) } }
            p { "Give clients time to change over, unless the old secret may have leaked." }
        }
    }
}
