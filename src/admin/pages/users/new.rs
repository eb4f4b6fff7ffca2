//! A new user. Groups and permissions follow on the user's own page.

use maud::html;

use crate::admin::components::{Field, Switch, error_summary};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::db::Db;
use crate::error::{FieldErrors, Result};
use crate::services::users::{self, NewUser, User};

const NEEDS: Needs = Needs::AnyOf(&["auth.add_user"]);
const LABELS: [(&str, &str); 4] = [
    ("username", "Username"),
    ("email", "Email"),
    ("password", "Password"),
    ("password2", "Repeat the password"),
];

pub fn routes(table: &mut Table) {
    table.get("/users/new", NEEDS, show);
    table.post("/users/new", NEEDS, submit);
}

async fn show(visit: Visit) -> Answer {
    let form = Form::new([("is_active", "on")]);
    Ok(page(&visit, &form, &FormErrors::none()).respond(&visit))
}

async fn submit(visit: Visit, form: Form) -> Answer {
    let error = match create(&visit, &form).await {
        Ok(user) => {
            let to = if super::sees(&visit) { paths::user(user.id) } else { paths::dashboard() };
            return Ok(visit.done(&to, &format!("User {} created", user.username)));
        }
        Err(error) => error,
    };
    let status = FormErrors::status(&error);
    let errors = FormErrors::of(error)?;
    Ok(page(&visit, &form, &errors).status(status).failed().respond(&visit))
}

async fn create(visit: &Visit, form: &Form) -> Result<User> {
    let (password, repeated) = (form.raw("password").to_owned(), form.raw("password2").to_owned());
    let mut new = NewUser {
        username: form.raw("username").to_owned(),
        email: form.raw("email").to_owned(),
        password: None,
        is_active: form.has("is_active"),
        is_staff: form.has("is_staff"),
        is_superuser: form.has("is_superuser"),
    };
    if password.is_empty() && repeated.is_empty() {
        return visit.write(move |tx, visit| users::create(tx, &visit.actor, visit.now, &new)).await;
    }
    let work = move |db: &Db, visit: &Visit| {
        let mut errors = FieldErrors::default();
        if errors.check(users::check_new_password(&password, &repeated, &new.username))?.is_some() {
            new.password = Some(users::prepare_password(&password, &new.username)?);
        }
        db.write(|tx| errors.finish(users::create(tx, &visit.actor, visit.now, &new)))
    };
    let user = visit.hash(work).await?;
    visit.forget();
    Ok(user)
}

fn page(visit: &Visit, form: &Form, errors: &FormErrors) -> Page {
    let switch =
        |name, label, help| Switch { name, label, help, is_on: form.has(name), is_fixed: false }.render();
    let body = html! {
        form method="post" action=(paths::user_new()) hx-post=(paths::user_new()) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
            hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate[!errors.is_empty()] {
            (error_summary("The user was not created", errors, &LABELS))
            section class="card form-card" {
                header { h2 { "Account" } }
                section {
                    div class="grid-2" {
                        (Field::new("username", "Username").value(form.raw("username")).required().max_length(150).focused().autocomplete("off")
                            .help(html! { "Letters, digits and @ . + - _" }).errors(errors).render())
                        (Field::new("email", "Email").kind("email").value(form.raw("email")).optional().autocomplete("off").errors(errors).render())
                    }
                    (switch("is_active", "Active", "Off: can neither sign in nor use tokens."))
                    (switch("is_staff", "Staff", "May sign in to these pages, and do there what the permissions allow."))
                    @if visit.actor.principal.is_superuser {
                        (switch("is_superuser", "Superuser", "May do everything, in every app. Prefer groups."))
                    }
                }
            }
            section class="card form-card" {
                header { h2 { "Password" } p { "Leave it out for somebody who only owns tokens." } }
                section {
                    div class="grid-2" {
                        (Field::new("password", "Password").kind("password").autocomplete("new-password").optional()
                            .help(html! { "At least 15 characters. A sentence works well." }).errors(errors).render())
                        (Field::new("password2", "Repeat the password").kind("password").autocomplete("new-password").optional().errors(errors).render())
                    }
                }
            }
            div class="actions" {
                button type="submit" class="btn" { "Create user" }
                a href=(super::list_or_dashboard(visit)) class="btn" data-variant="ghost" { "Cancel" }
            }
        }
    };
    Page::new("New user")
        .at(Place::Users)
        .below("Users", paths::users())
        .narrow()
        .subtitle(html! { "Groups and permissions follow on the next page." })
        .body(body)
}
