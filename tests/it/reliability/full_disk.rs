//! No room for what is to be written. A small file system in memory stands for a full disk, which only root
//! may mount; where that is not allowed the test says so and proves nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use mcp_admin::db::Backend;
use mcp_admin::models::log_entry;
use mcp_admin::models::token;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Agent, Cluster, Site, TestApp, eventually, on_each};

/// PostgreSQL runs as this user, and insists on owning its folders.
const NOBODY: u32 = 65_534;

/// A file system of this size.
struct Small(TempDir);

impl Small {
    fn mount(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let options = format!("size={size},uid={NOBODY},mode=0700");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(dir.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(dir))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.path("ballast")).unwrap();
        while std::io::Write::write_all(&mut ballast, &[0; 512]).is_ok() {}
    }

    fn clear(&self) {
        std::fs::remove_file(self.path("ballast")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

/// A server whose own tables are on a small disk. Its cluster is its own: one that loses a disk can make no
/// database any more.
fn on_small_disk(backend: Backend) -> Option<(Small, Option<Cluster>, TestApp)> {
    let Some(small) = Small::mount("4m") else {
        eprintln!("a file system cannot be mounted here, so nothing is proven");
        return None;
    };
    let (site, cluster) = match backend {
        Backend::Sqlite => {
            let mut site = Site::new(backend);
            let path = small.path("own.db");
            std::fs::copy(&site.url, &path).unwrap();
            path.to_str().unwrap().clone_into(&mut site.url);
            (site, None)
        }
        Backend::Postgres => {
            let (site, cluster) = Site::apart();
            move_tables(&site, small.0.path());
            (site, Some(cluster))
        }
    };
    Some((small, cluster, TestApp::on(site, |config| config.api.requests_per_minute = 0)))
}

/// Moves the tables that grow to a tablespace of their own.
fn move_tables(site: &Site, folder: &Path) {
    let name = format!("small_{}", site.url.rsplit('/').next().unwrap());
    let db = site.open();
    db.execute_script(&format!("CREATE TABLESPACE {name} LOCATION '{}'", folder.display())).unwrap();
    for table in ["tokens", "log_entries", "usage_buckets"] {
        db.execute_script(&format!("ALTER TABLE {table} SET TABLESPACE {name}")).unwrap();
    }
}

/// How many tokens and log entries there are.
fn counts(app: &TestApp) -> (i64, usize) {
    let tokens = app.db.read(|conn| Ok(token::count(conn)?)).unwrap();
    let entries = app.db.read(|conn| Ok(log_entry::list_recent(conn, 100_000)?)).unwrap().len();
    (tokens, entries)
}

async fn create(agent: &Agent) -> (u16, Value) {
    let long = "x".repeat(2000);
    let answer = agent.rest("POST", "/api/v1/tokens", Some(&json!({"name": "CI", "note": long}))).await;
    (answer.status, answer.body)
}

on_each! {
    async fn r52_with_a_full_disk_nothing_is_half_written_and_tokens_are_still_checked(backend) {
        let Some((small, _cluster, app)) = on_small_disk(backend) else { return };
        let manager = app.token(&["mcp.add_token", "mcp.view_token", "mcp.change_token"]);
        let unseen = app.token(&["blog.view_article"]);
        assert_eq!(create(&manager).await.0, 201);
        small.fill();
        // What was allocated before may still be used up.
        let mut refused = Value::Null;
        for _ in 0..2000 {
            let (status, body) = create(&manager).await;
            if status != 201 {
                assert!([503, 507].contains(&status), "{body}");
                refused = body;
                break;
            }
        }
        assert_eq!(refused["code"], "unavailable", "the disk never was full: {refused}");
        let before = counts(&app);
        for _ in 0..5 {
            assert!([503, 507].contains(&create(&manager).await.0));
            assert_eq!(counts(&app), before);
        }
        assert_eq!((manager.status().await, unseen.status().await), (200, 200), "tokens are checked all the same");
        unseen.ok("list_article", json!({"limit": 1})).await;
        assert_eq!(manager.rest("GET", "/api/v1/tokens", None).await.status, 200);
        small.clear();
        eventually("there is room again", Duration::from_secs(10), async || create(&manager).await.0 == 201).await;
        assert_eq!(app.token(&[]).status().await, 200);
    }
}
