//! The body of both endpoints. Faults of it are told as RFC 6749, section 5.2 says, since that is what
//! clients of OAuth read.

use std::fmt;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::http::{StatusCode, header::CACHE_CONTROL};
use actix_web::web::{Bytes, Query};
use actix_web::{Error as ActixError, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::web::NO_STORE;

/// A token that is asked about. Parameters that are not known are ignored (RFC 6749, section 3.2).
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PresentedToken)]
pub struct Form {
    /// The secret.
    pub token: String,
    /// Ignored: there is one type of token.
    #[expect(dead_code, reason = "it is part of the protocol and of the documentation")]
    token_type_hint: Option<String>,
}

/// A fault as clients of OAuth read it (RFC 6749, section 5.2).
#[derive(Debug, Serialize, ToSchema)]
pub struct OAuthError {
    /// `invalid_request`
    error: &'static str,
    /// A sentence for people.
    error_description: String,
}

impl OAuthError {
    fn new(why: &str) -> Self {
        Self { error: "invalid_request", error_description: why.to_owned() }
    }

    /// For the documentation.
    pub fn example() -> Value {
        serde_json::to_value(Self::new("The parameter `token` is missing")).unwrap_or_default()
    }
}

/// 400 `invalid_request`.
#[derive(Debug)]
pub struct BadForm(String);

impl fmt::Display for BadForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ResponseError for BadForm {
    fn status_code(&self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::BadRequest().insert_header((CACHE_CONTROL, NO_STORE)).json(OAuthError::new(&self.0))
    }
}

impl FromRequest for Form {
    type Error = ActixError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ActixError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = Bytes::from_request(request, payload);
        let is_form = request.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let has_type = request.headers().contains_key(CONTENT_TYPE);
        Box::pin(async move {
            if has_type && !is_form {
                return Err(actix_web::error::ErrorUnsupportedMediaType(""));
            }
            let bytes = bytes.await?;
            let bad = |why: &str| BadForm(why.to_owned());
            let text = std::str::from_utf8(&bytes).map_err(|_| bad("The body is no UTF-8"))?;
            let pairs = Query::<Vec<(String, String)>>::from_query(text)
                .map_err(|_| bad("The body is no application/x-www-form-urlencoded"))?;
            let mut tokens = pairs.iter().filter(|(name, _)| name == "token").map(|(_, value)| value);
            match (tokens.next(), tokens.next()) {
                (Some(token), None) => Ok(Self { token: token.clone(), token_type_hint: None }),
                (None, _) => Err(bad("The parameter `token` is missing").into()),
                (Some(_), Some(_)) => Err(bad("The parameter `token` is given more than once").into()),
            }
        })
    }
}
