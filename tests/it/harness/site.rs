//! Databases that a server can be started on: our own, migrated, and the blog of the demonstration.
//! They are made once per process and copied for each test.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use mcp_admin::bootstrap;
use mcp_admin::cli::demo::blog;
use mcp_admin::clock::Clock;
use mcp_admin::config::{AppConfig, Config, ModelConfig, Secret};
use mcp_admin::db::{Backend, DatabaseUrl, Db, PoolOptions};
use tempfile::TempDir;

use super::cluster::Cluster;

/// Our own database and the blog, for one test.
pub struct Site {
    /// What it runs on.
    pub backend: Backend,
    /// Address of our own database.
    pub url: String,
    /// Address of the blog's.
    pub blog_url: String,
    files: TempDir,
}

impl Site {
    /// Copies of the prepared databases.
    pub fn new(backend: Backend) -> Self {
        let files = tempfile::tempdir().unwrap();
        let at = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
        let (url, blog_url) = match backend {
            Backend::Postgres => {
                postgres_template();
                let url = Cluster::shared().copy_database("prepared");
                (url.clone(), url)
            }
            Backend::Sqlite => {
                for name in ["own.db", "blog.db"] {
                    std::fs::copy(sqlite_template().join(name), at(name)).unwrap();
                }
                (at("own.db"), at("blog.db"))
            }
        };
        Self { backend, url, blog_url, files }
    }

    /// The same databases for one more server; they go when this one goes.
    pub fn shared(&self) -> Self {
        let (url, blog_url) = (self.url.clone(), self.blog_url.clone());
        Self { backend: self.backend, url, blog_url, files: tempfile::tempdir().unwrap() }
    }

    /// On PostgreSQL alone: a cluster of its own, which may be ill-treated.
    pub fn apart() -> (Self, Cluster) {
        // What was committed has to be there after a crash.
        let cluster = Cluster::start(|_| {}, &["synchronous_commit=on"]);
        let url = cluster.create_database();
        prepare(Backend::Postgres, &url, &url);
        let files = tempfile::tempdir().unwrap();
        (Self { backend: Backend::Postgres, blog_url: url.clone(), url, files }, cluster)
    }

    /// Settings of a server on it: any free port, quick intervals.
    pub fn config(&self) -> Config {
        settings(self.backend, &self.url, &self.blog_url)
    }

    /// A path below a folder that goes with this site.
    pub fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// The same settings for the binary, at their defaults otherwise; `more` is added at the top.
    pub fn config_file(&self, more: &str) -> PathBuf {
        let path = self.file("mcp-admin.toml");
        let schema = if self.backend == Backend::Postgres { blog::SCHEMA } else { "public" };
        let text = format!(
            "database_url = \"{}\"\nbind = \"127.0.0.1:0\"\n{more}\n\
             [apps.blog]\nurl = \"{}\"\nschema = \"{schema}\"\nstrip_prefix = \"blog_\"\ntables = [\"blog_*\"]\n\
             [apps.blog.models.article]\nsearch_fields = [\"title\", \"summary\"]\n",
            self.url, self.blog_url
        );
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A pool to our own database.
    pub fn open(&self) -> Db {
        open(&self.url)
    }
}

/// A pool to any database of a test.
pub fn open(url: &str) -> Db {
    Db::new(&DatabaseUrl::parse(url).unwrap(), &PoolOptions::own()).unwrap()
}

fn settings(backend: Backend, url: &str, blog_url: &str) -> Config {
    let mut app = AppConfig::at(blog_url);
    if backend == Backend::Postgres {
        blog::SCHEMA.clone_into(&mut app.schema);
    }
    app.strip_prefix = "blog_".into();
    app.tables = vec!["blog_*".into()];
    let article =
        ModelConfig { search_fields: Some(vec!["title".into(), "summary".into()]), ..ModelConfig::default() };
    app.models.insert("article".into(), article);
    Config {
        bind: ([127, 0, 0, 1], 0).into(),
        workers: 2,
        database_url: Secret::new(url),
        usage_flush_interval: Duration::from_millis(200),
        epoch_poll_interval: Duration::from_millis(100),
        shutdown_timeout: Duration::from_secs(5),
        apps: BTreeMap::from([("blog".into(), app)]),
        ..Config::default()
    }
}

fn prepare(backend: Backend, url: &str, blog_url: &str) {
    blog::create(&DatabaseUrl::parse(blog_url).unwrap()).unwrap();
    bootstrap::prepare(&settings(backend, url, blog_url), &Clock::system(), true).unwrap();
}

fn postgres_template() {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        let url = Cluster::shared().create_template("prepared");
        prepare(Backend::Postgres, &url, &url);
        // A database can be copied only while nobody is connected to it.
        Cluster::shared().execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'prepared'; \
             ALTER DATABASE prepared ALLOW_CONNECTIONS false",
        );
    });
}

fn sqlite_template() -> PathBuf {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let folder = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let [own, blog] =
            ["own.db", "blog.db"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
        prepare(Backend::Sqlite, &own, &blog);
        // The last connection to close writes the log back, so that one file is the whole database.
        for url in [own, blog] {
            open(&url).execute_script("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        }
        folder
    });
    folder.path().to_owned()
}
