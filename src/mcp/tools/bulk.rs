//! `bulk_<model>`: many records created, changed or deleted by one call.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, object, property, whole};
use super::delete::cascaded;
use super::options::{self, DRY_RUN};
use super::outcome::{ToolResult, refused, structured};
use super::related::unknown;
use super::schema;
use crate::apps::Model;
use crate::apps::record;
use crate::error::{Error, Result};
use crate::guard::CallOutcome;
use crate::mcp;
use crate::services::records::{BulkOperation, BulkOptions, BulkOutcome, Item};

/// Records of one call at most.
pub const MOST: usize = 1000;

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let operations: Vec<&str> = match model {
        Some(model) => permitted(viewer, model).map(BulkOperation::name).collect(),
        None => BulkOperation::ALL.map(BulkOperation::name).to_vec(),
    };
    let operation = json!({ "type": "string", "enum": operations });
    let items = json!({ "type": "array", "minItems": 1, "maxItems": MOST });
    let atomic = json!({ "type": "boolean", "default": false });
    Shape {
        title: format!("Bulk {}", words.many),
        description: format!(
            "Create, change or delete up to {MOST} records of {} in one transaction. Answers what became of each \
             item by its index.",
            words.label
        ),
        properties: vec![
            property("operation", operation, "What is done with the items"),
            property(
                "items",
                items,
                "create: the data of each record; update: {id, data} each; delete: the id of each",
            ),
            property("atomic", atomic, "true: all items or none"),
            options::dry_run(),
        ],
        required: vec!["operation", "items"],
        output: output(model),
    }
}

fn output(model: Option<&Model>) -> Value {
    let count = json!({ "type": "integer" });
    let done = object(
        [
            ("index".to_owned(), count.clone()),
            ("id".to_owned(), schema::id_output(model)),
            ("changes".to_owned(), json!({ "type": "object" })),
        ],
        &["index", "id"],
    );
    let error = json!({
        "type": "object",
        "properties": { "index": count, "error": { "type": "string" }, "code": { "type": "string" } },
        "required": ["index", "error", "code"],
    });
    let results = whole([
        ("success", json!({ "type": "array", "items": done })),
        ("errors", json!({ "type": "array", "items": error })),
    ]);
    let [dry_run, _] = options::dry_run_output();
    let mut output = whole([
        ("operation", json!({ "type": "string" })),
        ("total_items", count.clone()),
        ("success_count", count.clone()),
        ("error_count", count),
        ("results", results),
        ("cascaded", cascaded()),
    ]);
    output["properties"][dry_run.0] = dry_run.1;
    output
}

/// The operations that the model has and the viewer may use.
pub fn permitted(viewer: &Viewer<'_>, model: &Model) -> impl Iterator<Item = BulkOperation> {
    BulkOperation::ALL.into_iter().filter(|operation| {
        is_possible(*operation, model) && viewer.actor.has_perm(operation.permission(model))
    })
}

fn is_possible(operation: BulkOperation, model: &Model) -> bool {
    match operation {
        BulkOperation::Create => model.cannot_create.is_none(),
        _ => !model.primary_key.is_empty(),
    }
}

/// Works through the items.
///
/// # Errors
/// `Forbidden` without the permission of the operation, before anything else; `Invalid` for arguments;
/// database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<ToolResult> {
    let operation = asked(call, &mut arguments)?;
    let items = arguments.take_items("items", MOST);
    let options =
        BulkOptions { atomic: arguments.take_flag("atomic"), dry_run: arguments.take_flag(DRY_RUN) };
    arguments.finish(&["operation", "items", "atomic", DRY_RUN])?;
    let total = items.len();
    let (items, places, mut errors) = read(operation, items);
    let outcome = if options.atomic && !errors.is_empty() {
        BulkOutcome::default()
    } else {
        call.collection().bulk(operation, &items, options)?
    };
    errors.extend(outcome.errors.into_iter().map(|(index, error)| (places[index], error)));
    errors.sort_by_key(|(index, _)| *index);
    let success: Vec<Value> = outcome
        .done
        .iter()
        .map(|done| {
            let mut one =
                json!({ "index": places[done.index], "id": record::key_of(call.model, &done.record) });
            if options.dry_run {
                one["changes"] = done.changes.clone();
            }
            one
        })
        .collect();
    let failed: Vec<Value> = errors.iter().map(|(index, error)| failure(call, *index, error)).collect();
    let mut answer = json!({
        "operation": operation.name(),
        "total_items": total,
        "success_count": success.len(),
        "error_count": failed.len(),
        "results": { "success": success, "errors": failed },
        "cascaded": outcome.cascaded,
    });
    if options.dry_run {
        answer["dry_run"] = json!(true);
    }
    let answer = mcp::json(&answer);
    Ok(if outcome.done.is_empty() && !errors.is_empty() {
        ToolResult::failed(&answer, CallOutcome::Failed)
    } else {
        ToolResult::success(&answer)
    })
}

/// The operation that is asked for.
fn asked(call: &Call<'_>, arguments: &mut Arguments) -> Result<BulkOperation> {
    let name = arguments.take_text("operation");
    let viewer = call.viewer();
    let permitted: Vec<BulkOperation> = permitted(&viewer, call.model).collect();
    let known: Vec<&str> = permitted.iter().map(|operation| operation.name()).collect();
    let found = BulkOperation::ALL.into_iter().find(|operation| Some(operation.name()) == name.as_deref());
    match found {
        Some(operation) if permitted.contains(&operation) => Ok(operation),
        Some(operation) if is_possible(operation, call.model) => {
            Err(call.refuse(operation.permission(call.model), "operation", operation.name(), &known))
        }
        _ if permitted.is_empty() => Err(Error::forbidden(&*call.model.change_permission)),
        _ => Err(Error::invalid("operation", unknown(name.as_deref().unwrap_or_default(), &known))),
    }
}

/// The items that can be read, their places among all, and what is wrong with the others.
fn read(operation: BulkOperation, values: Vec<Value>) -> (Vec<Item>, Vec<usize>, Vec<(usize, Error)>) {
    let (mut items, mut places, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for (index, value) in values.into_iter().enumerate() {
        let item = match operation {
            BulkOperation::Create => into_object(value).map(Item::Create),
            BulkOperation::Update => change(value),
            BulkOperation::Delete => Ok(Item::Delete(value)),
        };
        match item {
            Ok(item) => {
                items.push(item);
                places.push(index);
            }
            Err(error) => errors.push((index, error)),
        }
    }
    (items, places, errors)
}

fn into_object(value: Value) -> Result<Map<String, Value>> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Error::invalid("item", "must be an object with the values by field")),
    }
}

fn change(value: Value) -> Result<Item> {
    let mut arguments = Arguments::new(into_object(value)?);
    let id = arguments.require("id");
    let data = arguments.require_object("data");
    if data.is_empty() && !arguments.are_wrong() {
        arguments.refuse("data", "must have at least one field");
    }
    arguments.finish(&["id", "data"])?;
    Ok(Item::Update(id, data))
}

fn failure(call: &Call<'_>, index: usize, error: &Error) -> Value {
    let explain = call.mcp.settings.explain_denials;
    let mut found = match error {
        Error::Forbidden { permissions } if explain => refused(&call.explain(permissions)),
        _ => structured(error, call.tool, &call.model.name, explain).1,
    };
    if let Error::Forbidden { permissions } = error {
        call.note_denial(&permissions.join(", "));
    }
    found["index"] = json!(index);
    found
}
