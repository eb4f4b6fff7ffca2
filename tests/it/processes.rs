//! Several processes on one database: servers, the command line, signals, logs.

use std::process::Command;
use std::time::Duration;

use mcp_admin::db::Backend;
use serde_json::{Value, json};

use crate::harness::{Agent, Cluster, Process, Site, eventually, send, tool};

/// A token made by the command line, and its id.
fn create_token(site: &Site, name: &str, more: &[&str]) -> (String, Agent) {
    let created = site.cli(&[&["token", "create", "--name", name, "--user", "ada"], more].concat());
    let id = created["id"].to_string();
    (id, Agent::new("http://unused", created["token"].as_str().unwrap(), None))
}

fn site_with_ada(backend: Backend) -> Site {
    let site = Site::new(backend);
    site.cli(&["user", "create", "ada"]);
    site
}

async fn cli_revocation(backend: Backend, servers: usize) {
    let site = site_with_ada(backend);
    let servers: Vec<Process> = (0..servers).map(|_| Process::serve(&site, "")).collect();
    let (id, agent) = create_token(&site, "agent", &["--perm", "blog.view_article"]);
    let agents: Vec<Agent> = servers.iter().map(|server| agent.at(&server.url)).collect();
    for agent in &agents {
        eventually("a new token is let in", Duration::from_secs(1), async || agent.status().await == 200)
            .await;
    }
    site.cli(&["token", "deactivate", &id]);
    for agent in &agents {
        eventually("deactivated", Duration::from_secs(1), async || agent.status().await == 401).await;
    }
    site.cli(&["token", "activate", &id]);
    for agent in &agents {
        eventually("activated", Duration::from_secs(1), async || agent.status().await == 200).await;
    }
    site.cli(&["token", "grant", &id, "blog.add_article"]);
    for agent in &agents {
        let sees = async || agent.tools().await.contains(&"create_article".to_owned());
        eventually("granted", Duration::from_secs(1), sees).await;
    }
    site.cli(&["user", "deactivate", "ada"]);
    for agent in &agents {
        eventually("owner deactivated", Duration::from_secs(1), async || agent.status().await == 401).await;
    }
}

#[tokio::test]
async fn r08_the_command_line_revokes_within_a_second_on_sqlite() {
    cli_revocation(Backend::Sqlite, 1).await;
}

#[tokio::test]
async fn r08_the_command_line_revokes_within_a_second_on_two_servers_of_one_sqlite_file() {
    cli_revocation(Backend::Sqlite, 2).await;
}

#[tokio::test]
async fn r08_the_command_line_revokes_within_a_second_on_two_servers_of_one_postgres() {
    cli_revocation(Backend::Postgres, 2).await;
}

/// Polls so rarely that only a notification can be quick.
#[tokio::test]
async fn r08_postgres_tells_of_a_revocation_before_anybody_asks() {
    let site = site_with_ada(Backend::Postgres);
    let server = Process::serve(&site, "epoch_poll_interval = \"3s\"");
    let (id, agent) = create_token(&site, "agent", &[]);
    let agent = agent.at(&server.url);
    assert_eq!(agent.status().await, 200);
    site.cli(&["token", "deactivate", &id]);
    eventually("heard of", Duration::from_secs(1), async || agent.status().await == 401).await;
}

#[tokio::test]
async fn r08_with_the_listening_connection_killed_a_revocation_holds_within_five_seconds() {
    let site = site_with_ada(Backend::Postgres);
    let server = Process::serve(&site, "");
    let (id, agent) = create_token(&site, "agent", &[]);
    let agent = agent.at(&server.url);
    assert_eq!(agent.status().await, 200);
    let database = site.url.rsplit('/').next().unwrap().to_owned();
    let kill = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' AND query LIKE 'LISTEN%'"
    );
    Cluster::shared().execute(&kill);
    site.cli(&["token", "deactivate", &id]);
    Cluster::shared().execute(&kill);
    eventually("polled", Duration::from_secs(5), async || agent.status().await == 401).await;
}

async fn sigterm_right_after_a_call(backend: Backend) {
    let site = site_with_ada(backend);
    let mut server = Process::serve(&site, "usage_flush_interval = \"1h\"");
    let (id, agent) = create_token(&site, "agent", &[]);
    assert_eq!(site.cli(&["token", "show", &id])["last_used_at"], Value::Null);
    assert_eq!(agent.at(&server.url).status().await, 200);
    server.signal("TERM");
    let ended = server.wait(Duration::from_secs(10));
    assert!(ended.success(), "{ended}: {}", server.output());
    assert!(site.cli(&["token", "show", &id])["last_used_at"].is_string());
}

