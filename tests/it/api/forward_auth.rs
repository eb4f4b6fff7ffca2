//! A real nginx in front of somebody else's MCP server, guarded by `/api/v1/authorize`, with the
//! configuration that the examples show.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Agent, Answer, TestApp, eventually, on_both, tool};

/// A process that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The server behind, made with the official Python package, and its address.
fn second_server() -> (Running, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/second_server.py");
    let mut command = Command::new(tool("venv/bin/python"));
    let mut child = command.arg(script).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Running(child), format!("127.0.0.1:{}", line.trim()))
}

/// nginx with the configuration of the examples, between `app` and the server behind; and its address.
async fn nginx(app: &TestApp, behind: &str, files: &TempDir) -> (Running, String) {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/nginx.conf");
    let example = std::fs::read_to_string(example).unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    // One process without children, so that whoever ends it ends all of it.
    let mut configuration =
        example.replace("worker_processes auto;", "worker_processes 1;\ndaemon off;\nmaster_process off;");
    for (shown, real) in
        [("127.0.0.1:8000", app.address()), ("127.0.0.1:9000", behind), ("127.0.0.1:8080", &address)]
    {
        assert_eq!(configuration.matches(shown).count(), 1, "{shown}");
        configuration = configuration.replace(shown, real);
    }
    // As an ordinary user it may not write where its package says.
    let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("    {kind}_temp_path {};\n", files.path().join(kind).display()));
    configuration = configuration.replace("http {\n", &format!("http {{\n{}", paths.concat()));
    let path = files.path().join("nginx.conf");
    std::fs::write(&path, configuration).unwrap();
    let mut command = Command::new(tool("nginx"));
    command.arg("-p").arg(files.path()).arg("-e").arg("stderr").arg("-c").arg(path);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("nginx listens", Duration::from_secs(10), async || {
        tokio::net::TcpStream::connect(&address).await.is_ok()
    })
    .await;
    (Running(child), format!("http://{address}"))
}

async fn who(agent: &Agent) -> Answer {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "who", "arguments": {}}});
    let request = agent.request().header("mcp-protocol-version", "2025-11-25").header("x-mcp-user", "root");
    agent.send(request.body(body.to_string())).await
}

on_both! {
    async fn nginx_guards_a_second_server_with_these_tokens(app) {
        let files = tempfile::tempdir().unwrap();
        let (_server, behind) = second_server();
        let (_nginx, url) = nginx(&app, &behind, &files).await;

        let reader = app.token(&["blog.view_article", "blog.view_tag"]).at(&url);
        let answer = who(&reader).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let seen = &answer.body["result"]["structuredContent"];
        assert_eq!(seen["x-mcp-user"], "ada", "what the client claimed is replaced");
        assert_eq!(seen["x-mcp-token-id"], reader.id().to_string());
        assert_eq!(seen["x-mcp-permissions"], "blog.view_article blog.view_tag");
        assert_eq!(seen["credential"], "no", "the secret ends at the proxy");

        assert_eq!(who(&app.token(&["blog.view_tag"]).at(&url)).await.status, 403);
        let unknown = who(&app.agent("mcp_unknown").at(&url)).await;
        assert_eq!(unknown.status, 401);
        assert!(unknown.header("www-authenticate").contains("invalid_token"), "{:?}", unknown.headers);

        app.site.cli(&["token", "deactivate", &reader.id().to_string()]);
        eventually("the token is refused", Duration::from_secs(5), async || who(&reader).await.status == 401)
            .await;
        let now: Value = json!(app.stored(reader.id()).is_active);
        assert_eq!(now, false);
    }
}
