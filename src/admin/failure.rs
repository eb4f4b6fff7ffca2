//! Errors as people see them: a page that says what is wrong, what would help and where to go; a message
//! where htmx asked for a part; the sign-in where nobody is signed in.

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use maud::{Markup, html};

use super::components::{Icon, Tone, code, deed_in_general, icon, toast_part};
use super::page::Page;
use super::pages::sign_in;
use super::visit::{View, Visit, origin};
use super::way_back::way_back;
use super::{Admin, htmx, paths};
use crate::auth::Actor;
use crate::error::Error;
use crate::services::users::{self, User};

/// Administrators who are named.
const NAMED: i64 = 3;

/// The answer in place of one that is an error; `None` if it is none, or a page already.
pub async fn page_for(admin: &Admin, response: &ServiceResponse<BoxBody>) -> Option<HttpResponse> {
    let (request, error) = (response.request(), response.response().error());
    if let Some(own) = error.and_then(|error| error.as_error::<Error>()) {
        return Some(page_of(admin, request, own).await);
    }
    if error.is_none() && response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return None;
    }
    let mut page = show(request, response.status(), &Words::of_status(response.status()), &[]);
    if let Some(allow) = response.headers().get(ALLOW) {
        page.headers_mut().insert(ALLOW, allow.clone());
    }
    Some(page)
}

/// The answer to a request that cannot be done.
pub async fn page_of(admin: &Admin, request: &HttpRequest, error: &Error) -> HttpResponse {
    if matches!(error, Error::Unauthenticated) {
        return ask_to_sign_in(request);
    }
    note(admin, request, error);
    let visit = Visit::of(request).ok();
    let givers = match (error, &visit) {
        (Error::Forbidden { .. }, Some(visit)) if visit.may("auth.view_user") => givers(visit).await,
        _ => Vec::new(),
    };
    let mut page = show(request, error.status_code(), &Words::of(error, visit.as_ref()), &givers);
    if let Some(after) = error.error_response().headers().get(RETRY_AFTER) {
        page.headers_mut().insert(RETRY_AFTER, after.clone());
    }
    page
}

/// A refusal for lack of a permission is in the audit log; a fault of ours in the server's.
fn note(admin: &Admin, request: &HttpRequest, error: &Error) {
    match error {
        Error::Forbidden { permissions } => {
            if let Ok(visit) = Visit::of(request) {
                let place = format!("{} {}", request.method(), request.match_pattern().unwrap_or_default());
                let actor = Actor { origin: origin(request, admin), ..visit.actor };
                admin.denials.note(&admin.db, &actor, visit.now, &place, &permissions.join(", "));
            }
        }
        Error::Internal(source) => tracing::error!(error = %source, path = request.path(), "a page failed"),
        _ => {}
    }
}

/// Who can give what is missing. Where that cannot be found out nobody is named.
async fn givers(visit: &Visit) -> Vec<User> {
    let found = visit.read(|conn, visit| users::administrators(conn, &visit.actor, NAMED)).await;
    found.unwrap_or_default()
}

/// What an error page says.
struct Words {
    icon: Icon,
    title: String,
    text: Markup,
    permission: Option<String>,
}

impl Words {
    fn of(error: &Error, visit: Option<&Visit>) -> Self {
        let (icon, title, text) = match error {
            Error::Forbidden { permissions } => {
                let what = match (visit, &permissions[..]) {
                    (Some(visit), [one]) => deed_in_general(visit, one),
                    _ => "do this".to_owned(),
                };
                return Self {
                    icon: Icon::Ban,
                    title: format!("You may not {what}"),
                    text: html! { "This needs a permission that you do not have:" },
                    permission: Some(permissions.join(", ")),
                };
            }
            Error::NotFound(text) => {
                let help = html! {
                    (text) ". It may have been deleted, or the address is wrong. The audit log keeps a trace \
                        of what was deleted."
                };
                (Icon::Search, "There is nothing here".into(), help)
            }
            Error::RateLimited { .. } | Error::Unavailable(_) => {
                (Icon::Clock, "Try again in a moment".into(), html! { (error) })
            }
            Error::Internal(_) => return Self::of_status(StatusCode::INTERNAL_SERVER_ERROR),
            other => (Icon::CircleAlert, "This could not be done".into(), html! { (other) }),
        };
        Self { icon, title, text, permission: None }
    }

