//! One permission for a whole route.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpMessage, ResponseError};

use super::CallOutcome;
use crate::auth::Actor;
use crate::error::{Error, Result};

/// Lets only actors pass that hold `permission`, e.g. `blog.view_article`; others get 403, and requests
/// that no guard let in get 401. Wrap it before [`bearer`](super::bearer()), which then runs first.
#[must_use]
pub fn permission<S, B>(
    permission: &'static str,
) -> impl Transform<
    S,
    ServiceRequest,
    Response = ServiceResponse<EitherBody<B>>,
    Error = actix_web::Error,
    InitError = (),
>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    from_fn(async move |request: ServiceRequest, next: Next<B>| match judge(&request, permission) {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(error) => {
            request.extensions_mut().insert(CallOutcome::Denied);
            Ok(request.into_response(error.error_response()).map_into_right_body())
        }
    })
}

fn judge(request: &ServiceRequest, permission: &str) -> Result<()> {
    request.extensions().get::<Actor>().ok_or(Error::Unauthenticated)?.require(permission)
}
