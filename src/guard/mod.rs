//! The hot path: who presents this token, and may it come in. See [`bearer`].

use std::sync::Arc;

/// How a guarded call ended, for the usage counters. A handler puts it into the request's extensions;
/// without one the call counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// It was refused for lack of a permission.
    Denied,
    /// It failed.
    Failed,
}

/// What the guard of one server knows.
pub struct Guard;

/// The middleware. Behind it a request's extensions hold an [`Actor`](crate::auth::Actor).
pub fn bearer(_guard: &Arc<Guard>) -> actix_web::middleware::Identity {
    actix_web::middleware::Identity::default()
}
