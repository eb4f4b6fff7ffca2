//! The one-time link that makes the first administrator.

use actix_web::http::header::USER_AGENT;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use maud::html;

use crate::admin::components::{Field, Tone, alert, error_summary, moment};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::Page;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, View, origin};
use crate::admin::{Admin, htmx, paths};
use crate::error::{Error, FieldErrors, Result};
use crate::services::sessions::{self, SetupLink};
use crate::services::users::{self, NewUser};
use crate::web::session_cookie;

const LABELS: [(&str, &str); 4] = [
    ("username", "Username"),
    ("email", "Email"),
    ("password", "Password"),
    ("password2", "Repeat the password"),
];

/// The page behind the link.
pub fn routes(table: &mut Table) {
    table.get("/setup/{key}", Needs::Nothing, show);
    table.post("/setup/{key}", Needs::Nothing, submit);
}

/// The link, if it holds: in time, the right one, and not used.
async fn check<'a>(admin: &'a Data<Admin>, key: &str) -> Result<&'a SetupLink> {
    let refused =
        || Error::Refused("This set-up link is not valid: it was used, has expired, or never was one".into());
    let link = admin.setup.as_ref().ok_or_else(refused)?;
    link.check(key, admin.clock.now())?;
    if admin.db.run(|db| db.read(users::none_exist)).await? { Ok(link) } else { Err(refused()) }
}

async fn show(request: HttpRequest, key: web::Path<String>, admin: Data<Admin>) -> Answer {
    let link = check(&admin, &key).await?;
    Ok(page(&admin, link, &key, &Form::default(), &FormErrors::none(), &View::of(&request)))
}

async fn submit(request: HttpRequest, key: web::Path<String>, form: Form, admin: Data<Admin>) -> Answer {
    let link = check(&admin, &key).await?;
    let view = View::of(&request);
    match create(&request, &form, &admin).await {
        Ok(opened) => {
            let mut answer = htmx::redirect(view.is_part, &paths::dashboard());
            let _ = answer.add_cookie(&session_cookie(request.head(), &opened.key));
            Ok(answer)
        }
        Err(error @ Error::Invalid(_)) => Ok(page(&admin, link, &key, &form, &FormErrors::of(error)?, &view)),
        Err(error) => Err(error),
    }
}

async fn create(request: &HttpRequest, form: &Form, admin: &Data<Admin>) -> Result<sessions::Opened> {
    let agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (origin, shared, form) = (origin(request, admin), admin.clone(), form.clone());
    let work = move || {
        let (username, password) = (form.text("username"), form.raw("password"));
        let mut errors = FieldErrors::default();
        let checked = users::check_new_password(password, form.raw("password2"), username);
        let is_good = errors.check(checked)?.is_some();
        let new = NewUser {
            username: username.to_owned(),
            email: form.text("email").to_owned(),
            password: is_good.then(|| users::prepare_password(password, username)).transpose()?,
            ..NewUser::default()
        };
        let now = shared.clock.now();
        let opened = shared.db.write(|tx| {
            let rng = &mut rand::rng();
            let agent = agent.as_deref();
            errors.finish(sessions::create_first_administrator(tx, now, &origin, new, agent, rng))
        })?;
        shared.counts.forget();
        Ok(opened)
    };
    admin.hashing.run(work).await
}

fn page(
    admin: &Admin,
    link: &SetupLink,
    key: &str,
    form: &Form,
    errors: &FormErrors,
    view: &View,
) -> HttpResponse {
    let body = html! {
        div class="card form-card" { section {
            div class="stack stack-sm" {
                h1 { "Create the first administrator" }
                p class="muted" {
                    "This account can do everything: manage tokens, users and groups, and read every attached database."
                }
            }
            form method="post" action=(paths::setup(key)) class="stack" novalidate[!errors.is_empty()] data-focus-first {
                (error_summary("The administrator was not created", errors, &LABELS))
                (Field::new("username", "Username").value(form.text("username")).autocomplete("username").required().errors(errors).render())
                (Field::new("email", "Email").kind("email").value(form.text("email")).autocomplete("email").optional()
                    .help(html! { "Shown to others who need help from an administrator." }).errors(errors).render())
                (Field::new("password", "Password").kind("password").autocomplete("new-password").required()
                    .help(html! { "At least 15 characters. A sentence works well." }).errors(errors).render())
                (Field::new("password2", "Repeat the password").kind("password").autocomplete("new-password").required()
                    .errors(errors).render())
                button type="submit" class="btn" data-size="lg" { "Create administrator" }
            }
        } }
        (alert(Tone::Info, &html! {
            "This set-up link works once and expires " (moment(link.expires_at, admin.clock.now())) ". "
            "Restart the server for a new one, or run " code { "mcp-admin createsuperuser" } "."
        }))
    };
    let page = Page::new("Create the first administrator").body(body);
    if errors.is_empty() { page.respond_to_guest(view) } else { page.failed().respond_to_guest(view) }
}
