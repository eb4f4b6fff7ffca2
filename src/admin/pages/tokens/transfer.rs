//! Another owner for a token.

use actix_web::web;
use maud::html;

use super::materials::{choices, usernames};
use super::question::Question;
use super::{CHANGE, form, home};
use crate::admin::components::{Field, Select};
use crate::admin::form::{Form, FormErrors};
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
        tokens::transfer(tx, &visit.actor, visit.now, id, user, visit.token_rules())
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
    let value = form.filled("user").unwrap_or(&access.owner.username);
    let question = Question {
        visit,
        access: &access,
        errors,
        path: paths::token_transfer(id),
        lacking: ("You do not have", "yourself, so you cannot give this token to somebody."),
        failed: "The owner was not changed",
        submit: "Change the owner",
        hidden: html! {},
        fields: match &users {
            Some(users) => Select {
                name: "user",
                label: "New owner",
                choices: &choices(users),
                value,
                nothing: None,
                help: None,
                errors,
            }
            .render(),
            None => Field::new("user", "New owner")
                .value(value)
                .autocomplete("off")
                .required()
                .errors(errors)
                .render(),
        },
    };
    let page = question.page(format!("Give {} to somebody else", access.token.name)).subtitle(html! {
        "Its calls are logged under the new owner, and it works only while that account is active. Secret and permissions \
         stay as they are."
    });
    Ok(page.respond(visit))
}
