//! A change by one process is heard of by every other one.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mcp_admin::db::Backend;

use crate::harness::{Agent, Process, Site, eventually, on_each};

const ONE_SECOND: Duration = Duration::from_secs(1);

/// A token that may read articles, by way of the group `Readers`, and a client of `server` with it.
fn reader(site: &Site, server: &Process) -> Agent {
    site.cli(&["user", "create", "ada"]);
    site.cli(&["group", "create", "Readers", "--perm", "blog.view_article"]);
    let token = site.cli(&["token", "create", "--name", "CI", "--user", "ada", "--group", "Readers"]);
    Agent::new(&server.url, token["token"].as_str().unwrap(), None)
}

async fn becomes(agent: &Agent, status: u16, within: Duration) -> Duration {
    let is_so = async || match agent.status().await {
        // Who asks so often with a token that is refused is told to wait.
        429 => status == 401,
        answered => answered == status,
    };
    eventually(&format!("status {status}"), within, is_so).await
}

async fn sees(agent: &Agent, tool: &str, wanted: bool) {
    let what = format!("{tool}: {wanted}");
    eventually(&what, ONE_SECOND, async || agent.tools().await.iter().any(|name| name == tool) == wanted)
        .await;
}

on_each! {
    async fn r08_a_token_that_another_process_deactivates_is_refused_within_a_second(backend) {
        let site = Site::new(backend);
        let server = Process::serve(&site, "");
        let agent = reader(&site, &server);
        for _ in 0..3 {
            assert_eq!(agent.status().await, 200);
            site.cli(&["token", "deactivate", "CI"]);
            becomes(&agent, 401, ONE_SECOND).await;
            site.cli(&["token", "activate", "CI"]);
            becomes(&agent, 200, ONE_SECOND).await;
        }
        site.cli(&["user", "deactivate", "ada"]);
        becomes(&agent, 401, ONE_SECOND).await;
        site.cli(&["user", "activate", "ada"]);
        becomes(&agent, 200, ONE_SECOND).await;
        site.cli(&["token", "set-expiry", "CI", "--expires-in", "1s"]);
        becomes(&agent, 401, ONE_SECOND * 2).await;
        site.cli(&["token", "set-expiry", "CI", "--never"]);
        becomes(&agent, 200, ONE_SECOND).await;
        site.cli(&["token", "delete", "CI"]);
        becomes(&agent, 401, ONE_SECOND).await;
    }

    async fn r08_every_server_on_one_database_hears_of_it(backend) {
        let site = Site::new(backend);
        let servers = [Process::serve(&site, ""), Process::serve(&site, "")];
        let first = reader(&site, &servers[0]);
        let second = first.at(&servers[1].url);
        for (command, status) in [("deactivate", 401), ("activate", 200), ("deactivate", 401)] {
            site.cli(&["token", command, "CI"]);
            let (one, two) = tokio::join!(becomes(&first, status, ONE_SECOND), becomes(&second, status, ONE_SECOND));
            assert!(one < ONE_SECOND && two < ONE_SECOND, "{command}: {one:?} {two:?}");
        }
    }

    async fn r11_a_change_of_a_group_holds_for_its_tokens_within_a_second(backend) {
        let site = Site::new(backend);
        let server = Process::serve(&site, "");
        let agent = reader(&site, &server);
        sees(&agent, "list_article", true).await;
        assert!(!agent.tools().await.contains(&"update_article".to_owned()));
        site.cli(&["group", "grant", "Readers", "blog.change_article"]);
        sees(&agent, "update_article", true).await;
        site.cli(&["group", "revoke-perm", "Readers", "blog.change_article"]);
        sees(&agent, "update_article", false).await;
        let said = agent.refused("update_article", serde_json::json!({"id": 1, "data": {"title": "Mine"}})).await;
        assert_eq!(said, "Permission denied: blog.change_article");
        site.cli(&["token", "remove-group", "CI", "Readers"]);
        sees(&agent, "list_article", false).await;
        site.cli(&["token", "add-group", "CI", "Readers"]);
        sees(&agent, "list_article", true).await;
        site.cli(&["group", "delete", "Readers"]);
        sees(&agent, "list_article", false).await;
        assert_eq!(agent.status().await, 200);
    }
}

#[derive(QueryableByName)]
struct Killed {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Ends the connections of the servers, those on which they listen for changes among them; how many there
/// were.
fn cut_connections(site: &Site) -> i64 {
    let mut conn = PgConnection::establish(&site.url).unwrap();
    // Nothing tells a listening connection from others: each shows the statement that it ran last.
    let sql = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) AS count FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name = 'mcp-admin' \
               AND pid <> pg_backend_pid()";
    diesel::sql_query(sql).get_result::<Killed>(&mut conn).unwrap().count
}

#[tokio::test]
async fn r08_with_the_listening_connection_cut_it_is_heard_of_within_five_seconds() {
    let site = Site::new(Backend::Postgres);
    // A poll so rare that it is the listening connection that hears, and has to come back.
    let servers = [Process::serve(&site, ""), Process::serve(&site, "epoch_poll_interval = \"2s\"")];
    let first = reader(&site, &servers[0]);
    let second = first.at(&servers[1].url);
    for (command, status) in [("deactivate", 401), ("activate", 200)] {
        becomes(&first, 200 + 401 - status, ONE_SECOND).await;
        becomes(&second, 200 + 401 - status, ONE_SECOND).await;
        assert!(cut_connections(&site) >= 2, "both listen");
        site.cli(&["token", command, "CI"]);
        let five = ONE_SECOND * 5;
        tokio::join!(becomes(&first, status, five), becomes(&second, status, five));
    }
    let heard_again = async || servers.iter().all(|server| server.output().contains("heard again"));
    eventually("the connections are back", ONE_SECOND * 5, heard_again).await;
    site.cli(&["token", "deactivate", "CI"]);
    tokio::join!(becomes(&first, 401, ONE_SECOND), becomes(&second, 401, ONE_SECOND));
}