#[tokio::test]
async fn r12_kill_term_right_after_a_call_loses_nothing_on_sqlite() {
    sigterm_right_after_a_call(Backend::Sqlite).await;
}

#[tokio::test]
async fn r12_kill_term_right_after_a_call_loses_nothing_on_postgres() {
    sigterm_right_after_a_call(Backend::Postgres).await;
}

/// Everything that our own database keeps, as bytes.
fn dump(site: &Site) -> Vec<u8> {
    match site.backend {
        Backend::Sqlite => ["own.db", "own.db-wal"]
            .iter()
            .flat_map(|name| std::fs::read(site.file(name)).unwrap_or_default())
            .collect(),
        Backend::Postgres => {
            let made = Command::new(tool("postgres/pg_dump")).arg(&site.url).output().unwrap();
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            made.stdout
        }
    }
}

async fn secrets_stay_secret(backend: Backend) {
    let site = site_with_ada(backend);
    let mut server = Process::serve(&site, "log_filter = \"trace\"");
    let (id, first) = create_token(&site, "agent", &["--full", "blog"]);
    let agent = first.at(&server.url);
    agent.ok("list_article", json!({"limit": 1})).await;
    agent.refused("get_article", json!({"id": "x"})).await;
    let rotated = site.cli(&["token", "rotate", &id, "--grace", "1h"]);
    let copied = site.cli(&["token", "copy", &id]);
    let unknown = mcp_admin::auth::PlainToken::generate(&mut rand::rng()).reveal().to_owned();
    agent.at(&server.url).legacy("tools/list", json!({})).await;
    Agent::new(&server.url, &unknown, None).list().await;
    let line = format!("POST /mcp/?access_token={}", first.token);
    assert_eq!(send(server.address(), &line, &[], r#"{"method":"tools/list"}"#).status, 401);
    let mut seen = String::new();
    for command in
        [vec!["token", "list"], vec!["token", "show", &id], vec!["token", "check", &id, "blog.view_tag"]]
    {
        seen.push_str(&site.cli(&command).to_string());
        let printed = site.run(&command);
        seen.push_str(&format!("{}{}", printed.stdout, printed.stderr));
    }
    for path in ["/livez", "/readyz", "/metrics", "/"] {
        seen.push_str(&send(server.address(), &format!("GET {path}"), &[], "").body);
    }
    server.signal("TERM");
    server.wait(Duration::from_secs(10));
    let kept = String::from_utf8_lossy(&dump(&site)).into_owned();
    let logged = server.output();
    assert!(logged.lines().count() > 20, "the log is at TRACE: {logged}");
    let secrets =
        [&first.token, rotated["token"].as_str().unwrap(), copied["token"].as_str().unwrap(), &unknown];
    for secret in secrets {
        // The display prefix may be seen; nothing of what follows it.
        for part in [&secret[12..], &secret[12..28]] {
            assert!(!kept.contains(part), "in the database");
            assert!(!logged.contains(part), "in the log: {logged}");
            assert!(!seen.contains(part), "in an answer: {seen}");
        }
    }
    assert!(kept.contains(&first.token[..12]) || kept.contains(&rotated["token"].as_str().unwrap()[..12]));
}

#[tokio::test]
async fn r02_r17_r39_no_secret_is_in_database_logs_or_answers_on_sqlite() {
    secrets_stay_secret(Backend::Sqlite).await;
}

#[tokio::test]
async fn r02_r17_r39_no_secret_is_in_database_logs_or_answers_on_postgres() {
    secrets_stay_secret(Backend::Postgres).await;
}

#[tokio::test]
async fn r39_a_database_password_is_in_no_log_and_no_message() {
    let site = Site::new(Backend::Sqlite);
    let url = "postgres://u:hunter2hunter2@127.0.0.1:1/none";
    let file = site.config_file("log_filter = \"trace\"");
    for arguments in [vec!["migrate"], vec!["serve", "--bind", "127.0.0.1:0"], vec!["token", "list"]] {
        let mut command = crate::harness::command(&file);
        let output = command.args(["--database-url", url]).args(&arguments).output().unwrap();
        assert!(!output.status.success());
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed);
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}
