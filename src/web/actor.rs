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
