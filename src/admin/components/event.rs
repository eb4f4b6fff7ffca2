//! Entries of the audit log: what was done, by whom, to what; unfolded, what changed and where it came from.

use maud::{Markup, html};
use serde_json::Value;

use super::diff::{Difference, diff, text};
use super::{FeedItem, Icon, Tone, badge, clock_time, code, deed, dotted, icon, log_time, moment};
use crate::admin::paths::{self, Path};
use crate::admin::shell::capitalised;
use crate::admin::visit::Visit;
use crate::db::{GroupId, TokenId, UserId};
use crate::services::audit::LogEntry;

/// The doors that something came through, with what people call them.
pub const SURFACES: [(&str, &str); 5] = [
    ("admin", "Admin pages"),
    ("api", "REST API"),
    ("mcp", "MCP"),
    ("cli", "Command line"),
    ("server", "The server itself"),
];

/// What an entry says in one word.
pub struct EventWords {
    /// Its sign.
    pub icon: Icon,
    /// Its colour.
    pub tone: Tone,
    /// The badge: "Rotated".
    pub badge: &'static str,
    /// In a sentence: "rotated".
    pub verb: &'static str,
}

impl EventWords {
    /// The most exact word that the entry allows.
    pub fn of(entry: &LogEntry, changes: &Value) -> Self {
        let (icon, tone, badge, verb) = match entry.outcome.as_str() {
            "denied" => (Icon::Ban, Tone::Bad, "Denied", "was denied"),
            "failed" => (Icon::CircleAlert, Tone::Bad, "Failed", "failed at"),
            "pending" => (Icon::CircleHelp, Tone::Warn, "Outcome unknown", "began with"),
            _ => Self::of_done(entry, changes),
        };
        Self { icon, tone, badge, verb }
    }

    fn of_done(entry: &LogEntry, changes: &Value) -> (Icon, Tone, &'static str, &'static str) {
        let switched = changes.pointer("/after/is_active").filter(|now| {
            let before = changes.pointer("/before/is_active");
            before.is_some_and(|before| before != *now)
        });
        match entry.action.as_str() {
            "added" if changes.get("copied_from").is_some() => (Icon::Copy, Tone::Ok, "Copied", "copied"),
            "added" => (Icon::Plus, Tone::Ok, "Created", "created"),
            "changed" if changes.get("rotated").is_some() => {
                (Icon::RefreshCw, Tone::Info, "Rotated", "rotated")
            }
            "changed" => match switched.and_then(Value::as_bool) {
                Some(true) => (Icon::Power, Tone::Ok, "Activated", "activated"),
                Some(false) => (Icon::Power, Tone::None, "Deactivated", "deactivated"),
                None => (Icon::Pencil, Tone::Info, "Changed", "changed"),
            },
            "deleted" => (Icon::Trash2, Tone::Bad, "Deleted", "deleted"),
            "signed in" => (Icon::UserRound, Tone::None, "Signed in", "signed in as"),
            "signed out" => (Icon::LogOut, Tone::None, "Signed out", "ended sessions of"),
            "expiring" => (Icon::Clock, Tone::Warn, "Expires soon", "told of"),
            _ => (Icon::Info, Tone::Info, "Done", "ran an action on"),
        }
    }
}

/// The changes that an entry holds.
pub fn changes_of(entry: &LogEntry) -> Value {
    serde_json::from_str(&entry.changes).unwrap_or(Value::Null)
}

/// The page of what an entry is about, if it is there still and the visitor may see it.
pub fn object_path(visit: &Visit, entry: &LogEntry) -> Option<Path> {
    if entry.object_id.is_empty() || entry.action == "deleted" {
        return None;
    }
    let id = || entry.object_id.parse::<i64>().ok();
    match (entry.app_label.as_str(), entry.model.as_str()) {
        ("mcp", "token") if visit.may("mcp.view_token") => id().map(|id| paths::token(TokenId(id))),
        ("auth", "group") if visit.may("auth.view_group") => id().map(|id| paths::group(GroupId(id))),
        ("auth", "user") if visit.may("auth.view_user") => id().map(|id| paths::user(UserId(id))),
        (app, model) => {
            let catalog = visit.registry().catalog();
            let (_, found) = catalog.find(app, model)?;
            let has_page = visit.sees(found) && found.primary_key.len() == 1;
            has_page.then(|| paths::record(app, model, &entry.object_id))
        }
    }
}

/// What kind of thing an entry is about: "Token", "Order line".
pub fn kind(visit: &Visit, entry: &LogEntry) -> String {
    let catalog = visit.registry().catalog();
    match catalog.find(&entry.app_label, &entry.model) {
        Some((_, model)) => capitalised(&model.verbose_name),
        None => capitalised(&entry.model.replace('_', " ")),
    }
}

