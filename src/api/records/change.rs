//! `PATCH /api/v1/apps/{app}/{model}/records/{id}`

use actix_web::web::Path;
use serde_json::json;

use super::model::{Place, expected_version, with};
use super::view::{Found, RecordData, RecordView};
use super::{RECORD, address};
use crate::api::{Answer, Body, Call, Endpoint};
use crate::error::Error;
use crate::services::records::WriteOptions;

pub fn endpoint() -> Endpoint {
    Endpoint::patch(RECORD, "change_record", change)
        .about("records", "Change fields of a record")
        .details("Needs the change permission of the model, e.g. `blog.change_article`. Fields that are left out stay.")
        .body::<RecordData>(json!({ "title": "How to brew green tea" }))
        .takes_if_match()
        .answers::<RecordView>(200, "The record as it is now", RecordView::example())
        .header("ETag", "The version of the record")
        .problem(409)
}

async fn change(call: Call, place: Path<Place>, body: Body<RecordData>) -> Answer {
    let changed = with(&call, place.into_inner(), move |records, call| {
        records.actor.require(&records.model.change_permission)?;
        if body.0.is_empty() {
            return Err(Error::invalid("body", "name at least one field"));
        }
        let id = address::key(records.model, call.path())?;
        let expected = expected_version(call, || records.get(&id))?;
        let options = WriteOptions { if_match: expected.as_deref(), ..WriteOptions::default() };
        let change = records.update_with(&id, &body.0, options)?;
        Ok(Found::new(records.model, change.done.after))
    });
    let found = changed.await?;
    Ok(call.show_as(&found.tag, &found.record))
}
