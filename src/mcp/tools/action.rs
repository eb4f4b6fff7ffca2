//! `action_<model>`: runs an action on chosen records, all of them or none.

use serde_json::{Value, json};

use super::actions::{Known, permitted};
use super::arguments::Arguments;
use super::bulk::MOST;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, property, whole};
use super::delete::cascaded;
use super::options::{self, DRY_RUN};
use super::schema;
use crate::apps::Model;
use crate::apps::record;
use crate::error::{Error, Result};
use crate::mcp;

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let mut action = json!({ "type": "string" });
    if let Some(model) = model {
        action["enum"] = json!(permitted(viewer, model));
    }
    let ids = json!({ "type": "array", "minItems": 1, "maxItems": MOST, "items": without_description(schema::id(model)) });
    let text = json!({ "type": "string" });
    let [dry_run, _] = options::dry_run_output();
    let mut output = whole([
        ("success", json!({ "const": true })),
        ("action", text.clone()),
        ("affected_count", json!({ "type": "integer" })),
        ("message", text),
        ("ids", json!({ "type": "array", "items": schema::id_output(model) })),
        ("cascaded", cascaded()),
    ]);
    output["properties"][dry_run.0] = dry_run.1;
    output["properties"]["changes"] = json!({ "type": "array", "items": { "type": "object" } });
    Shape {
        title: format!("Act on {}", words.many),
        description: format!(
            "Run an action on up to {MOST} records of {}: all of them or none. Answers how many and which.",
            words.label
        ),
        properties: vec![
            property("action", action, "Name of the action"),
            property("ids", ids, "Keys of the records"),
            options::dry_run(),
        ],
        required: vec!["action", "ids"],
        output,
    }
}

fn without_description(mut schema: Value) -> Value {
    if let Value::Object(members) = &mut schema {
        members.shift_remove("description");
    }
    schema
}

/// Runs an action.
///
/// # Errors
/// `Forbidden` without a permission that the action needs, before anything else; `Invalid` for arguments and
/// for each record that stands in the way; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let action = asked(call, &mut arguments)?;
    let mut ids = arguments.take_items("ids", MOST);
    let dry_run = arguments.take_flag(DRY_RUN);
    arguments.finish(&["action", "ids", DRY_RUN])?;
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(id.to_string()));
    let collection = call.collection();
    let outcome = match action {
        Known::Configured(action) => collection.act(action, &ids, dry_run)?,
        Known::DeleteSelected => collection.delete_selected(&ids, dry_run)?,
    };
    let count = outcome.done.len();
    let model = call.model;
    let noun = if count == 1 { &model.verbose_name } else { &model.verbose_name_plural };
    let verb = if dry_run { "would be done" } else { "was done" };
    let ids: Vec<Value> = outcome.done.iter().map(|done| record::key_of(model, &done.record)).collect();
    let mut answer = json!({
        "success": true,
        "action": action.name(),
        "affected_count": count,
        "message": format!("{} {verb} to {count} {noun}", action.name()),
        "ids": ids,
        "cascaded": outcome.cascaded,
    });
    if dry_run {
        answer["dry_run"] = json!(true);
        answer["changes"] = outcome.done.into_iter().map(|done| done.changes).collect();
    }
    Ok(mcp::json(&answer))
}

/// The action that is asked for.
fn asked<'m>(call: &Call<'m>, arguments: &mut Arguments) -> Result<Known<'m>> {
    let name = arguments.take_text("action").unwrap_or_default();
    let (viewer, model) = (call.viewer(), call.model);
    let known = permitted(&viewer, model);
    let Some(action) = Known::all(model).find(|action| action.name() == name) else {
        if known.is_empty() {
            return Err(Error::forbidden(&*model.change_permission));
        }
        let message =
            if name.is_empty() { "is required".to_owned() } else { super::related::unknown(&name, &known) };
        return Err(Error::invalid("action", message));
    };
    match action.missing(&viewer, model) {
        None => Ok(action),
        Some(permission) => Err(call.refuse(permission, "action", &name, &known)),
    }
}
