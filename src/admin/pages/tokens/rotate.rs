//! A new secret for a token.

use actix_web::web;
use chrono::TimeDelta;
use maud::{Markup, html};

use super::question::Question;
use super::{CHANGE, once, prefix, secret, status};
use crate::admin::components::confirm_password;
use crate::admin::form::{Form, FormErrors};
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
    let question = Question {
        visit,
        access: &access,
        errors,
        path: paths::token_rotate(id),
        lacking: (
            "Who gets the new secret could do all that the token can. You do not have",
            "yourself, so somebody who has it must rotate it.",
        ),
        failed: "The token was not rotated",
        submit: "Rotate and show the new secret",
        hidden: once::field(form),
        fields: html! { (graces(form, errors)) (confirm_password(visit, errors)) },
    };
    let token = &access.token;
    let page = question
        .page(format!("Rotate {}?", token.name))
        .badge(status(token, access.owner.is_active, visit.now))
        .subtitle(html! {
            "It gets a new secret instead of " (prefix(token)) ". Name, permissions and expiry stay as they are."
        });
    Ok(page.respond(visit))
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
