//! Views that compute for ever inside themselves, without giving a row at which they could be ended.

use std::time::{Duration, Instant};

use mcp_admin::auth::{Actor, TokenRules};
use mcp_admin::clock::Clock;
use mcp_admin::db::{Backend, Tx};
use mcp_admin::services::tokens::{self, IssueToken, Secrets};
use mcp_admin::services::users::{self, NewUser};
use serde_json::json;

use super::attached::{Attached, execute, on_each};
use crate::harness::{Agent, Cluster, Process, Site, eventually};

const ITEMS: &str =
    "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO item VALUES (1, 'one');";

/// A table with one row, and a view that counts to `most` before it gives its row.
fn schema(backend: Backend, most: u64) -> String {
    let view = match backend {
        Backend::Sqlite => {
            format!(
                "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {most}) \
                 SELECT count(*) AS n FROM c WHERE x % 7 = 0"
            )
        }
        Backend::Postgres => {
            format!("SELECT count(*) AS n FROM generate_series(1, {most}) x WHERE x % 7 = 0")
        }
    };
    format!("{ITEMS} CREATE VIEW counted AS {view};")
}

/// A server process with an app `other` that has four connections, and a client that may do everything.
fn start(site: &Site) -> (Process, Agent) {
    let url = match site.backend {
        Backend::Postgres => Cluster::shared().create_database(),
        Backend::Sqlite => site.file("attached.db").to_str().unwrap().to_owned(),
    };
    execute(&url, &schema(site.backend, 1 << 50));
    let more = format!("[apps.other]\nurl = \"{url}\"\nstatement_timeout = \"400ms\"\nmax_connections = 4");
    let server = Process::serve(site, &more);
    let agent = Agent::new(&server.url, &token(site), None);
    (server, agent)
}

/// A token that may do everything in the app and read the blog. Not by the command line, which would know
/// of the app only from the server's settings.
fn token(site: &Site) -> String {
    let (now, rules) = (Clock::system().now(), TokenRules::default());
    let issue = |tx: &mut Tx<'_>| {
        let new = NewUser { username: "ada".into(), is_active: true, ..NewUser::default() };
        let owner = users::create(tx, &Actor::cli(), now, &new)?;
        let mut new = IssueToken::new("CI", owner.id);
        new.permissions = tokens::full_access(tx, "other")?;
        new.permissions.push("blog.view_article".into());
        tokens::issue(tx, &Actor::cli(), now, &new, Secrets { rng: &mut rand::rng(), rules: &rules })
    };
    site.open().write(issue).unwrap().plain.reveal().to_owned()
}

async fn took_too_long(agent: &Agent) {
    let started = Instant::now();
    let text = agent.refused("list_counted", json!({})).await;
    assert!(text.contains("took too long") && text.contains("narrow"), "{text}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

async fn counter(server: &Process, name: &str) -> u64 {
    let text = reqwest::get(format!("{}/metrics", server.url)).await.unwrap().text().await.unwrap();
    let line = text.lines().find(|line| line.starts_with(name));
    line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

on_each! {
    async fn r60_a_view_that_computes_for_ever_costs_its_app_alone(backend) {
        let site = Site::new(backend);
        let (mut server, agent) = start(&site);
        took_too_long(&agent).await;
        assert_eq!(agent.ok("list_item", json!({})).await["count"], 1, "other connections serve on");
        took_too_long(&agent).await;
        match backend {
            // The server has ended them.
            Backend::Postgres => {
                assert_eq!(agent.ok("list_item", json!({})).await["count"], 1);
            }
            Backend::Sqlite => {
                for (tool, arguments) in
                    [("list_item", json!({})), ("list_counted", json!({})), ("delete_item", json!({"id": 1}))]
                {
                    let text = agent.refused(tool, arguments).await;
                    assert!(text.contains("queries that do not end"), "{tool}: {text}");
                }
                assert_eq!(counter(&server, "mcp_admin_db_given_up_total").await, 2);
            }
        }
        assert_eq!(agent.ok("list_article", json!({"limit": 1})).await["count"], 1, "the blog is unharmed");
        server.signal("TERM");
        assert_eq!(server.wait(Duration::from_secs(10)).code(), Some(0), "{}", server.output());
    }

    async fn r60_a_caller_that_has_gone_leaves_nothing_unwatched(backend) {
        let site = Site::new(backend);
        let (server, agent) = start(&site);
        for _ in 0..2 {
            let body = json!({"method": "tools/call", "name": "list_counted", "arguments": {}}).to_string();
            let request = agent.request().body(body).timeout(Duration::from_millis(200));
            assert!(request.send().await.is_err_and(|error| error.is_timeout()));
        }
        let counted = async || counter(&server, "mcp_admin_db_given_up_total").await;
        if backend == Backend::Sqlite {
            eventually("both are given up", Duration::from_secs(10), async || counted().await == 2).await;
            assert!(agent.refused("list_item", json!({})).await.contains("queries that do not end"));
        } else {
            assert_eq!(agent.ok("list_item", json!({})).await["count"], 1);
        }
    }
}

#[tokio::test]
async fn r60_an_app_is_available_again_when_its_statements_have_ended() {
    let sql = schema(Backend::Sqlite, 30_000_000);
    let other = Attached::script(Backend::Sqlite, "other", &sql, |config| {
        let app = config.apps.get_mut("other").unwrap();
        app.statement_timeout = Duration::from_millis(100);
        app.max_connections = 1;
    })
    .await;
    took_too_long(&other.agent).await;
    let text = other.agent.refused("create_item", json!({"data": {"name": "two"}})).await;
    assert!(text.contains("queries that do not end"), "{text}");
    let answers = async || !other.agent.call("list_item", json!({})).await.is_error();
    eventually("it is available", Duration::from_mins(2), answers).await;
    assert_eq!(other.agent.ok("list_item", json!({})).await["total_count"], 1, "nothing was added meanwhile");
}
