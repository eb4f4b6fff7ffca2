//! The outermost middleware: one id, one log line, one count a request; the headers that every answer
//! carries; errors as problem+json; a panic as a 500 that harms no other request.

use std::borrow::Cow;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::InternalError;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::{HttpMessage, HttpResponse};
use ipnet::IpNet;
use pin_project_lite::pin_project;

use super::metrics::HttpMetrics;
use super::problem::{Explanation, PROBLEM_JSON, Problem, method_not_allowed};
use super::stall::{self, Connection};
use super::{RequestId, client_ip, over_tls, secure};
use crate::auth::{Actor, PlainToken};
use crate::db::TokenId;
use crate::error::Error;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps a whole application; clones share their counters.
#[derive(Clone)]
pub struct Observe {
    trusted_proxies: Arc<[IpNet]>,
    metrics: Arc<HttpMetrics>,
}

impl Observe {
    /// Believes `X-Forwarded-For` of `trusted_proxies` only. Make it after the recorder of metrics is
    /// installed.
    #[must_use]
    pub fn new(trusted_proxies: &[IpNet]) -> Self {
        Self { trusted_proxies: trusted_proxies.into(), metrics: Arc::new(HttpMetrics::new()) }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Observe
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = actix_web::Error;
    type Transform = Observed<S>;
    type InitError = ();
    type Future = std::future::Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        std::future::ready(Ok(Observed { service, shared: self.clone() }))
    }
}

/// The middleware of one worker.
pub struct Observed<S> {
    service: S,
    shared: Observe,
}

impl<S, B> Service<ServiceRequest> for Observed<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = actix_web::Error;
    type Future = Observing<S::Future>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let connection = Connection::begin(&request);
        if let Some(connection) = &connection {
            stall::pace(&mut request, connection);
        }
        let seen = Seen {
            connection,
            started: Instant::now(),
            id: RequestId::assign(&request),
            method: request.method().clone(),
            uri: request.uri().clone(),
            ip: client_ip(request.head(), &self.shared.trusted_proxies),
            over_tls: over_tls(request.head()),
            metrics: Arc::clone(&self.shared.metrics),
        };
        let state = if seen.method == Method::TRACE || seen.method == Method::CONNECT {
            let response = method_not_allowed("GET, HEAD, POST, PUT, PATCH, DELETE");
            State::Refused { response: Some(request.into_response(response)) }
        } else {
            match catch_unwind(AssertUnwindSafe(|| self.service.call(request))) {
                Ok(future) => State::Running { future },
                Err(_) => State::Panicked,
            }
        };
        Observing { state, seen }
    }
}

/// What is remembered of a request until it is answered.
struct Seen {
    connection: Option<Arc<Connection>>,
    started: Instant,
    id: RequestId,
    method: Method,
    uri: Uri,
    ip: Option<IpAddr>,
    over_tls: bool,
    metrics: Arc<HttpMetrics>,
}

pin_project! {
    /// A request on its way through the application.
    pub struct Observing<F> {
        #[pin]
        state: State<F>,
        seen: Seen,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Running { #[pin] future: F },
        Refused { response: Option<ServiceResponse<BoxBody>> },
        Panicked,
    }
}

impl<F, B> Future for Observing<F>
where
    F: Future<Output = Result<ServiceResponse<B>, actix_web::Error>>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, actix_web::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let outcome = match this.state.project() {
            StateProjection::Running { future } => match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(Ok(response))) => Ok(this.seen.dress(response)),
                Ok(Poll::Ready(Err(error))) => Err(error.error_response()),
                Err(_) => Err(Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR).respond()),
            },
            StateProjection::Refused { response } => match response.take() {
                Some(response) => Ok(response.map_into_right_body()),
                None => return Poll::Pending,
            },
            StateProjection::Panicked => Err(Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR).respond()),
        };
        Poll::Ready(this.seen.finish(outcome).map(|response| this.seen.see_off(response)))
    }
}

impl Seen {
    /// Gives errors that no door rendered the common form.
    fn dress<B: MessageBody>(&self, response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
        let status = response.status();
        if !status.is_client_error() && !status.is_server_error() {
            return response.map_into_left_body();
        }
        let is_late = self.connection.as_ref().is_some_and(|connection| connection.is_late());
        let status = if is_late { StatusCode::REQUEST_TIMEOUT } else { status };
        let ours = response.response().error().and_then(|error| error.as_error::<Error>());
        let mut problem = match ours {
            _ if is_late => Problem::of_status(status),
            Some(error) => {
                if let Error::Internal(source) = error {
                    tracing::error!(error = ?source.to_string(), request_id = &*self.id.0, "a request failed");
                }
                Problem::of(error)
            }
            None if is_bare(&response) => Problem::of_status(status),
            None => return response.map_into_left_body(),
        };
        problem.request_id = Some(&self.id.0);
        let extensions = response.request().extensions();
        problem.explanation = extensions.get::<Explanation>().map(|explained| &explained.0);
        let body = problem.to_bytes();
        drop(extensions);
        response.map_body(|head, _| {
            head.status = status;
            head.headers.insert(CONTENT_TYPE, PROBLEM_JSON);
            EitherBody::right(BoxBody::new(body))
        })
    }

