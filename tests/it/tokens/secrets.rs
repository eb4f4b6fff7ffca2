//! A secret is in the one answer that shows it, and nowhere else.

use std::path::Path;
use std::process::Command;

use diesel::prelude::*;
use mcp_admin::auth::{PlainToken, TokenDigest, TokenHasher};
use mcp_admin::db::Backend;
use mcp_admin::db::schema::tokens;
use serde_json::{Value, json};

use crate::harness::{Agent, Process, Site, eventually, on_each, request, tool};

/// Prefix, digest, digest of the secret before, and how they were made.
type Stored = (String, TokenDigest, Option<TokenDigest>, String);

/// Every byte of our own database, whatever file it is in.
fn dump(site: &Site) -> Vec<u8> {
    if site.backend == Backend::Postgres {
        let output = Command::new(tool("postgres/pg_dump")).arg(&site.url).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return output.stdout;
    }
    let beside = |suffix: &str| std::fs::read(format!("{}{suffix}", site.url)).unwrap_or_default();
    assert!(Path::new(&site.url).is_file());
    ["", "-wal", "-shm"].map(beside).concat()
}

fn occurs(text: &[u8], wanted: &str) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted.as_bytes())
}

/// Secrets that were shown, each once.
fn issue_all(site: &Site) -> Vec<String> {
    let secret = |value: Value| value["token"].as_str().unwrap().to_owned();
    site.cli(&["user", "create", "ada"]);
    let create = ["token", "create", "--name", "CI", "--user", "ada", "--read-only", "blog"];
    let created = secret(site.cli(&create));
    let rotated = secret(site.cli(&["token", "rotate", "CI", "--grace", "1h"]));
    let copied = secret(site.cli(&["token", "copy", "CI"]));
    let off = secret(site.cli(&["token", "create", "--name", "Off", "--user", "ada", "--inactive"]));
    vec![created, rotated, copied, off]
}

/// What every command that reads prints, for programs and for people.
fn everything_readable(site: &Site) -> String {
    let commands: [&[&str]; 11] = [
        &["token", "list"],
        &["token", "list", "--search", "CI"],
        &["token", "show", "CI"],
        &["token", "show", "CI v2"],
        &["token", "check", "CI", "blog.view_article"],
        &["user", "list"],
        &["group", "list"],
        &["permission", "list"],
        &["app", "list"],
        &["app", "check"],
        &["check"],
    ];
    let mut text = String::new();
    for command in commands {
        for printed in [site.run(&[&["--json"], command].concat()), site.run(command)] {
            assert!(printed.ok, "{command:?}: {}", printed.stderr);
            text.push_str(&printed.stdout);
            text.push_str(&printed.stderr);
        }
    }
    text
}

on_each! {
    async fn r02_a_secret_can_be_found_nowhere_after_it_was_shown(backend) {
        let site = Site::new(backend);
        let server = Process::serve(&site, "log_filter = \"trace\"");
        let secrets = issue_all(&site);
        let mut answers = String::new();
        for secret in &secrets {
            let agent = Agent::new(&server.url, secret, None);
            answers.push_str(&agent.list().await.text);
            answers.push_str(&agent.call("list_article", json!({"limit": 1})).await.text);
            // Pasted where a name is wanted, it is neither searched for nor repeated.
            let shown = site.run(&["token", "show", secret]);
            answers.push_str(&shown.stdout);
            answers.push_str(&shown.stderr);
        }
        for path in ["/livez", "/readyz", "/metrics", "/mcp/", "/nothing"] {
            let body = reqwest::get(format!("{}{path}", server.url)).await.unwrap().text().await.unwrap();
            answers.push_str(&body);
        }
        site.cli(&["token", "deactivate", "CI v2"]);
        site.cli(&["token", "delete", "Off"]);
        let places = [
            ("the database", dump(&site)),
            ("the log", server.output().into_bytes()),
            ("a command", everything_readable(&site).into_bytes()),
            ("an answer", answers.into_bytes()),
        ];
        for (place, bytes) in &places {
            assert!(bytes.len() > 1000, "{place} has {} bytes", bytes.len());
            for secret in &secrets {
                // Neither the whole nor what is left of it without the prefix that is stored.
                assert!(!occurs(bytes, &secret[12..]), "{place} knows a secret");
            }
        }
        assert!(occurs(&places[0].1, &secrets[1][..12]), "the dump is of the right database");
    }

    async fn r03_only_the_digest_and_the_prefix_are_stored(backend) {
        let site = Site::new(backend);
        let secrets = issue_all(&site);
        let digest = |secret: &str| PlainToken::parse(secret.as_bytes()).unwrap().digest(&TokenHasher::sha256());
        let columns = (tokens::prefix, tokens::digest, tokens::previous_digest, tokens::hash_alg);
        let query = tokens::table.select(columns).order(tokens::id);
        let stored: Vec<Stored> = site.open().read(|conn| Ok(query.load(conn)?)).unwrap();
        let row = |now: usize, before: Option<usize>| {
            let before = before.map(|index| digest(&secrets[index]));
            (secrets[now][..12].to_owned(), digest(&secrets[now]), before, "sha256".to_owned())
        };
        assert_eq!(stored, [row(1, Some(0)), row(2, None), row(3, None)]);
    }

    async fn r39_a_log_at_trace_has_no_secret_and_no_query_string(backend) {
        let site = Site::new(backend);
        let server = Process::serve(&site, "log_filter = \"trace\"");
        let secrets = issue_all(&site);
        let good = Agent::new(&server.url, &secrets[1], None);
        assert_eq!(good.status().await, 200);
        good.ok("list_article", json!({"limit": 1, "search": "Maps"})).await;
        good.refused("update_article", json!({"id": 1, "data": {"title": "Mine"}})).await;
        let unknown = PlainToken::generate(&mut rand::rng());
        let address = server.address();
        let mistyped = format!("{}!", &secrets[0][..63]);
        for bad in [unknown.reveal(), &secrets[3], &mistyped, "hunter2-not-a-token"] {
            assert_eq!(request(address, &[&format!("Authorization: Bearer {bad}")]).status, 401);
        }
        let basic = "Authorization: Basic aHVudGVyMjpodW50ZXIy";
        assert_eq!(request(address, &[basic]).status, 401);
        let bearer = format!("Authorization: Bearer {}", secrets[1]);
        assert_eq!(request(address, &[&bearer, &bearer]).status, 400);
        assert_eq!(request(address, &["Cookie: session=hunter2-cookie"]).status, 401);
        for query in [format!("access_token={}", secrets[1]), "q=hunter2-query".into()] {
            reqwest::Client::new().post(format!("{}/mcp/?{query}", server.url)).send().await.unwrap();
            reqwest::get(format!("{}/livez?{query}", server.url)).await.unwrap();
        }

        let is_complete = async || server.output().matches("/livez").count() >= 2;
        eventually("the log is complete", std::time::Duration::from_secs(5), is_complete).await;
        let log = server.output();
        assert!(log.contains("TRACE") && log.contains("/mcp/") && log.contains("/livez"), "{log}");
        for secret in secrets.iter().map(String::as_str).chain([unknown.reveal()]) {
            assert!(!log.contains(&secret[12..]), "a secret is in the log");
        }
        for part in ["hunter2", "aHVudGVyMjpodW50ZXIy", "access_token", "Mine"] {
            let line = log.lines().find(|line| line.contains(part));
            assert_eq!(line, None, "{part}");
        }
    }
}
