//! `DELETE /api/v1/apps/{app}/{model}/records/{id}`

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::model::{Place, expected_version, with};
use super::{RECORD, address};
use crate::api::{Answer, Call, Endpoint};
use crate::apps::record::{self, Cascade};
use crate::services::records::WriteOptions;

/// What a deletion did.
#[derive(Debug, Serialize, ToSchema)]
struct DeletedRecord {
    /// The key: one value, or an object of columns.
    #[schema(value_type = Value)]
    id: Value,
    /// What went with the record.
    cascaded: Vec<CascadeView>,
}

/// Records of another model that went with it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cascade)]
struct CascadeView {
    /// `blog.comment`
    model: String,
    /// `deleted`, or `unlinked` where they stayed and lost the link.
    #[schema(value_type = String)]
    effect: &'static str,
    /// How many.
    count: u64,
}

impl From<Cascade> for CascadeView {
    fn from(cascade: Cascade) -> Self {
        let Cascade { model, effect, count } = cascade;
        Self { model, effect, count }
    }
}

pub fn endpoint() -> Endpoint {
    Endpoint::delete(RECORD, "delete_record", delete)
        .about("records", "Delete a record, and learn what went with it")
        .details(
            "Needs the delete permission of the model, e.g. `blog.delete_article`, and that of every model that \
             loses records along with it. Refused while other records stand in the way.",
        )
        .takes_if_match()
        .answers::<DeletedRecord>(
            200,
            "The record is gone",
            json!({ "id": 17, "cascaded": [{ "model": "blog.comment", "effect": "deleted", "count": 4 }] }),
        )
        .problem(409)
        .problem(422)
}

async fn delete(call: Call, place: Path<Place>) -> Answer {
    let deleted = with(&call, place.into_inner(), |records, call| {
        records.actor.require(&records.model.delete_permission)?;
        let id = address::key(records.model, call.path())?;
        let expected = expected_version(call, || records.get(&id))?;
        let options = WriteOptions { if_match: expected.as_deref(), ..WriteOptions::default() };
        let deletion = records.delete_with(&id, options)?;
        Ok(DeletedRecord {
            id: record::key_of(records.model, &deletion.record),
            cascaded: deletion.cascaded.into_iter().map(CascadeView::from).collect(),
        })
    });
    Ok(HttpResponse::Ok().json(deleted.await?))
}
