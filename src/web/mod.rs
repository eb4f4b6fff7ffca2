//! What all doors share: who asks and from where, the id of a request, how errors, headers and log lines
//! look. No rule of the product is here.

mod accept;
mod actor;
mod address;
pub mod assets;
mod cookie;
pub mod export;
mod hashing;
mod headers;
mod metrics;
mod observe;
mod origin;
mod problem;
mod rate_limit;
mod request_id;
mod same_origin;
pub mod site_files;
mod stall;
#[cfg(test)]
pub(crate) mod testing;

pub use accept::{BY_ENCODING, essence, takes_events, takes_gzip, takes_json};
pub use address::client_ip;
pub use cookie::{SESSION_COOKIE, no_session_cookie, session_cookie, session_key};
pub use hashing::SlowHashing;
pub use headers::{NO_STORE, over_tls, secure};
pub use observe::Observe;
pub use origin::{AllowList, ForeignOrigin};
pub use problem::{CHALLENGE, Explanation, Problem, method_not_allowed, not_found};
pub use rate_limit::{Allowance, RateLimit, SlidingMinutes};
pub use request_id::RequestId;
pub use same_origin::{check_own_page, check_same_origin, same_origin};
pub use stall::Connections;