/// Whether an entry is about somebody who did not get in.
fn is_failed_sign_in(entry: &LogEntry) -> bool {
    entry.action == "denied" && entry.surface == "admin" && entry.object_repr == "sign in"
}

/// What was refused, in words: "delete author". Entries hold the route or the tool, and the permission.
fn refused(visit: &Visit, entry: &LogEntry, changes: &Value) -> String {
    match changes.get("permission").and_then(Value::as_str) {
        Some(permissions) if !is_failed_sign_in(entry) => {
            permissions.split(", ").map(|one| deed(visit, one)).collect::<Vec<_>>().join(", ")
        }
        _ => entry.object_repr.clone(),
    }
}

/// What an entry is about, as a heading: "Token reporting-agent", "Delete author".
pub fn heading(visit: &Visit, entry: &LogEntry, changes: &Value) -> String {
    if entry.action == "denied" {
        return capitalised(&refused(visit, entry, changes));
    }
    format!("{} {}", kind(visit, entry), entry.object_repr)
}

/// What it was done to: "Token reporting-agent", "Article 1183 “Shipping MCP”".
fn object(visit: &Visit, entry: &LogEntry, changes: &Value) -> Markup {
    let is_own = matches!(entry.app_label.as_str(), "mcp" | "auth");
    let from = entry.ip.as_ref().map(|ip| html! { "from " code { (ip) } });
    html! {
        @if entry.action == "denied" {
            (refused(visit, entry, changes))
            @if is_failed_sign_in(entry) { @if let Some(from) = &from { " " (from) } }
        } @else if let Some(from) = from.as_ref().filter(|_| entry.action == "signed in") {
            (from)
        } @else {
            (kind(visit, entry))
            @if !is_own && !entry.object_id.is_empty() { " " (entry.object_id) }
            @if !entry.object_repr.is_empty() && entry.object_repr != entry.object_id {
                @if is_own { " " (entry.object_repr) } @else { " \u{201c}" (entry.object_repr) "\u{201d}" }
            }
        }
    }
}

/// Who did it, and whether that is a person or a token.
fn who(entry: &LogEntry) -> (&str, &'static str) {
    match (&entry.token_label, entry.actor_user_id) {
        (Some(token), _) => (token, "token"),
        (None, Some(_)) => (&entry.actor_label, "person"),
        (None, None) => (&entry.actor_label, ""),
    }
}

/// The badge of an entry.
pub fn word(entry: &LogEntry, changes: &Value) -> Markup {
    let words = EventWords::of(entry, changes);
    if words.badge == "Denied" {
        dotted(words.tone, false, words.badge)
    } else {
        badge(words.tone, words.badge)
    }
}

/// One entry, to be unfolded.
pub fn event(visit: &Visit, entry: &LogEntry, is_open: bool) -> Markup {
    let changes = changes_of(entry);
    let (name, what) = who(entry);
    html! {
        details class="event" open[is_open] {
            summary {
                (icon(Icon::ChevronRight))
                (log_time(entry.at, visit.now))
                span class="row" { span class="truncate strong" { (name) } @if !what.is_empty() { span class="muted small" { (what) } } }
                span class="truncate" { (object(visit, entry, &changes)) }
                (word(entry, &changes))
            }
            div { (facts(visit, entry, &changes)) (links(visit, entry)) }
        }
    }
}

/// What changed, and everything else that is known.
pub fn facts(visit: &Visit, entry: &LogEntry, changes: &Value) -> Markup {
    let door = SURFACES.iter().find(|(surface, _)| *surface == entry.surface);
    let surface = door.map_or(&*entry.surface, |(_, words)| words);
    let others = changes.as_object().into_iter().flatten();
    html! {
        (diff("Changed fields", &Difference::of_changes(changes)))
        dl class="dl small" {
            dt { "Time" } dd { (clock_time(entry.at)) " UTC" }
            @if entry.token_label.is_some() { dt { "Owner" } dd { (entry.actor_label) } }
            dt { "Through" } dd { (surface) }
            @if entry.action == "denied" && !is_failed_sign_in(entry) { dt { "Asked for" } dd { code { (entry.object_repr) } } }
            @for (name, value) in others.filter(|(name, _)| !matches!(name.as_str(), "before" | "after")) {
                @if name == "permission" && is_failed_sign_in(entry) {
                    dt { "Why" } dd { (capitalised(&text(value))) }
                } @else if name == "permission" {
                    dt { "Missing" } dd { (code(&text(value))) }
                } @else {
                    dt { (capitalised(&name.replace('_', " "))) } dd { (text(value)) }
                }
            }
            @if let Some(ip) = &entry.ip { dt { "IP address" } dd { code { (ip) } } }
            @if let Some(id) = &entry.request_id {
                dt { "Request" }
                dd {
                    @if visit.may("admin.view_logentry") {
                        a class="link" href=(paths::audit().with("request_id", id)) { code { (id) } }
                    } @else { code { (id) } }
                }
            }
        }
    }
}

