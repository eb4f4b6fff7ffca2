//! The audit log as one long answer.

use crate::api::export::{self, Format, Parts};
use crate::api::{Answer, Call};
use crate::error::Result;
use crate::services::audit::{Export, LogFilter, LogRow};

impl Parts for Export {
    type Row = LogRow;

    fn next(&mut self) -> Result<Vec<LogRow>> {
        Ok(self.next_part()?.into_iter().map(LogRow::from).collect())
    }
}

/// Streams the entries that a filter lets through.
///
/// # Errors
/// `Forbidden` without `admin.view_logentry`; database faults.
pub async fn stream(call: &Call, filter: LogFilter, format: Format) -> Answer {
    let begun = call.run(move |db, call| Export::begin(db, &call.actor, filter)).await?;
    Ok(export::stream("log-entries", format, LogRow::COLUMNS, begun))
}
