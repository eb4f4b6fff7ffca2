//! A form that makes a secret carries a key that works once, so that a reload, Back or a second click makes
//! no second secret.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::{Markup, html};

use super::home;
use crate::admin::components::{Icon, icon};
use crate::admin::form::Form;
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::visit::Visit;
use crate::db::{TokenId, Tx};
use crate::error::Result;
use crate::services::idempotency;
use crate::services::tokens::{Issued, TokenAccess};

const FIELD: &str = "once";

/// The hidden field; the key stays the same while a form is corrected.
pub fn field(form: &Form) -> Markup {
    let key = form.filled(FIELD).map_or_else(|| format!("{:032x}", rand::random::<u128>()), str::to_owned);
    html! { input type="hidden" name=(FIELD) value=(key); }
}

/// Makes a secret, once for each key; what was made, with all that decides what it may do.
///
/// # Errors
/// `Repeated` with the id of the token; what `make` returns.
pub fn make(
    tx: &mut Tx<'_>,
    visit: &Visit,
    form: &Form,
    make: impl FnOnce(&mut Tx<'_>) -> Result<Issued>,
) -> Result<(Issued, TokenAccess)> {
    // Whatever else was typed: the key alone says which form it was.
    let pending =
        idempotency::begin(tx, &visit.actor, visit.now, "a secret of a page", form.raw(FIELD), &[0; 32])?;
    let issued = make(tx)?;
    idempotency::finish(tx, &pending, issued.token.id.0)?;
    let access = TokenAccess::find(tx, issued.token.id)?;
    Ok((issued, access))
}

/// What a repetition is answered with.
pub fn shown_already(visit: &Visit, id: &str) -> HttpResponse {
    let id = TokenId(id.parse().unwrap_or_default());
    let body = html! {
        div class="card" { div class="empty" {
            header {
                figure { (icon(Icon::KeyRound)) }
                h2 { "Nothing was made twice" }
                p {
                    "The token of this form exists, and its secret was shown when it was made. Nobody can show it again; \
                     if it was not stored, rotate the token."
                }
            }
            section { div class="row" {
                @if visit.may("mcp.change_token") {
                    a class="btn" data-variant="outline" href=(paths::token_rotate(id)) { (icon(Icon::RefreshCw)) "Rotate…" }
                }
                a class="btn" href=(home(visit, id)) { "To the token" }
            } }
        } }
    };
    let page = Page::new("This secret was already shown").at(Place::Tokens).below("Tokens", paths::tokens());
    page.status(StatusCode::CONFLICT).body(body).respond(visit)
}
