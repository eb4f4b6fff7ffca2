//! The answers to those who are not let in: RFC 6750, section 3. Every invalid credential gets the same
//! bytes, so that nobody learns from them whether a token exists.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::web::{CHALLENGE, ForeignOrigin, NO_STORE};

/// Why a request goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No Bearer credential.
    Missing,
    /// A credential that does not hold, whatever the reason.
    Invalid,
    /// More than one credential.
    Ambiguous,
    /// `Host` or `Origin` is foreign.
    Foreign(ForeignOrigin),
    /// Too many failures; seconds to wait.
    Limited(u64),
    /// The database could not be asked: no decision, so no entry.
    Unavailable,
}

impl Refusal {
    pub fn respond(self) -> HttpResponse {
        let (status, challenge, body) = match self {
            Self::Missing => (
                StatusCode::UNAUTHORIZED,
                Some(CHALLENGE),
                r#"{"error":"unauthorized","error_description":"Send an access token in the header Authorization: Bearer TOKEN"}"#,
            ),
            Self::Invalid => (
                StatusCode::UNAUTHORIZED,
                Some(r#"Bearer realm="mcp", error="invalid_token""#),
                r#"{"error":"invalid_token","error_description":"The access token is missing, invalid or expired"}"#,
            ),
            Self::Ambiguous => (
                StatusCode::BAD_REQUEST,
                Some(r#"Bearer realm="mcp", error="invalid_request""#),
                r#"{"error":"invalid_request","error_description":"Send exactly one access token, in one Authorization header"}"#,
            ),
            Self::Foreign(ForeignOrigin::Host) => (
                StatusCode::FORBIDDEN,
                None,
                r#"{"error":"forbidden","error_description":"This Host is not allowed; see the setting allowed_hosts"}"#,
            ),
            Self::Foreign(ForeignOrigin::Origin) => (
                StatusCode::FORBIDDEN,
                None,
                r#"{"error":"forbidden","error_description":"This Origin is not allowed; see the setting allowed_origins"}"#,
            ),
            Self::Limited(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                None,
                r#"{"error":"rate_limited","error_description":"Too many failed attempts from this address; try again later"}"#,
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                None,
                r#"{"error":"temporarily_unavailable","error_description":"The access token cannot be checked at the moment; try again"}"#,
            ),
        };
        let mut response = HttpResponseBuilder::new(status).body(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, NO_STORE);
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        match self {
            Self::Limited(seconds) => headers.insert(RETRY_AFTER, HeaderValue::from(seconds)),
            Self::Unavailable => headers.insert(RETRY_AFTER, HeaderValue::from_static("1")),
            _ => return response,
        };
        response
    }
}