    /// Adds the common headers, counts the request and writes its log line.
    fn finish<B>(
        &self,
        outcome: Result<ServiceResponse<B>, HttpResponse>,
    ) -> Result<ServiceResponse<B>, actix_web::Error> {
        match outcome {
            Ok(mut response) => {
                self.complete(response.headers_mut());
                let token = response.request().extensions().get::<Actor>().and_then(token_of);
                self.record(response.status(), token);
                Ok(response)
            }
            Err(mut response) => {
                self.complete(response.headers_mut());
                self.record(response.status(), None);
                if let Some(connection) = &self.connection {
                    connection.end(0);
                }
                Err(InternalError::from_response("the request was not answered", response).into())
            }
        }
    }

    /// Tells the connection when its answer is on its way.
    fn see_off<B: MessageBody + 'static>(
        &self,
        response: ServiceResponse<EitherBody<B>>,
    ) -> ServiceResponse<EitherBody<B>> {
        let Some(connection) = &self.connection else { return response };
        match response.response().body().size() {
            BodySize::None => connection.end(0),
            BodySize::Sized(bytes) => connection.end(bytes),
            BodySize::Stream => {
                let parts = |body| BoxBody::new(stall::Parts::new(body, Arc::clone(connection)));
                return response.map_body(|_, body| EitherBody::right(parts(body)));
            }
        }
        response
    }

    fn complete(&self, headers: &mut HeaderMap) {
        secure(headers, self.over_tls);
        if let Ok(id) = HeaderValue::from_str(&self.id.0) {
            headers.insert(X_REQUEST_ID, id);
        }
    }

    fn record(&self, status: StatusCode, token: Option<TokenId>) {
        let took = self.started.elapsed();
        let path = self.uri.path();
        self.metrics.record(path, status.as_u16(), took);
        let millis = (took.as_secs_f64() * 1e6).round() / 1e3;
        let token_id = token.map(|id| id.0);
        let ip = self.ip.map(tracing::field::display);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    method = self.method.as_str(),
                    path = &*without_token(path),
                    status = status.as_u16(),
                    ms = millis,
                    request_id = &*self.id.0,
                    token_id,
                    ip,
                    "request"
                )
            };
        }
        if matches!(path, "/livez" | "/readyz" | "/metrics") {
            line!(debug);
        } else {
            line!(info);
        }
    }
}

fn token_of(actor: &Actor) -> Option<TokenId> {
    actor.principal.token.as_ref().map(|token| token.id)
}

/// Whether an error has no body of its own: an empty one, or the plain text of the framework.
fn is_bare<B: MessageBody>(response: &ServiceResponse<B>) -> bool {
    let empty = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    let plain = response.response().error().is_some()
        && response.headers().get(CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/plain"));
    empty || plain
}

/// A path as it may be logged: a token that somebody put into it is cut out.
fn without_token(path: &str) -> Cow<'_, str> {
    if path.len() < PlainToken::LENGTH || !path.contains("mcp_") {
        return Cow::Borrowed(path);
    }
    let hide = |segment: &str| match segment.find("mcp_") {
        Some(at) if segment.len() - at >= PlainToken::LENGTH => format!("{}mcp_…", &segment[..at]),
        _ => segment.to_owned(),
    };
    Cow::Owned(path.split('/').map(hide).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use actix_web::{App, HttpServer, web};

    use super::super::testing::send;
    use super::*;

    async fn fails() -> Result<HttpResponse, Error> {
        Err(Error::internal("SELECT secret FROM vault"))
    }

    async fn panics() -> HttpResponse {
        panic!("text of a panic")
    }

    /// Serves the error cases on a free port.
    fn serve() -> String {
        let observe = Observe::new(&[]);
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::PayloadConfig::new(10))
                .route("/fails", web::get().to(fails))
                .route("/panics", web::get().to(panics))
                .service(web::resource("/echo").route(web::post().to(async |body: web::Bytes| body)))
                .default_service(web::to(super::super::not_found))
                .wrap(observe.clone())
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let address = server.addrs()[0];
        actix_web::rt::spawn(server.run());
        address.to_string()
    }

    #[actix_web::test]
    async fn r22_r23_r41_r43_errors_are_problems_and_the_server_goes_on() {
        let address = serve();
        for (line, body, status) in [
            ("GET /fails", "", 500),
            ("GET /panics", "", 500),
            ("GET /panics", "", 500),
            ("GET /nowhere", "", 404),
            ("DELETE /echo", "", 405),
            ("TRACE /echo", "", 405),
            ("POST /echo", "01234567890123456789", 413),
            ("POST /echo", "012345678", 200),
        ] {
            let answer = send(&address, line, &[], body).await;
            assert_eq!(answer.status, status, "{line}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("x-request-id").len(), 16);
            assert_eq!(answer.header("allow").is_empty(), status != 405);
            if status == 200 {
                continue;
            }
            assert_eq!(answer.header("content-type"), "application/problem+json", "{line}");
            assert_eq!(answer.json()["status"], status);
            assert!(!answer.body.contains("SELECT") && !answer.body.contains("panic"), "{}", answer.body);
        }
        let many: Vec<(String, String)> = (0..97).map(|n| (format!("X-{n}"), "1".into())).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(send(&address, "GET /nowhere", &many, "").await.status, 431);
    }

    #[test]
    fn r39_a_token_in_a_path_is_not_logged() {
        let token = format!("mcp_{}", "a".repeat(60));
        assert_eq!(without_token(&format!("/x/{token}/y")), "/x/mcp_…/y");
        assert_eq!(without_token("/mcp/"), "/mcp/");
    }
}
