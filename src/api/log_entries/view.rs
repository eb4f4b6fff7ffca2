//! An entry of the audit log as the documentation shows it.

use serde_json::{Value, json};

use crate::api::etag::Versioned;
use crate::services::audit::LogRow;

impl Versioned for LogRow {}

/// For the documentation.
pub fn example() -> Value {
    json!({
        "id": 4711,
        "at": "2026-11-23T12:00:00Z",
        "user_id": 1,
        "actor": "ada",
        "token_id": 7,
        "token": "CI",
        "surface": "api",
        "action": "changed",
        "app_label": "auth",
        "model": "group",
        "object_id": "3",
        "object_repr": "Editors",
        "changes": { "before": { "name": "Editors" }, "after": { "name": "Writers" } },
        "outcome": "done",
        "ip": "192.0.2.7",
        "request_id": "0198f0c2b7c97a5c",
    })
}
