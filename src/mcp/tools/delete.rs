//! `delete_<model>`: one record, and what goes with it.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, whole};
use super::options::{self, DRY_RUN, IF_MATCH, Options};
use super::outcome::ToolResult;
use super::schema;
use super::update::stale;
use crate::apps::Model;
use crate::apps::record;
use crate::error::{Error, Result};
use crate::mcp;

/// How it is announced.
pub fn shape(_: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let description =
        format!("Delete one record of {}. Answers what was deleted or unlinked with it.", words.label);
    let mut output = whole([
        ("success", json!({ "const": true })),
        ("id", schema::id_output(model)),
        ("cascaded", cascaded()),
    ]);
    for (name, schema) in options::dry_run_output() {
        output["properties"][name] = schema;
    }
    Shape {
        title: format!("Delete {}", words.one),
        description,
        properties: vec![("id".to_owned(), schema::id(model)), options::if_match(), options::dry_run()],
        required: vec!["id"],
        output,
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
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<ToolResult> {
    let id = arguments.require("id");
    let options = Options::take(&mut arguments);
    arguments.finish(&["id", IF_MATCH, DRY_RUN])?;
    let deletion = match call.collection().delete_with(&id, options.as_write()) {
        Err(error @ Error::PreconditionFailed(_)) => return stale(call, &id, &error),
        other => other?,
    };
    let id = record::key_of(call.model, &deletion.record);
    let mut answer = json!({ "success": true, "id": id, "cascaded": deletion.cascaded });
    if options.dry_run {
        answer["dry_run"] = json!(true);
        answer["changes"] = json!({ "before": deletion.record });
    }
    Ok(ToolResult::success(&mcp::json(&answer)))
}
