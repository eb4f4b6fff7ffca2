//! `update_<model>`: other values for some fields of a record.

use rmcp::model::Tool;
use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::create::{answer, data_schema, output};
use super::definition::{Viewer, described, object, tool};
use super::operation::Operation;
use super::schema;
use super::write::{self, Attempt, Written, audited};
use crate::apps::Model;
use crate::apps::record::{self, Change};
use crate::error::Result;
use crate::services::audit::Action;

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
    let data = write::data(call, &mut arguments);
    if data.is_empty() && !arguments.are_wrong() {
        arguments.refuse("data", "must have at least one field");
    }
    arguments.finish(&["id", "data"])?;
    let attempt = Attempt {
        action: Action::Changed,
        object_id: write::given_key(&id),
        changes: write::asked(call.model, &data),
    };
    let change = audited(
        call,
        &attempt,
        |tx| record::update(tx, call.catalog, call.model, &id, &data),
        |change| {
            let (before, mut after) = difference(change);
            write::add_relations(call.model, &data, &mut after);
            let changes = json!({ "before": before, "after": after });
            Written { record: change.after.clone(), changes }
        },
    )?;
    Ok(answer(call.model, &change.after))
}

/// The fields whose values differ, as they were and as they are.
fn difference(change: &Change) -> (Map<String, Value>, Map<String, Value>) {
    let (mut before, mut after) = (write::values(&change.before), write::values(&change.after));
    before.retain(|name, value| after.get(name) != Some(value));
    after.retain(|name, _| before.contains_key(name));
    (before, after)
}
