//! What htmx says of a request, and how it wants to be answered. Facts of htmx 4: every answer but 204 and
//! 304 is swapped, errors too; `fetch` follows a 303 by itself, so a redirection is a header.

use actix_web::dev::RequestHead;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use actix_web::{HttpResponse, HttpResponseBuilder};
use maud::{Markup, html};

use super::paths::Path;

const REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
const RESWAP: HeaderName = HeaderName::from_static("hx-reswap");
const RETARGET: HeaderName = HeaderName::from_static("hx-retarget");
const RESELECT: HeaderName = HeaderName::from_static("hx-reselect");
const PUSH_URL: HeaderName = HeaderName::from_static("hx-push-url");

/// Whether a request came from htmx and wants a part of a page; going back in the history wants a whole
/// one.
pub fn wants_part(head: &RequestHead) -> bool {
    let is = |name: &str| head.headers.get(name).is_some_and(|value| value == "true");
    is("hx-request") && !is("hx-history-restore-request")
}

/// Sends the browser to another page.
pub fn redirect(from_htmx: bool, to: &Path) -> HttpResponse {
    let location = HeaderValue::from_str(to.as_str()).unwrap_or(HeaderValue::from_static("/admin/"));
    if from_htmx {
        HttpResponse::Ok().insert_header((REDIRECT, location)).finish()
    } else {
        HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
    }
}

/// An answer in HTML.
pub fn respond(status: StatusCode, markup: Markup) -> HttpResponse {
    HttpResponseBuilder::new(status).content_type("text/html; charset=utf-8").body(markup.into_string())
}

/// What a picker of permissions answers to a change: itself, and what stands beside it, at `target`.
pub fn preview(picker: &Markup, target: &str, beside: &Markup) -> HttpResponse {
    respond(StatusCode::OK, html! { (picker) (partial(target, "outerHTML", beside)) })
}

/// An answer that leaves the page alone but for its partials.
pub fn only_partials(status: StatusCode, partials: Markup) -> HttpResponse {
    let mut response = respond(status, partials);
    response.headers_mut().insert(RESWAP, HeaderValue::from_static("none"));
    response
}

/// An answer that opens a dialog over the page, whose address stays, whatever part of the answer was wanted.
pub fn dialog(status: StatusCode, dialog: Markup) -> HttpResponse {
    let mut response = respond(status, dialog);
    let headers = response.headers_mut();
    headers.insert(RETARGET, HeaderValue::from_static("#dialog-root"));
    headers.insert(RESWAP, HeaderValue::from_static("innerHTML"));
    headers.insert(RESELECT, HeaderValue::from_static("dialog"));
    headers.insert(PUSH_URL, HeaderValue::from_static("false"));
    response
}

/// A part of an answer that is put somewhere else than the rest: `swap` is htmx's, e.g. `outerHTML`.
pub fn partial(target: &str, swap: &str, content: &Markup) -> Markup {
    html! { hx-partial hx-target=(target) hx-swap=(swap) { (content) } }
}
