//! The audit log: who did what to which object, through which door, with what outcome.
//!
//! For our own tables an entry is written in the mutation's transaction ([`record`]). For an attached
//! database it is written before ([`begin`]) and completed after ([`finish`]); an entry that is still
//! `pending` after a crash claims no outcome.

mod denials;
mod read;
mod row;

pub use denials::DenialLog;
pub use read::{Export, LogFilter, show, slice};
pub use row::LogRow;

use std::fmt;

use serde_json::Value;

use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{Db, DbConnection, LogEntryId, Tx};
use crate::error::{Error, Result};
pub use crate::models::log_entry::LogEntry;
use crate::models::log_entry::{self, LogEntryChanges, NewLogEntry};
use crate::models::{Paged, Paging};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Something new.
    Added,
    /// Something has other values.
    Changed,
    /// Something is gone.
    Deleted,
    /// An action on several things.
    Ran,
    /// A refusal.
    Denied,
    /// Somebody opened a session.
    SignedIn,
    /// Somebody ended sessions.
    SignedOut,
    /// Something is about to expire.
    Expiring,
}

impl Action {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Ran => "action",
            Self::Denied => "denied",
            Self::SignedIn => "signed in",
            Self::SignedOut => "signed out",
            Self::Expiring => "expiring",
        }
    }
}

/// What it was done to. The texts are copies: they outlive the object.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// `mcp`, `auth`, or the label of an attached app.
    pub app_label: String,
    /// Model name, e.g. `token`.
    pub model: String,
    /// The id as text; empty if there is none yet.
    pub object_id: String,
    /// The object as people name it.
    pub object_repr: String,
}

impl Target {
    /// A target from its four texts.
    #[must_use]
    pub fn new(app_label: &str, model: &str, object_id: impl fmt::Display, object_repr: &str) -> Self {
        Self {
            app_label: app_label.to_owned(),
            model: model.to_owned(),
            object_id: object_id.to_string(),
            object_repr: object_repr.to_owned(),
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Begun; the process may have died since.
    Pending,
    /// Done.
    Done,
    /// Not done; nothing changed.
    Failed,
    /// Refused.
    Denied,
}

impl Outcome {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Denied => "denied",
        }
    }
}

/// Writes an entry in the transaction of the mutation; if it fails, the mutation has to fail.
///
/// # Errors
/// Database faults.
pub fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: UtcTime,
    action: Action,
    target: &Target,
    changes: &Value,
) -> Result<LogEntryId> {
    write(tx, actor, at, action, target, changes, Outcome::Done)
}

/// What was done to one object, the newest first. Who may see the object may see this: the caller checks.
///
/// # Errors
/// Database faults.
pub fn of_object(
    conn: &mut DbConnection,
    app_label: &str,
    model: &str,
    object_id: &str,
    paging: Paging,
) -> Result<Paged<LogEntry>> {
    Ok(log_entry::list_of_object(conn, app_label, model, &one_line(object_id), paging)?)
}

/// Writes a `pending` entry in a transaction of its own, before something is done to an attached
/// database. If this fails nothing may be attempted. Blocks.
///
/// # Errors
/// Database faults.
pub fn begin(
    db: &Db,
    actor: &Actor,
    at: UtcTime,
    action: Action,
    target: &Target,
    changes: &Value,
) -> Result<LogEntryId> {
    db.write(|tx| write(tx, actor, at, action, target, changes, Outcome::Pending))
}

/// One of many things that were done together.
#[derive(Debug)]
pub struct Part {
    /// What was done.
    pub action: Action,
    /// To what.
    pub target: Target,
    /// What changed.
    pub changes: Value,
}

