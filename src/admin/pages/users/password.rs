//! Another password for a user, set by somebody who could do as much already. The user's sessions end.

use actix_web::web;
use maud::{Markup, html};

use super::CHANGE;
use super::edit::{self, Shown};
use crate::admin::components::{Field, confirm_password};
use crate::admin::form::{Form, FormErrors};
use crate::admin::paths;
use crate::admin::routes::Table;
use crate::admin::visit::{Answer, Visit};
use crate::db::{Db, UserId};
use crate::error::{Error, FieldErrors, Result};
use crate::services::users;

pub fn routes(table: &mut Table) {
    table.post("/users/{id}/password", CHANGE, submit);
}

async fn submit(visit: Visit, id: web::Path<i64>, form: Form) -> Answer {
    let id = UserId(*id);
    match set(&visit, id, &form).await {
        Ok(()) => Ok(visit.done(&paths::user(id), "Password set; the user's sessions were ended")),
        Err(error @ (Error::NotFound(_) | Error::Forbidden { .. })) => Err(error),
        Err(error) => {
            let errors = FormErrors::of(error)?;
            let shown = edit::load(&visit, id).await?;
            Ok(edit::with_password_errors(&visit, &shown, &errors).respond(&visit))
        }
    }
}

async fn set(visit: &Visit, id: UserId, form: &Form) -> Result<()> {
    let (password, repeated) = (form.raw("password").to_owned(), form.raw("password2"));
    let user = visit.read(move |conn, visit| users::for_password(conn, &visit.actor, id)).await?;
    let mut errors = FieldErrors::default();
    errors.check(visit.confirm(form).await)?;
    errors.finish(users::check_new_password(&password, repeated, &user.username))?;
    let work = move |db: &Db, visit: &Visit| {
        let hash = users::prepare_password(&password, &user.username)?;
        db.write(|tx| users::set_password(tx, &visit.actor, visit.now, id, &hash))
    };
    visit.hash(work).await?;
    visit.forget();
    Ok(())
}

/// The form, for those who may; one's own password is set on the page of the account.
pub fn card(visit: &Visit, shown: &Shown, errors: &FormErrors) -> Markup {
    let user = &shown.user;
    if !shown.abilities.act_as {
        return Markup::default();
    }
    if user.id == visit.live.user.id {
        return html! {
            section class="card" {
                header { h2 { "Password" } }
                section { "Change your own password in " a class="link" href=(paths::account()) { "your account" } "." }
            }
        };
    }
    html! {
        section class="card form-card" {
            header { h2 { "Password" } p { "Ends all sessions of " (user.username) "." } }
            section {
                form method="post" action=(paths::user_password(user.id)) hx-post=(paths::user_password(user.id)) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
                    hx-disable="find [type=submit]" hx-indicator="#progress" class="stack" data-focus-first {
                    (Field::new("password", "New password").kind("password").autocomplete("new-password").required()
                        .help(html! { "At least 15 characters. A sentence works well." }).errors(errors).render())
                    (Field::new("password2", "Repeat the new password").kind("password").autocomplete("new-password")
                        .required().errors(errors).render())
                    (confirm_password(visit, errors))
                    div { button class="btn" data-variant="outline" { "Set password" } }
                }
            }
        }
    }
}
