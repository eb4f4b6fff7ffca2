//! Schemas for people: which members, of which types, what they mean.

use maud::{Markup, html};
use serde_json::Value;

use super::text::{inline, paragraphs};

const COMPONENTS: &str = "#/components/schemas/";

/// The name of the schema that is referred to.
pub fn name(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(COMPONENTS)
}

/// The part of the address that leads to a schema of this name.
fn anchor(name: &str) -> String {
    format!("shape-{name}")
}

/// The schema itself, where it is referred to.
pub fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    name(schema).map_or(schema, |name| &document["components"]["schemas"][name])
}

/// Whether a schema is explained in the section of shapes; others are said where they are used.
fn is_explained(schema: &Value) -> bool {
    schema["properties"].is_object()
}

/// The members of an object, or nothing if it has none.
pub fn members(document: &Value, schema: &Value) -> Markup {
    let schema = resolve(document, schema);
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(properties) = schema["properties"].as_object() else { return Markup::default() };
    let is_required = |name: &String| required.contains(&name.as_str());
    let (needed, others): (Vec<_>, Vec<_>) = properties.iter().partition(|(name, _)| is_required(name));
    html! {
        dl .members {
            @for (name, property) in needed.into_iter().chain(others) {
                (member(document, name, property, is_required(name)))
            }
        }
    }
}

/// One member or parameter: its name, its type, what it means.
pub fn member(document: &Value, name: &str, schema: &Value, is_required: bool) -> Markup {
    html! {
        div {
            dt {
                code { (name) } " "
                span .type { (kind(document, schema)) }
                @if is_required { " " span .required { "required" } }
            }
            @if let Some(text) = description(document, schema) { dd { (inline(text)) } }
        }
    }
}

/// What is said of the member itself, or else of its type.
fn description<'a>(document: &'a Value, schema: &'a Value) -> Option<&'a str> {
    let of_alternative = || schema["oneOf"].as_array()?.iter().find_map(|one| one["description"].as_str());
    let of_type = || resolve(document, schema)["description"].as_str();
    schema["description"].as_str().or_else(of_alternative).or_else(of_type)
}

/// The type in words, with a link where it is explained elsewhere on the page.
fn kind(document: &Value, schema: &Value) -> Markup {
    if let Some(name) = name(schema) {
        let target = resolve(document, schema);
        if is_explained(target) {
            return html! { a href={ "#" (anchor(name)) } { (name) } };
        }
        return plain(document, target);
    }
    if let Some(alternatives) = schema["oneOf"].as_array() {
        return html! {
            @for (i, one) in alternatives.iter().enumerate() {
                @if i > 0 { " or " }
                (kind(document, one))
            }
        };
    }
    plain(document, schema)
}

fn plain(document: &Value, schema: &Value) -> Markup {
    if let Some(values) = schema["enum"].as_array() {
        return html! {
            @for (i, value) in values.iter().filter_map(Value::as_str).enumerate() {
                @if i > 0 { ", " }
                code { (value) }
            }
        };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec!["anything"],
    };
    if types == ["integer", "string"] {
        return html! { "id or name" };
    }
    html! {
        @for (i, one) in types.iter().enumerate() {
            @if i > 0 { " or " }
            @match *one {
                "array" => { "list of " (kind(document, &schema["items"])) },
                "integer" => "whole number",
                "boolean" => "true or false",
                "string" if schema["format"] == "date-time" => "time",
                "string" => "text",
                other => (other),
            }
        }
        (limits(schema))
    }
}

/// `, 1 to 200` and the like.
fn limits(schema: &Value) -> String {
    let bound = |least: &str, most: &str| (schema[least].as_i64(), schema[most].as_i64());
    let range = |(least, most): (Option<i64>, Option<i64>), what: &str| match (least, most) {
        (Some(least), Some(most)) => format!(", {least} to {most}{what}"),
        (None, Some(most)) => format!(", at most {most}{what}"),
        (Some(least), None) => format!(", at least {least}{what}"),
        (None, None) => String::new(),
    };
    range(bound("minimum", "maximum"), "")
        + &range(bound("minLength", "maxLength"), " characters")
        + &range(bound("minItems", "maxItems"), " items")
}

/// A link to a schema, if it is explained on the page.
pub fn link(document: &Value, schema: &Value) -> Option<Markup> {
    let name = name(schema).filter(|_| is_explained(resolve(document, schema)))?;
    Some(html! { a href={ "#" (anchor(name)) } { (name) } })
}

/// Every schema that others refer to.
pub fn section(document: &Value) -> Markup {
    let all = document["components"]["schemas"].as_object().into_iter().flatten();
    html! {
        section aria-labelledby="shapes" {
            h2 #shapes { "Shapes" }
            p { "What bodies and answers are made of. Unless it says " em { "required" } ", a member of a body may be left out." }
            @for (name, schema) in all.filter(|(_, schema)| is_explained(schema)) {
                article aria-labelledby=(anchor(name)) {
                    h3 id=(anchor(name)) { code { (name) } }
                    @if let Some(text) = schema["description"].as_str() { (paragraphs(text)) }
                    (members(document, schema))
                }
            }
        }
    }
}
