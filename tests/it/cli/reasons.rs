//! Whether a token may do something, and why.

use chrono::TimeDelta;
use mcp_admin::auth::TokenRules;
use mcp_admin::services::tokens::{self, IssueToken, Secrets};
use serde_json::{Value, json};

use super::{logged_by, token};
use crate::harness::{TestApp, on_both};

/// What `token check` says; its exit code says the same.
fn check(app: &TestApp, name: &str, permissions: &[&str]) -> Value {
    let arguments = [&["--json", "token", "check", name], permissions].concat();
    let (printed, new) = logged_by(app, || app.site.run(&arguments));
    assert!(new.is_empty(), "{arguments:?}: {new:?}");
    let said: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(said["allowed"], printed.ok, "{arguments:?}");
    said
}

/// The answer about `blog.view_article`.
fn why(app: &TestApp, name: &str) -> String {
    answer(app, name, "blog.view_article")
}

fn answer(app: &TestApp, name: &str, permission: &str) -> String {
    let said = check(app, name, &[permission]);
    let verdict = &said["permissions"][0];
    assert_eq!(verdict["permission"], permission);
    assert_eq!(verdict["allowed"], said["allowed"]);
    let yes_or_no = if verdict["allowed"] == true { "yes" } else { "no" };
    format!("{yes_or_no}: {}", verdict["reason"].as_str().unwrap())
}

on_both! {
    async fn every_reason_is_told(app) {
        app.site.cli(&["group", "create", "Readers", "--perm", "blog.view_article", "--perm", "blog.view_tag"]);
        token(&app, "CI", &["--perm", "blog.view_article"]);
        token(&app, "Team", &["--group", "Readers"]);
        token(&app, "Bound", &["--group", "Readers", "--limit-to-owner"]);
        let mut old = IssueToken::new("Old", app.user("ada"));
        old.permissions = vec!["blog.view_article".into()];
        let then = app.clock.now().plus(-TimeDelta::days(100));
        let secrets = Secrets { rng: &mut rand::rng(), rules: &TokenRules::default() };
        app.write(|tx, actor| tokens::issue(tx, actor, then, &old, secrets));

        assert_eq!(why(&app, "CI"), "yes: direct");
        assert_eq!(why(&app, "Team"), "yes: group Readers");
        assert_eq!(why(&app, "Bound"), "no: not held by the owner");
        assert_eq!(why(&app, "Old"), "no: expired");
        assert_eq!(answer(&app, "CI", "blog.view_tag"), "no: not granted");
        assert_eq!(answer(&app, "CI", "blog.fly_article"), "no: no such permission");
        assert_eq!(answer(&app, "CI", "view_article"), "no: no such permission");

        app.site.cli(&["user", "grant", "ada", "blog.view_article"]);
        assert_eq!(why(&app, "Bound"), "yes: group Readers");
        app.site.cli(&["token", "deactivate", "CI"]);
        assert_eq!(why(&app, "CI"), "no: inactive");
        app.site.cli(&["token", "activate", "CI"]);
        app.site.cli(&["user", "deactivate", "ada"]);
        for name in ["CI", "Team", "Bound"] {
            assert_eq!(why(&app, name), "no: owner inactive", "{name}");
        }
        app.site.cli(&["user", "activate", "ada"]);
        assert_eq!(why(&app, "CI"), "yes: direct");
    }

    async fn several_permissions_are_answered_one_by_one(app) {
        token(&app, "CI", &["--perm", "blog.view_article"]);
        let said = check(&app, "CI", &["blog.view_article", "blog.add_article"]);
        assert_eq!(said["allowed"], false);
        assert_eq!(said["permissions"], json!([
            {"permission": "blog.view_article", "allowed": true, "reason": "direct"},
            {"permission": "blog.add_article", "allowed": false, "reason": "not granted"},
        ]));
        let printed = app.site.run(&["token", "check", "CI", "blog.view_article", "blog.add_article"]);
        assert!(!printed.ok && printed.stderr.is_empty(), "{}", printed.stderr);
        for words in [["blog.view_article", "yes", "direct"], ["blog.add_article", "no", "not granted"]] {
            let line = printed.stdout.lines().find(|line| line.starts_with(words[0])).unwrap();
            assert!(words.iter().all(|word| line.contains(word)), "{line}");
        }
    }

    async fn r09_the_permissions_of_the_owner_are_not_the_tokens(app) {
        app.superuser("root");
        app.site.cli(&["token", "create", "--name", "Root's", "--user", "root", "--perm", "blog.view_article"]);
        assert_eq!(why(&app, "Root's"), "yes: direct");
        assert_eq!(answer(&app, "Root's", "blog.change_article"), "no: not granted");
        token(&app, "Ada's", &["--perm", "blog.change_article"]);
        assert_eq!(answer(&app, "Ada's", "blog.change_article"), "yes: direct");
    }
}
