//! `import_rows`: bringing rows from elsewhere into one model.

use std::fmt::Write;

use rmcp::model::Prompt;

use super::arguments::PromptArguments;
use super::ready::announce;
use crate::apps::Model;
use crate::error::{Error, Result};
use crate::mcp::tools::definition::Viewer;
use crate::mcp::tools::operation::Operation;
use crate::mcp::tools::registry::allowed;

/// The prompt's name.
pub const NAME: &str = "import_rows";

/// How it is announced.
pub fn definition() -> Prompt {
    let description =
        "Bring rows, such as CSV or JSON, into a model, with a check before anything is written";
    let arguments = [
        ("model", "The model, app_label.model", true),
        ("rows", "The rows, in any readable form; without them the agent asks", false),
    ];
    announce(NAME, "Import rows", description, &arguments)
}

/// Whether the caller may create records of a model.
pub fn may_import(viewer: &Viewer<'_>, model: &Model) -> bool {
    Operation::Create.is_possible(model) && Operation::Create.missing(viewer, model).is_none()
}

/// The models of which the caller may create records.
pub fn models(viewer: &Viewer<'_>) -> Vec<String> {
    let models = viewer.catalog.models().map(|(_, model)| model);
    models.filter(|model| may_import(viewer, model)).map(|model| model.label()).collect()
}

/// What the agent is asked to do.
///
/// # Errors
/// `Invalid` for a model of which the caller may not create records.
pub fn text(viewer: &Viewer<'_>, arguments: &PromptArguments) -> Result<String> {
    let label = arguments.get("model").unwrap_or_default();
    let is_meant = |model: &Model| model.label() == label && may_import(viewer, model);
    let Some((_, model)) = viewer.catalog.models().find(|(_, model)| is_meant(model)) else {
        let known = models(viewer).join(", ");
        return Err(Error::invalid("model", format!("must be one of: {known}")));
    };
    let mut text = format!("Import rows into {label}. Its fields are:\n");
    for field in model.fields.iter().filter(|field| !field.readonly && !field.is_generated) {
        let is_required = !field.nullable && !field.has_default;
        let need = if is_required { "required" } else { "optional" };
        let _ = write!(text, "\n- {} ({}, {need})", field.name, field.db_type);
        if !field.choices.is_empty() {
            let _ = write!(text, ", one of: {}", field.choices.join(", "));
        }
    }
    let tools: Vec<String> = allowed(viewer, model)
        .filter(|operation| ["create", "bulk"].contains(&operation.verb()))
        .map(|operation| operation.tool_name(model))
        .collect();
    let _ = write!(
        text,
        "\n\nFirst match the columns of the rows to these fields, and show me the match and every row that cannot be \
         imported, with the reason. Import nothing before I agree. Then create the records with {}, and tell me how \
         many were created and which failed.",
        tools.join(" or ")
    );
    match arguments.get("rows") {
        Some(rows) => {
            let _ = write!(text, "\n\nThe rows:\n\n{rows}");
        }
        None => text.push_str("\n\nAsk me for the rows."),
    }
    Ok(text)
}
