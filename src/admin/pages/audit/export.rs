//! The audit log as a file, the oldest entry first, with the filters of the list.

use super::filter::Filter;
use crate::admin::form::Query;
use crate::admin::visit::{Answer, Visit};
use crate::error::Result;
use crate::services::audit::{Export, LogRow};
use crate::web::export::{Format, Parts, stream};

struct Entries(Export);

impl Parts for Entries {
    type Row = LogRow;

    fn next(&mut self) -> Result<Vec<LogRow>> {
        Ok(self.0.next_part()?.into_iter().map(LogRow::from).collect())
    }
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
    Ok(stream("audit-log", format, LogRow::COLUMNS, Entries(begun)))
}
