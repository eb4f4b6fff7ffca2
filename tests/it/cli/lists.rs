//! Finding tokens: by how they stand, by use, by owner, and the one that somebody means.

use std::time::Duration;

use chrono::TimeDelta;
use mcp_admin::auth::TokenRules;
use mcp_admin::services::tokens::{self, IssueToken, Secrets};
use serde_json::Value;

use super::{change, names, read, refuse, token};
use crate::harness::{TestApp, command, eventually, on_both};

/// A token that was issued so long ago that it has expired.
fn expired_token(app: &TestApp, name: &str) {
    let new = IssueToken::new(name, app.user("ada"));
    let long_ago = app.clock.now().plus(-TimeDelta::days(100));
    let secrets = Secrets { rng: &mut rand::rng(), rules: &TokenRules::default() };
    app.write(|tx, actor| tokens::issue(tx, actor, long_ago, &new, secrets));
}

fn listed(app: &TestApp, filters: &[&str]) -> Value {
    read(app, &[&["token", "list"], filters].concat())
}

on_both! {
    async fn tokens_are_listed_by_how_they_stand(app) {
        token(&app, "Fresh", &[]);
        token(&app, "Eternal", &["--never"]);
        token(&app, "Off", &["--inactive"]);
        token(&app, "Soon", &["--expires-in", "3d"]);
        expired_token(&app, "Gone");
        let by = |status| {
            let found = listed(&app, &["--status", status]);
            names(&found).join(" ")
        };
        assert_eq!(by("active"), "Eternal Fresh Soon");
        assert_eq!(by("inactive"), "Off");
        assert_eq!(by("expired"), "Gone");
        assert_eq!(by("expiring"), "Soon");
        let all = listed(&app, &[]);
        assert_eq!(names(&all), ["Eternal", "Fresh", "Gone", "Off", "Soon"]);
        for row in all.as_array().unwrap() {
            let wanted = match row["name"].as_str().unwrap() {
                "Off" => "inactive",
                "Gone" => "expired",
                "Soon" => "expiring",
                _ => "active",
            };
            assert_eq!(row["status"], wanted);
            assert!(row.get("token").is_none() && row.get("digest").is_none());
        }
        let usage = app.site.run(&["token", "list", "--status", "broken"]);
        assert!(!usage.ok && usage.stderr.contains("expiring"), "{}", usage.stderr);
    }

    async fn unused_tokens_are_those_never_used_and_those_used_long_ago(app) {
        token(&app, "Never", &[]);
        token(&app, "Old", &[]);
        let (_, agent) = token(&app, "Used", &[]);
        app.db.execute_script("UPDATE tokens SET last_used_at = '2020-01-01 00:00:00' WHERE name = 'Old'").unwrap();
        assert_eq!(agent.status().await, 200);
        let is_used = async || listed(&app, &["--search", "Used"])[0]["last_used_at"].is_string();
        eventually("the use is written down", Duration::from_secs(5), is_used).await;
        assert_eq!(names(&listed(&app, &["--unused-for", "30d"])), ["Never", "Old"]);
        assert_eq!(names(&listed(&app, &["--unused-for", "30000d"])), ["Never"]);
    }

    async fn tokens_are_listed_by_owner_by_group_and_by_text(app) {
        app.user("bob");
        app.site.cli(&["group", "create", "Editors"]);
        let (ci, _) = token(&app, "CI", &["--group", "Editors", "--note", "nightly build"]);
        token(&app, "Deploy", &[]);
        change(&app, "changed", "token", &["token", "transfer", "Deploy", "--to", "bob"]);
        assert_eq!(names(&listed(&app, &["--user", "bob"])), ["Deploy"]);
        assert_eq!(names(&listed(&app, &["--group", "Editors"])), ["CI"]);
        for text in ["nightly", "ci", ci["prefix"].as_str().unwrap()] {
            assert_eq!(names(&listed(&app, &["--search", text])), ["CI"], "{text}");
        }
        assert_eq!(names(&listed(&app, &["--search", "bob"])), ["Deploy"]);
        assert!(names(&listed(&app, &["--search", "%"])).is_empty(), "no wildcards");
        assert!(names(&listed(&app, &["--user", "bob", "--group", "Editors"])).is_empty());
        assert!(refuse(&app, &["token", "list", "--user", "nobody"]).contains("nobody"));
        assert!(refuse(&app, &["token", "list", "--group", "Nowhere"]).contains("Nowhere"));
    }

    async fn a_token_is_named_by_id_by_prefix_or_by_its_only_name(app) {
        let (ci, agent) = token(&app, "CI", &[]);
        let (id, prefix) = (ci["id"].to_string(), ci["prefix"].as_str().unwrap());
        for reference in [&id, prefix, "CI"] {
            assert_eq!(read(&app, &["token", "show", reference])["id"], ci["id"], "{reference}");
        }
        for stranger in ["ci", "C", "999999", "mcp_XXXXXXXX", "-1x"] {
            let said = refuse(&app, &["token", "show", "--", stranger]);
            assert!(said.contains("There is no token"), "{stranger}: {said}");
        }

        let (twin, _) = token(&app, "CI", &[]);
        for command in ["show", "deactivate", "delete", "rotate", "copy"] {
            let said = refuse(&app, &["token", command, "CI"]);
            assert!(said.contains("2 tokens are called \"CI\""), "{said}");
            assert!(said.contains(&id) && said.contains(&twin["id"].to_string()), "{said}");
        }
        change(&app, "changed", "token", &["token", "deactivate", &id]);
        assert_eq!(read(&app, &["token", "show", &twin["id"].to_string()])["is_active"], true);

        // Somebody pastes the secret itself: it names its token and is not repeated.
        let shown = app.site.run(&["token", "show", &agent.token]);
        assert!(shown.ok && !shown.stdout.contains(&agent.token), "{}", shown.stdout);
    }

    async fn exit_codes_and_errors_are_for_programs_too(app) {
        let config = app.site.config_file("");
        let run = |arguments: &[&str]| command(&config).args(arguments).output().unwrap();
        assert_eq!(run(&["token", "list"]).status.code(), Some(0));
        let failed = run(&["--json", "token", "show", "nothing"]);
        assert_eq!((failed.status.code(), failed.stdout.len()), (Some(1), 0));
        let said: Value = serde_json::from_slice(&failed.stderr).unwrap();
        assert_eq!(said["error"]["code"], "not_found");
        let invalid = run(&["--json", "token", "create", "--name", "x", "--user", "nobody"]);
        assert_eq!(invalid.status.code(), Some(1));
        assert!(serde_json::from_slice::<Value>(&invalid.stderr).unwrap()["error"]["message"].is_string());
        for wrong in [&["tokn"][..], &["token"], &["token", "check", "CI"], &["token", "rotate", "CI", "--grace", "soon"]] {
            assert_eq!(run(wrong).status.code(), Some(2), "{wrong:?}");
        }
        assert_eq!(run(&["--version"]).status.code(), Some(0));
    }
}
