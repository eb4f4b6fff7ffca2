//! Log lines and metrics of the process. Both are set up once, however many servers a process runs.

mod lines;
mod sink;

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Config, LogFormat};
use crate::error::{Error, Result};
use lines::JsonLines;
use sink::Sink;

/// Where the lines of this process are collected, once logging has begun.
static SINK: OnceLock<Sink> = OnceLock::new();

/// Upper bounds in seconds of the histograms.
const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];
/// How often histograms are tidied; what they hold between grows with the number of requests.
pub const UPKEEP: Duration = Duration::from_secs(5);

/// Starts logging to stderr as the settings say, and logs panics as one line. If a logger is there
/// already, it stays. Lines are collected for some milliseconds: call [`flush`] before the process ends.
///
/// # Errors
/// `Invalid` for a filter that cannot be read.
pub fn init(config: &Config) -> Result<()> {
    let sink = Sink::start(std::io::stderr()).map_err(|error| Error::Internal(Box::new(error)))?;
    let dispatch = dispatcher(config.log_format, &config.log_filter, sink.clone())?;
    if tracing::dispatcher::set_global_default(dispatch).is_ok() {
        // Only here is it set, and this is done once.
        let _ = SINK.set(sink);
        std::panic::set_hook(Box::new(|panic| {
            let location = panic.location().map(ToString::to_string);
            let text = panic.payload_as_str().unwrap_or("no text");
            tracing::error!(location, text = ?text, "a panic");
        }));
    }
    Ok(())
}

/// Writes out what was logged so far.
pub fn flush() {
    if let Some(sink) = SINK.get() {
        sink.flush();
    }
}

fn dispatcher<W>(format: LogFormat, filter: &str, writer: W) -> Result<tracing::Dispatch>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder()
        .parse(filter)
        .map_err(|error| Error::invalid("log_filter", format!("\"{filter}\" is no filter: {error}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    Ok(match format {
        LogFormat::Json => builder.event_format(JsonLines::default()).into(),
        LogFormat::Text => builder.with_ansi(false).into(),
    })
}

/// The recorder of metrics of this process, installed at the first call; `None` if the program that
/// embeds us brought its own.
pub fn metrics() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER.get_or_init(install).as_ref()
}

fn install() -> Option<PrometheusHandle> {
    let builder =
        PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS);
    let recorder = builder.ok()?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).ok()?;
    metrics::describe_counter!("mcp_admin_http_requests_total", "Requests by route and class of status");
    metrics::describe_histogram!("mcp_admin_http_request_seconds", "Duration of requests by route");
    metrics::describe_counter!("mcp_admin_auth_total", "Requests by what the guard said");
    metrics::describe_counter!("mcp_admin_token_cache_hits_total", "Tokens that were remembered");
    metrics::describe_counter!("mcp_admin_token_cache_misses_total", "Tokens that were not remembered");
    metrics::describe_counter!("mcp_admin_token_loads_total", "Tokens that were looked up in the database");
    metrics::describe_counter!("mcp_admin_usage_flushes_total", "Batches of uses that were written down");
    metrics::describe_counter!("mcp_admin_db_queries_total", "Queries of all databases");
    metrics::describe_histogram!("mcp_admin_db_query_seconds", "Duration of queries");
    metrics::describe_counter!("mcp_admin_db_given_up_total", "Statements that nobody waits for any more");
    Some(handle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::testing::Memory;

    fn logged(format: LogFormat, value: &str) -> String {
        let memory = Memory::default();
        let sink = memory.clone();
        let dispatch = dispatcher(format, "trace", move || sink.clone()).unwrap();
        tracing::dispatcher::with_default(
            &dispatch,
            || tracing::info!(path = value, shown = ?value, token_id = 7, ms = 0.25, "request"),
        );
        let bytes = memory.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn r40_what_a_client_sent_stays_in_one_line() {
        let hostile = "a\r\nlevel=ERROR \"forged\"\\\u{1b}[31m\u{7}\u{9b}\u{2028}ü";
        for format in [LogFormat::Json, LogFormat::Text] {
            let text = logged(format, hostile);
            assert_eq!(text.matches('\n').count(), 1, "{text:?}");
            assert!(!text.contains(['\r', '\u{1b}', '\u{7}', '\u{9b}', '\u{2028}']), "{text:?}");
        }
        let line: serde_json::Value = serde_json::from_str(&logged(LogFormat::Json, hostile)).unwrap();
        assert_eq!((line["token_id"].as_i64(), line["message"].as_str()), (Some(7), Some("request")));
        assert_eq!((line["path"].as_str(), line["ms"].as_f64()), (Some(hostile), Some(0.25)));
        assert_eq!(line["shown"].as_str(), Some(&*format!("{hostile:?}")));
        let keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["timestamp", "level", "message", "path", "shown", "token_id", "ms", "target"]);
        assert_eq!((line["timestamp"].as_str().unwrap().len(), line["level"].as_str()), (27, Some("INFO")));
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        let config = Config { log_filter: "mcp_admin=loud".into(), ..Config::default() };
        assert!(init(&config).unwrap_err().to_string().contains("log_filter"));
    }

    #[test]
    fn the_recorder_is_installed_once() {
        assert!(metrics().is_some() && metrics().is_some());
    }
}
