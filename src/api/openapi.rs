//! The `OpenAPI` 3.1 document, made from the table of endpoints.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use serde_json::{Map, Value, json};

use super::call::Answer;
use super::endpoint::{AnswerDoc, Doc, Endpoint, RequestHeader};
use super::page::PageQuery;
use super::routes;
use super::schema::Shape;
use crate::web::SESSION_COOKIE;

mod problems;

const BEARER: &str = "bearer";
const SESSION: &str = "session";

/// Where the document itself is.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/openapi.json", "get_openapi", show)
            .public()
            .about("documentation", "This document")
            .answers_as("application/json", 200, "The OpenAPI 3.1 document", json!({"openapi": "3.1.0"})),
    ]
}

async fn show() -> Answer {
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(document().to_string()))
}

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut components = BTreeMap::new();
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in routes::endpoints() {
        collect_schemas(&endpoint.doc, &mut components);
        let item = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        item[endpoint.doc.method] = operation(&endpoint);
    }
    components.insert("Problem".to_owned(), problems::schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "mcp-admin",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Decides who may do what over MCP",
            "description": "Everything that an administrator does by hand. Errors are problem+json with a stable \
                `code`; lists have pages; changes can be conditional.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "security": [{ BEARER: [] }, { SESSION: [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                BEARER: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of this service that holds the permissions that an operation needs",
                },
                SESSION: {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": SESSION_COOKIE,
                    "description": "The session of somebody who signed in to the admin; for pages of this site only. \
                        Its name is `mcp-admin-local` where the site is asked without TLS on its own machine",
                },
            },
            "schemas": components,
            "responses": problems::responses(),
        },
    })
}

fn collect_schemas(doc: &Doc, components: &mut BTreeMap<String, Value>) {
    let body = doc.body.as_ref().map(|body| &body.input.shape);
    for shape in body.into_iter().chain(doc.answers.iter().filter_map(answer_shape)) {
        components.insert(shape.name.clone(), shape.schema.clone());
        components.extend(shape.components.clone());
    }
    let query = doc.query.as_ref().map(|query| &query.shape);
    for shape in query.into_iter().chain(doc.is_list.then(Shape::of_query::<PageQuery>).as_ref()) {
        components.extend(shape.components.clone());
    }
}

fn answer_shape(answer: &AnswerDoc) -> Option<&Shape> {
    answer.content.as_ref().and_then(|(_, shape, _)| shape.as_ref())
}

fn operation(endpoint: &Endpoint) -> Value {
    let doc = &endpoint.doc;
    let mut operation = json!({
        "operationId": doc.id,
        "tags": [doc.tag],
        "summary": doc.summary,
    });
    let description = description(doc);
    if !description.is_empty() {
        operation["description"] = description.into();
    }
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = &doc.body {
        operation["requestBody"] = json!({
            "required": true,
            "content": {
                body.media_type: { "schema": reference(&body.input.shape), "example": body.example },
            },
        });
    }
    operation["responses"] = responses(endpoint);
    if endpoint.is_public {
        operation["security"] = json!([]);
    } else if !endpoint.takes_sessions {
        operation["security"] = json!([{ BEARER: [] }]);
    }
    if !doc.needs.is_empty() {
        operation["x-permissions"] = json!(doc.needs);
    }
    operation
}

fn description(doc: &Doc) -> String {
    let needs: Vec<String> = doc.needs.iter().map(|permission| format!("`{permission}`")).collect();
    let needs = if needs.is_empty() { String::new() } else { format!("Needs {}.", needs.join(" and ")) };
    [needs.as_str(), doc.description.as_str()]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn reference(shape: &Shape) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", shape.name) })
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let doc = &endpoint.doc;
    let mut all: Vec<Value> = path_parts(endpoint.path).map(|name| path_parameter(doc, name)).collect();
    let query = doc.query.as_ref().map(|query| query.shape.clone());
    for shape in query.into_iter().chain(doc.is_list.then(Shape::of_query::<PageQuery>)) {
        all.extend(query_parameters(&shape));
    }
    all.extend(doc.headers.iter().map(|header| problems::request_header(*header)));
    all
}

fn path_parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(doc: &Doc, name: &str) -> Value {
    let described = doc.path_parameters.iter().find(|(part, _)| *part == name);
    let (schema, description) = match described {
        Some((_, description)) => (json!({ "type": "string" }), *description),
        None => (json!({ "type": "integer", "format": "int64", "minimum": 1 }), "The id"),
    };
    json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
}

fn query_parameters(shape: &Shape) -> Vec<Value> {
    let required: Vec<&str> =
        shape.schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = shape.schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, schema)| {
            let mut schema = schema.clone();
            let description = match &mut schema {
                Value::Object(members) => members.shift_remove("description"),
                _ => None,
            };
            let mut parameter = json!({
                "name": name,
                "in": "query",
                "required": required.contains(&name.as_str()),
                "schema": schema,
            });
            if let Some(description) = description {
                parameter["description"] = description;
            }
            if shape.property(name).is_some_and(|schema| shape.kind(schema) == "array") {
                parameter["style"] = "form".into();
                parameter["explode"] = false.into();
            }
            parameter
        })
        .collect()
}

fn responses(endpoint: &Endpoint) -> Value {
    let doc = &endpoint.doc;
    let mut all = Map::new();
    for answer in &doc.answers {
        // The same status may come with several media types.
        let mut response = all
            .remove(&answer.status.to_string())
            .unwrap_or_else(|| json!({ "description": answer.description }));
        if let Some((media_type, shape, example)) = &answer.content {
            let mut content = json!({ "example": example });
            if let Some(shape) = shape {
                content["schema"] = reference(shape);
            }
            response["content"][*media_type] = content;
        }
        let headers: Map<String, Value> = answer
            .headers
            .iter()
            .map(|(name, text)| {
                ((*name).to_owned(), json!({ "description": text, "schema": { "type": "string" } }))
            })
            .collect();
        if !headers.is_empty() {
            response["headers"] = headers.into();
        }
        all.insert(answer.status.to_string(), response);
    }
    if doc.headers.contains(&RequestHeader::IfNoneMatch) {
        all.insert("304".into(), json!({ "description": "It is as the client knows it" }));
    }
    for status in problems::of(endpoint) {
        all.entry(status.to_string()).or_insert_with(|| problems::reference(status));
    }
    all.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_stands_for_one_schema() {
        let mut known: BTreeMap<String, Value> = BTreeMap::new();
        for endpoint in routes::endpoints() {
            let body = endpoint.doc.body.as_ref().map(|body| &body.input.shape);
            for shape in body.into_iter().chain(endpoint.doc.answers.iter().filter_map(answer_shape)) {
                let own = [(&shape.name, &shape.schema)];
                for (name, schema) in own.into_iter().chain(&shape.components) {
                    let before = known.entry(name.clone()).or_insert_with(|| schema.clone());
                    assert_eq!(before, schema, "{name} of {}", endpoint.doc.id);
                }
            }
        }
    }

    #[test]
    fn examples_fit_their_schemas() {
        for endpoint in routes::endpoints() {
            let id = endpoint.doc.id;
            if let Some(body) = &endpoint.doc.body {
                body.input.shape.check(&body.example).unwrap_or_else(|error| panic!("body of {id}: {error}"));
            }
            for answer in &endpoint.doc.answers {
                if let Some((_, Some(shape), example)) = &answer.content {
                    shape.check(example).unwrap_or_else(|error| panic!("answer of {id}: {error}"));
                }
            }
        }
    }
}
