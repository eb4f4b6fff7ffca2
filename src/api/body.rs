//! A JSON body as an argument of a handler.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use actix_web::{Error as ActixError, FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::schema::Shapes;
use crate::error::{Error, Result};

/// A JSON body that fits the schema of `T`. The endpoint has to declare it with
/// [`Endpoint::body`](super::Endpoint::body).
///
/// 415 for another content type, 413 where it is too large, 400 where it is no JSON, and 422 with every
/// wrong field where it does not fit.
pub struct Body<T> {
    /// What was read.
    pub value: T,
    /// The same for bodies that say the same.
    pub digest: [u8; 32],
}

impl<T> Deref for Body<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = ActixError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ActixError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            if !is_json(&request) {
                return Err(actix_web::error::ErrorUnsupportedMediaType(""));
            }
            let bytes = bytes.await?;
            let shapes = request.app_data::<Data<Shapes>>();
            Ok(read(shapes.map(Data::get_ref), &bytes)?)
        })
    }
}

fn read<T: DeserializeOwned + 'static>(shapes: Option<&Shapes>, bytes: &[u8]) -> Result<Body<T>> {
    let shape = shapes.and_then(Shapes::get::<T>).ok_or_else(|| Error::internal("a body is not declared"))?;
    let value: Value = serde_json::from_slice(bytes).map_err(|error| unreadable(&error))?;
    shape.check(&value)?;
    let digest = Sha256::digest(value.to_string()).into();
    let value = serde_json::from_value(value).map_err(|error| Error::invalid("body", error.to_string()))?;
    Ok(Body { value, digest })
}

/// JSON in which a text is no Unicode is JSON all the same.
fn unreadable(error: &serde_json::Error) -> Error {
    let text = error.to_string();
    if text.contains("surrogate") || text.contains("unexpected end of hex escape") {
        return Error::invalid("body", "must not contain unpaired surrogates such as \\ud800");
    }
    Error::Malformed(format!("The body is not JSON: {text}"))
}

/// For a member in which null and absence differ: `None` where it is absent.
///
/// # Errors
/// What the type itself refuses.
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn is_json(request: &HttpRequest) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    // A merge patch (RFC 7396) is what PATCH takes.
    ["application/json", "application/merge-patch+json"].iter().any(|t| essence.eq_ignore_ascii_case(t))
}
