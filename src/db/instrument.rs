//! Query times for `/metrics`, seen from inside the driver.

use std::time::Instant;

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// Measures each query of one connection.
#[derive(Default)]
pub struct QueryTimer {
    started: Option<Instant>,
}

impl Instrumentation for QueryTimer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.started = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { error, .. } => {
                let outcome = if error.is_some() { "error" } else { "ok" };
                metrics::counter!("mcp_admin_db_queries_total", "outcome" => outcome).increment(1);
                if let Some(started) = self.started.take() {
                    metrics::histogram!("mcp_admin_db_query_seconds").record(started.elapsed().as_secs_f64());
                }
            }
            _ => {}
        }
    }
}
