//! What may be deleted, and by what.

use mcp_admin::auth::ToolMode;
use mcp_admin::config::{ActionConfig, AppConfig, Config, InlineConfig};
use serde_json::{Value, json};

use crate::apps::attached::on_each;
use crate::harness::{Agent, Site, TestApp, open};

/// Changing students of a school.
const CHANGE: [&str; 5] = [
    "school.view_student",
    "school.change_student",
    "school.add_student",
    "school.view_course",
    "school.view_enrolment",
];

/// Articles with their comments as nested rows, and an action that changes.
fn open_wide(config: &mut Config) {
    let article = config.apps.get_mut("blog").unwrap().models.get_mut("article").unwrap();
    article.inlines = vec![InlineConfig { model: "comment".into(), foreign_key: None, min: 0, max: 100 }];
    article.actions = vec![ActionConfig {
        name: "archive".into(),
        description: String::new(),
        set: [("status".to_owned(), json!("archived"))].into(),
        permission: None,
        confirm: false,
    }];
}

/// Every permission of the blog but to delete these models.
fn all_but(app: &TestApp, models: &[&str]) -> Vec<String> {
    let all = app.db.read(|conn| mcp_admin::services::tokens::full_access(conn, "blog")).unwrap();
    all.into_iter()
        .filter(|name| !models.iter().any(|model| *name == format!("blog.delete_{model}")))
        .collect()
}

async fn counts(agent: &Agent) -> Vec<Value> {
    let mut counts = Vec::new();
    for model in ["article", "comment", "author", "tag"] {
        counts.push(agent.ok(&format!("list_{model}"), json!({"limit": 1})).await["total_count"].clone());
    }
    counts
}

