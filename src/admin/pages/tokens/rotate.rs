//! A new secret for a token.

use actix_web::web;
use chrono::TimeDelta;
use maud::{Markup, html};

use super::question::Question;
use super::{CHANGE, once, prefix, secret, status};
use crate::admin::components::{Dialog, Icon, Tone, ago, alert, confirm_password};
use crate::admin::form::{Form, FormErrors};
use crate::admin::paths;
use crate::admin::routes::Table;
use crate::admin::visit::{Answer, Visit};
use crate::db::TokenId;
use crate::error::{Error, FieldErrors, Result};
use crate::services::tokens::{self, Issued, Secrets, Token, TokenAccess};

/// How long the old secret goes on working: value, words, what that is good for, hours.
const GRACES: [(&str, &str, &str, i64); 4] = [
    ("0", "Not at all", "Agents stop until they have the new one", 0),
    ("1h", "1 hour", "", 1),
    ("24h", "24 hours", "Enough for a deploy", 24),
    ("7d", "7 days", "", 7 * 24),
];
/// Nothing stops working unless somebody wants it to.
const DEFAULT: &str = "24h";
/// What the button does.
const SUBMIT: &str = "Rotate and show the new secret";

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
        grace.ok_or_else(|| Error::invalid("grace", "choose how long the old secret goes on working"));
    let mut errors = FieldErrors::default();
    errors.check(visit.confirm(form).await)?;
    let grace = TimeDelta::hours(errors.finish(grace)?.3);
    let form = form.clone();
    visit
        .write(move |tx, visit| {
            once::make(tx, visit, &form, |tx| {
                let secrets = Secrets { rng: &mut rand::rng(), rules: visit.token_rules() };
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
        submit: SUBMIT,
        hidden: once::field(form),
        fields: html! { (graces(visit, &access.token, form, errors, false)) (confirm_password(visit, errors)) },
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

/// What opens the form over the page of the token, and the form.
pub fn over_page(visit: &Visit, access: &TokenAccess) -> (Markup, Markup) {
    let token = &access.token;
    let none = FormErrors::none();
    let fields = html! {
        (once::field(&Form::default()))
        (graces(visit, token, &Form::default(), &none, true))
        (confirm_password(visit, &none))
    };
    let dialog = Dialog {
        id: "rotate",
        title: &format!("Rotate {}?", token.name),
        text: &html! { "You get a new secret, shown once. Name, owner, groups and permissions stay as they are." },
        path: &paths::token_rotate(token.id),
        fields: &fields,
        submit: (Icon::RefreshCw, SUBMIT),
    };
    (dialog.opener(Icon::RefreshCw, "Rotate…"), dialog.render())
}

/// The choice, and what speaks for one or the other.
fn graces(visit: &Visit, token: &Token, form: &Form, errors: &FormErrors, is_dialog: bool) -> Markup {
    let chosen = form.filled("grace").unwrap_or(DEFAULT);
    html! {
        div class="field" id="grace" {
            span class="label" id="grace-l" { "How long does the old secret keep working?" }
            div class="options" role="radiogroup" aria-labelledby="grace-l" {
                @for (value, label, help, _) in GRACES {
                    label class="check" {
                        input type="radio" class="input" name="grace" value=(value) checked[chosen == value]
                            autofocus[is_dialog && chosen == value];
                        span { span class="strong" { (label) } @if !help.is_empty() { small { (help) } } }
                    }
                }
            }
            @if let Some(error) = errors.field("grace") { p role="alert" { (error) } }
        }
        @if let Some(at) = token.last_used_at {
            (alert(Tone::Info, &html! {
                "The old secret was used "
                @if at.plus(TimeDelta::minutes(1)) > visit.now { "just " }
                (ago(at, visit.now))
                @if let Some(ip) = &token.last_used_ip { " from " (ip) }
                ". Choose “Not at all” only if it has leaked."
            }))
        }
    }
}
