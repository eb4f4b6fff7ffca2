//! `mcp-admin demo`: a fresh clone shows what the product does.

use std::time::Duration;

use mcp_admin::db::Backend;
use serde_json::{Value, json};

use crate::harness::{Agent, Process, TestDatabase, binary, request};

struct Demo {
    process: Process,
    announced: Value,
}

impl Demo {
    /// Starts it on a database; `None` is its own choice.
    fn start(database: Option<&TestDatabase>) -> Self {
        let mut command = binary();
        command.args(["demo", "--bind", "127.0.0.1:0", "--json"]);
        if let Some(database) = database {
            command.args(["--database-url", &database.url]);
        }
        let process = Process::spawn(&mut command);
        let output = process.output();
        let line = output.lines().find(|line| line.contains("mcp_url")).unwrap();
        Self { announced: serde_json::from_str(line).unwrap(), process }
    }

    fn agent(&self, name: &str) -> Agent {
        Agent::new(&self.process.url, self.announced["tokens"][name].as_str().unwrap(), None)
    }
}

async fn the_demonstration(database: Option<TestDatabase>) {
    let demo = Demo::start(database.as_ref());
    let announced = &demo.announced;
    assert_eq!(announced["apps"], json!(["blog"]));
    assert_eq!(announced["admin"]["username"], "admin");
    assert!(announced["admin"]["password"].as_str().unwrap().len() >= 15);
    assert_eq!(announced["mcp_url"], format!("{}/mcp/", announced["url"].as_str().unwrap()));

    let reader = demo.agent("reader");
    let tools = reader.tools().await;
    assert!(tools.contains(&"list_article".into()));
    for verb in ["create_", "update_", "delete_"] {
        assert!(!tools.iter().any(|tool| tool.starts_with(verb)), "{tools:?}");
    }
    let listed = reader.ok("list_article", json!({"limit": 10})).await;
    assert_eq!(listed["results"].as_array().unwrap().len(), 10);
    assert!(listed["total_count"].as_u64().unwrap() >= 1000);
    let refused = reader.refused("update_article", json!({"id": 1, "data": {"title": "mine"}})).await;
    assert_eq!(refused, "Permission denied: blog.change_article");

    let editor = demo.agent("editor");
    let author = editor.ok("list_author", json!({"limit": 1})).await["results"][0]["id"].clone();
    let created = editor.ok("create_article", json!({"data": {"title": "New", "author": author}})).await;
    let id = created["id"].clone();
    editor.ok("update_article", json!({"id": id, "data": {"title": "Newer"}})).await;
    assert_eq!(editor.ok("get_article", json!({"id": id})).await["title"], "Newer");
    editor.ok("delete_article", json!({"id": id})).await;

    assert_eq!(demo.agent("none").tools().await, Vec::<String>::new());
    assert_eq!(demo.agent("operator").status().await, 200);
    let answers = ["expired", "inactive"].map(|name| {
        request(demo.process.address(), &[&format!("Authorization: Bearer {}", demo.agent(name).token)])
            .comparable()
    });
    assert!(answers[0].starts_with("HTTP/1.1 401") || answers[0].contains("401"), "{}", answers[0]);
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn it_shows_everything_on_its_own_database() {
    the_demonstration(None).await;
}

#[tokio::test]
async fn it_shows_everything_on_sqlite() {
    the_demonstration(Some(TestDatabase::empty(Backend::Sqlite))).await;
}

#[tokio::test]
async fn it_shows_everything_on_postgres() {
    the_demonstration(Some(TestDatabase::empty(Backend::Postgres))).await;
}

#[tokio::test]
async fn it_can_be_started_again_on_the_same_database_and_stops_on_a_signal() {
    let database = TestDatabase::empty(Backend::Postgres);
    let mut first = Demo::start(Some(&database));
    let old = first.agent("reader");
    first.process.signal("TERM");
    assert!(first.process.wait(Duration::from_secs(10)).success(), "{}", first.process.output());
    let second = Demo::start(Some(&database));
    assert_eq!(second.agent("reader").status().await, 200);
    assert_eq!(old.at(&second.process.url).status().await, 401, "tokens of the first run are gone");
}
