//! HTTP: what is accepted, and how answers leave. One POST carries one message and gets one JSON document, or
//! the events of one stream.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY};
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, Resource, guard, web};

use super::prepared::Prepared;
use super::protocol::{Fault, envelope};
use super::stream::Events;
use super::{Mcp, dispatch};
use crate::auth::Actor;
use crate::guard::{CallOutcome, Guard, Pass};
use crate::web::{BY_ENCODING, essence, takes_events, takes_gzip, takes_json};

/// Both forms serve: a redirect would lose the body or the token in some clients. Each is a resource of its
/// own, because a resource with two forms is found by a regular expression.
pub const PATHS: [&str; 2] = ["/mcp", "/mcp/"];

const GZIP: HeaderValue = HeaderValue::from_static("gzip");

/// What an answer has for a body.
pub enum Body {
    /// Nothing: the message was accepted.
    None,
    /// A JSON document.
    Json(Vec<u8>),
    /// A JSON document around a part that was prepared: what is before it, itself, what is after it.
    Prepared(Vec<u8>, Prepared, &'static [u8]),
    /// Events, until the last.
    Events(Box<Events>),
}

/// An answer: status, body, and what the usage counters see.
pub struct Reply {
    /// Status of HTTP.
    pub status: StatusCode,
    /// The body.
    pub body: Body,
    /// `None` = done.
    pub outcome: Option<CallOutcome>,
}

impl Reply {
    /// 200 with a document.
    pub fn ok(body: Vec<u8>) -> Self {
        Self { status: StatusCode::OK, body: Body::Json(body), outcome: None }
    }

    /// 200 with a document around a part that was prepared, which is not copied.
    pub fn prepared(before: Vec<u8>, part: Prepared, after: &'static [u8]) -> Self {
        Self { status: StatusCode::OK, body: Body::Prepared(before, part, after), outcome: None }
    }

    /// 200 with events.
    pub fn events(events: Events) -> Self {
        Self { status: StatusCode::OK, body: Body::Events(Box::new(events)), outcome: None }
    }

    /// 202 without a body.
    pub fn accepted() -> Self {
        Self { status: StatusCode::ACCEPTED, body: Body::None, outcome: None }
    }

    /// A framed error.
    pub fn fault(id: Option<&str>, fault: &Fault) -> Self {
        let body = Body::Json(envelope::error(id, fault));
        Self { status: fault.status(), body, outcome: Some(fault.outcome) }
    }

    /// The document alone, to be the last of a stream.
    pub fn into_bytes(self) -> Vec<u8> {
        match self.body {
            Body::Json(document) => document,
            Body::Prepared(before, part, after) => [&before[..], part.plain(), after].concat(),
            Body::None | Body::Events(_) => Vec::new(),
        }
    }
}

/// How a message came.
pub struct Arrival<'a>(&'a HttpRequest);

impl Arrival<'_> {
    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// Whether the client takes an answer in parts.
    pub fn takes_events(&self) -> bool {
        takes_events(self.headers())
    }

    /// The guard that let the message in, and with what it was shown.
    pub fn pass(&self) -> Option<(Arc<Guard>, Pass)> {
        let guard = self.0.app_data::<Data<Guard>>()?;
        Some((Arc::clone(guard), guard.pass(self.0.head())?))
    }
}

/// The endpoint itself at one of its paths; it has to be put behind the guard.
pub fn endpoint(path: &str, mcp: &Data<Mcp>) -> Resource {
    web::resource(path).guard(guard::Post()).app_data(mcp.clone()).to(post)
}

/// Every other method, before any authentication.
pub fn other_methods(path: &str) -> Resource {
    web::resource(path).to(|| async {
        let fault = Fault::http(StatusCode::METHOD_NOT_ALLOWED, "Only POST is supported here");
        let mut response = respond(Reply::fault(None, &fault), &HeaderMap::new());
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        response
    })
}

async fn post(request: HttpRequest, body: Result<Bytes, Error>, mcp: Data<Mcp>) -> HttpResponse {
    // Fail closed: without the guard in front nobody is known.
    let actor = request.extensions().get::<Actor>().cloned();
    let Some(actor) = actor else { return HttpResponse::Unauthorized().finish() };
    let reply = match check(request.headers()).and_then(|()| body.map_err(|error| unreadable(&error))) {
        Ok(body) => dispatch::answer(&mcp, &actor, &Arrival(&request), &body).await,
        Err(fault) => Reply::fault(None, &fault),
    };
    if let Some(outcome) = reply.outcome {
        request.extensions_mut().insert(outcome);
    }
    respond(reply, request.headers())
}

fn respond(reply: Reply, asked: &HeaderMap) -> HttpResponse {
    let mut response = HttpResponse::build(reply.status);
    match reply.body {
        Body::Json(body) => response.content_type("application/json").body(body),
        Body::Prepared(before, part, after) => {
            response.content_type("application/json").insert_header((VARY, BY_ENCODING));
            let packed = takes_gzip(asked).then(|| part.gzip(&before, after)).flatten();
            let chunks = match packed {
                Some(packed) => {
                    response.insert_header((CONTENT_ENCODING, GZIP));
                    packed
                }
                None => [before.into(), part.plain().clone(), Bytes::from_static(after)],
            };
            response.body(Chunks(chunks.into_iter()))
        }
        // Proxies shall pass each event on as it comes.
        Body::Events(events) => response
            .insert_header(("X-Accel-Buffering", "no"))
            .content_type("text/event-stream")
            .body(*events),
        Body::None => response.finish(),
    }
}

/// A body in pieces, of which the length is known.
struct Chunks(std::array::IntoIter<Bytes, 3>);

impl MessageBody for Chunks {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.as_slice().iter().map(|chunk| chunk.len() as u64).sum())
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Bytes, Infallible>>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}

fn check(headers: &HeaderMap) -> Result<(), Fault> {
    if !takes_json(headers) {
        return Err(Fault::http(StatusCode::NOT_ACCEPTABLE, "Answers are application/json: accept that"));
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !essence(content_type).eq_ignore_ascii_case("application/json") {
        return Err(Fault::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send the message as application/json"));
    }
    Ok(())
}

fn unreadable(error: &Error) -> Fault {
    match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Fault::http(StatusCode::PAYLOAD_TOO_LARGE, "The request body is too large")
        }
        _ => match error.as_error::<PayloadError>() {
            Some(PayloadError::EncodingCorrupted) => {
                Fault::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The content encoding is not supported")
            }
            _ => Fault::http(StatusCode::BAD_REQUEST, "The request body could not be read"),
        },
    }
}
