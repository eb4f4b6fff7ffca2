//! Signing in and out. An unknown user, a wrong password and a user who may not come in look alike.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, USER_AGENT};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use maud::{Markup, html};

use crate::admin::components::{Field, Tone, alert, plural};
use crate::admin::form::{Form, FormErrors, Query};
use crate::admin::page::Page;
use crate::admin::paths::{self, Path};
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, SignedIn, View, Visit, origin};
use crate::admin::{Admin, htmx};
use crate::error::Error;
use crate::services::sessions::{self, Attempt, Opened};
use crate::web::{no_session_cookie, session_cookie, session_key};
use actix_web::HttpMessage;

/// Where people sign in and out.
pub fn routes(table: &mut Table) {
    table.get("/sign-in", Needs::Nothing, show);
    table.post("/sign-in", Needs::Nothing, submit);
    table.post("/sign-out", Needs::Nothing, sign_out);
}

async fn show(request: HttpRequest, query: Query) -> HttpResponse {
    let next = Path::local(query.text("next")).unwrap_or_else(paths::dashboard);
    if request.extensions().get::<SignedIn>().is_some() {
        return htmx::redirect(false, &next);
    }
    page(StatusCode::OK, "", &next, None, &View::of(&request))
}

async fn submit(request: HttpRequest, form: Form, admin: Data<Admin>) -> Answer {
    let (view, next) = (View::of(&request), Path::local(form.text("next")).unwrap_or_else(paths::dashboard));
    let opened = match attempt(&request, &form, &admin).await {
        Ok(opened) => opened,
        Err(error) => {
            let Some(words) = words_for(&error) else { return Err(error) };
            let username = form.text("username");
            let mut answer = if form.has("dialog") {
                htmx::dialog(status_for(&error), dialog(username, Some(&words)))
            } else {
                page(status_for(&error), username, &next, Some(&words), &view)
            };
            if let Some(after) = error.error_response().headers().get(RETRY_AFTER) {
                answer.headers_mut().insert(RETRY_AFTER, after.clone());
            }
            return Ok(answer);
        }
    };
    let mut answer = if form.has("dialog") {
        // The page behind the dialog stays as it is, with all that was typed.
        htmx::respond(StatusCode::OK, Markup::default())
    } else {
        htmx::redirect(view.is_part, &next)
    };
    let _ = answer.add_cookie(&session_cookie(request.head(), &opened.key));
    Ok(answer)
}

async fn attempt(request: &HttpRequest, form: &Form, admin: &Data<Admin>) -> crate::Result<Opened> {
    let agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let replaces = session_key(request.head()).map(|key| key.digest());
    let (username, password) = (form.text("username").to_owned(), form.raw("password").to_owned());
    let (origin, shared) = (origin(request, admin), admin.clone());
    admin
        .hashing
        .run(move || {
            let attempt = Attempt {
                username: &username,
                password: &password,
                origin,
                user_agent: agent.as_deref(),
                replaces,
            };
            sessions::sign_in(&shared.db, shared.clock.now(), &shared.sign_in, &attempt, &mut rand::rng())
        })
        .await
}

/// What is said of a failed attempt; `None` = it is no matter of what was typed.
fn words_for(error: &Error) -> Option<String> {
    match error {
        Error::Unauthenticated => {
            Some("The name and the password do not go together. Check both and try again.".into())
        }
        Error::RateLimited { retry_after } => {
            let wait = plural(i64::try_from(*retry_after).unwrap_or(i64::MAX), "second", "seconds");
            Some(format!("Too many attempts. Try again in {wait}."))
        }
        Error::Unavailable(text) => Some(text.clone()),
        Error::Invalid(errors) => {
            errors.first().map(|error| format!("The {}: {}.", error.field, error.message))
        }
        _ => None,
    }
}

/// 401 would make browsers and htmx ask for something else; the form is simply not accepted.
fn status_for(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated => StatusCode::UNPROCESSABLE_ENTITY,
        other => other.status_code(),
    }
}

fn page(status: StatusCode, username: &str, next: &Path, wrong: Option<&str>, view: &View) -> HttpResponse {
    let body = html! {
        div class="card form-card" { section {
            h1 { "Sign in" }
            form method="post" action=(paths::sign_in()) class="stack" {
                input type="hidden" name="next" value=(next);
                (fields(["username", "password"], username, wrong))
                button type="submit" class="btn" data-size="lg" { "Sign in" }
            }
        } }
        p class="muted small prose" {
            "Lost your password? An administrator can set a new one, or run "
            code { "mcp-admin user password NAME" } " on the server."
        }
    };
    let page = Page::new("Sign in").status(status).body(body);
    if wrong.is_some() { page.failed().respond_to_guest(view) } else { page.respond_to_guest(view) }
}

fn fields(ids: [&str; 2], username: &str, wrong: Option<&str>) -> Markup {
    let none = FormErrors::none();
    let (name, password) =
        (Field::new("username", "Username").id(ids[0]), Field::new("password", "Password").id(ids[1]));
    let name = name.value(username).autocomplete("username").required().errors(&none);
    let password = password.kind("password").autocomplete("current-password").required();
    html! {
        @if let Some(wrong) = wrong { div role="alert" { (alert(Tone::Bad, &html! { (wrong) })) } }
        (if username.is_empty() { name.focused() } else { name }.render())
        (if username.is_empty() { password } else { password.focused() }.render())
    }
}

/// What is put over a page whose session has ended.
pub fn expired_dialog() -> Markup {
    dialog("", None)
}

fn dialog(username: &str, wrong: Option<&str>) -> Markup {
    html! {
        dialog class="dialog" id="expired" aria-labelledby="expired-title" data-open {
            div {
                header { h2 id="expired-title" { "You were signed out" } }
                form method="post" action=(paths::sign_in()) hx-post=(paths::sign_in()) hx-target="#dialog-root"
                    hx-swap="innerHTML" hx-indicator="#progress" {
                    section class="stack" {
                        p class="muted" {
                            "Your session has ended. What you typed is still here, passwords aside: sign in, then send it again."
                        }
                        input type="hidden" name="dialog" value="on";
                        // The page below may have fields of these names.
                        (fields(["again-username", "again-password"], username, wrong))
                    }
                    footer { button type="submit" class="btn" { "Sign in and go on" } }
                }
            }
        }
    }
}

/// Signing out works also when the session has ended meanwhile.
async fn sign_out(request: HttpRequest) -> Answer {
    if let Ok(visit) = Visit::of(&request) {
        let live = Arc::clone(&visit.live);
        let end = visit.write(move |tx, visit| sessions::sign_out(tx, visit.now, &live, &visit.actor.origin));
        match end.await {
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let mut answer = htmx::redirect(View::of(&request).is_part, &paths::sign_in());
    let _ = answer.add_cookie(&no_session_cookie(request.head()));
    Ok(answer)
}
