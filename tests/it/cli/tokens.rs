//! The life of a token.

use chrono::TimeDelta;
use mcp_admin::auth::PlainToken;
use serde_json::{Value, json};

use super::{becomes, change, names, read, refuse, time, token};
use crate::harness::{TestApp, on_both};

fn lifetime(token: &Value) -> TimeDelta {
    TimeDelta::microseconds(time(&token["expires_at"]).micros() - time(&token["created_at"]).micros())
}

fn permissions_of_blog(app: &TestApp, wanted: impl Fn(&str) -> bool) -> Value {
    let all = read(app, &["permission", "list", "--app", "blog"]);
    let names = all.as_array().unwrap().iter().map(|p| p["permission"].as_str().unwrap());
    let mut names: Vec<_> = names.filter(|name| wanted(name)).collect();
    names.sort_unstable();
    json!(names)
}

on_both! {
    async fn a_new_token_is_shown_with_its_secret_and_works_at_once(app) {
        let (created, agent) = token(&app, "CI", &["--perm", "blog.view_article", "--note", "nightly"]);
        assert!(PlainToken::parse(agent.token.as_bytes()).is_ok());
        assert_eq!(created["prefix"], agent.token[..12]);
        assert_eq!((&created["user"], &created["note"]), (&json!("ada"), &json!("nightly")));
        assert_eq!((&created["status"], &created["is_valid"]), (&json!("active"), &json!(true)));
        assert_eq!(created["permissions"], json!(["blog.view_article"]));
        assert_eq!(agent.status().await, 200);

        let shown = read(&app, &["token", "show", "CI"]);
        assert!(shown.get("token").is_none(), "the secret is shown once");
        for key in ["id", "prefix", "permissions", "expires_at", "created_at", "groups"] {
            assert_eq!(shown[key], created[key], "{key}");
        }
    }

    async fn r07_a_token_expires_after_ninety_days_or_when_it_was_said(app) {
        assert_eq!(lifetime(&token(&app, "Default", &[]).0), TimeDelta::days(90));
        assert_eq!(lifetime(&token(&app, "Month", &["--expires-in", "30d"]).0), TimeDelta::days(30));
        assert_eq!(token(&app, "Never", &["--never"]).0["expires_at"], Value::Null);
        assert_eq!(token(&app, "Day", &["--expires-at", "2999-01-31"]).0["expires_at"], "2999-01-31T00:00:00Z");

        let before = read(&app, &["token", "list"]);
        let create = ["token", "create", "--name", "Past", "--user", "ada", "--expires-at", "2020-01-01"];
        let said = refuse(&app, &create);
        assert!(said.contains("expires_at") && said.contains("future"), "{said}");
        assert_eq!(read(&app, &["token", "list"]), before);

        change(&app, "changed", "token", &["token", "set-expiry", "Never", "--expires-at", "2999-01-31"]);
        assert_eq!(read(&app, &["token", "show", "Never"])["expires_at"], "2999-01-31T00:00:00Z");
        change(&app, "changed", "token", &["token", "set-expiry", "Day", "--never"]);
        assert_eq!(read(&app, &["token", "show", "Day"])["expires_at"], Value::Null);
        let said = refuse(&app, &["token", "set-expiry", "Day", "--expires-at", "2020-01-01"]);
        assert!(said.contains("expires_at"), "{said}");
        assert_eq!(read(&app, &["token", "show", "Day"])["expires_at"], Value::Null);
    }

    async fn a_bad_wish_creates_nothing_and_names_what_is_wrong(app) {
        app.user("ada");
        let wishes: [(&[&str], &str); 6] = [
            (&["--name", "", "--user", "ada"], "name"),
            (&["--name", "x", "--user", "nobody"], "nobody"),
            (&["--name", "x", "--user", "ada", "--perm", "blog.fly_article"], "blog.fly_article"),
            (&["--name", "x", "--user", "ada", "--group", "Nowhere"], "Nowhere"),
            (&["--name", "x", "--user", "ada", "--read-only", "shop"], "shop"),
            (&["--name", "x", "--user", "ada", "--expires-in", "0s"], "expires_at"),
        ];
        for (wish, named) in wishes {
            let said = refuse(&app, &[&["token", "create"], wish].concat());
            assert!(said.contains(named), "{wish:?}: {said}");
        }
        assert_eq!(read(&app, &["token", "list"]), json!([]));
    }

    async fn permissions_come_one_by_one_by_app_and_by_group(app) {
        app.site.cli(&["group", "create", "Editors", "--perm", "blog.change_article"]);
        let (reading, _) = token(&app, "Reading", &["--read-only", "blog"]);
        assert_eq!(reading["permissions"], permissions_of_blog(&app, |name| name.contains(".view_")));
        let (full, _) = token(&app, "Full", &["--full", "blog"]);
        assert_eq!(full["permissions"], permissions_of_blog(&app, |_| true));

        let (mixed, agent) = token(&app, "Mixed", &["--perm", "blog.view_tag", "--group", "Editors"]);
        assert_eq!(mixed["groups"], json!(["Editors"]));
        assert_eq!(mixed["permissions"], json!(["blog.change_article", "blog.view_tag"]));
        assert_eq!(agent.status().await, 200);

        let granted = change(&app, "changed", "token", &["token", "grant", "Mixed", "blog.view_article", "blog.add_tag"]);
        assert_eq!(granted["permissions"].as_array().unwrap().len(), 4);
        change(&app, "changed", "token", &["token", "revoke-perm", "Mixed", "blog.add_tag"]);
        let left = change(&app, "changed", "token", &["token", "remove-group", "Mixed", "Editors"]);
        assert_eq!(left["permissions"], json!(["blog.view_article", "blog.view_tag"]));
        let back = change(&app, "changed", "token", &["token", "add-group", "Mixed", "Editors"]);
        assert_eq!(back["groups"], json!(["Editors"]));
        let said = refuse(&app, &["token", "grant", "Mixed", "blog.fly_article"]);
        assert!(said.contains("blog.fly_article"), "{said}");
        assert!(refuse(&app, &["token", "grant", "Mixed"]).contains("permission"));
        let all = change(&app, "changed", "token", &["token", "grant", "Mixed", "--full", "blog"]);
        assert_eq!(all["permissions"], full["permissions"]);
    }

    async fn a_token_is_switched_off_and_on_with_the_same_secret(app) {
        let (_, agent) = token(&app, "CI", &["--perm", "blog.view_article"]);
        let (_, off) = token(&app, "Off", &["--inactive"]);
        assert_eq!((agent.status().await, off.status().await), (200, 401));

        let now = change(&app, "changed", "token", &["token", "deactivate", "CI"]);
        assert_eq!((&now["status"], &now["is_valid"]), (&json!("inactive"), &json!(false)));
        becomes(&agent, 401).await;
        change(&app, "changed", "token", &["token", "activate", "CI"]);
        becomes(&agent, 200).await;
        change(&app, "changed", "token", &["token", "activate", "Off"]);
        becomes(&off, 200).await;
    }

    async fn a_copy_has_everything_but_the_secret_and_the_name(app) {
        app.site.cli(&["group", "create", "Editors", "--perm", "blog.change_article"]);
        let arguments = ["--perm", "blog.view_article", "--group", "Editors", "--note", "nightly", "--never"];
        let (original, agent) = token(&app, "CI", &arguments);
        let copy = change(&app, "added", "token", &["token", "copy", "CI"]);
        assert_eq!(copy["name"], "CI v2");
        for key in ["user", "groups", "permissions", "held", "note", "limit_to_owner", "is_active"] {
            assert_eq!(copy[key], original[key], "{key}");
        }
        assert_eq!(lifetime(&copy), TimeDelta::days(90), "its expiry is its own");
        assert_ne!(copy["token"], original["token"]);
        let second = app.agent(copy["token"].as_str().unwrap());
        assert_eq!((agent.status().await, second.status().await), (200, 200));
        assert_eq!(change(&app, "added", "token", &["token", "copy", "CI v2", "--never"])["name"], "CI v3");
        assert_eq!(change(&app, "added", "token", &["token", "copy", "CI", "--name", "Other"])["name"], "Other");
    }

    async fn a_token_changes_its_name_and_its_owner_and_is_deleted(app) {
        let (created, agent) = token(&app, "CI", &["--perm", "blog.view_article"]);
        app.user("bob");
        change(&app, "changed", "token", &["token", "update", "CI", "--name", "Build", "--note", ""]);
        let moved = change(&app, "changed", "token", &["token", "transfer", "Build", "--to", "bob"]);
        assert_eq!((&moved["id"], &moved["user"]), (&created["id"], &json!("bob")));
        assert_eq!(agent.status().await, 200);
        let gone = change(&app, "deleted", "token", &["token", "delete", "Build"]);
        assert_eq!(gone, json!({"id": created["id"], "name": "Build", "deleted": true}));
        becomes(&agent, 401).await;
        assert!(names(&read(&app, &["token", "list"])).is_empty());
        assert!(refuse(&app, &["token", "show", "Build"]).contains("There is no token"));
    }

    async fn people_get_the_secret_with_snippets_to_paste(app) {
        app.user("ada");
        let printed = app.site.run(&["token", "create", "--name", "CI", "--user", "ada"]);
        assert!(printed.ok, "{}", printed.stderr);
        let plain = printed.stdout.split_whitespace().find(|word| PlainToken::parse(word.as_bytes()).is_ok());
        let agent = app.agent(plain.expect("the secret is shown"));
        assert_eq!(agent.status().await, 200);
        for client in ["curl -X POST", "claude mcp add", "mcpServers"] {
            assert!(printed.stdout.contains(client), "{client}");
        }
        let shown = app.site.run(&["token", "show", "CI"]);
        assert!(shown.stdout.contains("no permissions, so no access"), "{}", shown.stdout);
    }
}
