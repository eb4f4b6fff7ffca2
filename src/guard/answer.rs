//! The answers to those who are not let in: RFC 6750, section 3. Every invalid credential gets the same
//! bytes, so that nobody learns from them whether a token exists.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::auth::Surface;
use crate::web::{CHALLENGE, ForeignOrigin, NO_STORE, Problem};

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
    /// The answer, in the form of the door: problem+json for REST, that of OAuth otherwise.
    pub fn respond(self, surface: Surface) -> HttpResponse {
        let (status, challenge) = self.status();
        let (error, code, description) = self.words();
        let (content_type, body) = if surface == Surface::Api {
            let problem = Problem::new(status, code, description.to_owned());
            ("application/problem+json", problem.to_bytes())
        } else {
            let body = format!(r#"{{"error":"{error}","error_description":"{description}"}}"#);
            ("application/json", body.into_bytes())
        };
        let mut response = HttpResponseBuilder::new(status).body(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
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

    /// Status and challenge.
    fn status(self) -> (StatusCode, Option<&'static str>) {
        match self {
            Self::Missing => (StatusCode::UNAUTHORIZED, Some(CHALLENGE)),
            Self::Invalid => (StatusCode::UNAUTHORIZED, Some(r#"Bearer realm="mcp", error="invalid_token""#)),
            Self::Ambiguous => {
                (StatusCode::BAD_REQUEST, Some(r#"Bearer realm="mcp", error="invalid_request""#))
            }
            Self::Foreign(_) => (StatusCode::FORBIDDEN, None),
            Self::Limited(_) => (StatusCode::TOO_MANY_REQUESTS, None),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, None),
        }
    }

    /// The error of OAuth, the code of ours, and a sentence.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Missing => (
                "unauthorized",
                "unauthenticated",
                "Send an access token in the header Authorization: Bearer TOKEN",
            ),
            Self::Invalid => {
                ("invalid_token", "unauthenticated", "The access token is missing, invalid or expired")
            }
            Self::Ambiguous => (
                "invalid_request",
                "bad_request",
                "Send exactly one access token, in one Authorization header",
            ),
            Self::Foreign(ForeignOrigin::Host) => {
                ("forbidden", "refused", "This Host is not allowed; see the setting allowed_hosts")
            }
            Self::Foreign(ForeignOrigin::Origin) => {
                ("forbidden", "refused", "This Origin is not allowed; see the setting allowed_origins")
            }
            Self::Limited(_) => (
                "rate_limited",
                "rate_limited",
                "Too many failed attempts from this address; try again later",
            ),
            Self::Unavailable => (
                "temporarily_unavailable",
                "unavailable",
                "The access token cannot be checked at the moment; try again",
            ),
        }
    }
}
