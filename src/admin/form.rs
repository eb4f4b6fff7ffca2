//! What a form or the query of an address holds. One type for both and for every page: a page that shows
//! an error shows again what was typed, whatever its fields are.

use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, ResponseError, web::Bytes};
use std::future::{Future, Ready, ready};
use std::pin::Pin;

use crate::error::{Error, FieldError, Result};

/// Names and values in the order in which the browser sent them; a name can come several times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// From pairs.
    pub fn new(pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// Reads `name=value&…`.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn parse(text: &str) -> Result<Self> {
        serde_html_form::from_str(text)
            .map(Self)
            .map_err(|_| Error::Malformed("The form could not be read".into()))
    }

    /// The first value of a name, without the blanks around it; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first value exactly as it was sent.
    pub fn raw(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// The first value, unless it is empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every value of a name.
    pub fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether the name was sent at all: a ticked box.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// Whether one of the values of a name is `value`.
    pub fn holds(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|v| v == value)
    }

    /// A value of some type; `None` if the field is empty.
    ///
    /// # Errors
    /// `Invalid` for the field, with `expected` as its message.
    pub fn value<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>> {
        self.filled(name).map(|text| text.parse().map_err(|_| Error::invalid(name, expected))).transpose()
    }

    /// Every value of a name as ids; what is no number is left out.
    pub fn ids(&self, name: &str) -> Vec<i64> {
        self.all(name).filter_map(|id| id.parse().ok()).collect()
    }

    /// Those of its pairs whose names begin with `prefix`, without it.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Self {
        let below =
            |(name, value): &(String, String)| Some((name.strip_prefix(prefix)?.to_owned(), value.clone()));
        Self(self.0.iter().filter_map(below).collect())
    }

    /// Adds all pairs of another, with `prefix` before their names.
    pub fn extend_below(&mut self, prefix: &str, other: &Self) {
        self.0.extend(other.0.iter().map(|(name, value)| (format!("{prefix}{name}"), value.clone())));
    }

    /// Sets a name to one value.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(n, _)| n != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// Takes a name away.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| n != name);
    }

    /// Every name with its value, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromRequest for Form {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = kind.is_none_or(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let body = Bytes::from_request(request, payload);
        Box::pin(async move {
            if !is_form {
                return Err(Error::Malformed("A form is expected".into()));
            }
            let body = body.await.map_err(|_| Error::Malformed("The form is too large".into()))?;
            let text = std::str::from_utf8(&body)
                .map_err(|_| Error::Malformed("The form is not valid UTF-8".into()))?;
            Self::parse(text)
        })
    }
}

/// The query of an address.
#[derive(Debug, Clone, Default)]
pub struct Query(pub Form);

impl FromRequest for Query {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Form::parse(request.query_string()).map(Self))
    }
}

impl std::ops::Deref for Query {
    type Target = Form;

    fn deref(&self) -> &Form {
        &self.0
    }
}

/// Why a form was not accepted: what is shown above it and beside its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormErrors {
    /// What is wrong with the whole, e.g. a conflict.
    pub general: Option<String>,
    /// What is wrong with single fields.
    pub fields: Vec<FieldError>,
}

impl FormErrors {
    /// What a person can mend in the form; any other error is given back.
    ///
    /// # Errors
    /// The error itself, if it is not about what was typed.
    pub fn of(error: Error) -> Result<Self> {
        match error {
            Error::Invalid(fields) => Ok(Self { general: None, fields }),
            Error::Taken(field) => Ok(Self { general: None, fields: vec![field] }),
            Error::Conflict(text) | Error::Refused(text) => {
                Ok(Self { general: Some(text), fields: Vec::new() })
            }
            Error::Forbidden { permissions } => Ok(Self {
                general: Some(format!(
                    "You may not give what you do not have yourself: {}",
                    permissions.join(", ")
                )),
                fields: Vec::new(),
            }),
            other => Err(other),
        }
    }

    /// The status of a page that shows an error: whether the state of things was in the way.
    pub fn status(error: &Error) -> StatusCode {
        match error.status_code() {
            StatusCode::CONFLICT => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// Nothing is wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.general.is_none() && self.fields.is_empty()
    }

    /// What is wrong with a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|error| error.field == name).map(|error| error.message.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_come_several_times() {
        let form = Form::parse("perm=a&name=+x+&perm=b%26c&empty=").unwrap();
        assert_eq!(form.all("perm").collect::<Vec<_>>(), ["a", "b&c"]);
        assert_eq!((form.text("name"), form.raw("name"), form.filled("empty")), ("x", " x ", None));
        assert!(form.has("empty") && !form.has("other") && form.holds("perm", "a"));
    }
}
