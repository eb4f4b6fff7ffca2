//! `delete_<model>`: one record, and what goes with it.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, whole};
use super::schema;
use crate::apps::Model;
use crate::apps::record;
use crate::error::Result;
use crate::mcp;

/// How it is announced.
pub fn shape(_: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let description =
        format!("Delete one record of {}. Answers what was deleted or unlinked with it.", words.label);
    Shape {
        title: format!("Delete {}", words.one),
        description,
        properties: vec![("id".to_owned(), schema::id(model))],
        required: vec!["id"],
        output: whole([
            ("success", json!({ "const": true })),
            ("id", schema::id_output(model)),
            ("cascaded", cascaded()),
        ]),
    }
}

/// The schema of what a deletion takes along.
pub fn cascaded() -> Value {
    let cascade = whole([
        ("model", json!({ "type": "string" })),
        ("effect", json!({ "type": "string" })),
        ("count", json!({ "type": "integer" })),
    ]);
    json!({ "type": "array", "items": cascade })
}

/// Deletes a record.
///
/// # Errors
/// `Invalid` for arguments; `NotFound`; `Conflict`; `Forbidden` for a cascade; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let id = arguments.require("id");
    arguments.finish(&["id"])?;
    let deletion = call.collection().delete(&id)?;
    let id = record::key_of(call.model, &deletion.record);
    Ok(mcp::json(&json!({ "success": true, "id": id, "cascaded": deletion.cascaded })))
}
