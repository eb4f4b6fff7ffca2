//! The built-in apps as tools: users, groups, tokens and the audit log.

use mcp_admin::config::{AppConfig, Config};
use mcp_admin::db::Backend;
use mcp_admin::services::users;
use serde_json::{Value, json};

use super::assert_conforms;
use crate::harness::{Agent, Answer, TestApp, on_both, on_each, open};

const EVERYTHING: [&str; 13] = [
    "auth.view_user",
    "auth.add_user",
    "auth.change_user",
    "auth.delete_user",
    "auth.view_group",
    "auth.add_group",
    "auth.change_group",
    "auth.delete_group",
    "mcp.view_token",
    "mcp.add_token",
    "mcp.change_token",
    "mcp.delete_token",
    "admin.view_logentry",
];

fn serving(config: &mut Config) {
    config.mcp.builtin_apps = ["auth", "mcp", "admin"].map(str::to_owned).to_vec();
}

async fn start(backend: Backend) -> TestApp {
    TestApp::with(backend, serving).await
}

/// The tools and what each needs.
const TOOLS: [(&str, &str); 17] = [
    ("list_user", "auth.view_user"),
    ("get_user", "auth.view_user"),
    ("create_user", "auth.add_user"),
    ("update_user", "auth.change_user"),
    ("delete_user", "auth.delete_user"),
    ("list_group", "auth.view_group"),
    ("get_group", "auth.view_group"),
    ("create_group", "auth.add_group"),
    ("update_group", "auth.change_group"),
    ("delete_group", "auth.delete_group"),
    ("list_token", "mcp.view_token"),
    ("get_token", "mcp.view_token"),
    ("create_token", "mcp.add_token"),
    ("update_token", "mcp.change_token"),
    ("delete_token", "mcp.delete_token"),
    ("list_log_entry", "admin.view_logentry"),
    ("get_log_entry", "admin.view_logentry"),
];

fn content(answer: &Answer) -> Value {
    assert!(answer.status == 200 && !answer.is_error(), "{}", answer.text);
    answer.body["structuredContent"].clone()
}

on_both! {
    async fn the_built_in_apps_are_not_served_by_themselves(app) {
        let agent = app.token(&EVERYTHING);
        assert_eq!(agent.tools().await, Vec::<String>::new());
        for (tool, _) in TOOLS {
            assert_eq!(agent.call(tool, json!({})).await.status, 404, "{tool}");
        }
    }
}

