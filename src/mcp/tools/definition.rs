//! How a tool is announced: from the caller's point of view, and always with the same parts.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

use crate::apps::{Catalog, Model, Relation};
use crate::auth::Actor;
use crate::config::McpConfig;

/// Whom a tool is announced to.
pub struct Viewer<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// What there is.
    pub catalog: &'a Catalog,
    /// Limits that are part of the schemas.
    pub settings: &'a McpConfig,
}

impl Viewer<'_> {
    /// Whether the records of a model may be seen.
    pub fn may_view(&self, model: &Model) -> bool {
        self.actor.has_perm(&model.view_permission)
    }

    /// The relations of a model that lead to models that may be seen, with those.
    pub fn relations<'m>(&'m self, model: &'m Model) -> impl Iterator<Item = (&'m Relation, &'m Model)> {
        self.catalog.relations(model, |other| self.may_view(other))
    }
}

/// A tool with the schema of its arguments and of its structured content. The latter also admits the
/// object of an error, because some clients check that, too.
pub fn tool(
    name: impl Into<String>,
    title: &str,
    description: String,
    annotations: ToolAnnotations,
    input: Value,
    output: &Value,
) -> Tool {
    let output = json!({
        "type": "object",
        "anyOf": [output, {
            "type": "object",
            "properties": { "error": { "type": "string" }, "code": { "type": "string" } },
            "required": ["error", "code"],
        }],
    });
    Tool::new(name.into(), description, into_object(input))
        .with_title(title)
        .with_raw_output_schema(into_object(output))
        .with_annotations(annotations)
}

fn into_object(value: Value) -> Arc<JsonObject> {
    match value {
        Value::Object(object) => Arc::new(object),
        _ => Arc::default(),
    }
}

/// The schema of an object that has these properties and no others.
pub fn object(properties: impl IntoIterator<Item = (String, Value)>, required: &[&str]) -> Value {
    let properties: Map<String, Value> = properties.into_iter().collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// A property with a description.
pub fn described(mut schema: Value, description: impl Into<String>) -> Value {
    schema["description"] = Value::String(description.into());
    schema
}
