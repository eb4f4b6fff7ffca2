//! Errors as `application/problem+json` (RFC 9457). `code` is stable and for machines; `detail` is for
//! people and never contains SQL, a path or the text of a panic.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{Error, FieldError};

/// The media type.
pub(super) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What is asked for where no credential came (RFC 6750, section 3).
pub const CHALLENGE: &str = r#"Bearer realm="mcp""#;

/// What a door has to say of a refusal beside the error; it is left with the request.
#[derive(Debug)]
pub struct Explanation(pub Map<String, Value>);

/// The body of an error.
#[derive(Debug, Clone, Serialize)]
pub struct Problem<'a> {
    /// The phrase that belongs to the status.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, for machines: see [`Error::code`].
    pub code: &'static str,
    /// What is wrong, for people.
    pub detail: String,
    /// Of what the first request of this idempotency key made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    /// Every wrong field of an input.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'a [FieldError],
    /// Which permission is missing, who has it and how to get it, of a refusal that is explained.
    #[serde(flatten)]
    pub explanation: Option<&'a Map<String, Value>>,
    /// The request's id as it stands in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
}

impl<'a> Problem<'a> {
    /// How `error` is shown.
    #[must_use]
    pub fn of(error: &'a Error) -> Self {
        let errors: &[FieldError] = match error {
            Error::Invalid(errors) => errors,
            Error::Taken(error) => std::slice::from_ref(error),
            _ => &[],
        };
        let id = if let Error::Repeated { id } = error { Some(id.as_str()) } else { None };
        Self { id, errors, ..Self::new(error.status_code(), error.code(), error.to_string()) }
    }

    /// For an answer of which only the status is known.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => ("not_found", "There is nothing at this address"),
            StatusCode::METHOD_NOT_ALLOWED => {
                ("method_not_allowed", "This address does not take this method")
            }
            StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "The request body is too large"),
            StatusCode::NOT_ACCEPTABLE => {
                ("not_acceptable", "None of the accepted media types is served here")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                ("unsupported_media_type", "This address does not take this content type")
            }
            StatusCode::REQUEST_TIMEOUT => ("timeout", "The request did not arrive in time"),
            StatusCode::SERVICE_UNAVAILABLE => ("unavailable", "Try again in a moment"),
            s if s.is_client_error() => ("bad_request", "The request cannot be read"),
            _ => ("internal_error", "Something went wrong on the server"),
        };
        Self::new(status, code, detail.to_owned())
    }

    /// A problem of any status.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: String) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self {
            title,
            status: status.as_u16(),
            code,
            detail,
            id: None,
            errors: &[],
            explanation: None,
            request_id: None,
        }
    }

    /// The body as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// A whole answer.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        HttpResponseBuilder::new(status).insert_header((CONTENT_TYPE, PROBLEM_JSON)).body(self.to_bytes())
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } | Self::Refused(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) | Self::Taken(_) | Self::Repeated { .. } => StatusCode::CONFLICT,
            Self::PreconditionFailed(_) => StatusCode::PRECONDITION_FAILED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = Problem::of(self).respond();
        let (name, value) = match self {
            Self::Unauthenticated => (WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE)),
            Self::RateLimited { retry_after } => (RETRY_AFTER, HeaderValue::from(*retry_after)),
            Self::Unavailable(_) => (RETRY_AFTER, HeaderValue::from_static("1")),
            _ => return response,
        };
        response.headers_mut().insert(name, value);
        response
    }
}

/// The answer where there is no route; [`Observe`](super::Observe) gives it its body.
pub async fn not_found() -> HttpResponse {
    HttpResponse::NotFound().finish()
}

/// The answer to a method that an address does not take; `allow` lists those that it does.
pub fn method_not_allowed(allow: &str) -> HttpResponse {
    let mut response = Problem::of_status(StatusCode::METHOD_NOT_ALLOWED).respond();
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(actix_web::http::header::ALLOW, allow);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r22_a_fault_of_ours_shows_a_fixed_sentence() {
        let error = Error::internal("no such table: users");
        let body: serde_json::Value = serde_json::from_slice(&Problem::of(&error).to_bytes()).unwrap();
        assert_eq!(body["status"], 500);
        assert_eq!(body["code"], "internal_error");
        assert!(!body.to_string().contains("table"), "{body}");
    }

    #[test]
    fn r22_every_wrong_field_is_listed() {
        let error =
            Error::Invalid(vec![FieldError::new("name", "is missing"), FieldError::new("age", "is low")]);
        let body: serde_json::Value = serde_json::from_slice(&Problem::of(&error).to_bytes()).unwrap();
        assert_eq!((body["status"].as_u64(), body["errors"][1]["field"].as_str()), (Some(422), Some("age")));
    }

    #[test]
    fn an_unreachable_database_asks_to_come_back() {
        let response = Error::Unavailable("The database cannot be reached".into()).error_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), "1");
    }
}
