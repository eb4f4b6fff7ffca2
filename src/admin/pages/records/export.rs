//! `GET /admin/apps/{app}/{model}/records.csv`: all that a list finds, as a file.

use serde_json::{Map, Value};

use super::query::Asked;
use super::{Address, with};
use crate::admin::form::Query;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::apps::record::{Cell, Record};
use crate::error::Result;
use crate::services::records::Export;
use crate::web::export::{Format, Parts, stream};

pub fn routes(table: &mut Table) {
    table.get("/apps/{app}/{model}/records.csv", Needs::OnModel("view"), show);
}

async fn show(visit: Visit, address: Address, query: Query) -> Answer {
    let begun = with(&visit, address, move |records, address| {
        let asked = Asked { cursor: None, ..Asked::read(&query) };
        let model = records.model;
        // All fields unless columns were chosen: a file is no list on a screen.
        let columns: Vec<usize> =
            if asked.columns.is_empty() { (0..model.fields.len()).collect() } else { asked.columns(records) };
        let names: Vec<String> = columns.iter().map(|&i| model.fields[i].name.to_string()).collect();
        let query = asked.query(records, &columns)?;
        let export = Export::begin(records, records.whole, query)?;
        Ok((format!("{}-{}", address.app, address.model), names, Rows(export)))
    });
    let (name, columns, rows) = begun.await?;
    Ok(stream(&name, Format::Csv, columns, rows))
}

struct Rows(Export);

impl Parts for Rows {
    type Row = Map<String, Value>;

    fn next(&mut self) -> Result<Vec<Self::Row>> {
        Ok(self.0.next_part()?.iter().map(row).collect())
    }
}

/// JSON stands in a cell as its text.
fn row(record: &Record) -> Map<String, Value> {
    let value = |cell: &Cell| match cell {
        Cell::Json(json) => Value::from(json.get()),
        other => other.to_value(),
    };
    record.names.iter().zip(&record.cells).map(|(name, cell)| (name.to_string(), value(cell))).collect()
}
