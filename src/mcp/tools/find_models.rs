//! `find_models`: which models there are for the caller.

use rmcp::model::Tool;
use serde::Serialize;
use serde_json::{Value, json};

use super::arguments::Arguments;
use super::definition::{Viewer, described, object, tool};
use super::operation::Operation;
use super::registry::allowed;
use crate::apps::Model;
use crate::error::Result;
use crate::mcp;
use crate::mcp::builtin::Builtin;

/// The tool's name.
pub const NAME: &str = "find_models";
/// What a refusal names: no single permission, but any that lets something be seen.
pub const PERMISSION: &str = "view_*";

#[derive(Serialize)]
struct Found<'a> {
    app_label: &'a str,
    model: &'a str,
    verbose_name: &'a str,
    verbose_name_plural: &'a str,
    tools_exposed: bool,
    operations: Vec<&'static str>,
    tools: Vec<String>,
}

/// How it is announced.
pub fn definition() -> Tool {
    let input = object(
        [(
            "query".to_owned(),
            described(
                json!({ "type": "string" }),
                "Text in the name of the app or model; absent = all models",
            ),
        )],
        &[],
    );
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": text });
    let model = object(
        [
            ("app_label", text.clone()),
            ("model", text.clone()),
            ("verbose_name", text.clone()),
            ("verbose_name_plural", text),
            ("tools_exposed", json!({ "type": "boolean" })),
            ("operations", texts.clone()),
            ("tools", texts),
        ]
        .map(|(name, schema)| (name.to_owned(), schema)),
        &["app_label", "model", "tools_exposed", "operations", "tools"],
    );
    let output = object(
        [
            ("models".to_owned(), json!({ "type": "array", "items": model })),
            ("count".to_owned(), json!({ "type": "integer" })),
        ],
        &["models", "count"],
    );
    let description = "Find the models that you may see, with the operations and tools that your token allows on each. \
         Begin here.";
    tool(
        NAME,
        "Find models",
        description.into(),
        Operation::Describe.annotations("Find models"),
        input,
        &output,
    )
}

/// Lists the models that the caller may see.
///
/// # Errors
/// `Invalid` for arguments.
pub fn run(
    viewer: &Viewer<'_>,
    builtin: &Builtin,
    generic: bool,
    mut arguments: Arguments,
) -> Result<String> {
    let query = arguments.take_text("query").unwrap_or_default().to_lowercase();
    arguments.finish(&["query"])?;
    let models = viewer
        .catalog
        .models()
        .map(|(_, model)| &**model)
        .filter(|model| viewer.may_view(model) && matches(model, &query))
        .map(|model| json!(found(viewer, model, generic)));
    let models: Vec<Value> = models.chain(builtin.found(viewer.actor, &query)).collect();
    Ok(mcp::json(&json!({ "count": models.len(), "models": models })))
}

fn matches(model: &Model, query: &str) -> bool {
    [&model.label(), &model.verbose_name, &model.verbose_name_plural]
        .iter()
        .any(|text| text.to_lowercase().contains(query))
}

fn found<'a>(viewer: &Viewer<'_>, model: &'a Model, generic: bool) -> Found<'a> {
    let name = |operation: Operation| {
        if generic { operation.generic_name().to_owned() } else { operation.tool_name(model) }
    };
    Found {
        app_label: &model.app_label,
        model: &model.name,
        verbose_name: &model.verbose_name,
        verbose_name_plural: &model.verbose_name_plural,
        tools_exposed: model.exposed,
        operations: allowed(viewer, model).map(Operation::verb).collect(),
        tools: allowed(viewer, model).map(name).collect(),
    }
}
