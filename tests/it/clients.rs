//! Clients that others wrote, with the Bearer header, in both eras of the protocol.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

use mcp_admin::db::Backend;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::{Value, json};

use crate::harness::{TestApp, tool};

fn conformance(path: &str) -> PathBuf {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(path);
    assert!(found.exists(), "{} is missing: run `make tools` once", found.display());
    found
}

async fn run(command: &mut Command) -> (bool, String, String) {
    let mut moved = Command::new(command.get_program());
    moved.args(command.get_args()).envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let output = tokio::task::spawn_blocking(move || moved.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// The Inspector's command line.
async fn inspect(app: &TestApp, token: &str, era: &str, arguments: &[&str]) -> (bool, Value, String) {
    let script = conformance("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
    let mut command = Command::new(tool("node"));
    command.arg(script).args(["--cli", &format!("{}/mcp/", app.url), "--transport", "http"]);
    command.args(["--protocol-era", era, "--stored-auth-only"]);
    command.args(["--header", &format!("Authorization: Bearer {token}")]).args(arguments);
    let (ok, stdout, stderr) = run(&mut command).await;
    let parsed = serde_json::from_str(&stdout).unwrap_or(Value::Null);
    (ok, parsed, format!("{stdout}{stderr}"))
}

async fn inspector(backend: Backend, era: &str) {
    let app = TestApp::start(backend).await;
    let agent = app.token(&["blog.view_article"]);
    let (ok, listed, printed) =
        inspect(&app, &agent.token, era, &["--method", "tools/list", "--strict"]).await;
    assert!(ok, "{printed}");
    let names: Vec<&str> =
        listed["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["find_models", "list_article", "get_article", "describe_article"]);
    let call = ["--method", "tools/call", "--tool-name", "list_article", "--tool-arg", "limit=3"];
    let (ok, called, printed) = inspect(&app, &agent.token, era, &call).await;
    assert!(ok, "{printed}");
    assert_eq!(called["structuredContent"]["count"], 3, "{printed}");
    let wrong = ["--method", "tools/call", "--tool-name", "get_article", "--tool-arg", "id=999999"];
    let (_, called, printed) = inspect(&app, &agent.token, era, &wrong).await;
    assert!(called["isError"] == true || printed.contains("not found"), "{printed}");
    let (ok, _, printed) = inspect(&app, &agent.token.to_lowercase(), era, &["--method", "tools/list"]).await;
    assert!(!ok, "a bad token is refused: {printed}");
}

#[tokio::test]
async fn the_inspector_works_in_the_modern_era() {
    inspector(Backend::Sqlite, "modern").await;
}

#[tokio::test]
async fn the_inspector_works_in_the_legacy_era() {
    inspector(Backend::Postgres, "legacy").await;
}

/// `python_client.py` and `typescript_client.mjs` take the same arguments and print the same report.
async fn report_of(backend: Backend, program: &str, script: &str, mode: &str) {
    let app = TestApp::start(backend).await;
    let agent = app.token(&["blog.view_article", "blog.view_author"]);
    let url = format!("{}/mcp/", app.url);
    let mut command = Command::new(tool(program));
    command.arg(conformance(script)).args([&url, &agent.token, mode]);
    let (ok, stdout, stderr) = run(&mut command).await;
    assert!(ok, "{stdout}{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stdout}{stderr}"));
    assert_eq!(report["tools"].as_array().unwrap().len(), 7, "{report}");
    assert_eq!(report["listed"]["count"], 2, "{report}");
    assert!(report["failed"].as_str().unwrap().contains("not found"), "{report}");
    assert_eq!(report["refused"], "Permission denied: blog.change_article");
    let expected = if mode == "legacy" { "2025-" } else { "2026-07-28" };
    assert!(report["version"].as_str().unwrap().starts_with(expected), "{report}");
    let mut command = Command::new(tool(program));
    command.arg(conformance(script)).args([&url, "mcp_wrong", mode]);
    let (ok, stdout, stderr) = run(&mut command).await;
    assert!(!ok, "a bad token is refused: {stdout}{stderr}");
}

#[tokio::test]
async fn the_python_client_picks_an_era_by_itself() {
    report_of(Backend::Sqlite, "venv/bin/python", "python_client.py", "auto").await;
}

#[tokio::test]
async fn the_python_client_works_in_the_legacy_era() {
    report_of(Backend::Sqlite, "venv/bin/python", "python_client.py", "legacy").await;
}

#[tokio::test]
async fn the_python_client_works_in_the_modern_era() {
    report_of(Backend::Postgres, "venv/bin/python", "python_client.py", "2026-07-28").await;
}

#[tokio::test]
async fn the_rmcp_client_works() {
    let app = TestApp::start(Backend::Sqlite).await;
    let agent = app.token(&["blog.view_article"]);
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", agent.token)).unwrap();
    bearer.set_sensitive(true);
    let config = StreamableHttpClientTransportConfig::with_uri(format!("{}/mcp/", app.url))
        .custom_headers(HashMap::from([(AUTHORIZATION, bearer)]));
    let client = ().serve(StreamableHttpClientTransport::from_config(config)).await.unwrap();
    let tools = client.list_all_tools().await.unwrap();
    assert_eq!(tools.len(), 4);
    let call = async |name: &'static str, arguments: Value| {
        let arguments = arguments.as_object().unwrap().clone();
        client.call_tool(CallToolRequestParams::new(name).with_arguments(arguments)).await
    };
    let listed = call("list_article", json!({"limit": 2})).await.unwrap();
    assert_eq!(listed.structured_content.unwrap()["count"], 2);
    let failed = call("get_article", json!({"id": 999_999})).await.unwrap();
    assert_eq!(failed.is_error, Some(true));
    let refused =
        serde_json::to_value(call("update_article", json!({"id": 1, "data": {}})).await.unwrap()).unwrap();
    assert_eq!(refused["content"][0]["text"], "Permission denied: blog.change_article");
    assert!(call("no_such_tool", json!({})).await.is_err());
    client.cancel().await.unwrap();
}
