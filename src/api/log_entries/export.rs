//! The audit log as one long answer.

use super::view::LogEntryView;
use crate::api::export::{self, Format, Parts};
use crate::api::{Answer, Call};
use crate::error::Result;
use crate::services::audit::{Export, LogFilter};

const COLUMNS: &[&str] = &[
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

impl Parts for Export {
    type Row = LogEntryView;

    fn next(&mut self) -> Result<Vec<LogEntryView>> {
        Ok(self.next_part()?.into_iter().map(LogEntryView::from).collect())
    }
}

/// Streams the entries that a filter lets through.
///
/// # Errors
/// `Forbidden` without `admin.view_logentry`; database faults.
pub async fn stream(call: &Call, filter: LogFilter, format: Format) -> Answer {
    let begun = call.run(move |db, call| Export::begin(db, &call.actor, filter)).await?;
    Ok(export::stream("log-entries", format, COLUMNS.iter().copied(), begun))
}
