//! The command line on a real database: what an administrator does with tokens, users and groups.

use std::process::Stdio;

use mcp_admin::db::Backend;
use serde_json::{Value, json};

use crate::harness::{Site, binary, command};

const BOTH: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];

fn sites() -> impl Iterator<Item = Site> {
    BOTH.into_iter().map(|backend| {
        let site = Site::new(backend);
        site.cli(&["user", "create", "ada"]);
        site
    })
}

fn names(list: &Value) -> Vec<&str> {
    let rows = list.as_array().unwrap_or_else(|| panic!("{list}"));
    rows.iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[test]
fn a_token_goes_through_its_whole_life() {
    for site in sites() {
        let created = site.cli(&[
            "token",
            "create",
            "--name",
            "Agent",
            "--user",
            "ada",
            "--expires-in",
            "30d",
            "--perm",
            "blog.add_article",
            "--read-only",
            "blog",
        ]);
        let id = created["id"].to_string();
        let secret = created["token"].as_str().unwrap();
        assert_eq!(secret.len(), 64);
        assert_eq!(created["status"], "active");
        assert_eq!(created["permissions"].as_array().unwrap().len(), 5, "four view_ and one add_: {created}");

        // By id, by prefix, by its only name.
        for reference in [id.as_str(), &secret[..12], "Agent"] {
            let shown = site.cli(&["token", "show", reference]);
            assert_eq!(shown["id"], created["id"], "{reference}");
            assert!(!shown.to_string().contains(&secret[12..]), "shown once");
        }

        site.cli(&["token", "revoke-perm", &id, "blog.add_article"]);
        site.cli(&["token", "grant", &id, "blog.change_article"]);
        site.cli(&["token", "deactivate", &id]);
        assert_eq!(site.cli(&["token", "show", &id])["status"], "inactive");
        site.cli(&["token", "activate", &id]);
        site.cli(&["token", "set-expiry", &id, "--never"]);
        assert_eq!(site.cli(&["token", "show", &id])["expires_at"], Value::Null);

        let rotated = site.cli(&["token", "rotate", &id, "--grace", "24h"]);
        assert_eq!(rotated["id"], created["id"]);
        assert_ne!(rotated["token"], created["token"]);
        let copied = site.cli(&["token", "copy", &id]);
        assert_ne!(copied["id"], created["id"]);
        assert_eq!(copied["permissions"], site.cli(&["token", "show", &id])["permissions"]);

        site.cli(&["token", "delete", &id]);
        assert!(site.cli_error(&["token", "show", &id]).contains(&id));
    }
}

#[test]
fn check_answers_yes_or_no_and_why() {
    for site in sites() {
        site.cli(&["group", "create", "Editors"]);
        site.cli(&["group", "grant", "Editors", "blog.change_article"]);
        let created = site.cli(&[
            "token",
            "create",
            "--name",
            "Agent",
            "--user",
            "ada",
            "--perm",
            "blog.view_article",
            "--group",
            "Editors",
        ]);
        let id = created["id"].to_string();
        let check = |permission: &str| site.run(&["--json", "token", "check", &id, permission]).stdout;
        let (direct, group, none) =
            (check("blog.view_article"), check("blog.change_article"), check("blog.delete_article"));
        assert!(direct.contains("true") && direct.contains("direct"), "{direct}");
        assert!(group.contains("true") && group.contains("Editors"), "{group}");
        assert!(none.contains("false") && none.contains("not granted"), "{none}");
        site.cli(&["token", "deactivate", &id]);
        assert!(check("blog.view_article").contains("inactive"), "{}", check("blog.view_article"));
        site.cli(&["token", "activate", &id]);
        site.cli(&["user", "deactivate", "ada"]);
        assert!(check("blog.view_article").contains("owner"), "{}", check("blog.view_article"));
    }
}

#[test]
fn tokens_are_found_by_what_is_asked() {
    for site in sites() {
        site.cli(&["user", "create", "bob"]);
        site.cli(&["group", "create", "Editors"]);
        for (name, user, more) in [
            ("Alpha", "ada", vec![]),
            ("Beta", "ada", vec!["--inactive"]),
            ("Gamma", "bob", vec!["--expires-in", "2d"]),
            ("Delta", "bob", vec!["--group", "Editors", "--never"]),
        ] {
            site.cli(&[vec!["token", "create", "--name", name, "--user", user], more].concat());
        }
        for (arguments, expected) in [
            (vec!["--status", "inactive"], vec!["Beta"]),
            (vec!["--status", "expired"], vec![]),
            (vec!["--status", "expiring"], vec!["Gamma"]),
            (vec!["--user", "bob"], vec!["Gamma", "Delta"]),
            (vec!["--group", "Editors"], vec!["Delta"]),
            (vec!["--search", "ALPH"], vec!["Alpha"]),
            (vec!["--unused-for", "0d"], vec!["Alpha", "Beta", "Gamma", "Delta"]),
        ] {
            let list = site.cli(&[&["token", "list"], arguments.as_slice()].concat());
            let (mut found, mut expected) = (names(&list), expected);
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{arguments:?}");
        }
    }
}

#[test]
fn wrong_input_names_what_is_wrong_and_changes_nothing() {
    for site in sites() {
        site.cli(&["token", "create", "--name", "Twin", "--user", "ada"]);
        site.cli(&["token", "create", "--name", "Twin", "--user", "ada"]);
        let before = site.cli(&["token", "list"]);
        for (arguments, expected) in [
            (vec!["token", "create", "--name", "", "--user", "ada"], "name"),
            (vec!["token", "create", "--name", "x", "--user", "nobody"], "nobody"),
            (
                vec!["token", "create", "--name", "x", "--user", "ada", "--perm", "blog.fly_article"],
                "blog.fly_article",
            ),
            (
                vec!["token", "create", "--name", "x", "--user", "ada", "--perm", "view_article"],
                "view_article",
            ),
            (vec!["token", "create", "--name", "x", "--user", "ada", "--group", "Nobodies"], "Nobodies"),
            (
                vec![
                    "token",
                    "create",
                    "--name",
                    "x",
                    "--user",
                    "ada",
                    "--expires-at",
                    "2020-01-01T00:00:00Z",
                ],
                "expires_at",
            ),
            (vec!["token", "create", "--name", "x", "--user", "ada", "--expires-in", "soon"], "soon"),
            (
                vec!["token", "create", "--name", "x", "--user", "ada", "--never", "--expires-in", "1d"],
                "--never",
            ),
            (vec!["token", "create", "--name", "x", "--user", "ada", "--read-only", "nothing"], "nothing"),
            (vec!["token", "show", "Twin"], "Twin"),
            (vec!["token", "show", "999"], "999"),
            (vec!["token", "rotate", "1", "--grace", "8d"], "grace"),
        ] {
            let said = site.cli_error(&arguments);
            assert!(said.contains(expected), "{arguments:?}: {said}");
            for word in ["SQL", "INSERT", "panicked", "constraint"] {
                assert!(!said.contains(word), "{arguments:?}: {said}");
            }
        }
        assert_eq!(site.cli(&["token", "list"]), before);
    }
}

#[test]
fn every_change_is_in_the_log() {
    for site in sites() {
        let id = site.cli(&["token", "create", "--name", "Agent", "--user", "ada"])["id"].to_string();
        for arguments in [
            vec!["token", "grant", &id, "blog.view_article"],
            vec!["token", "revoke-perm", &id, "blog.view_article"],
            vec!["token", "deactivate", &id],
            vec!["token", "activate", &id],
            vec!["token", "set-expiry", &id, "--never"],
            vec!["token", "rotate", &id],
            vec!["token", "delete", &id],
        ] {
            site.cli(&arguments);
        }
        let entries =
            site.open().read(|conn| Ok(mcp_admin::models::log_entry::list_recent(conn, 100)?)).unwrap();
        let of_token: Vec<&str> = entries
            .iter()
            .rev()
            .filter(|entry| entry.model == "token" && entry.object_id == id)
            .inspect(|entry| assert_eq!((entry.surface.as_str(), entry.outcome.as_str()), ("cli", "done")))
            .map(|entry| entry.action.as_str())
            .collect();
        assert_eq!(of_token.first(), Some(&"added"));
        assert_eq!(of_token.last(), Some(&"deleted"));
        assert_eq!(of_token.iter().filter(|action| **action == "changed").count(), 6, "{of_token:?}");
    }
}

#[test]
fn a_superuser_is_made_with_a_password_of_the_caller() {
    use std::io::Write;

    for site in sites() {
        let create = |password: &str| {
            let mut child = command(&site.config_file(""))
                .args(["createsuperuser", "--username", "root", "--password-stdin", "--json"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
            child.wait_with_output().unwrap()
        };
        let weak = create("short");
        assert!(!weak.status.success());
        assert!(String::from_utf8_lossy(&weak.stderr).contains("15 characters"));
        let made = create("four words make a sentence");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        assert!(!String::from_utf8_lossy(&made.stdout).contains("sentence"));
        let users = site.cli(&["user", "list"]);
        let root = users.as_array().unwrap().iter().find(|user| user["username"] == "root").unwrap();
        assert_eq!((&root["is_superuser"], &root["is_staff"]), (&json!(true), &json!(true)));
    }
}

#[test]
fn a_wrong_database_address_is_refused_before_any_file_is_made() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["mysql://h/x", "file:x.db", ":memory:", "sqlite://", "http://h"] {
        let output =
            binary().current_dir(folder.path()).args(["--database-url", url, "migrate"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("accepted forms"), "{url}: {said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn serve_can_refuse_to_migrate() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.db");
    let output = binary()
        .current_dir(folder.path())
        .args(["--database-url", path.to_str().unwrap(), "serve", "--no-migrate", "--bind", "127.0.0.1:0"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("mcp-admin migrate") && said.contains("initial"),
        "{said}"
    );
}

#[test]
fn apps_are_explained() {
    for site in sites() {
        let checked = site.cli(&["app", "check"]);
        let text = checked.to_string();
        for model in ["article", "author", "comment", "tag"] {
            assert!(text.contains(&format!("\"{model}\"")), "{text}");
        }
        let permissions = site.cli(&["permission", "list"]);
        assert!(permissions.to_string().contains("blog.delete_comment"), "{permissions}");
        assert!(site.run(&["check"]).ok);
        assert!(site.run(&["app", "sync"]).ok);
    }
}
