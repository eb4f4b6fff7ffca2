//! The audit log as a file, the oldest entry first, with the filters of the list.

use serde_json::{Value, json};

use super::filter::Filter;
use crate::admin::form::Query;
use crate::admin::visit::{Answer, Visit};
use crate::error::Result;
use crate::services::audit::{Export, LogEntry};
use crate::web::export::{Format, Parts, stream};

const COLUMNS: [&str; 16] = [
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

struct Entries(Export);

impl Parts for Entries {
    type Row = Value;

    fn next(&mut self) -> Result<Vec<Value>> {
        Ok(self.0.next_part()?.iter().map(row).collect())
    }
}

/// The same members as in the REST API.
fn row(entry: &LogEntry) -> Value {
    json!({
        "id": entry.id,
        "at": entry.at,
        "user_id": entry.actor_user_id,
        "actor": entry.actor_label,
        "token_id": entry.token_id,
        "token": entry.token_label,
        "surface": entry.surface,
        "action": entry.action,
        "app_label": entry.app_label,
        "model": entry.model,
        "object_id": entry.object_id,
        "object_repr": entry.object_repr,
        "changes": crate::admin::components::changes_of(entry),
        "outcome": entry.outcome,
        "ip": entry.ip,
        "request_id": entry.request_id,
    })
}

pub async fn csv(visit: Visit, query: Query) -> Answer {
    file(visit, &query, Format::Csv).await
}

pub async fn jsonl(visit: Visit, query: Query) -> Answer {
    file(visit, &query, Format::Jsonl).await
}

async fn file(visit: Visit, query: &Query, format: Format) -> Answer {
    let filter = Filter::of(&visit, query).await?.log;
    let begun = visit.run(move |db, visit| Export::begin(db, &visit.actor, filter)).await?;
    Ok(stream("audit-log", format, COLUMNS, Entries(begun)))
}
