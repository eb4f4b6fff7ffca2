//! A second token like one that is there, with a secret of its own.

use actix_web::web;
use maud::html;

use super::question::Question;
use super::{ADD, form, once, secret};
use crate::admin::components::{Choice, Field, Select, confirm_password};
use crate::admin::form::{Form, FormErrors};
use crate::admin::paths;
use crate::admin::routes::Table;
use crate::admin::visit::{Answer, Visit};
use crate::db::TokenId;
use crate::error::{Error, FieldErrors, Result};
use crate::services::tokens::{self, Issued, Secrets, TokenAccess};

pub fn routes(table: &mut Table) {
    table.get("/tokens/{id}/copy", ADD, show);
    table.post("/tokens/{id}/copy", ADD, submit);
}

async fn show(visit: Visit, id: web::Path<TokenId>) -> Answer {
    page(&visit, *id, &Form::new([("expires", "90")]), &FormErrors::none()).await
}

async fn submit(visit: Visit, id: web::Path<TokenId>, form: Form) -> Answer {
    let id = *id;
    match copy(&visit, id, &form).await {
        Ok((issued, access)) => Ok(secret::page(&visit, &issued, &access)),
        Err(Error::Repeated { id }) => Ok(once::shown_already(&visit, &id)),
        Err(error @ Error::NotFound(_)) => Err(error),
        Err(error) => page(&visit, id, &form, &FormErrors::of(error)?).await,
    }
}

async fn copy(visit: &Visit, id: TokenId, form: &Form) -> Result<(Issued, TokenAccess)> {
    let mut errors = FieldErrors::default();
    let expiry = errors.check(form::expiry(form, visit.now))?.flatten().unwrap_or_default();
    errors.check(visit.confirm(form).await)?;
    let form = form.clone();
    visit
        .write(move |tx, visit| {
            once::make(tx, visit, &form, |tx| {
                let secrets = Secrets { rng: &mut rand::rng(), rules: visit.token_rules() };
                let name = form.filled("name");
                errors.finish(tokens::copy(tx, &visit.actor, visit.now, id, name, expiry, secrets))
            })
        })
        .await
}

async fn page(visit: &Visit, id: TokenId, form: &Form, errors: &FormErrors) -> Answer {
    let access = visit.read(move |conn, _| TokenAccess::find(conn, id)).await?;
    let expiries: Vec<Choice> = [
        ("7", "In 7 days"),
        ("30", "In 30 days"),
        ("90", "In 90 days"),
        ("365", "In 1 year"),
        ("never", "Never"),
    ]
    .map(|(value, label)| Choice::new(value, label))
    .into();
    let question = Question {
        visit,
        access: &access,
        errors,
        path: paths::token_copy(id),
        lacking: ("You do not have", "yourself, so you cannot give it to a copy."),
        failed: "The copy was not made",
        submit: "Make the copy and show its secret",
        hidden: once::field(form),
        fields: html! {
            (Field::new("name", "Name").value(form.raw("name")).optional().max_length(200).autocomplete("off")
                .help(html! { "Left empty, it is the name of the original with a version." }).errors(errors).render())
            (Select { name: "expires", label: "Expires", choices: &expiries, value: form.text("expires"), nothing: None,
                help: None, errors }.render())
            (confirm_password(visit, errors))
        },
    };
    let page = question.page(format!("Copy {}", access.token.name));
    let subtitle =
        "A second token with the same owner, groups, permissions and note, and a secret of its own.";
    Ok(page.subtitle(html! { (subtitle) }).respond(visit))
}
