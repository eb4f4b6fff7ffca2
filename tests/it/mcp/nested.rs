//! Rows of a child model that are written with their record.

use mcp_admin::config::{Config, InlineConfig};
use mcp_admin::db::Backend;
use serde_json::{Value, json};

use super::assert_conforms;
use crate::harness::{Agent, TestApp, on_both, on_each};

const ALL: [&str; 7] = [
    "blog.view_article",
    "blog.add_article",
    "blog.change_article",
    "blog.view_comment",
    "blog.add_comment",
    "blog.change_comment",
    "blog.delete_comment",
];

fn inline(model: &str, min: u32, max: u32) -> InlineConfig {
    InlineConfig { model: model.into(), foreign_key: None, min, max }
}

/// Comments are written with their article, at most three of them; what they were approved for is hidden.
fn nesting(config: &mut Config) {
    let models = &mut config.apps.get_mut("blog").unwrap().models;
    models.get_mut("article").unwrap().inlines = vec![inline("comment", 0, 3)];
    let comment = models.entry("comment".into()).or_default();
    comment.exclude_fields = vec!["is_approved".into()];
    comment.readonly_fields = vec!["created_at".into()];
}

async fn start(backend: Backend) -> TestApp {
    TestApp::with(backend, nesting).await
}

fn comment(author: &str) -> Value {
    json!({"author_name": author, "body": "Nice."})
}

/// An article with two comments; its id and theirs.
async fn article(agent: &Agent) -> (Value, Vec<Value>) {
    let data = json!({"title": "Tea", "author": 1, "comments": [comment("Ada"), comment("Bob")]});
    let created = agent.ok("create_article", json!({"data": data})).await;
    (created["id"].clone(), created["rows"]["comments"]["added"].as_array().unwrap().clone())
}

