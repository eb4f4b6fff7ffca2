//! Who may judge the credential of a request.
//!
//! A path is registered once for each authenticator, with a guard that says which requests are its own;
//! the last one takes what is left. Whoever lets a request in puts an [`Actor`](crate::auth::Actor) with
//! [`Surface::Api`] into its extensions, and everything behind works the same.

use std::sync::Arc;

use actix_web::Resource;
use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;

use super::finish;
use crate::auth::Surface;
use crate::guard::{Guard, bearer};

/// Registers what `resource` makes behind each authenticator.
pub fn register(routes: &mut ServiceConfig, guard: &Arc<Guard>, resource: impl Fn() -> Resource) {
    let bearer = bearer(guard).surface(Surface::Api);
    routes.service(resource().wrap(from_fn(finish::finish)).wrap(bearer));
}
