//! How a tool is announced: from the caller's point of view, and always with the same parts.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

use super::portable::portable;
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

/// What is announced of an operation: on one model, or on any of them where one tool takes the model as an
/// argument.
pub struct Shape {
    /// For people.
    pub title: String,
    /// What it does and answers.
    pub description: String,
    /// Its arguments.
    pub properties: Vec<(String, Value)>,
    /// Those that have to be there.
    pub required: Vec<&'static str>,
    /// The schema of what it answers.
    pub output: Value,
}

/// The model as titles and descriptions name it.
pub struct Words<'a> {
    /// `article`
    pub one: &'a str,
    /// `articles`
    pub many: &'a str,
    /// `blog.article`
    pub label: String,
}

impl<'a> Words<'a> {
    /// The words of one model, or of any.
    pub fn of(model: Option<&'a Model>) -> Self {
        match model {
            Some(model) => {
                Self { one: &model.verbose_name, many: &model.verbose_name_plural, label: model.label() }
            }
            None => Self { one: "record", many: "records", label: "the model that is named".into() },
        }
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
    Tool::new(name.into(), description, into_object(portable(input)))
        .with_title(title)
        .with_raw_output_schema(into_object(portable(output)))
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

/// An argument with its schema and description.
pub fn property(name: &str, schema: Value, description: impl Into<String>) -> (String, Value) {
    (name.to_owned(), described(schema, description))
}

/// The schema of an object whose members are all there.
pub fn whole(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let (names, members): (Vec<&str>, Vec<(String, Value)>) =
        members.into_iter().map(|(name, schema)| (name, (name.to_owned(), schema))).unzip();
    object(members, &names)
}

/// A property with a description.
pub fn described(mut schema: Value, description: impl Into<String>) -> Value {
    schema["description"] = Value::String(description.into());
    schema
}
