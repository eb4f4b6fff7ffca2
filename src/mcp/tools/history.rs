//! `history_<model>`: what was done to one record, by whom, from the audit log.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, whole};
use super::{paging, schema};
use crate::apps::{Model, RelationKind};
use crate::error::Result;
use crate::mcp;
use crate::services::Paging;
use crate::services::audit::LogEntry;

/// Entries when the client does not say.
const DEFAULT: u32 = 50;

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let mut properties = vec![("id".to_owned(), schema::id(model))];
    properties.extend(paging::limits(viewer, DEFAULT));
    let (text, values) = (json!({ "type": "string" }), json!({ "type": "object" }));
    let entry = whole([
        ("at", json!({ "type": "string", "format": "date-time" })),
        ("action", text.clone()),
        ("outcome", text.clone()),
        ("user", text.clone()),
        ("token", json!({ "type": ["string", "null"] })),
        ("surface", text),
        ("before", values.clone()),
        ("after", values),
    ]);
    Shape {
        title: format!("History of {}", words.one),
        description: format!(
            "What was done to one record of {} through this server, the newest first; deleted records too.",
            words.label
        ),
        properties,
        required: vec!["id"],
        output: whole([
            ("results", json!({ "type": "array", "items": entry })),
            ("count", json!({ "type": "integer" })),
            ("total_count", json!({ "type": "integer" })),
        ]),
    }
}

/// Reads the history of a record.
///
/// # Errors
/// `Invalid` for arguments; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let id = arguments.require("id");
    let (limit, offset) = paging::take_limits(call, &mut arguments, DEFAULT);
    arguments.finish(&["id", "limit", "offset"])?;
    let paging = Paging { limit: limit.into(), offset: i64::try_from(offset).unwrap_or(i64::MAX) };
    let page = call.collection().history(&id, paging)?;
    let results: Vec<Value> = page.rows.iter().map(|found| entry(call, found)).collect();
    let answer = json!({ "count": results.len(), "results": results, "total_count": page.total });
    paging::within_bounds(call, mcp::json(&answer), "limit", "ask for fewer entries at once")
}

fn entry(call: &Call<'_>, entry: &LogEntry) -> Value {
    let changes: Value = serde_json::from_str(&entry.changes).unwrap_or_default();
    json!({
        "at": entry.at,
        "action": entry.action,
        "outcome": entry.outcome,
        "user": entry.actor_label,
        "token": entry.token_label,
        "surface": entry.surface,
        "before": known(call, &changes["before"]),
        "after": known(call, &changes["after"]),
    })
}

/// The values of fields and relations that exist for the client now, whatever existed when the entry was
/// written.
fn known(call: &Call<'_>, values: &Value) -> Map<String, Value> {
    let viewer = call.viewer();
    let is_known = |name: &String| {
        call.model.fields.iter().any(|field| *field.name == **name)
            || viewer.relations(call.model).any(|(relation, _)| {
                relation.name == *name && matches!(relation.kind, RelationKind::ManyToMany { .. })
            })
    };
    let all = values.as_object().into_iter().flatten();
    all.filter(|(name, _)| is_known(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}
