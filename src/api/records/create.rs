//! `POST /api/v1/apps/{app}/{model}/records`

use actix_web::web::Path;
use serde_json::json;

use super::COLLECTION;
use super::model::{Place, with};
use super::view::{Found, RecordData, RecordView};
use crate::api::call::created_as;
use crate::api::{Answer, Body, Call, Endpoint};

pub fn endpoint() -> Endpoint {
    Endpoint::post(COLLECTION, "create_record", create)
        .about("records", "Create a record")
        .details("Needs the add permission of the model, e.g. `blog.add_article`. Every wrong field is named at once.")
        .body::<RecordData>(json!({ "title": "How to brew tea", "author": 3, "tags": [1, 2] }))
        .answers::<RecordView>(201, "The record as it was stored", RecordView::example())
        .header("Location", "The address of the record, if the model has a primary key")
        .header("ETag", "The version of the record")
        .problem(404)
        .problem(409)
}

async fn create(call: Call, place: Path<Place>, body: Body<RecordData>) -> Answer {
    let made = with(&call, place.into_inner(), move |records, _| {
        Ok(Found::new(records.model, records.create(&body.0)?))
    });
    let Found { record, tag, location } = made.await?;
    Ok(created_as(location.as_deref(), &tag, &record))
}