on_each! {
    async fn a_token_that_may_change_but_not_delete_deletes_by_no_tool(backend) {
        let app = TestApp::with(backend, open_wide).await;
        let models = ["article", "comment", "author", "tag"];
        let agent = app.token_with(&[], |new| new.permissions = all_but(&app, &models));
        let compact = app.token_with(&[], |new| {
            new.permissions = all_but(&app, &models);
            new.tool_mode = ToolMode::Compact;
        });
        let comment = agent.ok("list_comment", json!({"limit": 1})).await["results"][0].clone();
        let (id, article) = (&comment["id"], &comment["article_id"]);
        let before = counts(&agent).await;
        let tools = agent.tools().await;
        assert!(!tools.iter().any(|tool| tool.starts_with("delete_")), "{tools:?}");
        for model in models {
            for (tool, arguments) in [
                (format!("delete_{model}"), json!({"id": 1})),
                (format!("delete_{model}"), json!({"id": 1, "dry_run": true})),
                (format!("bulk_{model}"), json!({"operation": "delete", "items": [1]})),
                (format!("bulk_{model}"), json!({"operation": "delete", "items": [1], "atomic": true})),
                (format!("action_{model}"), json!({"action": "delete_selected", "ids": [1]})),
            ] {
                let text = agent.refused(&tool, arguments).await;
                assert_eq!(text, format!("Permission denied: blog.delete_{model}"), "{tool}");
            }
            for (tool, mut arguments) in [
                ("delete_record", json!({"id": 1})),
                ("bulk_records", json!({"operation": "delete", "items": [1]})),
                ("run_action", json!({"action": "delete_selected", "ids": [1]})),
            ] {
                arguments["model"] = json!(format!("blog.{model}"));
                let answer = compact.call(tool, arguments).await;
                assert!(answer.is_error() || answer.status == 404, "{tool}: {}", answer.text);
            }
        }
        // By a nested row, alone or with others that would be allowed.
        for comments in [json!([{"id": id, "_delete": true}]), json!([{"author_name": "Ada", "body": "!"}, {"id": id, "_delete": true}])] {
            let text = agent.refused("update_article", json!({"id": article, "data": {"comments": comments}})).await;
            assert_eq!(text, "Permission denied: blog.delete_comment");
        }
        // Changes go on.
        agent.ok("action_article", json!({"action": "archive", "ids": [article]})).await;
        agent.ok("update_article", json!({"id": article, "data": {"tags": [], "comments": [{"id": id, "body": "x"}]}})).await;
        let rest = agent.rest("DELETE", &format!("/api/v1/apps/blog/article/records/{article}"), None).await;
        assert_eq!(rest.status, 403, "{}", rest.text);
        assert_eq!(counts(&agent).await, before);
    }

    async fn a_cascade_needs_the_permission_of_every_model_that_loses_records(backend) {
        let app = TestApp::with(backend, open_wide).await;
        let agent = app.token_with(&[], |new| new.permissions = all_but(&app, &["comment"]));
        let article = agent.ok("list_comment", json!({"limit": 1})).await["results"][0]["article_id"].clone();
        let before = counts(&agent).await;
        for (tool, arguments) in [
            ("delete_article", json!({"id": article})),
            ("bulk_article", json!({"operation": "delete", "items": [article], "atomic": true})),
            ("bulk_article", json!({"operation": "delete", "items": [article]})),
            ("action_article", json!({"action": "delete_selected", "ids": [article]})),
        ] {
            let answer = agent.call(tool, arguments).await;
            assert!(answer.is_error() && answer.text.contains("blog.delete_comment"), "{tool}: {}", answer.text);
        }
        assert_eq!(counts(&agent).await, before);
        let whole = app.token_with(&[], |new| new.permissions = all_but(&app, &[]));
        let gone = whole.ok("delete_article", json!({"id": article})).await;
        assert_eq!(gone["cascaded"][0]["model"], "blog.comment");
        // The database restricts: the answer says what stands in the way.
        let text = whole.refused("delete_author", json!({"id": 1})).await;
        assert!(text.contains("(blog.article) still point at it"), "{text}");
    }

    async fn rows_of_a_join_table_that_is_a_model_need_its_permissions(backend) {
        let site = Site::new(backend);
        let file = site.file("school.db").to_str().unwrap().to_owned();
        open(&file).execute_script(
            "CREATE TABLE student (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
             CREATE TABLE course (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
             CREATE TABLE enrolment (student_id INTEGER NOT NULL REFERENCES student (id) ON DELETE CASCADE,
                 course_id INTEGER NOT NULL REFERENCES course (id) ON DELETE CASCADE, grade TEXT, PRIMARY KEY (student_id, course_id));
             INSERT INTO student VALUES (1, 'Zoe'); INSERT INTO course VALUES (1, 'Tea'), (2, 'Coffee');
             INSERT INTO enrolment VALUES (1, 1, 'A');",
        ).unwrap();
        let app = TestApp::on(site, |config| {
            config.apps.insert("school".into(), AppConfig::at(file));
        });
        let agent = app.token(&CHANGE);
        for (permissions, refusal) in [(&[][..], "school.add_enrolment"), (&["school.add_enrolment"][..], "school.delete_enrolment")] {
            let agent = app.token(&[&CHANGE[..], permissions].concat());
            for (tool, arguments) in [
                ("update_student", json!({"id": 1, "data": {"courses": []}})),
                ("bulk_student", json!({"operation": "update", "items": [{"id": 1, "data": {"courses": [2]}}], "atomic": true})),
            ] {
                let answer = agent.call(tool, arguments).await;
                assert!(answer.is_error() && answer.text.contains(refusal), "{tool}: {}", answer.text);
            }
        }
        assert_eq!(agent.ok("list_enrolment", json!({})).await["results"][0]["grade"], "A");
        assert!(agent.refused("create_student", json!({"data": {"name": "Yan", "courses": [1]}})).await.contains("school.add_enrolment"));
        agent.ok("update_student", json!({"id": 1, "data": {"name": "Zoé"}})).await;
        let whole = app.token(&[&CHANGE[..], &["school.add_enrolment", "school.delete_enrolment"]].concat());
        whole.ok("update_student", json!({"id": 1, "data": {"courses": [2]}})).await;
        assert_eq!(agent.ok("list_enrolment", json!({})).await["results"][0]["course_id"], 2);
    }
}
