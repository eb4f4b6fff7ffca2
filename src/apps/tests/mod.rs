//! The whole layer over SQLite files.
#![expect(clippy::needless_pass_by_value, reason = "`json!` values are handed over")]

mod bounds;
mod catalog;
mod delete;
mod list;
mod names;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::Connection;
use diesel::connection::SimpleConnection;
use serde_json::{Map, Value};
use tempfile::TempDir;

use super::{Catalog, ListQuery, Model, Page, Record, Registry, Total, record};
use crate::config::AppConfig;
use crate::error::{Error, Result};

/// Articles with authors, tags through a join table, comments, and a secret.
pub const BLOG: &str = "
    CREATE TABLE author (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE, born DATE, bio TEXT);
    CREATE TABLE article (
        id INTEGER PRIMARY KEY, title VARCHAR(20) NOT NULL, slug TEXT UNIQUE,
        status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published')),
        price DECIMAL(10,2) NOT NULL DEFAULT 0 CONSTRAINT paid CHECK (price >= 0),
        featured BOOLEAN NOT NULL DEFAULT 0, published_at DATETIME, meta JSON, cover BLOB, score REAL,
        key UUID, secret TEXT, title_length INT GENERATED ALWAYS AS (length(title)),
        author_id INT NOT NULL REFERENCES author (id) ON DELETE CASCADE,
        editor INT REFERENCES author (id) ON DELETE SET NULL);
    CREATE TABLE comment (id INTEGER PRIMARY KEY, body TEXT NOT NULL,
        article_id INT NOT NULL REFERENCES article ON DELETE CASCADE);
    CREATE TABLE tag (name TEXT PRIMARY KEY);
    CREATE TABLE article_tag (article_id INT NOT NULL REFERENCES article (id),
        tag_name TEXT NOT NULL REFERENCES tag (name), PRIMARY KEY (article_id, tag_name));
    CREATE TABLE award (id INTEGER PRIMARY KEY, author_id INT NOT NULL REFERENCES author (id));
    CREATE TABLE rating (article_id INT, reader TEXT, stars INT NOT NULL, PRIMARY KEY (article_id, reader));
    CREATE VIEW published AS SELECT id, title FROM article WHERE status = 'published';
    INSERT INTO author VALUES (1, 'Ada', '1815-12-10', ''), (2, 'Émile Ångström', NULL, NULL), (3, 'Bob', NULL, NULL);
    INSERT INTO article (id, title, slug, status, price, featured, published_at, meta, cover, score, key, secret,
        author_id, editor) VALUES
      (1, 'How to brew', 'brew', 'published', 0.99, 1, '2026-01-02 03:04:05', '{\"a\": [1]}', x'00ff', 1.5,
       'F81D4FAE-7dec-11d0-a765-00a0c91e6bf6', 'hush', 1, 2),
      (2, '100% Ärger_', NULL, 'draft', 10, 0, '2026-01-02T04:00:00', NULL, NULL, NULL, NULL, 'hush', 1, NULL),
      (3, 'ärger', NULL, 'draft', 2.5, 0, NULL, NULL, NULL, NULL, NULL, 'x', 2, NULL);
    INSERT INTO comment VALUES (1, 'nice', 1), (2, 'bad', 1);
    INSERT INTO tag VALUES ('beer'), ('tea'), ('rust');
    INSERT INTO article_tag VALUES (1, 'beer'), (1, 'tea');
    INSERT INTO award VALUES (1, 3), (2, 3);
    INSERT INTO rating VALUES (1, 'Ann', 5);
";

/// An app `blog` over a file of its own.
pub struct Site {
    dir: TempDir,
    pub registry: Registry,
}

impl Site {
    pub fn new(sql: &str) -> Self {
        Self::with(sql, |_| {}).unwrap()
    }

    pub fn with(sql: &str, change: impl FnOnce(&mut AppConfig)) -> Result<Self> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("blog.db");
        diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap().batch_execute(sql).unwrap();
        let mut app = AppConfig::at(path.to_str().unwrap());
        change(&mut app);
        let registry = Registry::load(BTreeMap::from([("blog".to_owned(), app)]))?;
        Ok(Self { dir, registry })
    }

    /// Another connection to the same file.
    pub fn connect(&self) -> diesel::SqliteConnection {
        let path = self.dir.path().join("blog.db");
        diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap()
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("blog.db")
    }

    pub fn catalog(&self) -> Arc<Catalog> {
        self.registry.catalog()
    }

    pub fn model(&self, name: &str) -> Arc<Model> {
        Arc::clone(self.catalog().find("blog", name).unwrap_or_else(|| panic!("no model {name}")).1)
    }

    pub fn page(&self, model: &str, query: &ListQuery) -> Result<Page> {
        let catalog = self.catalog();
        catalog.apps[0].db.read(|conn| record::list(conn, &catalog, &self.model(model), query))
    }

    /// The keys of the records that match `filters`.
    pub fn ids(&self, model: &str, filters: Value) -> Result<Vec<String>> {
        let model = self.model(model);
        let query = ListQuery { filters: object(filters), limit: 100, ..ListQuery::default() };
        let page = self.page(&model.name, &query)?;
        assert_eq!(page.total, Total::Exact(page.records.len() as u64));
        Ok(page.records.iter().map(|r| record::object_id(&model, r)).collect())
    }

    pub fn get(&self, model: &str, id: Value) -> Result<Value> {
        self.record(model, id).map(|r| r.to_value())
    }

    pub fn record(&self, model: &str, id: Value) -> Result<Record> {
        self.catalog().apps[0].db.read(|conn| record::get(conn, &self.model(model), &id))
    }

    pub fn create(&self, model: &str, data: Value) -> Result<Value> {
        let (catalog, model) = (self.catalog(), self.model(model));
        let created =
            catalog.apps[0].db.write(|tx| record::create(tx, &catalog, &model, &object(data), &|_| true))?;
        Ok(created.to_value())
    }

    pub fn update(&self, model: &str, id: Value, data: Value) -> Result<record::Change> {
        let (catalog, model) = (self.catalog(), self.model(model));
        catalog.apps[0].db.write(|tx| record::update(tx, &catalog, &model, &id, &object(data), &|_| true))
    }

    pub fn delete(&self, model: &str, id: Value) -> Result<record::Deletion> {
        self.delete_if(model, id, &|_| true)
    }

    pub fn delete_if(
        &self,
        model: &str,
        id: Value,
        may: &dyn Fn(&Model) -> bool,
    ) -> Result<record::Deletion> {
        let (catalog, model) = (self.catalog(), self.model(model));
        catalog.apps[0].db.write(|tx| record::delete(tx, &catalog, &model, &id, may))
    }

    pub fn related(&self, model: &str, id: Value) -> Value {
        let (catalog, model) = (self.catalog(), self.model(model));
        let record = self.record(&model.name, id).unwrap();
        let found = catalog.apps[0].db.read(|c| record::related(c, &catalog, &model, &record, 10, &|_| true));
        found.unwrap().into()
    }

    pub fn count(&self, model: &str) -> u64 {
        self.page(model, &ListQuery::default()).unwrap().total.number().unwrap()
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

/// The fields that an error names, in order.
pub fn wrong_fields<T>(result: Result<T>) -> Vec<String> {
    match result {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|e| e.field).collect(),
        Err(other) => panic!("another error: {other:?}"),
        Ok(_) => panic!("no error"),
    }
}

pub fn message<T>(result: Result<T>) -> String {
    match result {
        Err(Error::Internal(source)) => panic!("internal: {source}"),
        Err(other) => other.to_string(),
        Ok(_) => panic!("no error"),
    }
}
