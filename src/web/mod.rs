//! What all doors share: who asks and from where, the id of a request, how errors, headers and log lines
//! look. No rule of the product is here.

mod actor;
mod address;
mod headers;
mod metrics;
mod observe;
mod origin;
mod problem;
mod request_id;
#[cfg(test)]
pub(crate) mod testing;

pub use address::client_ip;
pub use headers::{NO_STORE, secure};
pub use observe::Observe;
pub use origin::{AllowList, ForeignOrigin};
pub use problem::{CHALLENGE, Problem, method_not_allowed, not_found};
pub use request_id::RequestId;
