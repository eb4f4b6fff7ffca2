//! An entry of the audit log as the API shows it.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::api::etag::Versioned;
use crate::clock::UtcTime;
use crate::db::{LogEntryId, TokenId, UserId};
use crate::services::audit::LogEntry;

/// An entry of the audit log. Its texts are copies: it outlives what it names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogEntry)]
pub struct LogEntryView {
    /// In the order of writing.
    id: LogEntryId,
    /// When it was done, or begun.
    at: UtcTime,
    /// The user, or the owner of the token; null for the command line.
    user_id: Option<UserId>,
    /// The name of the user, or what stands for it.
    actor: String,
    /// The token, if one was used.
    token_id: Option<TokenId>,
    /// The token's name.
    token: Option<String>,
    /// `admin`, `api`, `mcp` or `cli`.
    surface: String,
    /// `added`, `changed`, `deleted`, `denied` and others.
    action: String,
    /// The app of what it was done to.
    app_label: String,
    /// The model of what it was done to.
    model: String,
    /// The id as text; empty if there was none.
    object_id: String,
    /// The object as people name it.
    object_repr: String,
    /// What changed, with `before` and `after`.
    #[schema(value_type = Object)]
    changes: Value,
    /// `done`, `failed`, `denied`, or `pending` where nobody knows.
    outcome: String,
    /// The client's address.
    ip: Option<String>,
    /// The request that it belongs to.
    request_id: Option<String>,
}

impl From<LogEntry> for LogEntryView {
    fn from(entry: LogEntry) -> Self {
        Self {
            id: entry.id,
            at: entry.at,
            user_id: entry.actor_user_id,
            actor: entry.actor_label,
            token_id: entry.token_id,
            token: entry.token_label,
            surface: entry.surface,
            action: entry.action,
            app_label: entry.app_label,
            model: entry.model,
            object_id: entry.object_id,
            object_repr: entry.object_repr,
            changes: serde_json::from_str(&entry.changes).unwrap_or(Value::String(entry.changes)),
            outcome: entry.outcome,
            ip: entry.ip,
            request_id: entry.request_id,
        }
    }
}

impl Versioned for LogEntryView {}

impl LogEntryView {
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
}
