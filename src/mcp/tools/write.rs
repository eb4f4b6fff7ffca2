//! What all writes share: the audit log is written first, and completed when the outcome is known.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::call::Call;
use crate::apps::record::{self, Record};
use crate::apps::{Model, RelationKind};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::services::audit::{self, Action, Outcome, Target};

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
}

/// Runs `work` in one write transaction between a pending entry of the audit log and its completion.
/// Without the entry nothing is attempted.
///
/// # Errors
/// `Unavailable` if the log cannot be written; what `work` returns.
pub fn audited<T>(
    call: &Call<'_>,
    attempt: &Attempt,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T>,
    written: impl FnOnce(&T) -> Written,
) -> Result<T> {
    let model = call.model;
    let mut target = Target {
        app_label: model.app_label.clone(),
        model: model.name.clone(),
        object_id: attempt.object_id.clone(),
        object_repr: String::new(),
    };
    let (db, now) = (&call.mcp.db, call.mcp.clock.now());
    let entry = audit::begin(db, call.actor, now, attempt.action, &target, &attempt.changes)
        .map_err(|error| unlogged(&error))?;

    let worked = Cell::new(false);
    let result = call.app.db.write(|tx| {
        let value = work(tx)?;
        worked.set(true);
        Ok(value)
    });

    let (outcome, changes) = match &result {
        Ok(value) => {
            let Written { record, changes } = written(value);
            target.object_id = record::object_id(model, &record);
            target.object_repr = record::display(model, &record);
            (Outcome::Done, changes)
        }
        Err(Error::Forbidden { .. }) => (Outcome::Denied, attempt.changes.clone()),
        // The connection broke while committing: nobody knows, and the entry stays pending.
        Err(Error::Unavailable(_)) if worked.get() => return result,
        Err(_) => (Outcome::Failed, attempt.changes.clone()),
    };
    if let Err(error) = audit::finish(db, entry, outcome, &target, &changes) {
        tracing::error!(%error, ?entry, ?outcome, "an audit entry stays pending");
    }
    result
}

fn unlogged(error: &Error) -> Error {
    tracing::error!(?error, "the audit log cannot be written");
    Error::Unavailable("The audit log cannot be written, so nothing was changed; try again later".into())
}

/// The `data` of a call, without many-to-many relations to models that the caller may not see.
pub fn data(call: &Call<'_>, arguments: &mut Arguments) -> Map<String, Value> {
    let data = arguments.require_object("data");
    let viewer = call.viewer();
    for name in data.keys() {
        // A foreign key goes by its relation's name too, and stays a field of this model.
        let hidden = call.model.field(name).is_none()
            && call.model.relations.iter().any(|r| r.name == *name)
            && !viewer.relations(call.model).any(|(relation, _)| relation.name == *name);
        if hidden {
            arguments.refuse(&format!("data.{name}"), "there is no such field");
        }
    }
    data
}

/// What is asked for, as the log shows it: the values of fields and relations that exist for clients.
pub fn asked(model: &Model, data: &Map<String, Value>) -> Value {
    let mut changes = Map::new();
    for (name, value) in data {
        let key = match model.field(name) {
            Some((_, field)) => field.name.to_string(),
            None if many_to_many(model, name) => name.clone(),
            None => continue,
        };
        changes.insert(key, value.clone());
    }
    json!({ "after": changes })
}

/// The lists of a many-to-many relation are not part of a record; the log has what was asked for.
pub fn add_relations(model: &Model, data: &Map<String, Value>, after: &mut Map<String, Value>) {
    let lists = data.iter().filter(|(name, _)| many_to_many(model, name));
    after.extend(lists.map(|(name, value)| (name.clone(), value.clone())));
}

fn many_to_many(model: &Model, name: &str) -> bool {
    let is_it = |kind: &RelationKind| matches!(kind, RelationKind::ManyToMany { .. });
    model.relations.iter().any(|relation| relation.name == name && is_it(&relation.kind))
}

/// The values of a record under their names.
pub fn values(record: &Record) -> Map<String, Value> {
    match record.to_value() {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}

/// The record's key: one value, or an object of columns for a composite key.
pub fn key(model: &Model, record: &Record) -> Value {
    let values = values(record);
    let name = |index: &usize| model.fields[*index].name.to_string();
    let value = |name: &String| values.get(name).cloned().unwrap_or(Value::Null);
    match model.primary_key.as_slice() {
        [one] => value(&name(one)),
        several => Value::Object(several.iter().map(name).map(|n| (n.clone(), value(&n))).collect()),
    }
}

/// A key that a client gave, as the log shows it.
pub fn given_key(id: &Value) -> String {
    match id {
        Value::String(text) => text.clone(),
        Value::Object(columns) => columns.values().map(given_key).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
