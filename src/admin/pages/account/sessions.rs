//! Where one is signed in, and ending it: one session, or all of them.

use actix_web::{HttpRequest, web};
use maud::{Markup, html};

use super::browser;
use crate::admin::components::{Icon, Tone, badge, icon, moment, plural};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::db::SessionId;
use crate::error::Error;
use crate::services::sessions::{self, Session};
use crate::web::no_session_cookie;

pub fn routes(table: &mut Table) {
    table.post("/account/sessions/end", Needs::SignedIn, end_all);
    table.post("/account/sessions/{id}/end", Needs::SignedIn, end_one);
}

async fn end_one(request: HttpRequest, visit: Visit, id: web::Path<i64>) -> Answer {
    let id = SessionId(*id);
    let end =
        visit.write(move |tx, visit| sessions::end(tx, visit.now, &visit.live, &visit.actor.origin, id));
    match end.await {
        Ok(()) if id == visit.live.session.id => Ok(gone(&request, &visit)),
        Ok(()) | Err(Error::NotFound(_)) => Ok(visit.done(&paths::account(), "The session was ended")),
        Err(error) => Err(error),
    }
}

async fn end_all(request: HttpRequest, visit: Visit) -> Answer {
    visit.write(|tx, visit| sessions::end_all(tx, visit.now, &visit.live, &visit.actor.origin)).await?;
    Ok(gone(&request, &visit))
}

/// This session too has ended.
fn gone(request: &HttpRequest, visit: &Visit) -> actix_web::HttpResponse {
    let mut answer = visit.go(&paths::sign_in());
    let _ = answer.add_cookie(&no_session_cookie(request.head()));
    answer
}

pub fn card(visit: &Visit, all: &[Session]) -> Markup {
    let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
    html! {
        section class="card" {
            header { h2 { "Sessions" } p { "A session ends after half an hour without you, and twelve hours after the sign-in." } }
            section class="flush" {
                ul class="feed" {
                    @for session in all { (row(visit, session)) }
                }
            }
            footer {
                form method="post" action=(paths::sessions_end()) {
                    button class="btn" data-variant="outline" data-size="sm" {
                        (icon(Icon::LogOut)) "Sign out everywhere (" (plural(count, "session", "sessions")) ")"
                    }
                }
            }
        }
    }
}

fn row(visit: &Visit, session: &Session) -> Markup {
    let is_this = session.id == visit.live.session.id;
    let name = browser(session);
    html! {
        li {
            (icon(Icon::UserRound))
            span {
                span class="row" { span class="strong" { (name) } @if is_this { (badge(Tone::Info, "This session")) } }
                span class="cell-sub" {
                    @if let Some(ip) = &session.ip { code { (ip) } ", " }
                    "signed in " (moment(session.created_at, visit.now))
                    ", last seen " (moment(session.last_seen_at, visit.now))
                }
            }
            form method="post" action=(paths::session_end(session.id)) {
                button class="btn" data-variant="outline" data-size="sm" aria-label={ "End the session of " (name) } { "End" }
            }
        }
    }
}
