//! `demo` makes the site that its documentation describes, and that site answers.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use mcp_admin::auth::PlainToken;
use mcp_admin::db::{Backend, DatabaseUrl, Db, PoolOptions};
use mcp_admin::models::log_entry;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Agent, Process, TestDatabase, binary, eventually, on_each, request};

/// Where demonstrations are made.
struct Place {
    files: TempDir,
    database: Option<TestDatabase>,
}

impl Place {
    fn new(backend: Backend) -> Self {
        let database = (backend == Backend::Postgres).then(|| TestDatabase::empty(backend));
        Self { files: tempfile::tempdir().unwrap(), database }
    }

    fn own_database(&self) -> String {
        let file = || self.files.path().join("mcp-admin.db").to_str().unwrap().to_owned();
        self.database.as_ref().map_or_else(file, |database| database.url.clone())
    }

    fn command(&self) -> Command {
        let mut command = binary();
        command.args(["demo", "--bind", "127.0.0.1:0", "--data-dir"]).arg(self.files.path());
        if let Some(database) = &self.database {
            command.args(["--database-url", &database.url]);
        }
        command
    }

    fn demonstrate(&self) -> Demo {
        let process = Process::spawn(self.command().arg("--json"));
        let said = serde_json::from_str(&process.output()).expect("one line of JSON and nothing else");
        Demo { process, said }
    }

