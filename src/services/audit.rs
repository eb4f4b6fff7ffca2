//! The audit log: who did what to which object, through which door, with what outcome.
//!
//! For our own tables an entry is written in the mutation's transaction ([`record`]). For an attached
//! database it is written before ([`begin`]) and completed after ([`finish`]); an entry that is still
//! `pending` after a crash claims no outcome.

use serde_json::Value;

use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{Db, LogEntryId, Tx};
use crate::error::{Error, Result};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Something new.
    Added,
    /// Something has other values.
    Changed,
    /// Something is gone.
    Deleted,
    /// A refusal.
    Denied,
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

/// Writes an entry in the transaction of the mutation; if it fails, the mutation has to fail.
///
/// # Errors
/// Database faults.
pub fn record(
    _tx: &mut Tx<'_>,
    _actor: &Actor,
    _at: UtcTime,
    _action: Action,
    _target: &Target,
    _changes: &Value,
) -> Result<LogEntryId> {
    Err(Error::internal("placeholder"))
}

/// Writes a `pending` entry in a transaction of its own, before something is done to an attached
/// database. If this fails nothing may be attempted. Blocks.
///
/// # Errors
/// Database faults.
pub fn begin(
    _db: &Db,
    _actor: &Actor,
    _at: UtcTime,
    _action: Action,
    _target: &Target,
    _changes: &Value,
) -> Result<LogEntryId> {
    Err(Error::internal("placeholder"))
}

/// Completes an entry of [`begin`] with what became known. Blocks.
///
/// # Errors
/// Database faults.
pub fn finish(
    _db: &Db,
    _id: LogEntryId,
    _outcome: Outcome,
    _target: &Target,
    _changes: &Value,
) -> Result<()> {
    Err(Error::internal("placeholder"))
}

/// Writes down refusals, at most one entry a token, subject and minute, so that a flood cannot fill the
/// disk. Cheap to call: an entry that was already written this minute costs a look into a bounded map.
#[derive(Default)]
pub struct DenialLog;

impl DenialLog {
    /// Notes that `actor` was refused `permission` on `subject` (a tool or operation). Writes on a
    /// blocking thread of its own accord; a failed write is logged and does not reach the caller.
    pub fn note(&self, _db: &Db, _actor: &Actor, _at: UtcTime, _subject: &str, _permission: &str) {}
}
