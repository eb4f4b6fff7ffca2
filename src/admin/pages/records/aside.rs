//! What stands beside a record: what was done to it, who can change it, and the records that point at it.

use chrono::TimeDelta;
use maud::{Markup, html};

use super::inlines::Inlines;
use super::{Records, related};
use crate::admin::components::{Icon, Tone, alert, feed, icon, moment, number, own_event_line, plural};
use crate::admin::paths;
use crate::admin::record_key::RecordKey;
use crate::apps::record::Record;
use crate::auth::PermissionName;
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::services::audit::LogEntry;
use crate::services::references::{self, Reference};
use crate::services::tokens::{self, StatusFilter, TokenFilter};
use crate::services::{Paged, Paging, groups};

/// Entries of the log that are shown.
const ENTRIES: i64 = 5;
/// Groups that are named.
const GROUPS: usize = 5;

/// What our own database knows of a record.
pub struct Known {
    /// What was done to it, the newest first.
    log: Paged<LogEntry>,
    /// Groups that give the permission to change it, for those who may see groups.
    groups: Option<Vec<String>>,
    /// How many tokens can change it, for those who may see tokens.
    tokens: Option<i64>,
}

impl Known {
    /// Asks for it, in one go.
    ///
    /// # Errors
    /// `Forbidden` without the model's view permission; database faults.
    pub fn load(records: &Records<'_>, record: &Record) -> Result<Self> {
        records.db.read(|conn| {
            let log = records.history_of(conn, record, Paging { limit: ENTRIES, offset: 0 })?;
            let (groups, tokens) =
                if records.model.is_view { (None, None) } else { who_can_change(records, conn)? };
            Ok(Self { log, groups, tokens })
        })
    }
}

fn who_can_change(
    records: &Records<'_>,
    conn: &mut DbConnection,
) -> Result<(Option<Vec<String>>, Option<i64>)> {
    let (visit, permission) = (records.visit, &records.model.change_permission);
    let most = i64::try_from(GROUPS + 1).unwrap_or(i64::MAX);
    let groups = match PermissionName::parse(permission).filter(|_| visit.may("auth.view_group")) {
        Some(name) => Some(groups::names_with_permission(conn, &visit.actor, &name, most)?),
        None => None,
    };
    if !visit.may("mcp.view_token") {
        return Ok((groups, None));
    }
    // A model that was found since the last sync has no permission yet.
    let permission_id = match references::permission(conn, &Reference::Name(permission.clone())) {
        Ok(id) => Some(id),
        Err(Error::Invalid(_)) => return Ok((groups, None)),
        Err(error) => return Err(error),
    };
    let filter = TokenFilter { status: Some(StatusFilter::Active), permission_id, ..TokenFilter::default() };
    Ok((groups, Some(tokens::count(conn, &visit.actor, visit.now, &filter)?)))
}

/// Says that the last who changed the record was a token, and lately.
pub fn changed_by_token(records: &Records<'_>, known: &Known) -> Markup {
    let visit = records.visit;
    let lately = visit.now.plus(-TimeDelta::hours(24));
    let is_news =
        |entry: &&LogEntry| entry.action == "changed" && entry.outcome == "done" && entry.at > lately;
    let Some(entry) = known.log.rows.first().filter(is_news) else { return Markup::default() };
    let Some(name) = &entry.token_label else { return Markup::default() };
    let text = html! {
        "The token "
        @match entry.token_id.filter(|_| visit.may("mcp.view_token")) {
            Some(id) => { a class="link" href=(paths::token(id)) { (name) } },
            None => { b class="strong" { (name) } },
        }
        " changed this " (records.one()) " " (moment(entry.at, visit.now)) "."
    };
    alert(Tone::Info, &text)
}

/// All cards; relations whose rows are in the form have none.
///
/// # Errors
/// Database faults.
pub fn cards(records: &Records<'_>, record: &Record, known: &Known, inlines: &Inlines<'_>) -> Result<Markup> {
    let related = related::cards(records, record, inlines)?;
    Ok(html! {
        aside class="stack" aria-label="About this record" {
            (history(records, record, &known.log))
            (changers(records, known))
            @for card in &related { (card) }
        }
    })
}

fn history(records: &Records<'_>, record: &Record, log: &Paged<LogEntry>) -> Markup {
    let entries: Vec<_> = log.rows.iter().map(|entry| own_event_line(records.visit, entry)).collect();
    let own = RecordKey::of(records.model, record);
    let all = own.map(|key| paths::record_history(&records.model.app_label, &records.model.name, &key));
    html! {
        section class="card" {
            header {
                h2 { "History" }
                @if let Some(path) = all.filter(|_| log.total > 0) {
                    a class="link small" href=(path) { "All " (number(log.total)) }
                }
            }
            section class="flush" {
                (feed(&entries))
                @if entries.is_empty() { p class="small muted empty-line" { "Nothing was done to it yet." } }
            }
        }
    }
}

fn changers(records: &Records<'_>, known: &Known) -> Markup {
    if known.groups.is_none() && known.tokens.is_none() {
        return Markup::default();
    }
    let list = paths::tokens().with("status", "active").with("permission", &records.model.change_permission);
    html! {
        section class="card" {
            header { h2 { "Who can change it" } }
            section class="flush" {
                ul class="feed" {
                    @if let Some(groups) = &known.groups {
                        li {
                            (icon(Icon::Users))
                            span {
                                @if groups.is_empty() { span class="muted" { "No group" } }
                                (groups.iter().take(GROUPS).map(String::as_str).collect::<Vec<_>>().join(", "))
                                @if groups.len() > GROUPS { " and others" }
                            }
                        }
                    }
                    @if let Some(count) = known.tokens {
                        li {
                            (icon(Icon::KeyRound))
                            span { (plural(count, "token", "tokens")) }
                            @if count > 0 { a class="link small" href=(list) aria-label="Show the tokens that can change it" { "Show" } }
                        }
                    }
                }
            }
        }
    }
}
