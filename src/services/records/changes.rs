//! What was asked for and what changed, in the form in which the audit log keeps it.

use serde_json::{Map, Value, json};

use crate::apps::record::{Change, Record};
use crate::apps::{Model, RelationKind};

/// What is asked for: the values of fields and relations that exist for clients.
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

/// What a new record has; NULL is left out.
pub fn added(model: &Model, data: &Map<String, Value>, record: &Record) -> Value {
    let mut after = record.to_map();
    after.retain(|_, value| !value.is_null());
    add_relations(model, data, &mut after);
    json!({ "after": after })
}

/// The fields whose values differ, as they were and as they are.
pub fn changed(model: &Model, data: &Map<String, Value>, change: &Change) -> Value {
    let (mut before, mut after) = (change.before.to_map(), change.after.to_map());
    before.retain(|name, value| after.get(name) != Some(value));
    after.retain(|name, _| before.contains_key(name));
    add_relations(model, data, &mut after);
    json!({ "before": before, "after": after })
}

/// The lists of a many-to-many relation are not part of a record; the log has what was asked for.
fn add_relations(model: &Model, data: &Map<String, Value>, after: &mut Map<String, Value>) {
    let lists = data.iter().filter(|(name, _)| many_to_many(model, name));
    after.extend(lists.map(|(name, value)| (name.clone(), value.clone())));
}

fn many_to_many(model: &Model, name: &str) -> bool {
    let is_it = |kind: &RelationKind| matches!(kind, RelationKind::ManyToMany { .. });
    model.relations.iter().any(|relation| relation.name == name && is_it(&relation.kind))
}

/// A key that a client gave.
pub fn given_key(id: &Value) -> String {
    match id {
        Value::String(text) => text.clone(),
        Value::Object(columns) => columns.values().map(given_key).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
