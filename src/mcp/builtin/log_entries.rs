//! The audit log, which is only read.

use serde_json::{Value, json};

use super::kind::{Desk, Kind};
use crate::db::{DbConnection, LogEntryId};
use crate::error::Result;
use crate::mcp::tools::arguments::Arguments;
use crate::mcp::tools::definition::{object, property, whole};
use crate::services::audit::{self, LogEntry, LogFilter, LogRow};
use crate::services::{Mark, Slice};

/// `admin.logentry`
pub struct LogEntries;

/// The filters that are texts.
const TEXTS: [(&str, &str); 8] = [
    ("search", "Text in what it was done to, or in the names of user and token"),
    ("actor", "Name of the user, or of the owner of the token"),
    ("app_label", "App of what it was done to"),
    ("model", "Model of what it was done to"),
    ("object_id", "Id of what it was done to"),
    ("action", "added, changed, deleted, action, denied and others"),
    ("outcome", "done, failed, denied or pending"),
    ("request_id", "Of this request"),
];

impl Kind for LogEntries {
    fn app_label(&self) -> &'static str {
        "admin"
    }

    fn model(&self) -> &'static str {
        "logentry"
    }

    fn itself(&self) -> &'static dyn Kind {
        &Self
    }

    fn suffix(&self) -> &'static str {
        "log_entry"
    }

    fn words(&self) -> [&'static str; 2] {
        ["log entry", "log entries"]
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn schema(&self) -> Value {
        let text = json!({ "type": "string" });
        let (maybe, number) = (json!({ "type": ["string", "null"] }), json!({ "type": ["integer", "null"] }));
        let members = [
            ("id", json!({ "type": "integer" })),
            ("at", text.clone()),
            ("user_id", number.clone()),
            ("actor", text.clone()),
            ("token_id", number),
            ("token", maybe.clone()),
            ("surface", text.clone()),
            ("action", text.clone()),
            ("app_label", text.clone()),
            ("model", text.clone()),
            ("object_id", text.clone()),
            ("object_repr", text.clone()),
            ("changes", json!({})),
            ("outcome", text),
            ("ip", maybe.clone()),
            ("request_id", maybe),
        ];
        object(members.map(|(name, schema)| (name.to_owned(), schema)), &["id", "at", "action", "outcome"])
    }

    fn filters(&self) -> Vec<(String, Value)> {
        let number = json!({ "type": "integer", "minimum": 1 });
        let texts = TEXTS.map(|(name, what)| property(name, json!({ "type": "string" }), what));
        [
            property("limit", number.clone(), "How many to answer, the newest first"),
            property("before", number, "Those before the entry with this id: next of the page before"),
        ]
        .into_iter()
        .chain(texts)
        .collect()
    }

    fn page(&self) -> Value {
        let results = json!({ "type": "array", "items": self.schema() });
        let next = json!({ "type": ["integer", "null"] });
        whole([("results", results), ("count", json!({ "type": "integer" })), ("next", next)])
    }

    fn list(&self, desk: &Desk<'_>, mut arguments: Arguments) -> Result<Value> {
        let limit = desk.take_limit(&mut arguments);
        let before = arguments.take_count("before", 1).and_then(|id| i64::try_from(id).ok());
        let [search, actor, app_label, model, object_id, action, outcome, request_id] =
            TEXTS.map(|(name, _)| arguments.take_text(name));
        let known: Vec<&str> = ["limit", "before"].into_iter().chain(TEXTS.map(|(name, _)| name)).collect();
        arguments.finish(&known)?;
        let filter = LogFilter {
            actor,
            action,
            app_label,
            model,
            object_id,
            outcome,
            request_id,
            search,
            ..LogFilter::default()
        };
        let slice = Slice { after: before.map(Mark::Id), ..Slice::first(limit) };
        let found = desk.mcp.db.read(|conn| audit::slice(conn, desk.actor, &filter, true, &slice))?;
        let next = found.next.as_ref().and_then(Mark::as_id);
        let results: Vec<Value> = found.rows.into_iter().map(view).collect();
        Ok(json!({ "count": results.len(), "results": results, "next": next }))
    }

    fn get(&self, desk: &Desk<'_>, conn: &mut DbConnection, id: i64) -> Result<Value> {
        Ok(view(audit::show(conn, desk.actor, LogEntryId(id))?))
    }
}

fn view(entry: LogEntry) -> Value {
    json!(LogRow::from(entry))
}
