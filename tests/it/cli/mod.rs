//! Every command of the command line once over the life of what it works on. A server runs beside it on
//! the same database and says whether tokens are accepted.

mod lists;
mod reasons;
mod rotation;
mod sites;
mod tokens;
mod users;

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use mcp_admin::clock::UtcTime;
use mcp_admin::models::log_entry::LogEntry;
use serde_json::Value;

use crate::harness::{Agent, TestApp, command, eventually};

/// Another process is heard of within this time.
const HEARD: Duration = Duration::from_secs(1);

/// The entries of the audit log that `work` made, the oldest first.
fn logged_by<T>(app: &TestApp, work: impl FnOnce() -> T) -> (T, Vec<LogEntry>) {
    let last = app.log().first().map(|entry| entry.id);
    let done = work();
    let mut new: Vec<_> = app.log().into_iter().take_while(|entry| Some(entry.id) != last).collect();
    new.reverse();
    (done, new)
}

/// Runs a command that makes one change, and insists on the one log entry of it.
fn change(app: &TestApp, action: &str, model: &str, arguments: &[&str]) -> Value {
    let (value, new) = logged_by(app, || app.site.cli(arguments));
    let [entry] = new.as_slice() else { panic!("{arguments:?}: {new:?}") };
    assert_eq!((entry.action.as_str(), entry.model.as_str()), (action, model), "{arguments:?}");
    assert_eq!((entry.surface.as_str(), entry.actor_label.as_str()), ("cli", "command line"));
    assert_eq!((entry.outcome.as_str(), &entry.object_id), ("done", &value["id"].to_string()));
    value
}

/// Runs a command that only reads.
fn read(app: &TestApp, arguments: &[&str]) -> Value {
    let (value, new) = logged_by(app, || app.site.cli(arguments));
    assert!(new.is_empty(), "{arguments:?}: {new:?}");
    value
}

/// Runs a command that is refused and changes nothing; what it said.
fn refuse(app: &TestApp, arguments: &[&str]) -> String {
    let (said, new) = logged_by(app, || app.site.cli_error(arguments));
    assert!(new.is_empty(), "{arguments:?}: {new:?}");
    said
}

/// Runs a command with a line on its standard input; whether it succeeded, and both outputs.
fn with_input(app: &TestApp, arguments: &[&str], line: &str) -> (bool, String) {
    let mut child = command(&app.site.config_file(""))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{line}").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// Makes a token that may read articles and whatever the arguments add; it and its secret.
fn token(app: &TestApp, name: &str, arguments: &[&str]) -> (Value, Agent) {
    app.user("ada");
    let base = ["token", "create", "--name", name, "--user", "ada"];
    let created = change(app, "added", "token", &[&base, arguments].concat());
    let agent = app.agent(created["token"].as_str().unwrap());
    (created, agent)
}

async fn becomes(agent: &Agent, status: u16) {
    eventually(&format!("status {status}"), HEARD, async || verdict(agent).await == status).await;
}

/// 200 or 401, also for who is told to wait because of asking so often with a token that is refused.
async fn verdict(agent: &Agent) -> u16 {
    match agent.status().await {
        429 => 401,
        status => status,
    }
}

fn time(value: &Value) -> UtcTime {
    UtcTime::parse_rfc3339(value.as_str().unwrap()).unwrap()
}

fn names(tokens: &Value) -> Vec<&str> {
    let mut names: Vec<_> =
        tokens.as_array().unwrap().iter().map(|token| token["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}
