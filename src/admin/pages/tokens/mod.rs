//! Tokens: finding them, making them, and everything that is done with one.

mod bulk;
mod copy;
mod csv;
mod delete;
mod detail;
mod edit;
mod form;
mod list;
mod materials;
mod new;
mod once;
mod preview;
mod question;
mod rotate;
mod rows;
mod secret;
mod state;
mod transfer;

pub use materials::usernames;

use maud::{Markup, html};

use crate::admin::components::{Tone, dotted};
use crate::admin::paths::{self, Path};
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::Visit;
use crate::clock::UtcTime;
use crate::db::TokenId;
use crate::services::tokens::{Token, TokenStatus};

/// Who may see tokens.
const SEE: Needs = Needs::AnyOf(&["mcp.view_token"]);
/// Who may make them.
const ADD: Needs = Needs::AnyOf(&["mcp.add_token"]);
/// Who may change them.
const CHANGE: Needs = Needs::AnyOf(&["mcp.change_token"]);
/// Who may delete them.
const DELETE: Needs = Needs::AnyOf(&["mcp.delete_token"]);

/// Every page and form of tokens. Those with a fixed address come first.
pub fn routes(table: &mut Table) {
    list::routes(table);
    csv::routes(table);
    new::routes(table);
    preview::routes(table);
    bulk::routes(table);
    detail::routes(table);
    edit::routes(table);
    rotate::routes(table);
    copy::routes(table);
    transfer::routes(table);
    state::routes(table);
    delete::routes(table);
}

/// How a token stands, as a word with a dot.
pub fn status(token: &Token, owner_active: bool, now: UtcTime) -> Markup {
    match token.status(now) {
        TokenStatus::Inactive => dotted(Tone::None, false, "Inactive"),
        TokenStatus::Expired => dotted(Tone::Bad, false, "Expired"),
        _ if !owner_active => dotted(Tone::Bad, false, "Owner inactive"),
        _ if token.previous_expires_at.is_some_and(|at| at > now) => dotted(Tone::Info, true, "Rotating"),
        TokenStatus::Expiring => dotted(Tone::Warn, true, "Expiring soon"),
        TokenStatus::Active => dotted(Tone::Ok, true, "Active"),
    }
}

/// The display prefix, to recognise a token by.
fn prefix(token: &Token) -> Markup {
    html! { code { (token.prefix) "…" } }
}

/// Where one goes after something was done to a token: to its page, if it may be seen.
fn home(visit: &Visit, id: TokenId) -> Path {
    if visit.may("mcp.view_token") { paths::token(id) } else { paths::tokens() }
}
