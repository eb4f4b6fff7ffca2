//! A new token.

use actix_web::HttpResponse;
use maud::{Markup, html};

use super::form::{self, LABELS, TokenForm};
use super::materials::{Chosen, Materials};
use super::{ADD, once, secret};
use crate::admin::components::{apply_preset, error_summary};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::Table;
use crate::admin::visit::{Answer, Visit};
use crate::db::{GroupId, Tx};
use crate::error::{Error, FieldErrors, Result};
use crate::services::tokens::{self, IssueToken, Issued, Secrets, TokenAccess};

pub fn routes(table: &mut Table) {
    table.get("/tokens/new", ADD, show);
    table.post("/tokens/new", ADD, submit);
}

async fn show(visit: Visit) -> Answer {
    let form = Form::new([("expires", "90"), ("active", "on"), ("user", visit.live.user.username.as_str())]);
    page(&visit, form, FormErrors::none(), Markup::default()).await
}

async fn submit(visit: Visit, form: Form) -> Answer {
    if form.has("preset") {
        return page(&visit, form, FormErrors::none(), form::not_saved()).await;
    }
    match issue(&visit, &form).await {
        Ok((issued, access)) => Ok(secret::page(&visit, &issued, &access)),
        Err(Error::Repeated { id }) => Ok(once::shown_already(&visit, &id)),
        Err(error) => page(&visit, form, form::errors(error)?, Markup::default()).await,
    }
}

async fn issue(visit: &Visit, form: &Form) -> Result<(Issued, TokenAccess)> {
    let mut errors = FieldErrors::default();
    errors.check(visit.confirm(form).await)?;
    let form = form.clone();
    visit
        .write(move |tx, visit| {
            once::make(tx, visit, &form, |tx| {
                let new = read(tx, visit, &form, &mut errors)?;
                let secrets = Secrets { rng: &mut rand::rng(), rules: visit.token_rules() };
                errors.finish(tokens::issue(tx, &visit.actor, visit.now, &new, secrets))
            })
        })
        .await
}

/// What is wrong is among `errors`, and something that holds in its place.
fn read(tx: &mut Tx<'_>, visit: &Visit, form: &Form, errors: &mut FieldErrors) -> Result<IssueToken> {
    Ok(IssueToken {
        name: form.raw("name").to_owned(),
        user_id: errors.check(form::owner(tx, visit, form))?.unwrap_or(visit.live.user.id),
        expiry: errors.check(form::expiry(form, visit.now))?.flatten().unwrap_or_default(),
        is_active: form.has("active"),
        note: form.raw("note").to_owned(),
        limit_to_owner: form.has("limit_to_owner"),
        tool_mode: errors.check(form::tool_mode(form))?.unwrap_or_default(),
        permissions: form.all("perm").map(str::to_owned).collect(),
        groups: form.ids("groups").into_iter().map(GroupId).collect(),
    })
}

async fn page(visit: &Visit, form: Form, errors: FormErrors, note: Markup) -> Answer {
    let materials = visit.read(Materials::load).await?;
    let mut chosen = Chosen::of(&form, &materials, None);
    if let Some(preset) = form.filled("preset") {
        apply_preset(preset, &materials.all, &mut chosen.direct, |name| visit.may(name));
    }
    let parts = TokenForm {
        visit,
        form: &form,
        materials: &materials,
        chosen: &chosen,
        errors: &errors,
        token: None,
    };
    Ok(render(&parts, &note))
}

fn render(parts: &TokenForm<'_>, note: &Markup) -> HttpResponse {
    let (visit, errors, path) = (parts.visit, parts.errors, paths::token_new());
    let head = html! {
        (error_summary("The token was not created", errors, &LABELS))
        (note)
    };
    let actions = html! {
        button type="submit" class="btn" { "Create token" }
        a class="btn" data-variant="ghost" href=(paths::tokens()) { "Cancel" }
        span class="muted small push hide-sm" { "The secret is shown once, on the next page." }
    };
    let body = html! {
        form method="post" action=(path) hx-post=(path) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
            hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate {
            button hidden { "Create token" }
            (once::field(parts.form))
            (parts.columns(&head, &actions))
        }
    };
    let page = Page::new("New token").at(Place::Tokens).below("Tokens", paths::tokens()).body(body);
    if errors.is_empty() { page.respond(visit) } else { page.failed().respond(visit) }
}
