//! A database that is attached beside the blog, with a client that may do everything in it.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use mcp_admin::config::{AppConfig, Config};
use mcp_admin::db::{Backend, DatabaseUrl, Db, PoolOptions};
use mcp_admin::services::tokens;
use sha2::{Digest, Sha256};

use crate::harness::{Agent, Cluster, Site, TestApp};

/// A server with one more app.
pub struct Attached {
    /// The server; its blog is attached as `blog`.
    pub app: TestApp,
    /// A client that may do everything in the app.
    pub agent: Agent,
    /// The address of the app's database.
    pub url: String,
}

/// Everything that is in a database, in short.
pub type Contents = BTreeMap<String, String>;

impl Attached {
    /// A server with the database at `url` as the app `label`.
    #[expect(clippy::unused_async, reason = "scenarios await their server, however it comes to be")]
    pub async fn start(site: Site, label: &str, url: String, change: impl FnOnce(&mut Config)) -> Self {
        let app = TestApp::on(site, |config| {
            config.apps.insert(label.into(), AppConfig::at(&*url));
            // These tests speak of the tools of single models.
            config.mcp.compact_above = 1000;
            change(config);
        });
        let permissions = app.db.read(|conn| tokens::full_access(conn, label)).unwrap();
        let agent = app.token_with(&[], |new| new.permissions = permissions);
        Self { app, agent, url }
    }

    /// The same with a new database that a script makes.
    pub async fn script(backend: Backend, label: &str, sql: &str, change: impl FnOnce(&mut Config)) -> Self {
        let site = Site::new(backend);
        let url = match backend {
            Backend::Postgres => Cluster::shared().create_database(),
            Backend::Sqlite => site.file("attached.db").to_str().unwrap().to_owned(),
        };
        execute(&url, sql);
        Self::start(site, label, url, change).await
    }

    /// Runs statements in the database, as its owner would.
    pub fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }

    /// What is in the database: on SQLite the file, on PostgreSQL the rows of each table.
    pub fn contents(&self) -> Contents {
        match self.app.backend() {
            Backend::Sqlite => {
                let digest = Sha256::digest(std::fs::read(&self.url).unwrap());
                Contents::from([("file".into(), format!("{digest:x?}"))])
            }
            Backend::Postgres => rows(&self.url),
        }
    }
}

/// Runs statements in the database at `url`.
pub fn execute(url: &str, sql: &str) {
    let db = Db::new(&DatabaseUrl::parse(url).unwrap(), &PoolOptions::own()).unwrap();
    let sql = if db.backend() == Backend::Sqlite {
        format!("PRAGMA journal_mode = DELETE; {sql}")
    } else {
        sql.into()
    };
    db.execute_script(&sql).unwrap();
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

fn rows(url: &str) -> Contents {
    let mut conn = PgConnection::establish(url).unwrap();
    let mut lines = |sql: String| -> Vec<String> {
        let lines: Vec<Line> = diesel::sql_query(sql).load(&mut conn).unwrap();
        lines.into_iter().map(|line| line.text).collect()
    };
    let tables =
        lines("SELECT format('%I', tablename) AS text FROM pg_tables WHERE schemaname = 'public'".into());
    let digest = |table: String| {
        let all = "coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '')";
        let digest = lines(format!("SELECT {all} AS text FROM {table} t")).remove(0);
        (table, digest)
    };
    tables.into_iter().map(digest).collect()
}

/// Makes a scenario over a backend into two tests: `name::sqlite` and `name::postgres`.
macro_rules! on_each {
    ($(async fn $name:ident($backend:ident) $body:block)+) => {$(
        mod $name {
            use super::*;
            use mcp_admin::db::Backend as Engine;

            async fn scenario($backend: Engine) $body

            #[tokio::test]
            async fn sqlite() {
                scenario(Engine::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                scenario(Engine::Postgres).await;
            }
        }
    )+};
}
pub(crate) use on_each;
