//! What all writes to an attached database share: the audit log is written first, and completed when the
//! outcome is known.

use std::cell::Cell;

use serde_json::Value;

use super::Collection;
use crate::apps::record::{self, Record};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::services::audit::{self, Action, Outcome, Part, Target};

/// A write that is about to be attempted.
pub struct Attempt {
    /// What it does.
    pub action: Action,
    /// The record's key as the client gave it; empty for a new record.
    pub object_id: String,
    /// What is asked for, in the form of the log.
    pub changes: Value,
}

/// What is known after a write.
pub struct Written {
    /// The record as it is, or was.
    pub record: Record,
    /// What changed, in the form of the log.
    pub changes: Value,
    /// What else was written, each with an entry of its own.
    pub parts: Vec<Part>,
}

/// Runs `work` in one write transaction between a pending entry of the audit log and its completion.
/// Without the entry nothing is attempted. A dry run is rolled back, and no entry tells of it. Blocks.
///
/// # Errors
/// `Unavailable` if the log cannot be written; what `work` returns.
pub fn audited<T>(
    collection: &Collection<'_>,
    attempt: &Attempt,
    dry_run: bool,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T>,
    written: impl FnOnce(&T) -> Written,
) -> Result<T> {
    let Collection { db, actor, now, model, .. } = *collection;
    if dry_run {
        return collection.app.db.rehearse(work);
    }
    let mut target = Target {
        app_label: model.app_label.clone(),
        model: model.name.clone(),
        object_id: attempt.object_id.clone(),
        object_repr: String::new(),
    };
    let entry = audit::begin(db, actor, now, attempt.action, &target, &attempt.changes)
        .map_err(|error| unlogged(&error))?;

    let worked = Cell::new(false);
    let result = collection.app.db.write(|tx| {
        let value = work(tx)?;
        worked.set(true);
        Ok(value)
    });

    let (outcome, changes, parts) = match &result {
        Ok(value) => {
            let Written { record, changes, parts } = written(value);
            target.object_id = record::object_id(model, &record);
            target.object_repr = record::display(model, &record);
            (Outcome::Done, changes, parts)
        }
        Err(Error::Forbidden { .. }) => (Outcome::Denied, attempt.changes.clone(), Vec::new()),
        // The connection broke while committing: nobody knows, and the entry stays pending.
        Err(Error::Unavailable(_)) if worked.get() => return result,
        Err(_) => (Outcome::Failed, attempt.changes.clone(), Vec::new()),
    };
    let finished = if parts.is_empty() {
        audit::finish(db, entry, outcome, &target, &changes)
    } else {
        audit::finish_many(db, actor, now, entry, (&target, &changes), &parts)
    };
    if let Err(error) = finished {
        tracing::error!(%error, ?entry, ?outcome, "an audit entry stays pending");
    }
    result
}

/// The answer to a write that cannot be written down.
pub fn unlogged(error: &Error) -> Error {
    tracing::error!(?error, "the audit log cannot be written");
    Error::Unavailable("The audit log cannot be written, so nothing was changed; try again later".into())
}
