//! A token gets a new secret, and never is without one.

use std::process::Stdio;
use std::time::Instant;

use chrono::TimeDelta;
use mcp_admin::db::TokenId;
use serde_json::{Value, json};

use super::{HEARD, becomes, change, read, refuse, token, verdict};
use crate::harness::{TestApp, command, eventually, on_both};

fn rotate(app: &TestApp, arguments: &[&str]) -> (Value, crate::harness::Agent) {
    let rotated = change(app, "changed", "token", &[&["token", "rotate", "CI"], arguments].concat());
    let agent = app.agent(rotated["token"].as_str().unwrap());
    (rotated, agent)
}

on_both! {
    async fn without_a_grace_the_old_secret_is_refused_at_once(app) {
        let (before, old) = token(&app, "CI", &["--perm", "blog.view_article", "--note", "nightly"]);
        assert_eq!(old.status().await, 200);
        let (after, new) = rotate(&app, &[]);
        assert_eq!(new.status().await, 200);
        becomes(&old, 401).await;
        for key in ["id", "name", "user", "note", "permissions", "groups", "expires_at", "created_at"] {
            assert_eq!(after[key], before[key], "{key}");
        }
        assert_eq!(after["prefix"], new.token[..12]);
        assert_eq!(after["previous_expires_at"], Value::Null);
    }

    async fn during_a_grace_both_secrets_work_and_then_only_the_new_one(app) {
        let (_, old) = token(&app, "CI", &["--perm", "blog.view_article"]);
        let (_, new) = rotate(&app, &["--grace", "24h"]);
        assert_eq!((old.status().await, new.status().await), (200, 200));
        app.advance(TimeDelta::hours(23));
        assert_eq!((old.status().await, new.status().await), (200, 200));
        app.advance(TimeDelta::hours(2));
        assert_eq!((old.status().await, new.status().await), (401, 200));
    }

    async fn a_second_rotation_ends_the_grace_of_the_first(app) {
        let (_, first) = token(&app, "CI", &[]);
        let (_, second) = rotate(&app, &["--grace", "7d"]);
        let (_, third) = rotate(&app, &["--grace", "7d"]);
        assert_eq!((second.status().await, third.status().await), (200, 200));
        becomes(&first, 401).await;
    }

    async fn a_grace_of_more_than_seven_days_is_refused(app) {
        let (_, agent) = token(&app, "CI", &[]);
        let before = read(&app, &["token", "show", "CI"]);
        let said = refuse(&app, &["token", "rotate", "CI", "--grace", "8d"]);
        assert!(said.contains("grace") && said.contains("7 days"), "{said}");
        assert_eq!(read(&app, &["token", "show", "CI"]), before);
        assert_eq!(agent.status().await, 200);
    }

    async fn r13_a_rotation_that_is_killed_leaves_exactly_one_valid_secret(app) {
        const ROUNDS: u32 = 12;
        let (created, mut known) = token(&app, "CI", &["--perm", "blog.view_article"]);
        let id = TokenId(created["id"].as_i64().unwrap());
        let config = app.site.config_file("");
        let start = || {
            let mut rotate = command(&config);
            rotate.args(["--json", "token", "rotate", "CI"]).stdout(Stdio::piped()).stderr(Stdio::null());
            rotate.spawn().unwrap()
        };
        let started = Instant::now();
        let whole = start().wait_with_output().unwrap();
        let length = started.elapsed();
        known = app.agent(secret(&whole.stdout).as_deref().unwrap_or(&known.token));

        let mut lost = 0;
        for round in 0..ROUNDS {
            let before = app.stored(id).prefix;
            let mut child = start();
            // The kills are spread over the whole of its run, the last ones over its end.
            std::thread::sleep(length * (round + 1) / ROUNDS);
            child.kill().unwrap();
            let printed = secret(&child.wait_with_output().unwrap().stdout);
            // A commit that was under way when its client died may still come through.
            eventually("one secret is valid", HEARD * 2, async || {
                let is_old = app.stored(id).prefix == before;
                let answers = verdict(&known).await;
                answers == if is_old { 200 } else { 401 }
            })
            .await;
            let stored = app.stored(id);
            assert_eq!(stored.previous_expires_at, None);
            if let Some(printed) = printed {
                assert_eq!(stored.prefix, printed[..12], "what was printed is what holds");
                known = app.agent(&printed);
                assert_eq!(known.status().await, 200);
            } else if stored.prefix != before {
                // Committed and not yet printed: the secret is nobody's, and the operator rotates again.
                lost += 1;
                known = app.agent(app.site.cli(&["token", "rotate", "CI"])["token"].as_str().unwrap());
                assert_eq!(known.status().await, 200);
            }
        }
        let log = app.log();
        let rotations = log.iter().filter(|entry| entry.changes.contains("\"rotated\":true")).count();
        let prefixes: std::collections::BTreeSet<_> =
            log.iter().filter_map(|entry| after_prefix(&entry.changes)).collect();
        assert_eq!(rotations + 1, prefixes.len(), "each change of the secret has its entry ({lost} unseen)");
        assert!(prefixes.contains(&json!(known.token[..12]).to_string()));
    }
}

fn secret(stdout: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(stdout).ok()?;
    value["token"].as_str().map(str::to_owned)
}

fn after_prefix(changes: &str) -> Option<String> {
    let changes: Value = serde_json::from_str(changes).unwrap();
    changes["after"].get("prefix").map(Value::to_string)
}
