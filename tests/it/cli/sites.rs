//! The site as a whole: its settings, its database, what is attached to it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::read;
use crate::harness::{Cluster, TestDatabase, binary, on_both, on_each};

fn at(url: &str) -> Command {
    let mut command = binary();
    command.args(["--json", "--database-url", url]);
    command
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn files_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

on_each! {
    async fn migrate_makes_the_schema_once(backend) {
        let database = TestDatabase::empty(backend);
        let refused = at(&database.url).args(["serve", "--no-migrate", "--bind", "127.0.0.1:0"]).output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains("mcp-admin migrate") && said.contains("initial"), "{said}");

        let first = json_of(&at(&database.url).arg("migrate").output().unwrap());
        assert!(!first["applied"].as_array().unwrap().is_empty(), "the refusal changed nothing");
        let second = json_of(&at(&database.url).arg("migrate").output().unwrap());
        assert_eq!(second["applied"], json!([]));
        assert_eq!(json_of(&at(&database.url).args(["token", "list"]).output().unwrap()), json!([]));
    }
}

on_both! {
    async fn a_command_without_the_settings_of_the_site_takes_nothing_away(app) {
        let url = app.site.url.clone();
        json_of(&at(&url).args(["user", "create", "ada"]).output().unwrap());
        let syncs = || app.log().iter().filter(|entry| entry.object_repr == "content types and permissions").count();
        let before = syncs();
        let all = json_of(&at(&url).args(["permission", "list"]).output().unwrap());
        let stale = |all: &Value| all.as_array().unwrap().iter().filter(|p| p["is_stale"] == true).count();
        assert_eq!((all.as_array().unwrap().is_empty(), stale(&all)), (false, 0), "{all}");
        let made = at(&url).args(["token", "create", "--name", "Far", "--user", "ada", "--full", "blog"]).output().unwrap();
        let held = json_of(&made)["permissions"].to_string();
        assert!(held.contains("blog.add_tag") && held.contains("blog.delete_article"), "{held}");
        assert_eq!(syncs(), before);

        // Told in so many words, it does.
        json_of(&at(&url).args(["app", "sync"]).output().unwrap());
        let refused = at(&url).args(["token", "create", "--name", "Late", "--user", "ada", "--full", "blog"]).output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.contains("there is no app"), "{said}");
    }

    async fn check_and_app_tell_what_is_attached(app) {
        let checked = read(&app, &["check"]);
        assert_eq!((&checked["apps"], &checked["problems"]), (&json!(["blog"]), &json!([])));
        let apps = read(&app, &["app", "list"]);
        assert_eq!((&apps[0]["label"], &apps[0]["models"]), (&json!("blog"), &json!(4)));
        let found = read(&app, &["app", "check", "blog"]);
        let models = found[0]["models"].as_array().unwrap();
        let article = models.iter().find(|model| model["model"] == "article").unwrap();
        assert_eq!(article["table"], "blog_article");
        let field = |name: &str| article["fields"].as_array().unwrap().iter().find(|f| f["name"] == name).unwrap().clone();
        assert_eq!(field("id")["primary_key"], true);
        assert_eq!(field("author_id")["references"], "blog_author.id");
        read(&app, &["app", "sync"]);
        let unknown = app.site.cli_error(&["app", "check", "shop"]);
        assert!(unknown.contains("There is no app \"shop\""), "{unknown}");
    }
}

#[test]
fn an_unknown_database_url_is_refused_with_the_accepted_forms_and_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 5] =
        [&["migrate"], &["token", "list"], &["serve"], &["check"], &["demo", "--bind", "127.0.0.1:0"]];
    for url in ["mysql://h/x", "file:x.db", ":memory:", "sqlite://", "sqlite:x.db", "http://x", " "] {
        for arguments in commands {
            let output = at(url).args(arguments).current_dir(folder.path()).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{url} {arguments:?}: {said}");
            for form in
                ["sqlite://path/to/file.db", "mcp-admin.db", "postgres://user:password@host:5432/database"]
            {
                assert!(said.contains(form), "{url} {arguments:?}: {said}");
            }
            assert!(files_in(folder.path()).is_empty(), "{url} {arguments:?}: {:?}", files_in(folder.path()));
        }
    }
}

#[test]
fn every_form_of_a_sqlite_address_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    for (url, file) in [("bare.db", "bare.db"), ("sqlite://scheme.db", "scheme.db")] {
        json_of(&at(url).arg("migrate").current_dir(folder.path()).output().unwrap());
        assert!(folder.path().join(file).is_file(), "{url}");
    }
    let absolute = folder.path().join("absolute.db");
    json_of(&at(&format!("sqlite://{}", absolute.display())).arg("migrate").output().unwrap());
    assert!(absolute.is_file());
    let variable = folder.path().join("variable.db");
    let output = binary().env("DATABASE_URL", &variable).arg("migrate").output().unwrap();
    assert!(output.status.success() && variable.is_file());
}

#[test]
fn r39_a_database_that_cannot_be_reached_is_told_without_its_password() {
    let url = Cluster::shared().url("nowhere").replace("postgres@", "postgres:s3cr3t@");
    for arguments in [&["migrate"][..], &["token", "list"], &["serve"]] {
        let output = at(&url).args(arguments).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("cannot be reached") && !said.contains("s3cr3t"), "{said}");
    }
}

#[test]
fn wrong_settings_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.toml");
    for (settings, named) in [
        ("bnid = \"127.0.0.1:0\"", "bnid"),
        ("usage_flush_interval = \"soon\"", "soon"),
        ("[apps.auth]\nurl = \"x.db\"", "apps.auth"),
        ("[apps.blog]\nurl = \"mysql://h/x\"", "apps.blog.url"),
        ("[mcp]\nmax_limit = 0", "mcp.max_limit"),
        ("[mcp]\nmax_limit = 50\ndefault_limit = 51", "mcp.default_limit"),
    ] {
        std::fs::write(&file, settings).unwrap();
        let output =
            binary().arg("--config").arg(&file).arg("check").current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(named), "{settings}: {said}");
    }
    let missing =
        binary().args(["--config", "nowhere.toml", "check"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert_eq!(files_in(folder.path()), ["site.toml"]);
}