    /// Another process on the same database.
    fn cli(&self, arguments: &[&str]) -> Value {
        let own = self.own_database();
        let output = binary().args(["--json", "--database-url", &own]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// A demonstration that runs.
struct Demo {
    process: Process,
    said: Value,
}

impl Demo {
    fn secret(&self, name: &str) -> &str {
        self.said["tokens"][name].as_str().unwrap()
    }

    fn agent(&self, name: &str) -> Agent {
        Agent::new(self.said["url"].as_str().unwrap(), self.secret(name), None)
    }

    fn terminate(mut self) {
        self.process.signal("TERM");
        assert_eq!(self.process.wait(Duration::from_secs(10)).code(), Some(0));
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn ten_articles(agent: &Agent) -> u64 {
    let listed = agent.ok("list_article", json!({"limit": 10})).await;
    assert_eq!(listed["results"].as_array().unwrap().len(), 10);
    listed["total_count"].as_u64().unwrap()
}

on_each! {
    async fn demo_prints_one_line_of_json_and_answers_as_documented(backend) {
        let place = Place::new(backend);
        let demo = place.demonstrate();
        let said = &demo.said;
        assert_eq!(keys(said).into_iter().collect::<BTreeSet<_>>(), ["admin", "apps", "mcp_url", "tokens", "url"].into());
        assert_eq!(said["mcp_url"], format!("{}/mcp/", said["url"].as_str().unwrap()));
        assert_eq!(keys(&said["admin"]).into_iter().collect::<BTreeSet<_>>(), ["password", "username"].into());
        assert!(said["admin"]["password"].as_str().unwrap().len() >= 15);
        let names: BTreeSet<_> = keys(&said["tokens"]).into_iter().collect();
        assert_eq!(names, ["editor", "expired", "inactive", "none", "operator", "reader"].into());
        assert_eq!(said["apps"], json!(["blog"]));
        for name in names {
            assert!(PlainToken::parse(demo.secret(name).as_bytes()).is_ok(), "{name}");
        }

        let reader = demo.agent("reader");
        let listed = reader.post_text(r#"{"method": "tools/list"}"#).await;
        assert_eq!((listed.status, keys(&listed.body)), (200, vec!["tools"]));
        let call = r#"{"method":"tools/call","name":"list_article","arguments":{"limit":10}}"#;
        let called = reader.post_text(call).await;
        assert_eq!(called.status, 200);
        assert!(called.body.get("jsonrpc").is_none(), "{}", called.text);
        assert!(ten_articles(&reader).await >= 1000);
        demo.terminate();
    }

    async fn the_tokens_of_a_demo_can_do_what_their_names_say(backend) {
        let place = Place::new(backend);
        let demo = place.demonstrate();
        let writes = |tools: &[String]| tools.iter().any(|t| ["create_", "update_", "delete_"].iter().any(|w| t.starts_with(w)));

        let reader = demo.agent("reader");
        assert!(!writes(&reader.tools().await));
        let text = reader.refused("update_article", json!({"id": 1, "data": {"title": "Mine"}})).await;
        assert_eq!(text, "Permission denied: blog.change_article");
        assert!(!demo.agent("none").tools().await.iter().any(|tool| tool.contains("article")));

        let editor = demo.agent("editor");
        assert!(writes(&editor.tools().await));
        let tag = editor.ok("create_tag", json!({"data": {"name": "Brand new", "slug": "brand-new"}})).await;
        let id = &tag["id"];
        editor.ok("update_tag", json!({"id": id, "data": {"name": "Newer"}})).await;
        assert_eq!(editor.ok("get_tag", json!({"id": id})).await["name"], "Newer");
        editor.ok("delete_tag", json!({"id": id})).await;

        let db = Db::new(&DatabaseUrl::parse(&place.own_database()).unwrap(), &PoolOptions::own()).unwrap();
        let log = db.read(|conn| Ok(log_entry::list_recent(conn, 3)?)).unwrap();
        let told: Vec<_> = log.iter().map(|e| (e.action.as_str(), e.model.as_str(), e.outcome.as_str())).collect();
        assert_eq!(told, [("deleted", "tag", "done"), ("changed", "tag", "done"), ("added", "tag", "done")]);
        for entry in &log {
            assert_eq!((entry.actor_label.as_str(), entry.token_label.as_deref()), ("mara", Some("Editor")));
        }
    }

    async fn r06_every_bad_token_of_a_demo_gets_one_identical_answer(backend) {
        let place = Place::new(backend);
        let demo = place.demonstrate();
        let ask = |token: &str| request(demo.process.address(), &[&format!("Authorization: Bearer {token}")]);
        assert_eq!(ask(demo.secret("reader")).status, 200);
        let unknown = PlainToken::generate(&mut rand::rng());
        let first = ask(unknown.reveal());
        assert_eq!(first.status, 401);
        for bad in [demo.secret("expired"), demo.secret("inactive"), "mcp_malformed"] {
            assert_eq!(ask(bad).comparable(), first.comparable());
        }

        let listed = place.cli(&["token", "list", "--search", "Reader"]);
        place.cli(&["user", "deactivate", listed[0]["user"].as_str().unwrap()]);
        let refused = async || ask(demo.secret("reader")).status == 401;
        eventually("the owner's tokens are refused", Duration::from_secs(1), refused).await;
        assert_eq!(ask(demo.secret("reader")).comparable(), first.comparable());
    }

    async fn a_second_demo_on_the_same_data_begins_anew(backend) {
        let place = Place::new(backend);
        let first = place.demonstrate();
        let articles = ten_articles(&first.agent("reader")).await;
        let old = first.secret("reader").to_owned();
        first.terminate();

        let second = place.demonstrate();
        assert_eq!(ten_articles(&second.agent("reader")).await, articles);
        let url = second.said["url"].as_str().unwrap();
        assert_eq!(Agent::new(url, &old, None).status().await, 401);
        assert_eq!(place.cli(&["token", "list"]).as_array().unwrap().len(), 6);
        second.terminate();
    }

    async fn what_demo_prints_for_people_can_be_pasted(backend) {
        let place = Place::new(backend);
        let process = Process::spawn(&mut place.command());
        let last = "Cursor";
        eventually("everything is printed", Duration::from_secs(5), async || process.output().contains(last)).await;
        let text = process.output();
        for name in ["reader", "editor", "operator", "none", "expired", "inactive"] {
            let line = text.lines().find(|line| line.trim_start().starts_with(name)).expect(name);
            assert!(PlainToken::parse(line.split_whitespace().last().unwrap().as_bytes()).is_ok(), "{line}");
        }
        let links: Vec<_> = text.split_whitespace().filter(|word| word.starts_with("http://localhost")).collect();
        for path in ["/livez", "/readyz", "/metrics"] {
            let link = links.iter().find(|link| link.ends_with(path)).expect(path);
            assert_eq!(reqwest::get(*link).await.unwrap().status(), 200, "{link}");
        }

        let start = text.find("curl -X POST").unwrap();
        let end = text[start..].find("-d '{\"method\": \"tools/list\"}'").unwrap() + start;
        let line = text[start..].lines().take(text[start..end].lines().count()).collect::<Vec<_>>().join("\n");
        let printed = Command::new("sh").args(["-c", &line]).env("NO_PROXY", "*").output().unwrap();
        let answer: Value = serde_json::from_slice(&printed.stdout)
            .unwrap_or_else(|e| panic!("{e}: {line}\n{}", String::from_utf8_lossy(&printed.stderr)));
        assert!(answer["tools"].as_array().is_some_and(|tools| tools.len() > 10), "{answer}");
    }
}

#[tokio::test]
async fn a_demo_without_a_folder_leaves_nothing_behind() {
    let files = tempfile::tempdir().unwrap();
    let mut process = Process::spawn(binary().env("TMPDIR", files.path()).args([
        "--json",
        "demo",
        "--bind",
        "127.0.0.1:0",
    ]));
    assert_ne!(std::fs::read_dir(files.path()).unwrap().count(), 0);
    process.signal("TERM");
    assert!(process.wait(Duration::from_secs(10)).success());
    assert_eq!(std::fs::read_dir(files.path()).unwrap().count(), 0);
}

#[test]
fn a_demo_keeps_off_a_database_that_has_users() {
    let files = tempfile::tempdir().unwrap();
    let own = files.path().join("own.db");
    let run = |arguments: &[&str]| binary().arg("--database-url").arg(&own).args(arguments).output().unwrap();
    assert!(run(&["user", "create", "ada"]).status.success());
    let refused = run(&["demo", "--bind", "127.0.0.1:0", "--data-dir", files.path().to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("has users of its own"), "{said}");
    assert!(!files.path().join("blog.db").exists());
}
