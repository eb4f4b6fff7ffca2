//! Users, groups and permissions.

use mcp_admin::models::user;
use serde_json::{Value, json};

use super::{becomes, change, logged_by, names, read, refuse, token, with_input};
use crate::harness::{TestApp, on_both};

const PASSWORD: &str = "correct horse battery staple";

fn stored_hash(app: &TestApp, username: &str) -> Option<String> {
    let id = app.user(username);
    let found = app.db.read(|conn| Ok(user::find_password_hash(conn, id)?)).unwrap();
    found.map(|hash| hash.as_str().to_owned())
}

fn usernames(users: &Value) -> Vec<&str> {
    let mut names: Vec<_> =
        users.as_array().unwrap().iter().map(|u| u["username"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

on_both! {
    async fn a_user_lives_its_whole_life_on_the_command_line(app) {
        let ada = change(&app, "added", "user", &["user", "create", "ada", "--email", "ada@example.com", "--staff"]);
        assert_eq!((&ada["email"], &ada["is_staff"], &ada["is_superuser"]), (&json!("ada@example.com"), &json!(true), &json!(false)));
        change(&app, "added", "user", &["user", "create", "bob"]);
        assert!(refuse(&app, &["user", "create", "ADA"]).contains("exists already"));
        assert_eq!(usernames(&read(&app, &["user", "list"])), ["ada", "bob"]);
        assert_eq!(usernames(&read(&app, &["user", "list", "--search", "example.com"])), ["ada"]);

        let (_, agent) = token(&app, "CI", &["--perm", "blog.view_article"]);
        assert_eq!(agent.status().await, 200);
        assert_eq!(change(&app, "changed", "user", &["user", "deactivate", "ada"])["is_active"], false);
        becomes(&agent, 401).await;
        assert_eq!(change(&app, "changed", "user", &["user", "activate", "ada"])["is_active"], true);
        becomes(&agent, 200).await;

        change(&app, "changed", "user", &["user", "grant", "ada", "blog.view_article"]);
        change(&app, "changed", "user", &["user", "revoke-perm", "ada", "blog.view_article"]);
        assert!(refuse(&app, &["user", "grant", "ada", "blog.fly_article"]).contains("blog.fly_article"));

        let said = refuse(&app, &["user", "delete", "ada"]);
        assert!(said.contains("owns 1 tokens: CI"), "{said}");
        let (_, new) = logged_by(&app, || app.site.cli(&["user", "delete", "ada", "--transfer-tokens-to", "bob"]));
        let told: Vec<_> = new.iter().map(|e| (e.action.as_str(), e.model.as_str())).collect();
        assert_eq!(told, [("changed", "token"), ("deleted", "user")]);
        assert_eq!(read(&app, &["token", "show", "CI"])["user"], "bob");
        assert_eq!(agent.status().await, 200);
        let (_, new) = logged_by(&app, || app.site.cli(&["user", "delete", "bob", "--delete-tokens"]));
        let told: Vec<_> = new.iter().map(|e| (e.action.as_str(), e.model.as_str())).collect();
        assert_eq!(told, [("deleted", "token"), ("deleted", "user")]);
        becomes(&agent, 401).await;
        assert!(refuse(&app, &["user", "deactivate", "bob"]).contains("bob"));
    }

    async fn passwords_are_read_from_standard_input_and_stored_hashed(app) {
        let create = ["--json", "createsuperuser", "--username", "root", "--password-stdin"];
        let (made, new) = logged_by(&app, || with_input(&app, &create, PASSWORD));
        assert!(made.0, "{}", made.1);
        assert_eq!((new.len(), new[0].action.as_str(), new[0].surface.as_str()), (1, "added", "cli"));
        let root: Value = serde_json::from_str(&made.1).unwrap();
        assert_eq!((&root["is_superuser"], &root["is_staff"], &root["is_active"]), (&json!(true), &json!(true), &json!(true)));
        let first = stored_hash(&app, "root").unwrap();
        assert!(first.starts_with("$argon2id$"), "{first}");

        change(&app, "added", "user", &["user", "create", "ada"]);
        assert_eq!(stored_hash(&app, "ada"), None);
        let (set, new) = logged_by(&app, || with_input(&app, &["user", "password", "ada", "--password-stdin"], PASSWORD));
        assert!(set.0 && new.len() == 1 && new[0].action == "changed", "{}", set.1);
        let hash = stored_hash(&app, "ada").unwrap();
        assert!(hash.starts_with("$argon2id$") && hash != first, "salted");
        for text in app.log().iter().map(|entry| &entry.changes) {
            assert!(!text.contains("argon2") && !text.contains(PASSWORD), "{text}");
        }

        let long = "x".repeat(1025);
        for (bad, why) in [("short", "15"), (long.as_str(), "1024"), ("", "15")] {
            let (refused, new) = logged_by(&app, || with_input(&app, &["user", "password", "ada", "--password-stdin"], bad));
            assert!(!refused.0 && new.is_empty() && refused.1.contains("password"), "{why}: {}", refused.1);
        }
        assert_eq!(stored_hash(&app, "ada").unwrap(), hash);
        assert!(refuse(&app, &["user", "deactivate", "root"]).contains("last active superuser"));
    }

    async fn a_group_lives_its_whole_life_on_the_command_line(app) {
        let (created, new) = logged_by(&app, || {
            app.site.cli(&["group", "create", "Editors", "--perm", "blog.view_article"])
        });
        let told: Vec<_> = new.iter().map(|e| (e.action.as_str(), e.model.as_str())).collect();
        assert_eq!(told, [("added", "group"), ("changed", "group")]);
        assert_eq!(created["permissions"], json!(["blog.view_article"]));
        assert!(refuse(&app, &["group", "create", "Editors"]).contains("exists already"));

        let granted = change(&app, "changed", "group", &["group", "grant", "Editors", "blog.add_tag", "blog.view_tag"]);
        assert_eq!(granted["permissions"], json!(["blog.add_tag", "blog.view_article", "blog.view_tag"]));
        change(&app, "changed", "group", &["group", "revoke-perm", "Editors", "blog.add_tag"]);
        assert_eq!(read(&app, &["group", "list"])[0]["permissions"], json!(["blog.view_article", "blog.view_tag"]));

        app.user("ada");
        let (joined, new) = logged_by(&app, || app.site.cli(&["group", "members", "Editors", "--add", "ada"]));
        assert_eq!(joined["members"], json!(["ada"]));
        let told: Vec<_> = new.iter().map(|e| (e.model.as_str(), e.object_repr.as_str())).collect();
        assert_eq!(told, [("user", "ada")], "it is the user who can do more now");
        assert_eq!(read(&app, &["group", "members", "Editors"])["members"], json!(["ada"]));
        let (left, new) = logged_by(&app, || app.site.cli(&["group", "members", "Editors", "--remove", "ada"]));
        assert_eq!(new.len(), 1);
        assert_eq!(left["members"], json!([]));

        change(&app, "changed", "group", &["group", "rename", "Editors", "Writers"]);
        let (_, agent) = token(&app, "CI", &["--group", "Writers"]);
        assert!(agent.tools().await.contains(&"list_article".to_owned()));
        change(&app, "deleted", "group", &["group", "delete", "Writers"]);
        assert!(names(&read(&app, &["group", "list"])).is_empty());
        assert_eq!(read(&app, &["token", "show", "CI"])["permissions"], json!([]));
        assert!(refuse(&app, &["group", "grant", "Writers", "blog.view_tag"]).contains("Writers"));
    }

    async fn every_permission_that_can_be_granted_is_listed(app) {
        let of = |app_label: &str| {
            let listed = read(&app, &["permission", "list", "--app", app_label]);
            listed.as_array().unwrap().iter().map(|p| p["permission"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let blog = of("blog");
        for model in ["article", "author", "comment", "tag"] {
            for verb in ["view", "add", "change", "delete"] {
                assert!(blog.contains(&format!("blog.{verb}_{model}")), "{verb} {model}");
            }
        }
        assert!(of("mcp").contains(&"mcp.add_token".to_owned()));
        assert!(of("auth").contains(&"auth.change_group".to_owned()));
        let all = read(&app, &["permission", "list"]);
        assert!(all.as_array().unwrap().len() > blog.len());
    }
}