async fn authors(agent: &Agent, id: &Value) -> Vec<String> {
    let read = agent.ok("get_article", json!({"id": id, "include_inlines": true})).await;
    let rows = read["_inlines"]["comments"].as_array().unwrap().clone();
    rows.iter().map(|row| row["author_name"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    from start;

    async fn rows_are_created_with_their_record_and_read_with_it(app) {
        let agent = app.token(&ALL);
        let (id, rows) = article(&agent).await;
        assert_eq!(rows.len(), 2);
        assert_eq!(authors(&agent, &id).await, ["Ada", "Bob"]);
        let read = agent.ok("get_article", json!({"id": id, "include_inlines": ["comments"]})).await;
        assert_conforms(&agent, "get_article", &read).await;
        assert_eq!(read["_inlines"]["comments"][0]["article_id"], id);
        assert!(agent.ok("get_article", json!({"id": id})).await.get("_inlines").is_none());
        let log: Vec<_> = app.log().into_iter().filter(|e| e.app_label == "blog").map(|e| (e.model, e.action, e.outcome)).collect();
        let added = |model: &str| (model.to_owned(), "added".to_owned(), "done".to_owned());
        assert_eq!(log, [added("comment"), added("comment"), added("article")]);
        let history = agent.ok("history_comment", json!({"id": rows[0]})).await;
        assert_eq!(history["results"][0]["action"], "added");
    }

    async fn rows_are_added_changed_and_deleted_with_a_change_of_their_record(app) {
        let agent = app.token(&ALL);
        let (id, rows) = article(&agent).await;
        let data = json!({"comments": [comment("Cyd"), {"id": rows[0], "author_name": "Ann"}, {"id": rows[1], "_delete": true}]});
        let entries = app.log().len();
        let dry = agent.ok("update_article", json!({"id": id, "data": data, "dry_run": true})).await;
        assert_conforms(&agent, "update_article", &dry).await;
        let changes = dry["changes"]["rows"]["comments"].as_array().unwrap();
        let kinds: Vec<_> = changes.iter().map(|row| row["action"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["deleted", "changed", "added"]);
        assert_eq!(changes[1]["changes"], json!({"before": {"author_name": "Ada"}, "after": {"author_name": "Ann"}}));
        assert_eq!((authors(&agent, &id).await, app.log().len()), (vec!["Ada".to_owned(), "Bob".to_owned()], entries));
        let done = agent.ok("update_article", json!({"id": id, "data": data})).await;
        assert_eq!((&done["rows"]["comments"]["changed"], &done["rows"]["comments"]["deleted"]), (&json!([rows[0]]), &json!([rows[1]])));
        assert_eq!(authors(&agent, &id).await, ["Ann", "Cyd"]);
        assert_eq!(app.log().len(), entries + 4, "one entry a row and one for the record");
        // A row that comes back as it was read changes nothing; rows that are left out stay.
        agent.ok("update_article", json!({"id": id, "data": {"comments": [{"id": rows[0], "article_id": id}]}})).await;
        assert_eq!((authors(&agent, &id).await.len(), app.log().len()), (2, entries + 5));
    }

    async fn all_of_it_or_nothing(app) {
        let agent = app.token(&ALL);
        let (id, rows) = article(&agent).await;
        let others = agent.ok("list_comment", json!({"limit": 1})).await["results"][0]["id"].clone();
        let before = agent.ok("get_article", json!({"id": id, "include_inlines": true})).await;
        for (comments, expected) in [
            (json!([{"id": rows[0], "author_name": null}]), "data.comments.0.author_name: "),
            (json!([comment("Cyd"), {"body": "x"}]), "data.comments.1.author_name: is required"),
            (json!([comment("Cyd"), comment("Dan")]), "data.comments: has at most 3 rows, and would have 4"),
            (json!([{"id": others, "body": "x"}]), "data.comments.0.id: there is no such comment of this article"),
            (json!([{"id": others, "_delete": true}]), "data.comments.0.id: there is no such comment of this article"),
            (json!([{"id": 999_999, "body": "x"}]), "data.comments.0.id: there is no such comment"),
            (json!([{"_delete": true}]), "data.comments.0.id: is required"),
            (json!([{"id": rows[0], "_delete": "yes"}]), "data.comments.0._delete: must be true or false"),
            (json!([{"id": rows[0], "article_id": 1}]), "data.comments.0.article_id: is the article that it belongs to"),
            (json!([{"id": rows[0], "article": 1}]), "data.comments.0.article: is the article"),
            (json!([{"id": rows[0], "created_at": "2026-01-01T00:00:00Z"}]), "data.comments.0.created_at: is read-only"),
            (json!([{"id": rows[0], "is_approved": true}]), "data.comments.0.is_approved: there is no such field"),
            (json!([{"id": rows[0], "body": "x"}, {"id": rows[1], "nonsense": 1}]), "data.comments.1.nonsense: "),
            (json!([7]), "data.comments.0: expected an object"),
            (json!({"body": "x"}), "data.comments: expected a list"),
        ] {
            let text = agent.refused("update_article", json!({"id": id, "data": {"title": "Lost", "comments": comments}})).await;
            assert!(text.contains(expected), "{comments}: {text}");
        }
        let several = json!([{"id": rows[0], "author_name": null}, {"body": "x"}]);
        let text = agent.refused("update_article", json!({"id": id, "data": {"comments": several}})).await;
        assert!(text.contains("comments.0.author_name") && text.contains("comments.1.author_name"), "{text}");
        let count = agent.ok("list_article", json!({"limit": 1})).await["total_count"].clone();
        let text = agent.refused("create_article", json!({"data": {"title": "Lost", "author": 1, "comments": [{"body": "x"}]}})).await;
        assert!(text.contains("data.comments.0.author_name"), "{text}");
        assert_eq!(agent.ok("list_article", json!({"limit": 1})).await["total_count"], count);
        assert_eq!(agent.ok("get_article", json!({"id": id, "include_inlines": true})).await, before);
        let bulk = agent.ok("bulk_article", json!({"operation": "update", "items": [{"id": id, "data": {"title": "New"}}, {"id": id, "data": {"comments": []}}]})).await;
        assert_eq!((&bulk["success_count"], &bulk["error_count"]), (&json!(1), &json!(1)));
    }

    async fn each_kind_of_row_needs_the_permission_of_its_model(app) {
        let all = app.token(&ALL);
        let (id, rows) = article(&all).await;
        let kinds = [
            ("add", json!([comment("Cyd")])),
            ("change", json!([{"id": rows[0], "body": "x"}])),
            ("delete", json!([{"id": rows[1], "_delete": true}])),
        ];
        for (kind, comments) in &kinds {
            let held: Vec<&str> = ALL.into_iter().filter(|p| *p != format!("blog.{kind}_comment")).collect();
            let agent = app.token(&held);
            let text = agent.refused("update_article", json!({"id": id, "data": {"title": "Lost", "comments": comments}})).await;
            assert_eq!(text, format!("Permission denied: blog.{kind}_comment"));
            let schema = tool(&agent, "update_article").await["inputSchema"]["properties"]["data"]["properties"]["comments"]["items"]["properties"].clone();
            assert_eq!(schema.get("_delete").is_some(), *kind != "delete", "{kind}: {schema}");
        }
        assert_eq!(authors(&all, &id).await, ["Ada", "Bob"]);
        // Who may not see comments knows of none, whatever else it may do.
        let held: Vec<&str> = ALL.into_iter().filter(|p| *p != "blog.view_comment").collect();
        let blind = app.token(&held);
        for (_, comments) in kinds {
            let text = blind.refused("update_article", json!({"id": id, "data": {"comments": comments}})).await;
            assert!(text.contains("data.comments: there is no such field"), "{text}");
        }
        let about = format!("{}{}", tool(&blind, "update_article").await, tool(&blind, "get_article").await);
        assert!(!about.contains("comments"), "{about}");
        let text = blind.refused("get_article", json!({"id": id, "include_inlines": ["comments"]})).await;
        assert!(text.contains("there are: none"), "{text}");
    }

    async fn the_schemas_describe_the_rows(app) {
        let agent = app.token(&ALL);
        let rows = |tool: &Value| tool["inputSchema"]["properties"]["data"]["properties"]["comments"].clone();
        let create = rows(&tool(&agent, "create_article").await);
        assert_eq!((&create["maxItems"], &create["items"]["required"]), (&json!(3), &json!(["author_name", "body"])));
        let update = rows(&tool(&agent, "update_article").await);
        for (schema, keys) in [(&create, false), (&update, true)] {
            let properties = &schema["items"]["properties"];
            for hidden in ["article_id", "article", "is_approved", "created_at"] {
                assert!(properties.get(hidden).is_none(), "{hidden}: {schema}");
            }
            assert_eq!(properties.get("_delete").is_some(), keys, "{schema}");
        }
        let described = agent.ok("describe_article", json!({})).await;
        assert_eq!(described["inlines"], json!([{"name": "comments", "model": "blog.comment", "min": 0, "max": 3}]));
    }

    async fn the_rest_api_writes_rows_too(app) {
        let agent = app.token(&ALL);
        let created = agent.rest("POST", "/api/v1/apps/blog/article/records", Some(&json!({"title": "Tea", "author": 1, "comments": [comment("Ada")]}))).await;
        assert_eq!(created.status, 201, "{}", created.text);
        assert_eq!(authors(&agent, &created.body["id"]).await, ["Ada"]);
    }
}

async fn tool(agent: &Agent, name: &str) -> Value {
    let listed = agent.list().await.body;
    listed["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == name).unwrap().clone()
}

on_each! {
    async fn a_record_has_at_least_the_rows_that_it_needs(backend) {
        let app = TestApp::with(backend, |config| {
            config.apps.get_mut("blog").unwrap().models.get_mut("article").unwrap().inlines = vec![inline("comment", 1, 2)];
        }).await;
        let agent = app.token(&ALL);
        for comments in [json!({"title": "Tea", "author": 1}), json!({"title": "Tea", "author": 1, "comments": []})] {
            let text = agent.refused("create_article", json!({"data": comments})).await;
            assert!(text.contains("data.comments: has at least 1 rows"), "{text}");
        }
        let created = agent.ok("create_article", json!({"data": {"title": "Tea", "author": 1, "comments": [comment("Ada")]}})).await;
        let row = &created["rows"]["comments"]["added"][0];
        let text = agent.refused("update_article", json!({"id": created["id"], "data": {"comments": [{"id": row, "_delete": true}]}})).await;
        assert!(text.contains("has at least 1 rows, and would have 0"), "{text}");
        // One goes and one comes.
        agent.ok("update_article", json!({"id": created["id"], "data": {"comments": [comment("Bob"), {"id": row, "_delete": true}]}})).await;
        assert_eq!(authors(&agent, &created["id"]).await, ["Bob"]);
        let blind = app.token(&["blog.view_article", "blog.add_article"]);
        let text = blind.refused("create_article", json!({"data": {"title": "Tea", "author": 1}})).await;
        assert_eq!(text, "No article can be created without records that go with it");
    }
}

#[test]
fn an_inline_that_leads_nowhere_is_an_error_at_the_start() {
    use crate::harness::Site;
    let site = Site::new(Backend::Sqlite);
    for (model, key, expected) in [
        ("nothing", None, "there is no model \"nothing\""),
        ("author", None, "no such foreign key"),
        ("comment", Some("nothing"), "no such foreign key"),
    ] {
        let mut config = site.config();
        let article = config.apps.get_mut("blog").unwrap().models.get_mut("article").unwrap();
        article.inlines = vec![InlineConfig { foreign_key: key.map(str::to_owned), ..inline(model, 0, 1) }];
        let Err(error) = mcp_admin::apps::Registry::load(config.apps) else { panic!("{model} is taken") };
        let text = error.to_string();
        assert!(text.contains("apps.blog.models.article.inlines") && text.contains(expected), "{text}");
    }
}