fn links(visit: &Visit, entry: &LogEntry) -> Markup {
    let object = object_path(visit, entry);
    let has_entry = visit.may("admin.view_logentry");
    let link = |path: &Path, words: Markup| {
        html! { a href=(path) class="btn" data-variant="outline" data-size="sm" { (words) } }
    };
    html! {
        @if object.is_some() || has_entry {
            div class="row" {
                @if let Some(path) = &object {
                    (link(path, html! { "Open the " (kind(visit, entry).to_lowercase()) }))
                }
                @if has_entry { (link(&paths::log_entry(entry.id), html! { "Open this entry" })) }
            }
        }
    }
}

/// What was done to one thing, the newest first, for a card of its page.
pub fn history(visit: &Visit, entries: &[LogEntry]) -> Markup {
    html! {
        @for entry in entries { (event(visit, entry, false)) }
        @if entries.is_empty() { p class="empty-line muted" { "Nothing was done to it yet." } }
    }
}

/// An entry as one line of a feed: "anna rotated reporting-agent".
pub fn event_line(visit: &Visit, entry: &LogEntry) -> FeedItem {
    let is_own = matches!(entry.app_label.as_str(), "mcp" | "auth");
    let kind = kind(visit, entry);
    let object = match (is_own && !entry.object_repr.is_empty(), entry.object_id.is_empty()) {
        (true, _) => entry.object_repr.clone(),
        (false, false) => format!("{kind} {}", entry.object_id),
        (false, true) => kind,
    };
    let path = object_path(visit, entry);
    let object =
        html! { @if let Some(path) = path { a class="link" href=(path) { (object) } } @else { (object) } };
    line(visit, entry, &object)
}

/// The same on the page of what it is about: "anna changed title, status".
pub fn own_event_line(visit: &Visit, entry: &LogEntry) -> FeedItem {
    const SHOWN: usize = 4;
    let fields: Vec<String> =
        Difference::of_changes(&changes_of(entry)).iter().map(|one| one.field.replace('_', " ")).collect();
    let says_what = entry.action == "changed" && entry.outcome == "done" && !fields.is_empty();
    let object = html! {
        @if says_what {
            (fields.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", "))
            @if fields.len() > SHOWN { " and " (fields.len() - SHOWN) " more" }
        } @else { "it" }
    };
    line(visit, entry, &object)
}

fn line(visit: &Visit, entry: &LogEntry, object: &Markup) -> FeedItem {
    let changes = changes_of(entry);
    let words = EventWords::of(entry, &changes);
    let (name, _) = who(entry);
    let text = html! {
        b class="strong" { (name) } " "
        @match entry.action.as_str() {
            "denied" if is_failed_sign_in(entry) => { "failed to sign in" },
            "denied" => { "was refused: " (refused(visit, entry, &changes)) },
            "signed in" => { "signed in" },
            "signed out" => { "signed out" },
            "expiring" => { "told that " (object) " expires soon" },
            _ => { (words.verb) " " (object) },
        }
    };
    let tone = if matches!(words.tone, Tone::Bad | Tone::Warn) { words.tone } else { Tone::None };
    FeedItem::new(words.icon, text).tone(tone).aside(moment(entry.at, visit.now))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::UtcTime;
    use crate::db::LogEntryId;

    fn said(action: &str, outcome: &str, changes: &Value) -> &'static str {
        let entry = LogEntry {
            id: LogEntryId(1),
            at: UtcTime::from_micros(0),
            actor_user_id: None,
            actor_label: "ada".into(),
            token_id: None,
            token_label: None,
            surface: "admin".into(),
            action: action.into(),
            app_label: "mcp".into(),
            model: "token".into(),
            object_id: "1".into(),
            object_repr: "CI".into(),
            changes: changes.to_string(),
            outcome: outcome.into(),
            ip: None,
            request_id: None,
        };
        EventWords::of(&entry, &changes_of(&entry)).badge
    }

    #[test]
    fn an_entry_has_the_most_exact_word() {
        let off = json!({"before": {"is_active": true}, "after": {"is_active": false}});
        let on = json!({"before": {"is_active": false}, "after": {"is_active": true}});
        let same = json!({"before": {"is_active": true}, "after": {"is_active": true, "email": "a@b"}});
        assert_eq!(said("changed", "done", &off), "Deactivated");
        assert_eq!(said("changed", "done", &on), "Activated");
        assert_eq!(said("changed", "done", &same), "Changed");
        assert_eq!(said("changed", "done", &json!({"rotated": true})), "Rotated");
        assert_eq!(said("changed", "failed", &json!({})), "Failed");
        assert_eq!(said("denied", "denied", &json!({})), "Denied");
        assert_eq!(said("added", "pending", &json!({})), "Outcome unknown");
    }
}
