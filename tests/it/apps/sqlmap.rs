//! Sqlmap tries to make SQL of what a client sends.

use std::process::Command;

use mcp_admin::db::Backend;

use crate::harness::{Agent, TestApp, on_both, tool};

/// Has sqlmap try a request, of which each `*` is a place to try. It finds nothing, and breaks nothing.
async fn try_out(app: &TestApp, agent: &Agent, arguments: &[&str]) {
    let folder = app.site.file("sqlmap");
    let database = if app.backend() == Backend::Sqlite { "SQLite" } else { "PostgreSQL" };
    let mut sqlmap = Command::new(tool("sqlmap/bin/sqlmap"));
    sqlmap
        .args(["--batch", "--disable-coloring", "--skip-waf", "--level=2", "--risk=3", "--threads=2"])
        .args(["--dbms", database, "--ignore-code=400,422", "--ignore-proxy"])
        .args([
            "--headers",
            &format!("Authorization: Bearer {}\nContent-Type: application/json", agent.token),
        ])
        .arg("--output-dir")
        .arg(&folder)
        .args(arguments)
        .env("HOME", &folder);
    let output = tokio::task::spawn_blocking(move || sqlmap.output().unwrap()).await.unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("all tested parameters do not appear to be injectable"), "{printed}");
    for code in ["401 (", "403 (", "500 (", "503 ("] {
        assert!(!printed.contains(code), "{printed}");
    }
    assert_eq!(agent.status().await, 200);
}

on_both! {
    async fn r46_sqlmap_finds_nothing_in_tools(app) {
        let agent = app.token(&["blog.view_article"]);
        let call = r#"{"method":"tools/call","name":"list_article","arguments":{"search":"x*","filters":{"title__icontains":"y*"},"order_by":"title*"}}"#;
        let url = format!("{}/mcp/", app.url);
        try_out(&app, &agent, &["-u", &url, "--method=POST", "--data", call]).await;
    }

    async fn r46_sqlmap_finds_nothing_in_the_rest_api(app) {
        let agent = app.token(&["blog.view_article"]);
        let url = format!("{}/api/v1/apps/blog/article/records?search=x*&sort=title*&title__icontains=q*", app.url);
        try_out(&app, &agent, &["-u", &url]).await;
    }
}
