//! `update_<model>`: other values for some fields of a record.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::create::{answer, data_schema, output};
use super::definition::{Shape, Viewer, Words, property};
use super::options::{self, DRY_RUN, IF_MATCH, Options};
use super::outcome::ToolResult;
use super::{inlines, schema};
use crate::apps::Model;
use crate::apps::record;
use crate::error::{Error, Result};
use crate::guard::CallOutcome;
use crate::services::records::changed;

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let mut data = data_schema(viewer, model);
    data["minProperties"] = json!(1);
    if let Some(model) = model {
        inlines::announce(&mut data, viewer, model, false);
    }
    Shape {
        title: format!("Change {}", words.one),
        description: format!("Change fields of one record of {}. Answers the whole record.", words.label),
        properties: vec![
            ("id".to_owned(), schema::id(model)),
            property("data", data, "New values by field; fields that are left out stay as they are"),
            options::if_match(),
            options::dry_run(),
        ],
        required: vec!["id", "data"],
        output: output(model),
    }
}

/// Changes a record.
///
/// # Errors
/// `Invalid` with every wrong field; `NotFound`; `Conflict`; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<ToolResult> {
    let id = arguments.require("id");
    let data = arguments.require_object("data");
    if data.is_empty() && !arguments.are_wrong() {
        arguments.refuse("data", "must have at least one field");
    }
    let options = Options::take(&mut arguments);
    arguments.finish(&["id", "data", IF_MATCH, DRY_RUN])?;
    match call.collection().update_with(&id, &data, options.as_write()) {
        Ok(saved) => {
            let changes = options.dry_run.then(|| changed(call.model, &data, &saved.done));
            Ok(ToolResult::success(&answer(call.model, &saved.done.after, &saved.rows, changes)))
        }
        Err(error @ Error::PreconditionFailed(_)) => stale(call, &id, &error),
        Err(error) => Err(error),
    }
}

/// The answer where a record is not any more as the client has seen it: what it is now, to those who may see
/// it.
///
/// # Errors
/// `NotFound`; database faults.
pub fn stale(call: &Call<'_>, id: &Value, error: &Error) -> Result<ToolResult> {
    let mut found = json!({ "error": error.to_string(), "code": error.code() });
    if call.viewer().may_view(call.model) {
        let current = call.collection().get(id)?;
        found["etag"] = json!(record::version(&current));
        found["current"] = json!(current);
    }
    Ok(ToolResult::failure(&error.to_string(), &found, CallOutcome::Failed))
}
