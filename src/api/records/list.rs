//! `GET /api/v1/apps/{app}/{model}/records`

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::Path;
use serde::Deserialize;
use utoipa::ToSchema;

use super::COLLECTION;
use super::model::{Place, with};
use super::view::{RecordView, example_of_row};
use crate::api::list::open;
use crate::api::{Answer, Call, Endpoint};
use crate::apps::record;
use crate::apps::{Count, Cursor, ListQuery, Model, filters_of_texts};
use crate::error::{Error, Result};
use crate::services::{Slice, Sliced};

/// Most bytes of values on one page.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Which records. Every other parameter is a filter.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by hand, as the filters are not known"
)]
struct RecordQuery {
    /// Words that must each be in one of the search fields of the model.
    search: Option<String>,
    /// Fields with commas between them, a minus sign in front for the largest first; the model's order if
    /// nothing is said.
    #[schema(example = "-created_at,title")]
    order_by: Option<String>,
    /// The fields to answer, with commas between them.
    fields: Option<String>,
    /// Records to skip, instead of a cursor.
    #[schema(minimum = 0)]
    offset: Option<u64>,
    /// Conditions: `title__icontains=tea`, `author_id=3`, `id__in=1,2`, `created_at__gte=2026-01-01`.
    filters: Option<BTreeMap<String, String>>,
}

pub fn endpoint() -> Endpoint {
    Endpoint::get(COLLECTION, "list_records", list)
        .about("records", "List records")
        .details(
            "Needs the view permission of the model, e.g. `blog.view_article`. A parameter that is none of these is \
             a filter: the name of a field, alone or with a lookup (`exact`, `iexact`, `contains`, `icontains`, \
             `startswith`, `istartswith`, `endswith`, `iendswith`, `gt`, `gte`, `lt`, `lte`, `in`, `range`, \
             `isnull`, `year`, `date`). Lists are given with commas, or by repeating the parameter. A record has \
             its version as `_etag`, for `If-Match`, if `fields` is left out or names it.",
        )
        .lists::<RecordQuery, RecordView>(&example_of_row())
        .problem(404)
}

async fn list(request: HttpRequest, call: Call, place: Path<Place>) -> Answer {
    let (page, pairs) = open(&request)?;
    let slice = page.slice::<Cursor>()?;
    let found = with(&call, place.into_inner(), move |records, _| {
        let query = read(records.model, pairs, &slice)?;
        let found = records.list(&query)?;
        let total = found.total.number().map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        Ok(Sliced { next: found.next.clone(), rows: found.into_rows(), total })
    });
    page.answer(found.await?, RecordView)
}

fn read(model: &Model, pairs: Vec<(String, String)>, slice: &Slice<Cursor>) -> Result<ListQuery> {
    let limit = u32::try_from(slice.limit).unwrap_or(u32::MAX);
    let count = if slice.count { Count::Exact } else { Count::None };
    let max_bytes = Some(MOST_BYTES);
    let mut query =
        ListQuery { limit, cursor: slice.after.clone(), count, max_bytes, ..ListQuery::default() };
    let mut filters = Vec::new();
    for (name, text) in pairs {
        let names = || text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        match name.as_str() {
            "search" => query.search = Some(text).filter(|text| !text.is_empty()),
            "order_by" => query.order_by.extend(names()),
            "fields" => query.fields.get_or_insert_default().extend(names()),
            "offset" => {
                let offset = text.parse().ok().filter(|offset| i64::try_from(*offset).is_ok());
                query.offset =
                    offset.ok_or_else(|| Error::invalid("offset", "must be a whole number of at least 0"))?;
            }
            _ => filters.push((name, text)),
        }
    }
    query.filters = filters_of_texts(model, filters);
    query.versions = record::take_etag(model, &mut query.fields);
    Ok(query)
}
