//! Uses of tokens are written down, the last ones too.

use std::time::Duration;

use mcp_admin::clock::UtcTime;
use serde_json::Value;

use crate::harness::{Agent, Process, Site, eventually, on_each};

fn last_used(site: &Site) -> Option<UtcTime> {
    let shown = site.cli(&["token", "show", "CI"]);
    shown["last_used_at"].as_str().map(|at| UtcTime::parse_rfc3339(at).unwrap())
}

fn client(site: &Site, server: &Process) -> Agent {
    site.cli(&["user", "create", "ada"]);
    let token = site.cli(&["token", "create", "--name", "CI", "--user", "ada", "--read-only", "blog"]);
    assert_eq!(token["last_used_at"], Value::Null);
    Agent::new(&server.url, token["token"].as_str().unwrap(), None)
}

on_each! {
    async fn r12_a_use_right_before_sigterm_is_written_down(backend) {
        let site = Site::new(backend);
        // An interval so long that only the end of the server can have written it.
        let mut server = Process::serve(&site, "usage_flush_interval = \"1h\"");
        let agent = client(&site, &server);
        let before = now();
        assert_eq!(agent.status().await, 200);
        server.signal("TERM");
        assert_eq!(server.wait(Duration::from_secs(10)).code(), Some(0), "{}", server.output());
        let used = last_used(&site).expect("the use is not lost");
        assert!(used >= before && used <= now(), "{used}");
        assert_eq!(site.cli(&["token", "show", "CI"])["last_used_ip"], "127.0.0.1");
    }

    async fn r12_a_use_is_written_down_within_the_interval(backend) {
        let site = Site::new(backend);
        let server = Process::serve(&site, "usage_flush_interval = \"300ms\"");
        let agent = client(&site, &server);
        assert_eq!(agent.status().await, 200);
        eventually("it is written down", Duration::from_secs(2), async || last_used(&site).is_some()).await;
        let first = last_used(&site);
        assert_eq!(agent.status().await, 200);
        eventually("it moves on", Duration::from_secs(2), async || last_used(&site) > first).await;
    }
}

fn now() -> UtcTime {
    mcp_admin::clock::Clock::system().now()
}