/// Completes an entry of [`begin`] that stands for many things, and writes an entry for each of them. Blocks.
///
/// # Errors
/// As [`finish`]; then none of them is written.
pub fn finish_many(
    db: &Db,
    actor: &Actor,
    at: UtcTime,
    id: LogEntryId,
    (target, changes): (&Target, &Value),
    parts: &[Part],
) -> Result<()> {
    db.write(|tx| {
        complete(tx, id, Outcome::Done, target, changes)?;
        let ip = actor.origin.ip.map(|ip| ip.to_string());
        let texts: Vec<[String; 6]> =
            parts.iter().map(|part| texts(actor, &part.target, &part.changes)).collect();
        let entries: Vec<NewLogEntry<'_>> = parts
            .iter()
            .zip(&texts)
            .map(|(part, texts)| entry(actor, at, part.action, texts, Outcome::Done, ip.as_deref()))
            .collect();
        Ok(log_entry::insert_many(tx, &entries)?)
    })
}

/// Completes an entry of [`begin`] with what became known. Blocks.
///
/// # Errors
/// `Internal` if the entry is not pending any more; database faults.
pub fn finish(db: &Db, id: LogEntryId, outcome: Outcome, target: &Target, changes: &Value) -> Result<()> {
    db.write(|tx| complete(tx, id, outcome, target, changes))
}

fn complete(
    tx: &mut Tx<'_>,
    id: LogEntryId,
    outcome: Outcome,
    target: &Target,
    changes: &Value,
) -> Result<()> {
    let changes = LogEntryChanges {
        object_id: &one_line(&target.object_id),
        object_repr: &one_line(&target.object_repr),
        changes: &changes.to_string(),
        outcome: outcome.as_str(),
    };
    match log_entry::update_pending(tx, id, &changes)? {
        0 => Err(Error::internal(format!("log entry {id} is not pending"))),
        _ => Ok(()),
    }
}

fn write(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: UtcTime,
    action: Action,
    target: &Target,
    changes: &Value,
    outcome: Outcome,
) -> Result<LogEntryId> {
    let ip = actor.origin.ip.map(|ip| ip.to_string());
    let texts = texts(actor, target, changes);
    Ok(log_entry::insert(tx, &entry(actor, at, action, &texts, outcome, ip.as_deref()))?)
}

/// The texts of an entry as they are stored.
fn texts(actor: &Actor, target: &Target, changes: &Value) -> [String; 6] {
    [
        one_line(&actor.principal.label),
        one_line(&target.app_label),
        one_line(&target.model),
        one_line(&target.object_id),
        one_line(&target.object_repr),
        changes.to_string(),
    ]
}

fn entry<'a>(
    actor: &'a Actor,
    at: UtcTime,
    action: Action,
    [actor_label, app_label, model, object_id, object_repr, changes]: &'a [String; 6],
    outcome: Outcome,
    ip: Option<&'a str>,
) -> NewLogEntry<'a> {
    let (principal, origin) = (&actor.principal, &actor.origin);
    NewLogEntry {
        at,
        actor_user_id: principal.user_id,
        actor_label,
        token_id: principal.token.as_ref().map(|token| token.id),
        token_label: principal.token.as_ref().map(|token| token.name.as_str()),
        surface: origin.surface.as_str(),
        action: action.as_str(),
        app_label,
        model,
        object_id,
        object_repr,
        changes,
        outcome: outcome.as_str(),
        ip,
        request_id: origin.request_id.as_deref(),
    }
}

/// At most 200 characters, and none that a terminal or PostgreSQL would choke on.
fn one_line(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::services::testing::{TestDb, actor_with};

    #[test]
    fn a_pending_entry_is_completed_once() {
        let test = TestDb::new();
        let actor = actor_with(&["blog.add_article"]);
        let target = Target::new("blog", "article", "", "");
        let now = test.clock.now();
        let id = begin(&test.db, &actor, now, Action::Added, &target, &json!({})).unwrap();
        assert_eq!(test.log()[0].outcome, "pending");
        let target = Target::new("blog", "article", 7, "How to brew\u{1b}[31m");
        finish(&test.db, id, Outcome::Done, &target, &json!({"after": {"id": 7}})).unwrap();
        let entry = test.log().remove(0);
        assert_eq!((entry.outcome.as_str(), entry.object_id.as_str()), ("done", "7"));
        assert_eq!(entry.object_repr, "How to brew\u{fffd}[31m");
        assert!(finish(&test.db, id, Outcome::Failed, &target, &json!({})).is_err());
    }
}
