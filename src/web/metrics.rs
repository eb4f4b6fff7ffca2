//! Requests counted by route and class of status. The handles are made once, so that counting a request
//! is two additions and no search.

use std::time::Duration;

use metrics::{Counter, Histogram, counter, histogram};

const ROUTES: [&str; 6] = ["mcp", "api", "admin", "health", "well-known", "other"];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The counters of one server.
pub(super) struct HttpMetrics {
    requests: [[Counter; CLASSES.len()]; ROUTES.len()],
    seconds: [Histogram; ROUTES.len()],
}

impl HttpMetrics {
    pub(super) fn new() -> Self {
        Self {
            requests: ROUTES.map(|route| {
                CLASSES.map(
                    |class| counter!("mcp_admin_http_requests_total", "route" => route, "status" => class),
                )
            }),
            seconds: ROUTES.map(|route| histogram!("mcp_admin_http_request_seconds", "route" => route)),
        }
    }

    pub(super) fn record(&self, path: &str, status: u16, took: Duration) {
        let route = route_of(path);
        let class = usize::from(status / 100).clamp(1, CLASSES.len()) - 1;
        self.requests[route][class].increment(1);
        self.seconds[route].record(took.as_secs_f64());
    }
}

/// A closed set of names, so that a client cannot make new series.
fn route_of(path: &str) -> usize {
    let first = path[1.min(path.len())..].split('/').next().unwrap_or_default();
    match first {
        "mcp" => 0,
        "api" => 1,
        "admin" | "static" => 2,
        "livez" | "readyz" | "metrics" => 3,
        ".well-known" => 4,
        _ => 5,
    }
}
