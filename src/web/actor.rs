//! The actor as an argument of a handler.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::auth::Actor;
use crate::error::Error;

/// A handler that takes an `Actor` cannot be reached without one: where no guard let somebody in, the
/// answer is 401.
impl FromRequest for Actor {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(req.extensions().get::<Self>().cloned().ok_or(Error::Unauthenticated))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, web};

    use super::*;

    #[actix_web::test]
    async fn r10_without_a_guard_a_handler_that_takes_an_actor_is_out_of_reach() {
        let app = init_service(App::new().route("/", web::get().to(async |_: Actor| "in"))).await;
        let answer = call_service(&app, TestRequest::get().uri("/").to_request()).await;
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.headers().get("www-authenticate").unwrap(), "Bearer realm=\"mcp\"");
    }
}