    fn of_status(status: StatusCode) -> Self {
        let (title, text) = match status {
            StatusCode::METHOD_NOT_ALLOWED => {
                ("This address does not take this method", "Go back and use the page's own buttons.")
            }
            s if s.is_server_error() => (
                "Something went wrong on the server",
                "It was written to the server's log under the request id below.",
            ),
            _ => ("The request could not be read", "Go back and try once more."),
        };
        Self { icon: Icon::CircleAlert, title: title.into(), text: html! { (text) }, permission: None }
    }
}

fn show(request: &HttpRequest, status: StatusCode, words: &Words, givers: &[User]) -> HttpResponse {
    let view = View::of(request);
    if view.is_part {
        let text = match &words.permission {
            Some(permission) => html! { (words.text) " " (code(permission)) },
            None => words.text.clone(),
        };
        return htmx::only_partials(status, toast_part(Tone::Bad, &words.title, &text));
    }
    let visit = Visit::of(request).ok();
    let back = visit.as_ref().filter(|_| status == StatusCode::FORBIDDEN);
    let back = back.and_then(|visit| way_back(visit, request));
    let body = html! {
        div class="card" { div class="empty" {
            header {
                figure { (icon(words.icon)) }
                h1 { (words.title) }
                @if let Some(visit) = visit.as_ref().filter(|_| words.permission.is_some()) {
                    p { "You are signed in as " b class="strong" { (visit.live.user.username) } ". " (words.text) }
                } @else {
                    p { (words.text) }
                }
            }
            section {
                @if let Some(permission) = &words.permission {
                    p { (code(permission)) }
                    p class="small muted" {
                        "An administrator can give it to you or to one of your groups."
                        @if !givers.is_empty() { " Ask " (names(givers)) "." }
                    }
                }
                @if let Some(visit) = &visit {
                    div class="row" {
                        @if status == StatusCode::NOT_FOUND && visit.may("admin.view_logentry") {
                            a href=(paths::audit()) class="btn" data-variant="outline" { "Search the audit log" }
                        }
                        @if let Some((path, words)) = &back { a href=(path) class="btn" { (words) } }
                        a href=(paths::dashboard()) class="btn" data-variant=[back.as_ref().map(|_| "outline")] { "Dashboard" }
                    }
                }
                p class="small muted" {
                    "Error " (status.as_u16()) " · request " code { (view.request_id) }
                }
            }
        } }
    };
    let page = Page::new(&words.title).without_head().status(status).body(body);
    match visit {
        Some(visit) => page.respond(&visit),
        None => page.respond_to_guest(&view),
    }
}

/// "anna, bob or eve", each with the way to write to them, or to their page.
fn names(users: &[User]) -> Markup {
    html! {
        @for (n, user) in users.iter().enumerate() {
            @if n > 0 { @if n + 1 == users.len() { " or " } @else { ", " } }
            @if user.email.is_empty() {
                a class="link" href=(paths::user(user.id)) { (user.username) }
            } @else {
                a class="link" href={ "mailto:" (user.email) } { (user.username) }
            }
        }
    }
}

/// A plain request goes to the sign-in page and comes back; a part of a page is answered with a dialog, so
/// that nothing that was typed is lost.
fn ask_to_sign_in(request: &HttpRequest) -> HttpResponse {
    let view = View::of(request);
    if view.is_part {
        return htmx::dialog(StatusCode::UNAUTHORIZED, sign_in::expired_dialog());
    }
    let mut to = paths::sign_in();
    if request.method() == actix_web::http::Method::GET && view.address != paths::dashboard().as_str() {
        to = to.with("next", &view.address);
    }
    htmx::redirect(false, &to)
}
