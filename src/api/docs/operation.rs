//! One operation: what it is for, who may call it, what it takes and answers.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::text::{inline, paragraphs};
use super::{curl, shape};

/// An operation with its address.
pub struct Operation<'a> {
    /// In lower case.
    pub method: &'a str,
    /// With its open parts in braces.
    pub path: &'a str,
    /// What the document says.
    pub doc: &'a Value,
}

impl<'a> Operation<'a> {
    /// All of the document.
    pub fn all(document: &'a Value) -> Vec<Self> {
        let paths = document["paths"].as_object().into_iter().flatten();
        paths
            .flat_map(|(path, item)| {
                let operations = item.as_object().into_iter().flatten();
                operations.map(move |(method, doc)| Self { method, path, doc })
            })
            .collect()
    }

    /// The group that it is shown in.
    pub fn tag(&self) -> &'a str {
        self.doc["tags"][0].as_str().unwrap_or_default()
    }

    /// Its unique name, which leads to it.
    pub fn id(&self) -> &'a str {
        self.doc["operationId"].as_str().unwrap_or_default()
    }

    /// One line.
    pub fn summary(&self) -> &'a str {
        self.doc["summary"].as_str().unwrap_or_default()
    }

    /// The whole of it.
    pub fn article(&self, document: &Value) -> Markup {
        html! {
            article .operation aria-labelledby=(self.id()) {
                h3 id=(self.id()) {
                    span .summary { (self.summary()) }
                    " "
                    span .call { (self.badge()) " " code { (self.path) } }
                }
                (paragraphs(self.description()))
                p .access { (self.access()) }
                (self.parameters(document))
                (self.body(document))
                (self.answers(document))
                (self.errors(document))
                h4 { "With curl" }
                pre { code { (curl::line(self.method, self.path, self.doc, self.is_public())) } }
            }
        }
    }

    /// The method.
    pub fn badge(&self) -> Markup {
        html! { span .method .{ "is-" (self.method) } { (self.method.to_uppercase()) } }
    }

    /// Without the sentence that names the permissions, which are shown by themselves.
    fn description(&self) -> &'a str {
        let text = self.doc["description"].as_str().unwrap_or_default();
        let first = text.split("\n\n").next().unwrap_or_default();
        if self.doc["x-permissions"].is_array() && first.starts_with("Needs ") {
            return text[first.len()..].trim_start();
        }
        text
    }

    fn is_public(&self) -> bool {
        self.doc["security"].as_array().is_some_and(Vec::is_empty)
    }

    fn access(&self) -> Markup {
        let needed: Vec<&str> =
            self.doc["x-permissions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        html! {
            strong { "Who may: " }
            @if self.is_public() {
                "everybody, without a credential."
            } @else {
                @if needed.is_empty() { "whoever has a credential, or as described above" }
                @for (i, permission) in needed.iter().enumerate() {
                    @if i > 0 { " and " }
                    code { (permission) }
                }
                @if self.doc["security"].is_array() { "; tokens only." } @else { "; by token, or by session of the admin." }
            }
        }
    }

    fn parameters(&self, document: &Value) -> Markup {
        let Some(parameters) = self.doc["parameters"].as_array() else { return Markup::default() };
        let of = |place: &'static str| parameters.iter().filter(move |one| one["in"] == place);
        html! {
            @for (place, title) in [("path", "In the address"), ("query", "In the query"), ("header", "Headers")] {
                @if of(place).next().is_some() {
                    h4 { (title) }
                    dl .members {
                        @for one in of(place) {
                            (parameter(document, one))
                        }
                    }
                }
            }
        }
    }

    fn body(&self, document: &Value) -> Markup {
        let contents = self.doc["requestBody"]["content"].as_object().into_iter().flatten();
        html! {
            @for (media_type, content) in contents {
                h4 { "Body, " code { (media_type) } }
                (shape::members(document, &content["schema"]))
                (example(&content["example"]))
            }
        }
    }

    fn answers(&self, document: &Value) -> Markup {
        html! {
            @for (status, answer) in self.responses().filter(|(_, answer)| answer["$ref"].is_null()) {
                h4 { "Answer " code { (status) } }
                p { (inline(answer["description"].as_str().unwrap_or_default())) "." }
                @if let Some(headers) = answer["headers"].as_object() { (answer_headers(headers)) }
                @for (media_type, content) in answer["content"].as_object().into_iter().flatten() {
                    p .kind {
                        code { (media_type) }
                        @if let Some(link) = shape::link(document, &content["schema"]) { ": " (link) }
                    }
                    (example(&content["example"]))
                }
            }
        }
    }

    fn errors(&self, document: &Value) -> Markup {
        let errors: Vec<(&String, &str)> = self
            .responses()
            .filter_map(|(status, answer)| Some((status, answer["$ref"].as_str()?.rsplit('/').next()?)))
            .collect();
        html! {
            @if !errors.is_empty() {
                h4 { "Errors" }
                ul .errors {
                    @for (status, name) in errors {
                        li {
                            a href={ "#error-" (status) } { (status) " " (code_of(document, name)) }
                        }
                    }
                }
            }
        }
    }

    fn responses(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.doc["responses"].as_object().into_iter().flatten()
    }
}

fn parameter(document: &Value, parameter: &Value) -> Markup {
    let mut schema = parameter["schema"].clone();
    if let (Value::Object(members), Some(text)) = (&mut schema, parameter.get("description")) {
        members.insert("description".into(), text.clone());
    }
    let name = parameter["name"].as_str().unwrap_or_default();
    shape::member(document, name, &schema, parameter["required"] == true && parameter["in"] != "path")
}

fn answer_headers(headers: &Map<String, Value>) -> Markup {
    html! {
        dl .members {
            @for (name, header) in headers {
                div {
                    dt { code { (name) } }
                    dd { (inline(header["description"].as_str().unwrap_or_default())) }
                }
            }
        }
    }
}

/// JSON as it is, and a text as it is.
fn example(example: &Value) -> Markup {
    let text = match example {
        Value::Null => return Markup::default(),
        Value::String(text) => text.replace("\r\n", "\n"),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    html! { pre { code { (text) } } }
}

/// The code of a problem, for machines.
fn code_of<'a>(document: &'a Value, name: &str) -> &'a str {
    let content = &document["components"]["responses"][name]["content"]["application/problem+json"];
    content["example"]["code"].as_str().unwrap_or_default()
}
