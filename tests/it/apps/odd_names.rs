//! Names that nobody should give to tables and columns, and that somebody has given.

use mcp_admin::config::AppConfig;
use mcp_admin::db::Backend;
use serde_json::json;

use crate::harness::{TestApp, on_both, open};

/// Both engines read these the same way.
const TABLES: [&str; 6] = [
    r#"CREATE TABLE "; DROP TABLE x" ("id" INTEGER PRIMARY KEY, "'; DELETE FROM tokens --" TEXT)"#,
    r#"CREATE TABLE "Order Details" ("id" INTEGER PRIMARY KEY, "select" TEXT, "Unit Price" INTEGER)"#,
    r#"CREATE TABLE "order" ("id" INTEGER PRIMARY KEY, "from" TEXT, "group" TEXT)"#,
    r#"CREATE TABLE "Ünïcode 表" ("id" INTEGER PRIMARY KEY, "größe" TEXT)"#,
    r#"CREATE TABLE "quo""ted" ("id" INTEGER PRIMARY KEY, "a""b" TEXT, "c'd" TEXT, "e`f" TEXT, "{g}" TEXT, "$1" TEXT, "?" TEXT)"#,
    r#"CREATE TABLE "x" ("id" INTEGER PRIMARY KEY, "v" TEXT)"#,
];

async fn odd(backend: Backend) -> TestApp {
    TestApp::with_site(backend, |site, config| {
        let url = site.another("odd.db");
        open(&url).execute_script(&TABLES.join(";")).unwrap();
        config.apps.insert("odd".into(), AppConfig::at(url));
    })
    .await
}

on_both! {
    from odd;

    async fn r46_odd_names_work_as_names_and_become_tool_names(app) {
        let all = app.db.read(|conn| mcp_admin::services::tokens::full_access(conn, "odd")).unwrap();
        let agent = app.token(&all.iter().map(String::as_str).collect::<Vec<_>>());
        let tools = agent.tools().await;
        for tool in &tools {
            let fits = tool.len() <= 64 && tool.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            assert!(fits, "{tool}");
        }
        let mut distinct = tools.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), tools.len());
        let creating: Vec<&String> = tools.iter().filter(|tool| tool.starts_with("create_")).collect();
        assert_eq!(creating.len(), TABLES.len(), "{creating:?}");

        for create in creating {
            let model = create.trim_start_matches("create_");
            let described = agent.ok(&format!("describe_{model}"), json!({})).await;
            let names: Vec<String> = described["fields"].as_array().unwrap().iter()
                .map(|field| field["name"].as_str().unwrap().to_owned()).collect();
            let field = names.iter().find(|name| *name != "id" && *name != "Unit Price").unwrap();
            let odd_value = r#"'; DROP TABLE x; -- " ` $1 ? {0} \"#;
            let created = agent.ok(create, json!({"data": {"id": 7, field: odd_value}})).await;
            assert_eq!(created["object"][field], odd_value, "{model}");
            for (arguments, expected) in [
                (json!({"filters": {field: odd_value}}), 1),
                (json!({"filters": {format!("{field}__icontains"): "drop TABLE"}}), 1),
                (json!({"filters": {format!("{field}__startswith"): "%"}}), 0),
                (json!({"search": odd_value}), 1),
                (json!({"order_by": format!("-{field}")}), 1),
                (json!({"fields": [field]}), 1),
            ] {
                let listed = agent.ok(&format!("list_{model}"), arguments.clone()).await;
                assert_eq!(listed["total_count"], expected, "{model} {arguments}");
            }
            let updated = agent.ok(&format!("update_{model}"), json!({"id": 7, "data": {field: "plain"}})).await;
            assert_eq!(updated["object"][field], "plain");
            agent.ok(&format!("delete_{model}"), json!({"id": 7})).await;
        }
        assert_eq!(agent.tools().await, tools, "every table is still there");
    }

    async fn r46_names_from_a_client_are_allow_listed(app) {
        let all = app.db.read(|conn| mcp_admin::services::tokens::full_access(conn, "blog")).unwrap();
        let agent = app.token(&all.iter().map(String::as_str).collect::<Vec<_>>());
        for name in [
            "id; DROP TABLE blog_article", "id--", "1", "(SELECT 1)", "id, title", "\"id\"", "blog_article.id",
            "id) UNION SELECT * FROM tokens --", "title__regex", "title__icontains__x", "author__password", "rowid", "ctid", "",
        ] {
            for arguments in [
                json!({"order_by": name}),
                json!({"order_by": format!("-{name}")}),
                json!({"filters": {name: "1"}}),
                json!({"fields": [name]}),
            ] {
                // Nothing to order by is the model's own order.
                if arguments == json!({"order_by": ""}) {
                    continue;
                }
                let answer = agent.call("list_article", arguments.clone()).await;
                assert!(answer.is_error(), "{arguments}: {}", answer.text);
                assert!(!answer.text.contains("syntax"), "{}", answer.text);
            }
            let answer = agent.call("create_article", json!({"data": {name: "x"}})).await;
            assert!(answer.is_error(), "{name}: {}", answer.text);
        }
        assert_eq!(agent.ok("list_article", json!({"limit": 1})).await["total_count"], 1200);
    }
}
