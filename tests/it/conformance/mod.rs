//! The official conformance suite, offline, against the production guard and registry: its fixtures come
//! as an extension, and a proxy adds the token that it cannot send.

mod fixtures;
mod inputs;
mod prompts;
mod resources;
mod tools;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use mcp_admin::db::Backend;

use crate::harness::{Proxy, Site, TestApp, tool};
use fixtures::Fixtures;

const SUITE: &str = "tests/conformance/node_modules/@modelcontextprotocol/conformance/dist/index.js";
const PERMISSION: &str = "blog.view_article";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// How many scenarios of a revision pass, of how many that it requires.
fn run(revision: &str, more: &[&str]) -> (usize, usize) {
    let app = TestApp::extended(
        Site::new(Backend::Sqlite),
        |_| {},
        |changes| Some(Arc::new(Fixtures::new(changes.clone()))),
    );
    let agent = app.token(&[PERMISSION]);
    let proxy = Proxy::start(app.address(), &agent.token);
    let out = root().join("target/conformance").join(revision);
    let _ = std::fs::remove_dir_all(&out);
    std::fs::create_dir_all(&out).unwrap();
    let output = Command::new(tool("node"))
        .arg(root().join(SUITE))
        .args(["server", "--url", &format!("{}/mcp", proxy.url), "--requirements", revision])
        .arg("-o")
        .arg(&out)
        .args(more)
        .env("NO_PROXY", "*")
        .current_dir(root().join("tests/conformance"))
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    std::fs::write(out.join("output.txt"), &*text).unwrap();
    assert!(output.status.success(), "{revision}:\n{text}");
    counted(revision, &text)
}

/// How many of the required scenarios the suite calls passed, without those that are expected to fail.
fn counted(revision: &str, text: &str) -> (usize, usize) {
    let file = root().join(SUITE).parent().unwrap().join(format!("../requirements/{revision}.yaml"));
    let requirements = std::fs::read_to_string(file).unwrap();
    let of_servers = requirements.lines().skip_while(|line| *line != "server:").skip(1);
    let required: Vec<&str> = of_servers
        .take_while(|line| line.starts_with(' ') || line.is_empty() || line.starts_with('#'))
        .filter_map(|line| line.trim().strip_prefix("- "))
        .collect();
    let (_, summary) = text.split_once("=== SUMMARY ===").unwrap();
    let has = |mark: &str, name: &str| {
        summary.lines().any(|line| {
            line.trim().strip_prefix(mark).is_some_and(|rest| rest.split(':').next() == Some(name))
        })
    };
    let passed = required.iter().filter(|name| has("✓ ", name) && !has("~ ", name)).count();
    (passed, required.len())
}

/// Keeps the line that `make conformance` ends with.
fn summarise(revision: &str, (passed, all): (usize, usize)) {
    let line = format!("{revision}: {passed}/{all}\n");
    std::fs::write(root().join("target/conformance").join(format!("{revision}.txt")), line).unwrap();
}

#[tokio::test]
async fn the_suite_of_2026_07_28_passes_whole() {
    let counted = run("2026-07-28", &[]);
    summarise("2026-07-28", counted);
    assert_eq!(counted, (37, 37));
}

#[tokio::test]
async fn the_suite_of_2025_11_25_passes_but_for_sessions_and_questions() {
    let counted = run("2025-11-25", &["--expected-failures", "expected-failures.yaml"]);
    summarise("2025-11-25", counted);
    assert_eq!(counted, (25, 30));
}
