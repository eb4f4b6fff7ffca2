//! What is told of a user beside the forms.

use maud::{Markup, html};

use super::edit::Shown;
use crate::admin::components::{FeedItem, Icon, Tone, alert, code, feed, moment, number};
use crate::admin::pages::tokens::status;
use crate::admin::paths;
use crate::admin::visit::Visit;
use crate::services::tokens::TokenRow;
use crate::services::users::User;

/// For those who may look and not change.
pub fn readable(visit: &Visit, shown: &Shown) -> Markup {
    let is_out_of_reach = visit.may("auth.change_user");
    html! {
        @if is_out_of_reach { (alert(Tone::Info, &html! { "Only superusers can change superusers." })) }
        section class="card" {
            header { h2 { "Account" } }
            section {
                dl class="dl" {
                    dt { "Email" } dd { @if shown.user.email.is_empty() { span class="muted" { "None" } } (shown.user.email) }
                    dt { "Permissions" }
                    dd class="row" {
                        @if shown.direct.is_empty() && shown.from_groups.is_empty() { span class="muted" { "None" } }
                        @for name in &shown.direct { (code(name)) }
                        @for (name, groups) in &shown.from_groups { span { (code(name)) " " span class="muted small" { "from " (groups.join(", ")) } } }
                    }
                }
            }
        }
    }
}

pub fn tokens(visit: &Visit, shown: &Shown) -> Markup {
    let Some((rows, count)) = &shown.tokens else { return Markup::default() };
    let item = |row: &TokenRow| {
        let token = &row.token;
        let state = status(token, row.owner_active, visit.now);
        let used = html! { @match token.last_used_at { Some(at) => { "used " (moment(at, visit.now)) }, None => { "never used" } } };
        FeedItem::new(
            Icon::KeyRound,
            html! { a class="cell-main" href=(paths::token(token.id)) { (token.name) } },
        )
        .note(used)
        .aside(state)
    };
    html! {
        section class="card" {
            header {
                h2 { "Tokens" }
                @if *count > 0 { a class="link small" href=(paths::tokens().with("owner", &shown.user.username)) { "All " (number(*count)) } }
            }
            section class="flush" {
                @if rows.is_empty() { p class="empty-line muted" { "This user owns no tokens." } }
                (feed(&rows.iter().map(item).collect::<Vec<_>>()))
            }
        }
    }
}

pub fn log(visit: &Visit, user: &User) -> Markup {
    if !visit.may("admin.view_logentry") {
        return Markup::default();
    }
    let about = paths::audit().with("model", "auth.user").with("object_id", user.id);
    html! {
        section class="card" {
            header { h2 { "Audit log" } }
            section class="stack stack-sm" {
                a class="link" href=(about) { "What was done to this user" }
                a class="link" href=(paths::audit().with("user", user.id)) { "What this user and its tokens did" }
            }
        }
    }
}
