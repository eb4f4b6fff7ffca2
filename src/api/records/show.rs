//! `GET /api/v1/apps/{app}/{model}/records/{id}`

use actix_web::web::Path;

use super::model::{Place, with};
use super::view::{Found, RecordView};
use super::{RECORD, address};
use crate::api::{Answer, Call, Endpoint};

pub fn endpoint() -> Endpoint {
    Endpoint::get(RECORD, "show_record", show)
        .about("records", "Show a record")
        .details("Needs the view permission of the model, e.g. `blog.view_article`.")
        .answers::<RecordView>(200, "The record", RecordView::example())
        .takes_if_none_match()
        .problem(422)
}

async fn show(call: Call, place: Path<Place>) -> Answer {
    let found = with(&call, place.into_inner(), |records, call| {
        records.actor.require(&records.model.view_permission)?;
        let id = address::key(records.model, call.path())?;
        Ok(Found::new(records.model, records.get(&id)?))
    });
    let found = found.await?;
    Ok(call.show_as(&found.tag, &found.record))
}
