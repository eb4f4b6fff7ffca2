//! What the unit tests of services share: a database of their own, a clock, actors.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::auth::{Actor, PermissionSet, Principal};
use crate::clock::Clock;
use crate::db::DatabaseUrl;
use crate::db::{Db, PoolOptions, Tx, UserId, migrate};
use crate::error::Result;
use crate::models::log_entry::{self, LogEntry};
use crate::services::permissions::{self, ContentTypeSpec};
use crate::services::users::{self, NewUser};

/// A migrated SQLite database with the built-in content types and a `blog` of articles.
pub struct TestDb {
    pub db: Db,
    pub clock: Clock,
    entries_of_setup: usize,
    _dir: tempfile::TempDir,
}

impl TestDb {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::parse(dir.path().join("test.db").to_str().unwrap()).unwrap();
        let db = Db::new(&url, &PoolOptions::own()).unwrap();
        db.read(migrate::run).unwrap();
        let mut specs = permissions::built_in();
        specs.push(ContentTypeSpec {
            app_label: "blog".into(),
            model: "article".into(),
            name: "article".into(),
            extra_permissions: vec![("publish_article".into(), "Can publish article".into())],
        });
        let clock = Clock::system();
        let now = clock.now();
        db.write(|tx| permissions::sync(tx, &Actor::cli(), now, &specs, &[])).unwrap();
        let entries_of_setup = db.read(|conn| Ok(log_entry::list_recent(conn, 1000)?)).unwrap().len();
        Self { db, clock, entries_of_setup, _dir: dir }
    }

    /// Runs a service in a transaction of its own.
    pub fn write<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.db.write(work)
    }

    /// An ordinary active user.
    pub fn user(&self, username: &str) -> UserId {
        let new = NewUser { username: username.into(), is_active: true, ..NewUser::default() };
        self.write(|tx| users::create(tx, &Actor::cli(), self.clock.now(), &new)).unwrap().id
    }

    /// What the test itself wrote to the audit log, the newest first.
    pub fn log(&self) -> Vec<LogEntry> {
        let mut entries = self.db.read(|conn| Ok(log_entry::list_recent(conn, 1000)?)).unwrap();
        entries.truncate(entries.len() - self.entries_of_setup);
        entries
    }

    pub fn days(&self, days: i64) {
        self.clock.advance(TimeDelta::days(days));
    }
}

/// Somebody with exactly these permissions at the command line's door.
pub fn actor_with(permissions: &[&str]) -> Actor {
    let cli = Actor::cli();
    Actor {
        principal: Arc::new(Principal {
            user_id: None,
            label: "tester".into(),
            token: None,
            is_superuser: false,
            permissions: permissions.iter().map(|&p| p.to_owned()).collect::<PermissionSet>(),
        }),
        origin: cli.origin,
    }
}