on_both! {
    from start;

    async fn r15_each_tool_of_them_needs_its_permission(app) {
        let all = app.token(&EVERYTHING);
        let listed = all.tools().await;
        assert_eq!(listed[0], "find_models");
        assert_eq!(&listed[1..], TOOLS.map(|(tool, _)| tool.to_owned()));
        let found = all.ok("find_models", json!({})).await;
        let labels: Vec<String> = found["models"].as_array().unwrap().iter().map(|m| format!("{}.{}", m["app_label"].as_str().unwrap(), m["model"].as_str().unwrap())).collect();
        assert_eq!(labels, ["auth.user", "auth.group", "mcp.token", "admin.logentry"]);
        let blog = app.db.read(|conn| mcp_admin::services::tokens::full_access(conn, "blog")).unwrap();
        let blog = app.token_with(&[], |new| new.permissions = blog);
        assert!(!blog.tools().await.iter().any(|tool| TOOLS.iter().any(|(known, _)| known == tool)));
        assert!(!blog.ok("find_models", json!({})).await.to_string().contains(r#""auth""#));
        let before = app.log().len();
        for (tool, permission) in TOOLS {
            for arguments in [json!({}), json!({"id": 1, "data": {"name": "x", "username": "x"}})] {
                assert_eq!(blog.refused(tool, arguments).await, format!("Permission denied: {permission}"), "{tool}");
            }
            let alone = app.token(&[permission]);
            let own: Vec<String> = alone.tools().await.into_iter().filter(|name| name != "find_models").collect();
            let expected: Vec<&str> = TOOLS.iter().filter(|(_, p)| *p == permission).map(|(tool, _)| *tool).collect();
            assert_eq!(own, expected, "{permission}");
        }
        assert!(app.log().len() > before, "refusals are written down");
    }

    async fn r34_a_token_is_created_under_the_grant_rule_and_its_secret_shown_once(app) {
        let agent = app.token(&["mcp.view_token", "mcp.add_token", "blog.view_article"]);
        let made = agent.ok("create_token", json!({"data": {"name": "CI", "permissions": ["blog.view_article"]}})).await;
        let secret = made["token"].as_str().unwrap();
        assert_eq!((made["object"]["user"].as_str(), made["object"]["permissions"][0].as_str()), (Some("ada"), Some("blog.view_article")));
        let new = app.agent(secret);
        assert_eq!(new.ok("list_article", json!({"limit": 1})).await["count"], 1);
        let read = agent.ok("get_token", json!({"id": made["id"]})).await;
        assert!(read.get("token").is_none() && !read.to_string().contains(secret), "{read}");
        assert_eq!(read["prefix"], secret[..12]);

        let count = agent.ok("list_token", json!({})).await["total_count"].clone();
        for (data, refusal) in [
            (json!({"name": "x", "permissions": ["blog.delete_article"]}), "Permission denied: blog.delete_article"),
            (json!({"name": "x", "permissions": ["mcp.change_token"]}), "Permission denied: mcp.change_token"),
            (json!({"permissions": ["blog.view_article"]}), "data.name: is required"),
            (json!({"name": "x", "expires_at": "2001-01-01T00:00:00Z"}), "expires_at"),
            (json!({"name": "x", "digest": "x"}), "digest"),
            (json!({"name": "x", "user": "nobody"}), "there is no user"),
        ] {
            let text = agent.refused("create_token", json!({"data": data})).await;
            assert!(text.contains(refusal), "{data}: {text}");
        }
        let dry = agent.ok("create_token", json!({"data": {"name": "Dry"}, "dry_run": true})).await;
        assert!(dry.get("token").is_none() && dry["dry_run"] == true, "{dry}");
        assert_eq!(agent.ok("list_token", json!({})).await["total_count"], count);
        assert_eq!(agent.refused("update_token", json!({"id": made["id"], "data": {"name": "x"}})).await, "Permission denied: mcp.change_token");
        let other = app.token(&["blog.view_article"]);
        assert_eq!(other.refused("create_token", json!({"data": {"name": "x"}})).await, "Permission denied: mcp.add_token");
    }

    async fn r34_no_way_over_users_and_groups_gives_more_than_one_holds(app) {
        let boss = app.superuser("boss");
        let agent = app.token(&["auth.view_user", "auth.add_user", "auth.change_user", "auth.view_group", "auth.add_group", "auth.change_group", "mcp.view_token", "mcp.change_token", "mcp.add_token"]);
        let group = agent.ok("create_group", json!({"data": {"name": "Friends", "permissions": ["auth.view_user"]}})).await;
        assert_eq!(group["object"]["permissions"], json!(["auth.view_user"]));
        let strong = app.token(&["blog.delete_article"]);
        let mine = json!(agent.id());
        for (tool, arguments) in [
            ("update_group", json!({"id": group["id"], "data": {"permissions": ["blog.delete_article"]}})),
            ("create_group", json!({"data": {"name": "Others", "permissions": ["blog.delete_article"]}})),
            ("create_user", json!({"data": {"username": "eve", "permissions": ["blog.delete_article"]}})),
            ("create_user", json!({"data": {"username": "eve", "is_superuser": true}})),
            ("update_user", json!({"id": boss, "data": {"email": "eve@example.org"}})),
            ("update_user", json!({"id": boss, "data": {"is_active": false}})),
            ("update_token", json!({"id": mine, "data": {"permissions": ["blog.delete_article"]}})),
            ("update_token", json!({"id": strong.id(), "data": {"user": "ada", "expires_at": null}})),
        ] {
            let answer = agent.call(tool, arguments.clone()).await;
            assert!(answer.is_error(), "{tool} {arguments}: {}", answer.text);
        }
        assert!(!agent.ok("list_user", json!({"search": "eve"})).await.to_string().contains("eve"));
        assert_eq!(agent.ok("list_group", json!({"search": "Others"})).await["total_count"], 0);
    }

    async fn users_groups_and_tokens_are_worked_with_from_the_first_to_the_last(app) {
        let agent = app.token(&EVERYTHING);
        let group = agent.ok("create_group", json!({"data": {"name": "Readers"}})).await["id"].clone();
        let user = agent.ok("create_user", json!({"data": {"username": "eve", "email": "eve@example.org", "groups": ["Readers"]}})).await;
        assert_eq!((&user["object"]["groups"], &user["object"]["is_active"]), (&json!(["Readers"]), &json!(true)));
        let made = agent.ok("create_token", json!({"data": {"name": "Eve's", "user": "eve", "groups": [group]}})).await;
        let eve = app.agent(made["token"].as_str().unwrap());
        assert_eq!(eve.status().await, 200);
        // The next request sees what changed, whatever the guard remembered.
        agent.ok("update_token", json!({"id": made["id"], "data": {"is_active": false}})).await;
        assert_eq!(eve.status().await, 401);
        agent.ok("update_token", json!({"id": made["id"], "data": {"is_active": true}})).await;
        assert_eq!(eve.status().await, 200);
        agent.ok("update_user", json!({"id": user["id"], "data": {"is_active": false}})).await;
        assert_eq!(eve.status().await, 401);
        agent.ok("update_user", json!({"id": user["id"], "data": {"is_active": true, "email": ""}})).await;
        let dry = agent.ok("delete_token", json!({"id": made["id"], "dry_run": true})).await;
        assert_eq!((&dry["dry_run"], eve.status().await), (&json!(true), 200));
        let text = agent.refused("delete_user", json!({"id": user["id"]})).await;
        assert!(text.contains("token"), "a user who owns tokens stays: {text}");
        agent.ok("delete_token", json!({"id": made["id"]})).await;
        assert_eq!(eve.status().await, 401);
        agent.ok("delete_user", json!({"id": user["id"]})).await;
        assert_eq!(agent.refused("get_user", json!({"id": user["id"]})).await, "user not found");
        agent.ok("update_group", json!({"id": group, "data": {"name": "Old"}})).await;
        agent.ok("delete_group", json!({"id": group})).await;
        let log = agent.ok("list_log_entry", json!({"app_label": "auth", "limit": 3})).await;
        let actions: Vec<_> = log["results"].as_array().unwrap().iter().map(|e| (e["model"].as_str().unwrap(), e["action"].as_str().unwrap())).collect();
        assert_eq!(actions, [("group", "deleted"), ("group", "changed"), ("user", "deleted")]);
        let older = agent.ok("list_log_entry", json!({"app_label": "auth", "limit": 3, "before": log["next"]})).await;
        assert!(older["results"][0]["id"].as_i64() < log["results"][2]["id"].as_i64(), "{older}");
        let entry = agent.ok("get_log_entry", json!({"id": log["results"][0]["id"]})).await;
        assert_eq!(entry["surface"], "mcp");
        for (tool, arguments, expected) in [
            ("list_token", json!({"status": "lost"}), "status"),
            ("list_user", json!({"is_active": "yes"}), "is_active"),
            ("list_group", json!({"nonsense": 1}), "nonsense"),
            ("get_token", json!({}), "id: is required"),
            ("get_token", json!({"id": -1}), "id: "),
            ("get_token", json!({"id": 999_999}), "token not found"),
            ("create_user", json!({"data": {"username": "bad name"}}), "username"),
        ] {
            let text = agent.refused(tool, arguments).await;
            assert!(text.contains(expected), "{tool}: {text}");
        }
    }

    async fn r02_no_answer_has_a_secret_or_what_is_stored_of_one(app) {
        let hash = users::prepare_password("correct horse battery staple", "eve").unwrap();
        app.write(|tx, actor| {
            let new = users::NewUser { username: "eve".into(), is_active: true, password: Some(hash.clone()), ..users::NewUser::default() };
            users::create(tx, actor, app.clock.now(), &new)
        });
        let agent = app.token(&EVERYTHING);
        let made = agent.ok("create_token", json!({"data": {"name": "CI"}})).await;
        assert_conforms(&agent, "create_token", &made).await;
        let group = agent.ok("create_group", json!({"data": {"name": "Readers", "permissions": ["auth.view_user"]}})).await;
        assert_conforms(&agent, "create_group", &group).await;
        let user = agent.ok("create_user", json!({"data": {"username": "bob", "groups": ["Readers"]}, "dry_run": true})).await;
        assert_conforms(&agent, "create_user", &user).await;
        let gone = agent.ok("delete_group", json!({"id": group["id"], "dry_run": true})).await;
        assert_conforms(&agent, "delete_group", &gone).await;
        let secret = made["token"].as_str().unwrap().to_owned();
        let mut transcript = content(&agent.call("update_token", json!({"id": made["id"], "data": {"name": "CI 2"}})).await).to_string();
        for tool in ["list_user", "list_group", "list_token", "list_log_entry", "find_models"] {
            let page = agent.ok(tool, json!({})).await;
            assert_conforms(&agent, tool, &page).await;
            transcript.push_str(&page.to_string());
            let get = tool.replace("list_", "get_");
            for row in page["results"].as_array().into_iter().flatten() {
                let one = agent.ok(&get, json!({"id": row["id"]})).await;
                assert_conforms(&agent, &get, &one).await;
                transcript.push_str(&one.to_string());
            }
        }
        transcript.push_str(&agent.list().await.text);
        transcript.push_str(&agent.modern("tools/list", json!({})).await.text);
        for forbidden in [secret.as_str(), &agent.token, "digest", "password_hash", "$argon2", "hash_alg"] {
            assert!(!transcript.contains(forbidden), "{forbidden}");
        }
        for entry in app.log() {
            assert!(!entry.changes.contains(&secret), "{}", entry.changes);
        }
    }
}

async fn named(agent: &Agent, tool: &str) -> Value {
    let listed = agent.list().await.body;
    listed["tools"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == tool)
        .unwrap_or_else(|| panic!("{tool}"))
        .clone()
}

on_each! {
    async fn an_attached_model_of_the_same_name_keeps_it(backend) {
        use crate::harness::Site;
        let site = Site::new(backend);
        let file = site.file("crm.db").to_str().unwrap().to_owned();
        open(&file).execute_script("CREATE TABLE user (id INTEGER PRIMARY KEY, nick TEXT NOT NULL); INSERT INTO user VALUES (1, 'zoe')").unwrap();
        let app = TestApp::on(site, |config| {
            serving(config);
            config.apps.insert("crm".into(), AppConfig::at(file));
        });
        let agent = app.token(&["auth.view_user", "crm.view_user"]);
        assert_eq!(agent.ok("list_user", json!({})).await["results"][0]["nick"], "zoe");
        assert!(agent.ok("list_auth_user", json!({})).await["results"][0]["username"].is_string());
        assert!(named(&agent, "list_auth_user").await["outputSchema"].to_string().contains("username"));
        let other = app.token(&["crm.view_user"]);
        assert_eq!(other.refused("list_auth_user", json!({})).await, "Permission denied: auth.view_user");
    }

    async fn refusals_that_are_not_explained_look_like_unknown_tools(backend) {
        let app = TestApp::with(backend, |config| {
            serving(config);
            config.mcp.explain_denials = false;
        }).await;
        let agent = app.token(&["blog.view_article"]);
        for (tool, _) in TOOLS {
            let (denied, unknown) = (agent.call(tool, json!({"id": 1})).await, agent.call("no_such_tool", json!({"id": 1})).await);
            assert_eq!((denied.status, denied.text.replace(tool, "?")), (unknown.status, unknown.text.replace("no_such_tool", "?")));
        }
    }
}

#[test]
fn only_apps_that_are_built_in_can_be_named() {
    let mut config = Config::default();
    config.mcp.builtin_apps = vec!["blog".into()];
    let text = config.validate().unwrap_err().to_string();
    assert!(text.contains("mcp.builtin_apps") && text.contains("auth, mcp, admin"), "{text}");
}
