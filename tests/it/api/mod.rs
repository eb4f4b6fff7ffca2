//! The REST API; the files are named after the addresses that they are about.

mod apps;
mod content_types;
mod conventions;
mod docs;
mod document;
mod escalation;
mod forward_auth;
mod groups;
mod life;
mod log_entries;
mod me;
mod oauth2;
mod records;
mod scale;
mod schemathesis;
mod sessions;
mod three_doors;
mod tokens;
mod users;

use std::time::Duration;

use mcp_admin::models::log_entry::LogEntry;
use serde_json::Value;

use crate::harness::{Agent, TestApp, eventually};

/// A request that has to be answered with this status; its body.
async fn expect(agent: &Agent, status: u16, method: &str, path: &str, body: Option<Value>) -> Value {
    let answer = agent.rest(method, path, body.as_ref()).await;
    assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
    answer.body
}

/// Waits for so many refusals in the log; they are written beside the answer.
async fn refusals(app: &TestApp, count: usize, which: impl Fn(&LogEntry) -> bool) {
    let written = || app.log().into_iter().filter(|entry| entry.outcome == "denied" && which(entry)).count();
    eventually("refusals are in the log", Duration::from_secs(10), async || written() >= count).await;
}
