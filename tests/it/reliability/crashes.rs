//! Processes that are killed. A trigger that does not end holds a process at one step of its work; there it
//! is killed, and what is found afterwards has to be what it was before, or what was promised.

use std::process::Stdio;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, SqliteConnection};
use mcp_admin::cli::demo::blog;
use mcp_admin::db::{Backend, TokenId};
use mcp_admin::models::{log_entry, token};
use serde_json::{Value, json};

use super::PATIENCE;
use crate::harness::{Agent, Process, Site, command, eventually, on_each, open};

/// How often a server is killed while it writes; `MCP_ADMIN_CRASHES` says otherwise.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the program")]
fn crashes() -> u64 {
    const USUALLY: u64 = 20;
    std::env::var("MCP_ADMIN_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(USUALLY)
}

/// A token that a server said it had made, and whether it said that it is active; `None` if it was killed
/// before it said so.
struct Acknowledged {
    id: TokenId,
    is_active: Option<bool>,
}

/// Creates tokens, and deactivates every other, until nobody answers any more.
async fn write_until_it_dies(operator: Agent) -> Vec<Acknowledged> {
    let mut told = Vec::new();
    loop {
        let request = operator.http("POST", "/api/v1/tokens").json(&json!({"name": "made under fire"}));
        let Ok(response) = request.send().await else { return told };
        let status = response.status();
        let Ok(text) = response.text().await else { return told };
        assert_eq!(status, 201, "{text}");
        let made: Value = serde_json::from_str(&text).unwrap();
        let id = made["id"].as_i64().or_else(|| made["id"].as_str()?.parse().ok()).map(TokenId);
        let id = id.unwrap_or_else(|| panic!("{text}"));
        if told.len() % 2 == 0 {
            told.push(Acknowledged { id, is_active: Some(true) });
            continue;
        }
        let path = format!("/api/v1/tokens/{}/deactivate", id.0);
        let ended = operator.http("POST", &path).send().await;
        let is_done = ended.is_ok_and(|response| response.status().is_success());
        told.push(Acknowledged { id, is_active: (is_done).then_some(false) });
        if !is_done {
            return told;
        }
    }
}

on_each! {
    async fn r51_what_was_acknowledged_outlives_every_crash(backend) {
        let site = Site::new(backend);
        site.cli(&["user", "create", "ada"]);
        let permissions = ["mcp.add_token", "mcp.change_token", "mcp.view_token"];
        let granted = permissions.iter().flat_map(|name| ["--perm", name]);
        let arguments: Vec<&str> = ["token", "create", "--name", "Operator", "--user", "ada"].into_iter().chain(granted).collect();
        let made = site.cli(&arguments);
        let operator = Agent::new("", made["token"].as_str().unwrap(), None);
        let mut told = Vec::new();
        for round in 0..crashes() {
            let server = Process::serve(&site, "api.requests_per_minute = 0");
            let writers: Vec<_> =
                (0..4).map(|_| tokio::spawn(write_until_it_dies(operator.at(&server.url)))).collect();
            tokio::time::sleep(Duration::from_millis(60 + 13 * (round % 10))).await;
            server.signal("KILL");
            for writer in writers {
                told.extend(writer.await.unwrap());
            }
        }
        let db = site.open();
        assert!(told.len() > 20, "only {} were acknowledged", told.len());
        for one in &told {
            let found = db.read(|conn| Ok(token::find(conn, one.id)?)).unwrap();
            let found = found.unwrap_or_else(|| panic!("{} was lost, one of {}", one.id.0, told.len()));
            assert!(one.is_active.is_none_or(|active| found.is_active == active), "{}", one.id.0);
        }
        let server = Process::serve(&site, "");
        assert_eq!(operator.at(&server.url).rest("GET", "/api/v1/tokens", None).await.status, 200);
    }
}

/// Holds whoever does `when`, such as `AFTER UPDATE ON tokens`, until it is killed.
struct Stall<'a> {
    backend: Backend,
    url: &'a str,
    table: &'a str,
}

impl<'a> Stall<'a> {
    fn set(backend: Backend, url: &'a str, when: &'a str) -> Self {
        let table = when.rsplit(' ').next().unwrap();
        let stall = Self { backend, url, table };
        stall.execute(&match backend {
            Backend::Sqlite => format!(
                "CREATE VIEW IF NOT EXISTS endless AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) \
                 SELECT x FROM c; \
                 CREATE TRIGGER stall {when} BEGIN SELECT count(*) FROM endless; END"
            ),
            Backend::Postgres => format!(
                "CREATE OR REPLACE FUNCTION public.stall() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$; \
                 CREATE TRIGGER stall {when} FOR EACH ROW EXECUTE FUNCTION public.stall()"
            ),
        });
        stall
    }

    fn execute(&self, sql: &str) {
        open(self.url).execute_script(sql).unwrap();
    }

    /// Whether somebody is held.
    fn holds(&self) -> bool {
        match self.backend {
            // Nobody else can write while that transaction is open.
            Backend::Sqlite => {
                let mut conn = SqliteConnection::establish(self.url).unwrap();
                conn.batch_execute("BEGIN IMMEDIATE; ROLLBACK").is_err()
            }
            Backend::Postgres => {
                let mut conn = PgConnection::establish(self.url).unwrap();
                let sleeping = diesel::dsl::sql::<BigInt>(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
                );
                sleeping.get_result::<i64>(&mut conn).unwrap() > 0
            }
        }
    }

