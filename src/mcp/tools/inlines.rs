//! Rows of child models beside their record: how they are announced, read and answered.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::create::{data_schema, is_writable, require};
use super::definition::{Viewer, described, property};
use super::schema;
use crate::apps::record::{self, Record};
use crate::apps::{INLINE_DELETE, Inline, Model};
use crate::db::DbConnection;
use crate::error::Result;
use crate::services::records::NestedRow;

/// The argument of `get_<model>` that asks for the rows.
pub const INCLUDE: &str = "include_inlines";
/// The member that holds them.
pub const INLINES: &str = "_inlines";
/// The member that says what was done to them.
pub const ROWS: &str = "rows";

/// The child models whose rows the viewer may know of.
fn of<'m>(viewer: &'m Viewer<'_>, model: &'m Model) -> impl Iterator<Item = (&'m Inline, &'m Model)> {
    model.inlines.iter().filter_map(|inline| {
        let (_, child) = viewer.catalog.find(&model.app_label, &inline.model)?;
        viewer.may_view(child).then_some((inline, &**child))
    })
}

/// Adds the rows that the viewer may write to the schema of a record's values.
pub fn announce(data: &mut Value, viewer: &Viewer<'_>, model: &Model, is_new: bool) {
    for (inline, child) in of(viewer, model) {
        let [add, change, delete] =
            [&child.add_permission, &child.change_permission, &child.delete_permission]
                .map(|permission| viewer.actor.has_perm(permission));
        if !(add || !is_new && (change || delete)) {
            continue;
        }
        let row = row_schema(viewer, inline, child, is_new, delete);
        let kinds = [
            (add, "without a key to add"),
            (change, "with its key to change"),
            (delete, "with _delete to delete"),
        ];
        let kinds: Vec<&str> = kinds.into_iter().filter(|(may, _)| *may).map(|(_, text)| text).collect();
        let description = if is_new {
            format!("New {}", child.verbose_name_plural)
        } else {
            format!("{}: each {}; rows that are left out stay", child.verbose_name_plural, kinds.join(", "))
        };
        let mut rows = json!({ "type": "array", "items": row });
        if is_new {
            rows["maxItems"] = json!(inline.max);
            if inline.min > 0 {
                rows["minItems"] = json!(inline.min);
                match &mut data["required"] {
                    Value::Array(required) => required.push(json!(inline.name)),
                    none => *none = json!([inline.name]),
                }
            }
        }
        data["properties"][&inline.name] = described(rows, description);
    }
}

/// The schema of one row. Its link to the record is not written by clients.
fn row_schema(viewer: &Viewer<'_>, inline: &Inline, child: &Model, is_new: bool, may_delete: bool) -> Value {
    let mut unlinked = child.clone();
    for field in unlinked.fields.iter_mut().filter(|field| *field.name == *inline.column) {
        field.readonly = true;
    }
    let mut row = data_schema(viewer, Some(&unlinked));
    if is_new {
        require(&mut row, &unlinked);
        return row;
    }
    for &index in &child.primary_key {
        let field = &unlinked.fields[index];
        if !is_writable(field) && *field.name != *inline.column {
            row["properties"][&*field.name] = schema::input(field);
        }
    }
    if may_delete {
        row["properties"][INLINE_DELETE] = json!({ "type": "boolean", "default": false });
    }
    row
}

/// Adds what asks for the rows, and the member that holds them, if there are any for the viewer.
pub fn announce_reading(
    properties: &mut Vec<(String, Value)>,
    output: &mut Value,
    viewer: &Viewer<'_>,
    model: Option<&Model>,
) {
    let mut item = json!({ "type": "string" });
    if let Some(model) = model {
        let names: Vec<&str> = of(viewer, model).map(|(inline, _)| &*inline.name).collect();
        if names.is_empty() {
            return;
        }
        item["enum"] = json!(names);
    }
    let schema = json!({ "type": ["boolean", "array"], "items": item });
    let description = format!("true, or the child rows to answer under {INLINES}");
    properties.push(property(INCLUDE, schema, description));
    output["properties"][INLINES] = json!({ "type": "object" });
}

/// The names that are asked for, if any are.
pub fn wanted(call: &Call<'_>, arguments: &mut Arguments) -> Option<Vec<String>> {
    let viewer = call.viewer();
    let known: Vec<String> = of(&viewer, call.model).map(|(inline, _)| inline.name.clone()).collect();
    super::get::relations(arguments, INCLUDE, known)
}

/// The rows by name, each with all its fields.
///
/// # Errors
/// Database faults.
pub fn read(call: &Call<'_>, conn: &mut DbConnection, record: &Record, names: &[String]) -> Result<Value> {
    let (viewer, model) = (call.viewer(), call.model);
    let mut found = Map::new();
    for (inline, child) in of(&viewer, model).filter(|(inline, _)| names.contains(&inline.name)) {
        let Some(relation) = model.relations.iter().find(|relation| relation.name == inline.name) else {
            continue;
        };
        let rows = record::related_whole(conn, model, record, relation, child, inline.max)?;
        found.insert(inline.name.clone(), json!(rows));
    }
    Ok(Value::Object(found))
}

/// What is said of them to who describes the model.
pub fn described_to(viewer: &Viewer<'_>, model: &Model) -> Vec<Value> {
    let one = |(inline, child): (&Inline, &Model)| json!({ "name": inline.name, "model": child.label(), "min": inline.min, "max": inline.max });
    of(viewer, model).map(one).collect()
}

/// What was done, by relation: the keys of the rows that were added, changed and deleted.
pub fn written(rows: &[NestedRow]) -> Value {
    let mut found = json!({});
    for row in rows {
        let relation = &mut found[&row.relation];
        if relation.is_null() {
            *relation = json!({ "added": [], "changed": [], "deleted": [] });
        }
        if let Value::Array(ids) = &mut relation[row.action.as_str()] {
            ids.push(row.id.clone());
        }
    }
    found
}

/// Adds what a dry run found out about each row.
pub fn add_changes(changes: &mut Value, rows: &[NestedRow]) {
    for row in rows {
        let one = json!({ "action": row.action.as_str(), "id": row.id, "changes": row.changes });
        match &mut changes[ROWS][&row.relation] {
            Value::Array(all) => all.push(one),
            none => *none = json!([one]),
        }
    }
}
