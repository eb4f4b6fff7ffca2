//! The first page: the numbers.

use maud::{Markup, html};

use crate::admin::components::{Icon, icon, number};
use crate::admin::page::{Page, Place};
use crate::admin::paths::{self, Path};
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};

/// The dashboard.
pub fn routes(table: &mut Table) {
    table.get("/", Needs::SignedIn, show);
    table.get("", Needs::SignedIn, to_root);
}

async fn to_root(visit: Visit) -> Answer {
    Ok(visit.go(&paths::dashboard()))
}

async fn show(visit: Visit) -> Answer {
    let body = html! {
        div class="stats" {
            @if visit.may("mcp.view_token") {
                (stat(Icon::KeyRound, "Tokens", visit.counts.tokens, &paths::tokens()))
            }
            @if visit.may("auth.view_user") {
                (stat(Icon::UserRound, "Users", visit.counts.users, &paths::users()))
            }
            @if visit.may("auth.view_group") {
                (stat(Icon::Users, "Groups", visit.counts.groups, &paths::groups()))
            }
        }
    };
    Ok(Page::new("Dashboard").at(Place::Dashboard).body(body).respond(&visit))
}

fn stat(sign: Icon, label: &str, value: i64, path: &Path) -> Markup {
    html! {
        a href=(path) { span class="k" { (icon(sign)) (label) } span class="v" { (number(value)) } }
    }
}
