//! The compact set: where a caller would have too many tools, one tool an operation that takes the model
//! as an argument. Permissions are checked for that model, exactly as for the tools of one model.

use rmcp::model::Tool;
use serde_json::json;

use super::definition::{Shape, Viewer, object, property, tool};
use super::operation::Operation;

/// The tools for those operations that the caller may use on some model.
pub fn definitions(viewer: &Viewer<'_>) -> Vec<Tool> {
    Operation::ALL
        .into_iter()
        .filter_map(|operation| {
            let models: Vec<String> = viewer
                .catalog
                .models()
                .map(|(_, model)| model)
                .filter(|model| operation.is_possible(model) && operation.missing(viewer, model).is_none())
                .map(|model| model.label())
                .collect();
            (!models.is_empty()).then(|| definition(viewer, operation, &models))
        })
        .collect()
}

fn definition(viewer: &Viewer<'_>, operation: Operation, models: &[String]) -> Tool {
    let Shape { title, description, properties, required, output } = operation.shape(viewer, None);
    let model = property("model", json!({ "type": "string", "enum": models }), "app_label.model");
    let required: Vec<&str> = std::iter::once("model").chain(required).collect();
    tool(
        operation.generic_name(),
        &title,
        description,
        operation.annotations(&title),
        object(std::iter::once(model).chain(properties), &required),
        &output,
    )
}
