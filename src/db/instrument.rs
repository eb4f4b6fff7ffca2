//! What happens to each query, seen from inside the driver: its time for `/metrics`, its beginning and end
//! for whoever waits for it.

use diesel::connection::{Instrumentation, InstrumentationEvent};
use metrics::{Counter, Histogram, counter, histogram};

use super::watch;

/// Sees the queries of one connection. The counters are looked up once, when it is opened.
pub struct Observer {
    done: Counter,
    failed: Counter,
    seconds: Histogram,
}

impl Observer {
    pub fn new() -> Self {
        let outcome = |outcome: &'static str| counter!("mcp_admin_db_queries_total", "outcome" => outcome);
        Self {
            done: outcome("ok"),
            failed: outcome("error"),
            seconds: histogram!("mcp_admin_db_query_seconds"),
        }
    }
}

impl Instrumentation for Observer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => watch::statement_begins(),
            InstrumentationEvent::FinishQuery { error, .. } => {
                if error.is_some() { &self.failed } else { &self.done }.increment(1);
                if let Some(took) = watch::statement_ends() {
                    self.seconds.record(took.as_secs_f64());
                }
            }
            _ => {}
        }
    }
}
