//! The middleware. Its future is not boxed, and where the token is remembered it only forwards.

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{HttpMessage, HttpResponse};
use pin_project_lite::pin_project;

use super::answer::Refusal;
use super::cache::{Entry, Invalid};
use super::usage::Count;
use super::{CallOutcome, Guard, credential};
use crate::auth::{Actor, Origin, Surface};
use crate::clock::UtcTime;
use crate::web::RequestId;

/// The middleware. Behind it a request's extensions hold an [`Actor`]. It adds nothing to an answer: caches
/// that several share keep none of a request with `Authorization` (RFC 9111, section 3.5).
pub fn bearer(guard: &Arc<Guard>) -> Bearer {
    Bearer { guard: Arc::clone(guard), surface: Surface::Mcp }
}

/// See [`bearer`].
#[derive(Clone)]
pub struct Bearer {
    guard: Arc<Guard>,
    surface: Surface,
}

impl Bearer {
    /// The door that actors come through, for the audit log; MCP if nothing is said.
    #[must_use]
    pub fn surface(self, surface: Surface) -> Self {
        Self { surface, ..self }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Bearer
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = actix_web::Error;
    type Transform = BearerMiddleware<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(BearerMiddleware { held: Rc::new(Held { service, bearer: self.clone() }) }))
    }
}

/// The middleware of one worker.
pub struct BearerMiddleware<S> {
    held: Rc<Held<S>>,
}

/// What a request needs on its way, counted without atomics: it never leaves its worker.
struct Held<S> {
    service: S,
    bearer: Bearer,
}

impl<S, B> Service<ServiceRequest> for BearerMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = actix_web::Error;
    type Future = Guarded<S>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.held.service.poll_ready(cx)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let Held { service, bearer } = &*self.held;
        let guard = &bearer.guard;
        let ip = guard.client_ip(request.head());
        let now = guard.clock.now();
        let presented = guard
            .allowed
            .check(request.head())
            .map_err(Refusal::Foreign)
            .and_then(|()| credential::presented(request.head()))
            .map(|token| guard.digest(token));
        let digest = match presented {
            Ok(digest) => digest,
            Err(refusal) => return self.refused(request, guard.refuse(refusal, now, ip)),
        };
        if let Some(entry) = guard.recall(&digest) {
            return match bearer.admit(&request, &entry, now, ip) {
                Ok(()) => self.on(Step::Running { future: service.call(request), entry }),
                Err(refusal) => self.refused(request, refusal),
            };
        }
        let bearer = bearer.clone();
        let load = Box::pin(async move {
            let now = bearer.guard.clock.now();
            let admitted = match bearer.guard.load(&digest).await {
                Ok(Some(entry)) => bearer.admit(&request, &entry, now, ip).map(|()| entry),
                Ok(None) => Err(bearer.guard.refuse(Refusal::Invalid, now, ip)),
                Err(error) => {
                    tracing::warn!(?error, "a token could not be checked");
                    Err(bearer.guard.refuse(Refusal::Unavailable, now, ip))
                }
            };
            let admitted = admitted.map_err(|refusal| refusal.respond(bearer.surface));
            (request, admitted)
        });
        self.on(Step::Loading { load })
    }
}

impl<S: Service<ServiceRequest>> BearerMiddleware<S> {
    fn on(&self, step: Step<S>) -> Guarded<S> {
        Guarded { step, held: Rc::clone(&self.held) }
    }

    fn refused(&self, request: ServiceRequest, refusal: Refusal) -> Guarded<S> {
        let response = request.into_response(refusal.respond(self.held.bearer.surface));
        self.on(Step::Refused { response: Some(response) })
    }
}

impl Bearer {
    /// Lets a known token in, if it is valid now, and tells the handlers who it is.
    fn admit(
        &self,
        request: &ServiceRequest,
        entry: &Arc<Entry>,
        now: UtcTime,
        ip: Option<IpAddr>,
    ) -> Result<(), Refusal> {
        let verdict = self.guard.enter(entry, now, ip);
        let request_id = RequestId::given(request).map(|id| id.0);
        let origin = Origin { surface: self.surface, ip, request_id };
        let actor = Actor { principal: Arc::clone(&entry.principal), origin };
        match verdict {
            Ok(()) => {
                request.extensions_mut().insert(actor);
                Ok(())
            }
            Err(reason) => {
                if reason == Invalid::Rotated {
                    self.report_rotated(&actor);
                }
                Err(self.guard.refuse(Refusal::Invalid, now, ip))
            }
        }
    }

    fn report_rotated(&self, actor: &Actor) {
        let token = actor.principal.token.as_ref();
        tracing::warn!(
            token_id = token.map(|token| token.id.0),
            token = token.map(|token| tracing::field::debug(&token.name)),
            ip = actor.origin.ip.map(tracing::field::display),
            request_id = actor.origin.request_id.as_deref(),
            "a rotated secret was used after its grace"
        );
        if let Some(hook) = &self.guard.options.on_rotated_use {
            hook(actor);
        }
    }
}

type Loaded = (ServiceRequest, Result<Arc<Entry>, HttpResponse>);

pin_project! {
    /// A request on its way through the guard.
    pub struct Guarded<S: Service<ServiceRequest>> {
        #[pin]
        step: Step<S>,
        held: Rc<Held<S>>,
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<S: Service<ServiceRequest>> {
        Running { #[pin] future: S::Future, entry: Arc<Entry> },
        Loading { load: Pin<Box<dyn Future<Output = Loaded>>> },
        Refused { response: Option<ServiceResponse<BoxBody>> },
    }
}

impl<S, B> Future for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, actix_web::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let mut this = self.as_mut().project();
            let next = match this.step.as_mut().project() {
                StepProjection::Running { future, entry } => {
                    let ended = std::task::ready!(future.poll(cx));
                    count_outcome(&this.held.bearer.guard, entry, &ended);
                    return Poll::Ready(ended.map(ServiceResponse::map_into_left_body));
                }
                StepProjection::Loading { load } => {
                    let (request, admitted) = std::task::ready!(load.as_mut().poll(cx));
                    match admitted {
                        Ok(entry) => Step::Running { future: this.held.service.call(request), entry },
                        Err(refusal) => Step::Refused { response: Some(request.into_response(refusal)) },
                    }
                }
                StepProjection::Refused { response } => match response.take() {
                    Some(response) => return Poll::Ready(Ok(response.map_into_right_body())),
                    None => return Poll::Pending,
                },
            };
            this.step.set(next);
        }
    }
}

/// What the handler said of the call, or else what its status says.
fn count_outcome<B>(guard: &Guard, entry: &Arc<Entry>, ended: &Result<ServiceResponse<B>, actix_web::Error>) {
    let (said, status) = match ended {
        Ok(response) => (response.request().extensions().get::<CallOutcome>().copied(), response.status()),
        Err(error) => (None, error.as_response_error().status_code()),
    };
    match said {
        Some(CallOutcome::Denied) => guard.usage.ended(entry, Count::Denied),
        Some(CallOutcome::Failed) => guard.usage.ended(entry, Count::Failed),
        None if status.is_server_error() => guard.usage.ended(entry, Count::Failed),
        None => {}
    }
}
