//! `delete_<model>`: one record, and what goes with it.

use rmcp::model::Tool;
use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Viewer, object, tool};
use super::operation::Operation;
use super::schema;
use crate::apps::Model;
use crate::apps::record;
use crate::error::Result;
use crate::mcp;

/// How it is announced.
pub fn definition(_: &Viewer<'_>, model: &Model) -> Tool {
    let title = format!("Delete {}", model.verbose_name);
    tool(
        Operation::Delete.tool_name(model),
        &title,
        format!("Delete one record of {}. Answers what was deleted or unlinked with it.", model.label()),
        Operation::Delete.annotations(&title),
        object([("id".to_owned(), schema::id(model))], &["id"]),
        &output(schema::id_output(model)),
    )
}

/// The schema of the answer.
pub fn output(id: Value) -> Value {
    let cascade = object(
        [
            ("model".to_owned(), json!({ "type": "string" })),
            ("effect".to_owned(), json!({ "type": "string" })),
            ("count".to_owned(), json!({ "type": "integer" })),
        ],
        &["model", "effect", "count"],
    );
    object(
        [
            ("success".to_owned(), json!({ "const": true })),
            ("id".to_owned(), id),
            ("cascaded".to_owned(), json!({ "type": "array", "items": cascade })),
        ],
        &["success", "id", "cascaded"],
    )
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
