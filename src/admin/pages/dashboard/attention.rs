//! What needs attention, the most urgent first.

use maud::{Markup, html};

use crate::admin::components::{FeedItem, Icon, Tone, alert, feed, moment, number, plural};
use crate::admin::paths;
use crate::admin::visit::Visit;
use crate::services::overview::{Conspicuous, Overview, TokenOverview, TokenRow};

/// The card; `None` for those who may see nothing of it.
pub fn items(visit: &Visit, overview: &Overview, unreachable: &[String]) -> Option<Markup> {
    if overview.tokens.is_none() && overview.stale.is_none() {
        return None;
    }
    let mut items: Vec<FeedItem> = unreachable.iter().map(|label| of_app(label)).collect();
    if let Some(tokens) = &overview.tokens {
        of_tokens(visit, tokens, &mut items);
    }
    if let Some((stale, count)) = &overview.stale
        && *count > 0
    {
        let names: Vec<String> = stale.iter().map(|one| format!("{}.{}", one.app_label, one.model)).collect();
        let path = paths::permissions().at("stale");
        let text = html! { a class="cell-main" href=(path) { (plural(*count, "table has", "tables have")) " vanished" } };
        let more = if *count > i64::try_from(names.len()).unwrap_or(i64::MAX) { " and others" } else { "" };
        items.push(
            FeedItem::new(Icon::Database, text).tone(Tone::Warn).note(html! { (names.join(", ")) (more) }),
        );
    }
    Some(html! {
        section class="card" {
            header { h2 { "Needs attention" } }
            @if items.is_empty() {
                section { (alert(Tone::Ok, &html! { "Nothing needs attention." })) }
            } @else {
                section class="flush" { (feed(&items)) }
            }
        }
    })
}

fn of_app(label: &str) -> FeedItem {
    let text = html! { a class="cell-main" href=(paths::app(label)) { (label) } };
    FeedItem::new(Icon::Plug, text).tone(Tone::Bad).note(html! { "The database does not answer" })
}

fn of_tokens(visit: &Visit, tokens: &TokenOverview, items: &mut Vec<FeedItem>) {
    let denied = |token: &Conspicuous| {
        let calls = format!(
            "{} denied {} in 24 hours",
            number(token.denials),
            if token.denials == 1 { "call" } else { "calls" }
        );
        named(Icon::Ban, token).tone(Tone::Bad).note(html! { (calls) })
    };
    items.extend(tokens.denied.iter().map(denied));
    items.extend(tokens.expiring.iter().map(|row| expiring(visit, row)));
    let ownerless = |token: &Conspicuous| {
        named(Icon::UserRound, token)
            .tone(Tone::Warn)
            .note(html! { "Refused: its owner " (token.detail) " is inactive" })
    };
    items.extend(tokens.ownerless.iter().map(ownerless));
    let mut unlimited: Vec<(&Conspicuous, Vec<&str>)> = Vec::new();
    for token in &tokens.unlimited {
        match unlimited.iter_mut().find(|(known, _)| known.id == token.id) {
            Some((_, apps)) => apps.push(&token.detail),
            None => unlimited.push((token, vec![&token.detail])),
        }
    }
    let never = |(token, apps): &(&Conspicuous, Vec<&str>)| {
        let note = html! { "Never expires and has full access to " (apps.join(", ")) };
        named(Icon::TriangleAlert, token).tone(Tone::Warn).note(note)
    };
    items.extend(unlimited.iter().map(never));
}

fn named(icon: Icon, token: &Conspicuous) -> FeedItem {
    FeedItem::new(icon, html! { a class="cell-main" href=(paths::token(token.id)) { (token.name) } })
}

fn expiring(visit: &Visit, row: &TokenRow) -> FeedItem {
    let token = &row.token;
    let text = html! { a class="cell-main" href=(paths::token(token.id)) { (token.name) } };
    let note = html! {
        @match token.last_used_at {
            Some(at) => { "Expires, last used " (moment(at, visit.now)) },
            None => { "Expires, never used" },
        }
    };
    let aside = token.expires_at.map(|at| moment(at, visit.now)).unwrap_or_default();
    FeedItem::new(Icon::Clock, text).tone(Tone::Warn).note(note).aside(aside)
}
