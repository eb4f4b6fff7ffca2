//! The compact set: where a caller would have too many tools, one tool an operation that takes the model
//! as an argument. Permissions are checked for that model, exactly as for the tools of one model.

use rmcp::model::Tool;
use serde_json::{Value, json};

use super::definition::{Viewer, described, object, tool};
use super::operation::Operation;
use super::{delete, describe, list};

/// The tools for those operations that the caller may use on some model.
pub fn definitions(viewer: &Viewer<'_>) -> Vec<Tool> {
    Operation::ALL
        .into_iter()
        .filter_map(|operation| {
            let models: Vec<String> = viewer
                .catalog
                .models()
                .map(|(_, model)| model)
                .filter(|m| operation.is_possible(m) && viewer.actor.has_perm(operation.permission(m)))
                .map(|model| model.label())
                .collect();
            (!models.is_empty()).then(|| definition(viewer, operation, &models))
        })
        .collect()
}

fn definition(viewer: &Viewer<'_>, operation: Operation, models: &[String]) -> Tool {
    let any = json!({});
    let record = json!({ "type": "object" });
    let id =
        || ("id".to_owned(), described(json!({}), "Key of the record; an object of columns if composite"));
    let data = || ("data".to_owned(), described(record.clone(), "Values by field; see describe_model"));
    let mut properties =
        vec![("model".to_owned(), described(json!({ "type": "string", "enum": models }), "app_label.model"))];
    let (title, required, output) = match operation {
        Operation::List => {
            properties.extend(list::paging(viewer));
            properties.extend(list_properties());
            ("List records", vec![], list::output(&record))
        }
        Operation::Get => {
            properties.push(id());
            let related = json!({ "type": ["boolean", "array"], "items": { "type": "string" } });
            properties.push((
                "include_related".to_owned(),
                described(related, "true, or the relations whose records to answer under _related"),
            ));
            ("Get a record", vec!["id"], record)
        }
        Operation::Describe => ("Describe a model", vec![], describe::output()),
        Operation::Create => {
            properties.push(data());
            ("Create a record", vec!["data"], written(&record))
        }
        Operation::Update => {
            properties.extend([id(), data()]);
            ("Change a record", vec!["id", "data"], written(&record))
        }
        Operation::Delete => {
            properties.push(id());
            ("Delete a record", vec!["id"], delete::output(any))
        }
    };
    let required: Vec<&str> = std::iter::once("model").chain(required).collect();
    tool(
        operation.generic_name(),
        title,
        format!("{title} of the model that is named."),
        operation.annotations(title),
        object(properties, &required),
        &output,
    )
}

fn list_properties() -> [(String, Value); 4] {
    let text = json!({ "type": "string" });
    let names = json!({ "type": ["string", "array"], "items": { "type": "string" } });
    let filters = "Conditions that must all hold: field (equals) or field__lookup; see describe_model";
    [
        ("filters", described(json!({ "type": "object" }), filters)),
        ("search", described(text, "Text to look for")),
        ("order_by", described(names.clone(), "Fields to order by; - before a name for the largest first")),
        ("fields", described(names, "The fields to answer")),
    ]
    .map(|(name, schema)| (name.to_owned(), schema))
}

fn written(record: &Value) -> Value {
    object(
        [
            ("success".to_owned(), json!({ "const": true })),
            ("id".to_owned(), json!({})),
            ("object".to_owned(), record.clone()),
        ],
        &["success", "id", "object"],
    )
}
