//! `update_<model>`: other values for some fields of a record.

use rmcp::model::Tool;
use serde_json::json;

use super::arguments::Arguments;
use super::call::Call;
use super::create::{answer, data_schema, output};
use super::definition::{Viewer, described, object, tool};
use super::operation::Operation;
use super::schema;
use crate::apps::Model;
use crate::error::Result;

/// How it is announced.
pub fn definition(viewer: &Viewer<'_>, model: &Model) -> Tool {
    let title = format!("Change {}", model.verbose_name);
    let mut data = data_schema(viewer, model);
    data["minProperties"] = json!(1);
    let properties = [
        ("id".to_owned(), schema::id(model)),
        (
            "data".to_owned(),
            described(data, "New values by field; fields that are left out stay as they are"),
        ),
    ];
    tool(
        Operation::Update.tool_name(model),
        &title,
        format!("Change fields of one record of {}. Answers the whole record.", model.label()),
        Operation::Update.annotations(&title),
        object(properties, &["id", "data"]),
        &output(model),
    )
}

/// Changes a record.
///
/// # Errors
/// `Invalid` with every wrong field; `NotFound`; `Conflict`; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let id = arguments.require("id");
    let data = arguments.require_object("data");
    if data.is_empty() && !arguments.are_wrong() {
        arguments.refuse("data", "must have at least one field");
    }
    arguments.finish(&["id", "data"])?;
    let change = call.collection().update(&id, &data)?;
    Ok(answer(call.model, &change.after))
}
