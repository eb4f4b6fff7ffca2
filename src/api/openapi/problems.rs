//! What the document says of errors, and of headers that have a meaning of their own.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::endpoint::{Endpoint, RequestHeader};

/// Status, name of the component, code, what it means, an example of the sentence.
const PROBLEMS: &[(u16, &str, &str, &str, &str)] = &[
    (400, "BadRequest", "bad_request", "The request cannot be read", "The body is not JSON"),
    (
        401,
        "Unauthenticated",
        "unauthenticated",
        "No credential, or one that does not hold",
        "The access token is missing, invalid or expired",
    ),
    (
        403,
        "Forbidden",
        "permission_denied",
        "The permission that is missing is named",
        "Permission denied: mcp.view_token",
    ),
    (404, "NotFound", "not_found", "There is no such thing", "There is no token 7"),
    (
        406,
        "NotAcceptable",
        "not_acceptable",
        "None of the accepted media types is served here",
        "None of the accepted media types is served here",
    ),
    (
        409,
        "Conflict",
        "conflict",
        "The current state does not allow it, or it was done before under the same Idempotency-Key",
        "A request with this Idempotency-Key was answered before; what it made has the id 7",
    ),
    (
        412,
        "PreconditionFailed",
        "precondition_failed",
        "It is not any more what If-Match says",
        "It was changed since you read it",
    ),
    (413, "TooLarge", "too_large", "The body is too large", "The request body is too large"),
    (
        415,
        "UnsupportedMediaType",
        "unsupported_media_type",
        "The body is of another content type",
        "This address does not take this content type",
    ),
    (422, "Invalid", "validation_error", "The input is wrong, with every wrong field", "name: is required"),
    (
        429,
        "RateLimited",
        "rate_limited",
        "Too many requests; Retry-After says when to come back",
        "Too many requests; try again in 7 seconds",
    ),
    (
        503,
        "Unavailable",
        "unavailable",
        "The database cannot be asked; nothing was changed",
        "The database cannot be reached",
    ),
];

/// The schema of all of them.
pub fn schema() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457)",
        "required": ["title", "status", "code", "detail"],
        "properties": {
            "title": { "type": "string", "description": "The phrase that belongs to the status" },
            "status": { "type": "integer", "description": "The HTTP status" },
            "code": { "type": "string", "description": "For machines; the list is closed" },
            "detail": { "type": "string", "description": "For people" },
            "id": { "type": "string", "description": "Of what the first request of an Idempotency-Key made" },
            "errors": {
                "type": "array",
                "description": "Every wrong field of an input",
                "items": {
                    "type": "object",
                    "required": ["field", "message"],
                    "properties": { "field": { "type": "string" }, "message": { "type": "string" } },
                },
            },
            "missing_permission": { "type": "string", "description": "Of a refusal, unless refusals are not explained" },
            "missing_permissions": {
                "type": "array",
                "description": "All of them, if several are missing",
                "items": { "type": "string" },
            },
            "held_by_groups": {
                "type": "array",
                "description": "Groups that have what is missing",
                "items": { "type": "string" },
            },
            "how_to_get": { "type": "string", "description": "For people" },
            "request_id": { "type": "string", "description": "As it stands in the log" },
        },
    })
}

/// Reusable responses.
pub fn responses() -> Map<String, Value> {
    PROBLEMS.iter().map(|problem| (problem.1.to_owned(), response(problem))).collect()
}

fn response(&(status, _, code, description, detail): &(u16, &str, &str, &str, &str)) -> Value {
    let title = actix_web::http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
    let mut example = json!({ "title": title, "status": status, "code": code, "detail": detail });
    if status == 422 {
        example["errors"] = json!([{ "field": "name", "message": "is required" }]);
    }
    if status == 403 {
        example["missing_permission"] = json!("mcp.view_token");
        example["held_by_groups"] = json!(["Operators"]);
        example["how_to_get"] = json!(
            "Ask an administrator for the permission mcp.view_token, or for the group that has it: Operators"
        );
    }
    let mut response = json!({
        "description": description,
        "content": {
            "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
                "example": example,
            },
        },
    });
    let header = match status {
        401 => ("WWW-Authenticate", "RFC 6750, section 3"),
        429 | 503 => ("Retry-After", "Seconds to wait"),
        _ => return response,
    };
    response["headers"] = json!({ header.0: { "description": header.1, "schema": { "type": "string" } } });
    response
}

/// A reference to the response of a status.
pub fn reference(status: u16) -> Value {
    let name = PROBLEMS.iter().find(|problem| problem.0 == status).map_or("Unavailable", |problem| problem.1);
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// The problems that an endpoint can answer.
pub fn of(endpoint: &Endpoint) -> BTreeSet<u16> {
    let doc = &endpoint.doc;
    let mut all: BTreeSet<u16> = doc.problems.iter().copied().collect();
    if !endpoint.is_public {
        all.extend([400, 401, 403, 429, 503]);
    }
    if endpoint.path.contains('{') {
        all.insert(404);
    }
    if doc.body.is_some() {
        all.extend([400, 413, 415, 422]);
    }
    if doc.query.is_some() || doc.is_list {
        all.extend([400, 422]);
    }
    for header in &doc.headers {
        match header {
            RequestHeader::IfMatch => drop(all.insert(412)),
            RequestHeader::IdempotencyKey => all.extend([409, 422]),
            RequestHeader::IfNoneMatch => {}
        }
    }
    all
}

/// A header that a request can carry.
pub fn request_header(header: RequestHeader) -> Value {
    let (name, description, example) = match header {
        RequestHeader::IfMatch => (
            "If-Match",
            "The `ETag` of what is to be changed; 412 if it is not that any more",
            "\"3kTq2m1yZ0uQbW7x\"",
        ),
        RequestHeader::IfNoneMatch => {
            ("If-None-Match", "The `ETag` of what is known; 304 if it still is so", "\"3kTq2m1yZ0uQbW7x\"")
        }
        RequestHeader::IdempotencyKey => (
            "Idempotency-Key",
            "Any text that is new for each request. A repetition within 24 hours makes nothing: it is answered \
             409 with the id of what the first request made",
            "5f2c1d7e-9a51-4c0e-8a35-2f4f0f6d3b11",
        ),
    };
    let mut schema = json!({ "type": "string" });
    if header == RequestHeader::IdempotencyKey {
        schema["minLength"] = 1.into();
        schema["maxLength"] = 255.into();
    }
    json!({
        "name": name,
        "in": "header",
        "required": false,
        "description": description,
        "schema": schema,
        "example": example,
    })
}
