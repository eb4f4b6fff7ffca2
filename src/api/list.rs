//! The query as an argument of a handler: parameters of its own ([`Query`]), and with those of a page
//! ([`List`]). Unknown parameters are refused by name.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::page::{PageQuery, PageRequest};
use super::schema::{Shape, Shapes};
use crate::error::{Error, FieldError, Result};

/// Parameters of the query that fit the schema of `T`. The endpoint has to declare it with
/// [`Endpoint::query`](super::Endpoint::query).
pub struct Query<T>(pub T);

/// Which part of a list is asked for. The endpoint has to declare it with
/// [`Endpoint::lists`](super::Endpoint::lists).
pub struct List<T> {
    /// Filters and order.
    pub filter: T,
    /// Where the page begins and how long it is.
    pub page: PageRequest,
}

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(pairs(request).and_then(|pairs| Ok(Self(read(shape::<T>(request)?, pairs)?))))
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for List<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(list(request))
    }
}

/// The page that is asked for, and all other parameters as they are: for lists whose filters are not known
/// beforehand.
///
/// # Errors
/// `Malformed` for a query that cannot be read; `Invalid` for the parameters of the page and for NUL.
pub fn open(request: &HttpRequest) -> Result<(PageRequest, Vec<(String, String)>)> {
    let (page, filter) = parts(request)?;
    if let Some((name, _)) = filter.iter().find(|(name, text)| name.contains('\0') || text.contains('\0')) {
        return Err(Error::invalid(name.replace('\0', "\u{fffd}"), "must not contain a NUL character"));
    }
    Ok((page?, filter))
}

type Pairs = Vec<(String, String)>;

fn parts(request: &HttpRequest) -> Result<(Result<PageRequest>, Pairs)> {
    let of_page = |(name, _): &(String, String)| PageQuery::NAMES.contains(&name.as_str());
    let (page, filter): (Pairs, Pairs) = pairs(request)?.into_iter().partition(of_page);
    let place = request.path().to_owned();
    let request_of = |page| PageRequest::new(page, place, filter.clone());
    Ok((read::<PageQuery>(&Shape::of_query::<PageQuery>(), page).and_then(request_of), filter))
}

fn list<T: DeserializeOwned + 'static>(request: &HttpRequest) -> Result<List<T>> {
    let (page, filter) = parts(request)?;
    let filter = read::<T>(shape::<T>(request)?, filter.clone());
    match (page, filter) {
        (Ok(page), Ok(filter)) => Ok(List { filter, page }),
        (Err(Error::Invalid(mut wrong)), Err(Error::Invalid(more))) => {
            wrong.extend(more);
            Err(Error::Invalid(wrong))
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

fn shape<T: 'static>(request: &HttpRequest) -> Result<&Shape> {
    let shapes = request.app_data::<Data<Shapes>>();
    shapes.and_then(|shapes| shapes.get::<T>()).ok_or_else(|| Error::internal("a query is not declared"))
}

fn pairs(request: &HttpRequest) -> Result<Vec<(String, String)>> {
    actix_web::web::Query::from_query(request.query_string())
        .map(actix_web::web::Query::into_inner)
        .map_err(|error| Error::Malformed(format!("The query cannot be read: {error}")))
}

fn read<T: DeserializeOwned>(shape: &Shape, pairs: Vec<(String, String)>) -> Result<T> {
    let mut members = Map::new();
    let mut twice = Vec::new();
    for (name, text) in pairs {
        let kind = shape.property(&name).map(|schema| shape.kind(schema)).unwrap_or_default();
        match (kind, members.get_mut(&name)) {
            ("array", Some(Value::Array(items))) => items.extend(split(&text)),
            ("array", _) => drop(members.insert(name, split(&text).collect())),
            (_, Some(_)) => twice.push(FieldError::new(name, "is given more than once")),
            (kind, None) => drop(members.insert(name, typed(kind, text))),
        }
    }
    let value = Value::Object(members);
    match shape.check(&value) {
        Ok(()) if twice.is_empty() => {}
        Ok(()) => return Err(Error::Invalid(twice)),
        Err(Error::Invalid(mut errors)) => {
            errors.extend(twice);
            return Err(Error::Invalid(errors));
        }
        Err(other) => return Err(other),
    }
    serde_json::from_value(value).map_err(|error| Error::invalid("query", error.to_string()))
}

fn split(text: &str) -> impl Iterator<Item = Value> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| Value::String(part.into()))
}

/// A text as the type that it is written for; what is none stays a text, and the schema refuses it.
fn typed(kind: &str, text: String) -> Value {
    match kind {
        "integer" => text.parse::<i64>().map_or_else(|_| Value::String(text), Value::from),
        "boolean" => text.parse::<bool>().map_or_else(|_| Value::String(text), Value::from),
        _ => Value::String(text),
    }
}
