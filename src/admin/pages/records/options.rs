//! `GET /admin/apps/{app}/{model}/options?q=`: records that a field may point at, by a few letters, as the
//! list below a search field. `to` names the column that is pointed at, where that is not the key.

use actix_web::http::StatusCode;
use maud::html;

use super::{Address, with};
use crate::admin::form::Query;
use crate::admin::htmx;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};

/// Suggestions at a time.
const MOST: u32 = 12;

pub fn routes(table: &mut Table) {
    table.get("/apps/{app}/{model}/options", Needs::OnModel("view"), show);
}

async fn show(visit: Visit, address: Address, query: Query) -> Answer {
    let list = with(&visit, address, move |records, _| {
        let to = query.filled("to").and_then(|to| records.model.field(to)).map(|(_, field)| &*field.name);
        let (found, more) = records.suggest(to, query.text("q"), MOST)?;
        Ok(html! {
            @for one in &found {
                div role="option" data-value=(one.value) data-text=(one.label) {
                    span { (one.label) } small { (one.value) }
                }
            }
            @if found.is_empty() { div role="option" aria-disabled="true" { "Nothing matches" } }
            @if more { div role="option" aria-disabled="true" { "There are more: type a few letters" } }
        })
    });
    Ok(htmx::respond(StatusCode::OK, list.await?))
}
