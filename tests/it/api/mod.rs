//! The REST API; the files are named after the addresses that they are about.

mod apps;
mod content_types;
mod document;
mod forward_auth;
mod groups;
mod life;
mod log_entries;
mod me;
mod oauth2;
mod records;
mod tokens;
mod users;

use serde_json::Value;

use crate::harness::Agent;

/// A request that has to be answered with this status; its body.
async fn expect(agent: &Agent, status: u16, method: &str, path: &str, body: Option<Value>) -> Value {
    let answer = agent.rest(method, path, body.as_ref()).await;
    assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
    answer.body
}
