//! `update_<model>`: other values for some fields of a record.

use serde_json::json;

use super::arguments::Arguments;
use super::call::Call;
use super::create::{answer, data_schema, output};
use super::definition::{Shape, Viewer, Words, property};
use super::schema;
use crate::apps::Model;
use crate::error::Result;

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let mut data = data_schema(viewer, model);
    data["minProperties"] = json!(1);
    Shape {
        title: format!("Change {}", words.one),
        description: format!("Change fields of one record of {}. Answers the whole record.", words.label),
        properties: vec![
            ("id".to_owned(), schema::id(model)),
            property("data", data, "New values by field; fields that are left out stay as they are"),
        ],
        required: vec!["id", "data"],
        output: output(model),
    }
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
