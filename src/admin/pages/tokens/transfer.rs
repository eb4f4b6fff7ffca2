//! Another owner for a token.

use actix_web::web;
use maud::html;

use super::form::{self, LABELS};
use super::materials::{choices, usernames};
use super::{CHANGE, home};
use crate::admin::components::{Field, Select, Tone, alert, code, error_summary};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::Table;
use crate::admin::visit::{Answer, Visit};
use crate::db::TokenId;
use crate::error::Error;
use crate::services::tokens::{self, TokenAccess};

pub fn routes(table: &mut Table) {
    table.get("/tokens/{id}/transfer", CHANGE, show);
    table.post("/tokens/{id}/transfer", CHANGE, submit);
}

async fn show(visit: Visit, id: web::Path<TokenId>) -> Answer {
    page(&visit, *id, &Form::default(), &FormErrors::none()).await
}

async fn submit(visit: Visit, id: web::Path<TokenId>, form: Form) -> Answer {
    let (id, copy) = (*id, form.clone());
    let work = visit.write(move |tx, visit| {
        let user = form::owner(tx, visit, &copy)?;
        tokens::transfer(tx, &visit.actor, visit.now, id, user)
    });
    match work.await {
        Ok(token) => Ok(visit.done(&home(&visit, id), &format!("{} has another owner", token.name))),
        Err(error @ Error::NotFound(_)) => Err(error),
        Err(error) => page(&visit, id, &form, &FormErrors::of(error)?).await,
    }
}

async fn page(visit: &Visit, id: TokenId, form: &Form, errors: &FormErrors) -> Answer {
    let (access, users) =
        visit.read(move |conn, visit| Ok((TokenAccess::find(conn, id)?, usernames(conn, visit)?))).await?;
    let (token, back, path) = (&access.token, home(visit, id), paths::token_transfer(id));
    let value = form.filled("user").unwrap_or(&access.owner.username);
    let lacking = access.held.iter().map(|held| held.permission.as_str()).find(|name| !visit.may(name));
    let body = html! {
        @if let Some(lacking) = lacking {
            (alert(Tone::Warn, &html! { "You do not have " (code(lacking)) " yourself, so you cannot give this token to somebody." }))
            div class="actions" { a class="btn" data-variant="outline" href=(back) { "Back" } }
        } @else {
            form method="post" action=(path) hx-post=(path) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
                hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate {
                (error_summary("The owner was not changed", errors, &LABELS))
                section class="card form-card" { section {
                    @match &users {
                        Some(users) => { (Select { name: "user", label: "New owner", choices: &choices(users), value, nothing: None,
                            help: None, errors }.render()) },
                        None => { (Field::new("user", "New owner").value(value).autocomplete("off").required().errors(errors).render()) },
                    }
                } }
                div class="actions" {
                    button type="submit" class="btn" { "Change the owner" }
                    a class="btn" data-variant="ghost" href=(back) { "Cancel" }
                }
            }
        }
    };
    let page = Page::new(format!("Give {} to somebody else", token.name))
        .at(Place::Tokens)
        .below("Tokens", paths::tokens())
        .below(token.name.clone(), back)
        .narrow()
        .subtitle(html! {
            "Its calls are logged under the new owner, and it works only while that account is active. Secret and permissions \
             stay as they are."
        })
        .body(body);
    Ok(if errors.is_empty() { page.respond(visit) } else { page.failed().respond(visit) })
}