    async fn wait(&self, what: &str) {
        eventually(what, PATIENCE, async || self.holds()).await;
    }

    /// Lets go. PostgreSQL is told that its client has gone, as the network would tell it after a while.
    async fn release(self) {
        if self.backend == Backend::Postgres {
            self.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
            );
        }
        eventually("nobody is held", PATIENCE, async || !self.holds()).await;
        let on =
            if self.backend == Backend::Postgres { format!(" ON {}", self.table) } else { String::new() };
        self.execute(&format!("DROP TRIGGER stall{on}"));
    }
}

on_each! {
    async fn r13_a_rotation_that_is_killed_at_any_step_leaves_the_old_secret_alone(backend) {
        let site = Site::new(backend);
        let server = Process::serve(&site, "");
        site.cli(&["user", "create", "ada"]);
        let made = site.cli(&["token", "create", "--name", "CI", "--user", "ada"]);
        let (id, old) = (TokenId(made["id"].as_i64().unwrap()), Agent::new(&server.url, made["token"].as_str().unwrap(), None));
        let db = site.open();
        let entries = || db.read(|conn| Ok(log_entry::list_recent(conn, 1000)?)).unwrap().len();
        let before = entries();
        for when in ["BEFORE UPDATE ON tokens", "AFTER UPDATE ON tokens", "AFTER INSERT ON log_entries", "AFTER UPDATE ON authz_epoch"] {
            let stall = Stall::set(backend, &site.url, when);
            let mut rotate = command(&site.config_file(""));
            rotate.args(["--json", "token", "rotate", "CI"]).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = rotate.spawn().unwrap();
            stall.wait(when).await;
            child.kill().unwrap();
            child.wait().unwrap();
            stall.release().await;
            let stored = db.read(|conn| Ok(token::find(conn, id)?)).unwrap().unwrap();
            assert_eq!(stored.prefix, old.token[..12], "{when}");
            assert_eq!(entries(), before, "{when}");
            assert_eq!(old.status().await, 200, "{when}");
        }
        let rotated = site.cli(&["token", "rotate", "CI"]);
        let new = Agent::new(&server.url, rotated["token"].as_str().unwrap(), None);
        eventually("the new secret alone is good", Duration::from_secs(5), async || {
            new.status().await == 200 && old.status().await == 401
        })
        .await;
    }

    async fn r38_a_write_that_is_killed_at_any_step_is_in_the_log_as_far_as_it_came(backend) {
        let site = Site::new(backend);
        site.cli(&["user", "create", "ada"]);
        let made = site.cli(&["token", "create", "--name", "CI", "--user", "ada", "--perm", "blog.change_tag"]);
        let db = site.open();
        let article = if backend == Backend::Postgres { format!("{}.blog_tag", blog::SCHEMA) } else { "blog_tag".to_owned() };
        let log = || {
            let entries = db.read(|conn| Ok(log_entry::list_recent(conn, 1000)?)).unwrap();
            entries.into_iter().filter(|entry| entry.model == "tag").map(|entry| entry.outcome).collect::<Vec<_>>()
        };
        let name = || {
            let blog = open(&site.blog_url);
            let sql = format!("SELECT name FROM {article} WHERE id = 1");
            blog.read(|conn| Ok(diesel::dsl::sql::<diesel::sql_types::Text>(&sql).get_result::<String>(conn)?)).unwrap()
        };
        let (before_change, after_change) = (format!("BEFORE UPDATE ON {article}"), format!("AFTER UPDATE ON {article}"));
        let mut entries: Vec<String> = Vec::new();
        for (url, when, is_logged, is_changed) in [
            (&site.url, "BEFORE INSERT ON log_entries", false, false),
            (&site.url, "AFTER INSERT ON log_entries", false, false),
            (&site.blog_url, before_change.as_str(), true, false),
            (&site.blog_url, after_change.as_str(), true, false),
            (&site.url, "BEFORE UPDATE ON log_entries", true, true),
        ] {
            let old = name();
            let server = Process::serve(&site, "");
            let agent = Agent::new(&server.url, made["token"].as_str().unwrap(), None);
            assert_eq!(agent.status().await, 200);
            let stall = Stall::set(backend, url, when);
            let data = json!({"name": format!("new {when}")});
            let call = json!({"method": "tools/call", "name": "update_tag", "arguments": {"id": 1, "data": data}});
            let sent = tokio::spawn(agent.request().body(call.to_string()).send());
            stall.wait(when).await;
            assert!(!sent.is_finished(), "{when}: nothing is acknowledged yet");
            server.signal("KILL");
            assert!(sent.await.unwrap().is_err(), "{when}");
            drop(server);
            stall.release().await;
            assert_eq!(name() != old, is_changed, "{when}");
            if is_logged {
                entries.insert(0, "pending".to_owned());
            }
            assert_eq!(log(), entries, "{when}: no entry claims an outcome");
        }
    }
}
