//! `create_<model>`: a new record.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, described, object, property, whole};
use super::inlines::{self, ROWS};
use super::options::{self, DRY_RUN};
use super::schema;
use crate::apps::record::{self, Record};
use crate::apps::{Field, Model, RelationKind};
use crate::error::Result;
use crate::mcp;
use crate::services::records::{NestedRow, added};

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let mut data = data_schema(viewer, model);
    if let Some(model) = model {
        require(&mut data, model);
        inlines::announce(&mut data, viewer, model, true);
    }
    Shape {
        title: format!("Create {}", words.one),
        description: format!("Create a record of {}. Answers the record as it was stored.", words.label),
        properties: vec![property("data", data, "Values by field"), options::dry_run()],
        required: vec!["data"],
        output: output(model),
    }
}

/// The schema of the values that can be written. A foreign key is taken under both of its names.
pub fn data_schema(viewer: &Viewer<'_>, model: Option<&Model>) -> Value {
    let Some(model) = model else { return json!({ "type": "object" }) };
    let mut properties = Vec::new();
    for field in model.fields.iter().filter(|field| is_writable(field)) {
        properties.push((field.name.to_string(), schema::input(field)));
        if let Some(alias) = field.relation_name.as_ref().filter(|alias| **alias != *field.name) {
            properties.push((alias.clone(), described(json!({}), format!("Same as {}", field.name))));
        }
    }
    for (relation, other) in viewer.relations(model) {
        if matches!(relation.kind, RelationKind::ManyToMany { .. }) {
            let ids = json!({ "type": "array", "items": { "type": ["integer", "string"] } });
            let description = format!("All ids of {} that it is linked to", other.verbose_name_plural);
            properties.push((relation.name.clone(), described(ids, description)));
        }
    }
    object(properties, &[])
}

pub fn is_writable(field: &Field) -> bool {
    !field.readonly && !field.is_generated
}

/// Adds what a new record must have: by name, or by either name for a foreign key.
pub fn require(data: &mut Value, model: &Model) {
    let needed = |field: &&Field| is_writable(field) && !field.nullable && !field.has_default;
    let (keys, plain): (Vec<&Field>, Vec<&Field>) =
        model.fields.iter().filter(needed).partition(|field| field.relation_name.is_some());
    if !plain.is_empty() {
        data["required"] = plain.iter().map(|field| json!(field.name)).collect();
    }
    if !keys.is_empty() {
        let either = |field: &Field| json!({ "anyOf": [{ "required": [field.name] }, { "required": [field.relation_name] }] });
        data["allOf"] = keys.into_iter().map(either).collect();
    }
}

/// The schema of the answer to a creation or a change.
pub fn output(model: Option<&Model>) -> Value {
    let mut output = whole([
        ("success", json!({ "const": true })),
        ("id", schema::id_output(model)),
        ("etag", json!({ "type": "string" })),
        ("object", schema::record(model, true)),
    ]);
    for (name, schema) in options::dry_run_output() {
        output["properties"][name] = schema;
    }
    if model.is_none_or(|model| !model.inlines.is_empty()) {
        output["properties"][ROWS] = json!({ "type": "object" });
    }
    output
}

/// Creates a record.
///
/// # Errors
/// `Invalid` with every wrong field; `Conflict`; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let data = arguments.require_object("data");
    let dry_run = arguments.take_flag(DRY_RUN);
    arguments.finish(&["data", DRY_RUN])?;
    let saved = call.collection().create_with(&data, dry_run)?;
    let changes = dry_run.then(|| added(call.model, &data, &saved.done));
    Ok(answer(call.model, &saved.done, &saved.rows, changes))
}

/// The answer to a creation or a change; `would_change` is that of a dry run.
pub fn answer(model: &Model, record: &Record, rows: &[NestedRow], would_change: Option<Value>) -> String {
    let id = record::key_of(model, record);
    let mut answer =
        format!("{{\"success\":true,\"id\":{id},\"etag\":\"{}\",\"object\":", record::version(record));
    answer.push_str(&mcp::json(record));
    if !rows.is_empty() {
        answer.extend([",\"rows\":", &inlines::written(rows).to_string()]);
    }
    if let Some(mut changes) = would_change {
        inlines::add_changes(&mut changes, rows);
        answer.extend([",\"dry_run\":true,\"changes\":", &changes.to_string()]);
    }
    answer.push('}');
    answer
}
