//! Headers that every answer carries, of every door and status alike. Setting them costs a call of `/mcp`
//! a few dozen nanoseconds, so there is one list and no exception.

use actix_web::dev::RequestHead;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};

/// Keeps an answer out of every cache.
pub const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// What holds for an answer that says nothing else. A door that serves pages sets its own policy.
const DEFAULTS: [(HeaderName, HeaderValue); 5] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (CACHE_CONTROL, NO_STORE),
];

/// A browser that came over TLS comes over TLS for a year.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds the headers that are not there yet.
pub fn secure(headers: &mut HeaderMap, over_tls: bool) {
    for (name, value) in DEFAULTS {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    if over_tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
}

/// Whether a proxy says that the client speaks TLS with it. A client that claims it falsely fools itself
/// alone: it gets cookies that it does not send back, and a header that browsers ignore without TLS.
pub fn over_tls(head: &RequestHead) -> bool {
    let proto = head.headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}
