//! `GET /admin/apps/{app}/{model}/{key}/history`: what was done to a record, whether or not it is still there.

use maud::html;

use super::{Address, with};
use crate::admin::components::{Pager, history, pager, plural};
use crate::admin::form::Query;
use crate::admin::paths;
use crate::admin::record_key::RecordKey;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::error::Error;
use crate::services::Paging;

const ROWS: i64 = 50;

pub fn routes(table: &mut Table) {
    table.get("/apps/{app}/{model}/{key}/history", Needs::OnModel("view"), show);
}

async fn show(visit: Visit, address: Address, query: Query) -> Answer {
    let from = query.value::<i64>("from", "must be a number").ok().flatten().unwrap_or(0).clamp(0, 100_000);
    let page = with(&visit, address, move |records, address| {
        let key = records.key(address)?;
        let paging = Paging { limit: ROWS, offset: from };
        let found = records.history(&key, paging)?;
        let record = match records.find(address) {
            Err(Error::NotFound(_)) if found.total > 0 => None,
            found => Some(found?.1),
        };
        let path = |from: i64| {
            let key = record.as_ref().and_then(|record| RecordKey::of(records.model, record));
            let path = match &key {
                Some(key) => paths::record_history(&records.model.app_label, &records.model.name, key),
                None => crate::admin::paths::Path::local(&records.visit.view.address)
                    .unwrap_or_else(|| records.list_path()),
            };
            path.with("from", from)
        };
        let next = from + ROWS;
        let foot = pager(&Pager {
            text: plural(found.total, "entry", "entries"),
            previous: (from > 0 && record.is_some()).then(|| path((from - ROWS).max(0))),
            next: (next < found.total && record.is_some()).then(|| path(next)),
        });
        let body = html! {
            section class="card" {
                section class="flush" { (history(records.visit, &found.rows)) }
                @if found.total > 0 { (foot) }
            }
        };
        let title = match &record {
            Some(record) => format!("History of {}", records.label(record)),
            None => "History of a deleted record".to_owned(),
        };
        let page = match &record {
            Some(record) => records.page_of(record, title).crumb("History"),
            None => records.page_below(title),
        };
        Ok(page.narrow().body(body))
    });
    Ok(page.await?.respond(&visit))
}
