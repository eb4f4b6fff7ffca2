//! Schemathesis tries every operation of the document out, with what it allows and with what it does not.

use std::process::Command;

use mcp_admin::db::Backend;

use crate::harness::{TestApp, on_both, tool};

/// Cases of each operation that are made up, beside those that follow from the document.
const EXAMPLES: &str = "8";

async fn start(backend: Backend) -> TestApp {
    TestApp::with(backend, |config| config.api.requests_per_minute = 0).await
}

on_both! {
    from start;
    async fn r57_schemathesis_finds_nothing(app) {
        // What is deleted and deactivated on the way is of lower ids than the token that does it.
        app.superuser("zoe");
        for n in 0..40 {
            let owner = app.user(&format!("filler{n}"));
            app.token_with(&[], |new| new.user_id = owner);
        }
        let all = app.site.cli(&["permission", "list"]);
        let names: Vec<&str> = all.as_array().unwrap().iter().map(|p| p["permission"].as_str().unwrap()).collect();
        let owner = app.user("operator");
        let operator = app.token_with(&names, |new| new.user_id = owner);

        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/api/");
        let output = Command::new(tool("schemathesis/bin/schemathesis"))
            .args(["--config-file", &format!("{folder}schemathesis.toml")])
            .args(["run", &format!("{}/api/v1/openapi.json", app.url)])
            .args(["--header", &format!("Authorization: Bearer {}", operator.token)])
            .args(["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES])
            .args(["--seed", "1", "--continue-on-failure", "--no-color"])
            .current_dir(app.site.file(""))
            .env("NO_PROXY", "*")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
        assert!(!printed.contains("returned only 401"), "{printed}");
        assert_eq!(operator.status().await, 200, "it was there to the end");
    }
}
