//! The official clients in Python and in TypeScript, each driven by a script that prints what it saw.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::{READER, assert_ten_articles};
use crate::harness::{TestApp, on_both, tool};

/// Each mode of a client, the address that it gets, and the revision that it has to end with.
const MODES: [(&str, &str, &str); 3] =
    [("legacy", "/mcp", "2025-11-25"), ("auto", "/mcp/", "2026-07-28"), ("2026-07-28", "/mcp", "2026-07-28")];

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(name)
}

fn run(interpreter: &str, name: &str, url: &str, mode: &str, token: &str) -> Value {
    let output = Command::new(tool(interpreter))
        .arg(script(name))
        .args([url, mode])
        .env("MCP_TOKEN", token)
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name} {mode}: {stdout}{stderr}");
    serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{name} {mode}: {e}: {stdout}{stderr}"))
}

async fn judge(app: &TestApp, interpreter: &str, name: &str) {
    let reader = app.token(&READER);
    for (mode, path, protocol) in MODES {
        let seen = run(interpreter, name, &format!("{}{path}", app.url), mode, &reader.token);
        assert_eq!(seen["protocol"], protocol, "{mode}");
        assert_eq!(seen["tools"], json!(reader.tools().await), "{mode}");
        assert_eq!(seen["listed"]["is_error"], false, "{mode}");
        assert_ten_articles(&seen["listed"]["structured"]);
        let text: Value = serde_json::from_str(seen["listed"]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, seen["listed"]["structured"], "the text says the same");
        assert_eq!(seen["invalid"]["is_error"], true, "{mode}");
        assert!(seen["invalid"]["text"].as_str().unwrap().contains("limit"), "{seen}");
        assert_eq!(seen["refused"]["is_error"], true, "{mode}");
        assert_eq!(seen["refused"]["text"], "Permission denied: blog.change_article", "{mode}");
    }
}

on_both! {
    async fn the_python_client_lists_and_calls_tools_in_both_eras(app) {
        judge(&app, "venv/bin/python", "client.py").await;
    }

    async fn the_typescript_client_lists_and_calls_tools_in_both_eras(app) {
        judge(&app, "node", "client.mjs").await;
    }
}
