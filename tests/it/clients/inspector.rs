//! The official Inspector, on its command line.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{READER, assert_ten_articles};
use crate::harness::{Agent, on_both, tool};

const LAUNCHER: &str =
    "tests/conformance/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";
const ERAS: [&str; 2] = ["modern", "legacy"];

struct Inspected {
    ok: bool,
    stdout: String,
    stderr: String,
}

impl Inspected {
    fn json(&self) -> Value {
        assert!(self.ok, "{}{}", self.stdout, self.stderr);
        serde_json::from_str(&self.stdout).unwrap()
    }
}

fn inspect(url: &str, era: &str, agent: &Agent, arguments: &[&str]) -> Inspected {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(tool("node"))
        .arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(LAUNCHER))
        .args(["--cli", &format!("{url}/mcp/"), "--transport", "http", "--protocol-era", era])
        .args(["--header", &format!("Authorization: Bearer {}", agent.token), "--stored-auth-only"])
        .args(arguments)
        // What it remembers of earlier servers is none of our business.
        .env("HOME", home.path())
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Inspected { ok: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

on_both! {
    async fn the_inspector_finds_no_fault_with_the_tools(app) {
        let reader = app.token(&READER);
        for era in ERAS {
            let listed = inspect(&app.url, era, &reader, &["--method", "tools/list", "--strict"]);
            let tools = listed.json();
            let names: Vec<_> = tools["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
            assert_eq!(names, reader.tools().await, "{era}");
            assert!(!listed.stderr.contains("tool \""), "{era}: {}", listed.stderr);
        }
    }

    async fn the_inspector_calls_tools_and_gets_errors_in_both_eras(app) {
        let reader = app.token(&READER);
        let call = |era, arguments: &[&str]| {
            inspect(&app.url, era, &reader, &[&["--method", "tools/call"], arguments].concat())
        };
        for era in ERAS {
            let listed = call(era, &["--tool-name", "list_article", "--tool-arg", "limit=10"]).json();
            assert_ten_articles(&listed["structuredContent"]);

            let invalid = call(era, &["--tool-name", "list_article", "--tool-arg", "limit=-1"]);
            let said = format!("{}{}", invalid.stdout, invalid.stderr);
            assert!(!invalid.ok && said.contains("Validation failed") && said.contains("limit"), "{era}: {said}");

            // It asks for the list before it calls, so it does not even try what is not there.
            let refused = call(era, &["--tool-name", "update_article", "--tool-arg", "id=1"]);
            assert!(!refused.ok && refused.stderr.contains("tool_not_found"), "{era}: {}", refused.stderr);
        }
    }

    async fn the_inspector_is_told_that_its_token_is_not_valid(app) {
        let stranger = app.agent(mcp_admin::auth::PlainToken::generate(&mut rand::rng()).reveal());
        for era in ERAS {
            let refused = inspect(&app.url, era, &stranger, &["--method", "tools/list"]);
            let said = format!("{}{}", refused.stdout, refused.stderr);
            assert!(!refused.ok && said.contains("auth_required"), "{era}: {said}");
        }
    }
}
