//! Pages of lists. A page begins behind the last row of the one before, so that any page costs the same
//! and rows that come or go meanwhile shift nothing.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::header::LINK;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::call::Answer;
use crate::error::{Error, Result};
use crate::services::records::escape;
use crate::services::{Slice, Sliced};

const DEFAULT_LIMIT: i64 = 50;

/// The parameters of a page.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Rows of a page; 50 if nothing is said.
    #[schema(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before. It holds for the same filters and the same order only.
    #[schema(max_length = 2000)]
    cursor: Option<String>,
    /// Whether to count the rows of all pages.
    total: Option<bool>,
}

impl PageQuery {
    /// Names of the parameters.
    pub const NAMES: [&'static str; 3] = ["limit", "cursor", "total"];
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub results: Vec<T>,
    /// For the parameter `cursor`; null on the last page.
    pub next_cursor: Option<String>,
    /// Rows on all pages, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// By hand, because pages of different rows need different names: `UserPage`.
impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let text_or_null = SchemaType::Array(vec![Type::String, Type::Null]);
        let cursor = ObjectBuilder::new()
            .schema_type(text_or_null)
            .description(Some("For the parameter `cursor`; null on the last page."));
        let total = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .description(Some("Rows on all pages, where it was asked for."));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("One page of a list."))
            .property("results", ArrayBuilder::new().items(Ref::from_schema_name(T::name())))
            .required("results")
            .property("next_cursor", cursor)
            .required("next_cursor")
            .property("total", total)
            .into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

/// A page that is asked for.
#[derive(Debug, Clone)]
pub struct PageRequest {
    query: PageQuery,
    path: String,
    filter: Vec<(String, String)>,
}

impl PageRequest {
    /// # Errors
    /// `Invalid` for a cursor of another list.
    pub(super) fn new(query: PageQuery, path: String, filter: Vec<(String, String)>) -> Result<Self> {
        let request = Self { query, path, filter };
        request.decoded()?;
        Ok(request)
    }

    /// What of the list is asked for.
    ///
    /// # Errors
    /// `Invalid` for a cursor that was not given out for this list.
    pub fn slice<K: DeserializeOwned>(&self) -> Result<Slice<K>> {
        let decoded = self.decoded()?;
        let after =
            decoded.map(|bytes| serde_json::from_slice(&bytes).map_err(|_| bad_cursor())).transpose()?;
        Ok(Slice {
            after,
            limit: self.query.limit.unwrap_or(DEFAULT_LIMIT),
            count: self.query.total.unwrap_or(false),
        })
    }

    fn decoded(&self) -> Result<Option<Vec<u8>>> {
        let Some(cursor) = &self.query.cursor else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad_cursor())?;
        match bytes.strip_prefix(self.fingerprint().as_slice()) {
            Some(key) => Ok(Some(key.to_vec())),
            None => Err(bad_cursor()),
        }
    }

    /// Tells one list, with its filters and its order, from another.
    fn fingerprint(&self) -> [u8; 8] {
        let mut sorted = self.filter.clone();
        sorted.sort();
        let digest = Sha256::digest(format!("{}\n{sorted:?}", self.path));
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        first
    }

    /// The answer: the rows as they are shown, and where the list goes on.
    ///
    /// # Errors
    /// `Internal` if the key cannot be written as JSON.
    pub fn answer<K: Serialize, R, T: Serialize>(
        &self,
        found: Sliced<R, K>,
        show: impl Fn(R) -> T,
    ) -> Answer {
        let next_cursor = found.next.map(|key| self.cursor(&key)).transpose()?;
        let mut links = vec![self.link(None, "first")];
        links.extend(next_cursor.as_deref().map(|cursor| self.link(Some(cursor), "next")));
        let results = found.rows.into_iter().map(show).collect();
        let page = Page { results, next_cursor, total: found.total };
        Ok(HttpResponse::Ok().insert_header((LINK, links.join(", "))).json(page))
    }

    fn cursor(&self, key: &impl Serialize) -> Result<String> {
        let mut bytes = self.fingerprint().to_vec();
        serde_json::to_writer(&mut bytes, key).map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn link(&self, cursor: Option<&str>, relation: &str) -> String {
        let limit = self.query.limit.map(|limit| ("limit".to_owned(), limit.to_string()));
        let total = self.query.total.map(|total| ("total".to_owned(), total.to_string()));
        let cursor = cursor.map(|cursor| ("cursor".to_owned(), cursor.to_owned()));
        let pairs = self.filter.iter().cloned().chain(limit).chain(total).chain(cursor);
        let query: Vec<String> =
            pairs.map(|(name, value)| format!("{}={}", escape(&name), escape(&value))).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("<{}{mark}{}>; rel=\"{relation}\"", self.path, query.join("&"))
    }
}

fn bad_cursor() -> Error {
    Error::invalid("cursor", "this is no cursor of this list; begin with its first page")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cursor: Option<String>, filter: &[(&str, &str)]) -> Result<PageRequest> {
        let filter = filter.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        PageRequest::new(PageQuery { cursor, ..PageQuery::default() }, "/x".into(), filter)
    }

    #[test]
    fn a_cursor_holds_for_its_list_only() {
        let filter = [("search", "a b&c"), ("sort", "-name")];
        let first = request(None, &filter).unwrap();
        assert_eq!(first.slice::<(String, i64)>().unwrap().limit, 50);
        let cursor = first.cursor(&("ü", 7)).unwrap();
        let again = request(Some(cursor.clone()), &filter).unwrap();
        assert_eq!(again.slice::<(String, i64)>().unwrap().after, Some(("ü".into(), 7)));
        assert!(again.slice::<i64>().is_err());
        assert!(request(Some(cursor.clone()), &filter[..1]).is_err());
        for bad in ["", "x", "AAAA", &cursor[1..], &format!("{cursor}!")] {
            assert!(request(Some(bad.to_owned()), &filter).is_err(), "{bad}");
        }
        assert_eq!(first.link(None, "first"), "</x?search=a%20b%26c&sort=-name>; rel=\"first\"");
    }
}
