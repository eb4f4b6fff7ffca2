//! An entry of the audit log as every door shows it.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::LogEntry;
use crate::clock::UtcTime;
use crate::db::{LogEntryId, TokenId, UserId};

/// An entry of the audit log. Its texts are copies: it outlives what it names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogEntry)]
pub struct LogRow {
    /// In the order of writing.
    pub id: LogEntryId,
    /// When it was done, or begun.
    pub at: UtcTime,
    /// The user, or the owner of the token; null for the command line.
    pub user_id: Option<UserId>,
    /// The name of the user, or what stands for it.
    pub actor: String,
    /// The token, if one was used.
    pub token_id: Option<TokenId>,
    /// The token's name.
    pub token: Option<String>,
    /// `admin`, `api`, `mcp`, `cli` or `server`.
    pub surface: String,
    /// `added`, `changed`, `deleted`, `denied` and others.
    pub action: String,
    /// The app of what it was done to.
    pub app_label: String,
    /// The model of what it was done to.
    pub model: String,
    /// The id as text; empty if there was none.
    pub object_id: String,
    /// The object as people name it.
    pub object_repr: String,
    /// What changed, with `before` and `after`.
    #[schema(value_type = Object)]
    pub changes: Value,
    /// `done`, `failed`, `denied`, or `pending` where nobody knows.
    pub outcome: String,
    /// The client's address.
    pub ip: Option<String>,
    /// The request that it belongs to.
    pub request_id: Option<String>,
}

impl From<LogEntry> for LogRow {
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

impl LogRow {
    /// The names of its members, in their order.
    pub const COLUMNS: [&'static str; 16] = [
        "id",
        "at",
        "user_id",
        "actor",
        "token_id",
        "token",
        "surface",
        "action",
        "app_label",
        "model",
        "object_id",
        "object_repr",
        "changes",
        "outcome",
        "ip",
        "request_id",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Actor;
    use crate::services::audit::{Action, Target, record};
    use crate::services::testing::TestDb;

    #[test]
    fn its_members_are_its_columns() {
        let test = TestDb::new();
        let now = test.clock.now();
        let target = Target::new("blog", "tag", 1, "tea");
        test.write(|tx| record(tx, &Actor::cli(), now, Action::Changed, &target, &Value::Null)).unwrap();
        let entry =
            test.db.read(|conn| Ok(crate::models::log_entry::list_recent(conn, 1)?)).unwrap().remove(0);
        let row = serde_json::to_value(LogRow::from(entry)).unwrap();
        let names: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, LogRow::COLUMNS);
        assert_eq!(row["changes"], Value::Null);
    }
}
