//! The records of attached databases: lists, forms, deletions, actions, history.
//!
//! Everything goes through `services::records`, in one hop off the async threads, where the page is made, too.

mod action;
mod aside;
mod bytes;
mod columns;
mod conflict;
mod control;
mod delete;
mod delete_selected;
mod edit;
mod export;
mod filters;
mod form;
mod history;
mod inline_rows;
mod inlines;
mod input;
mod list;
mod lookups;
mod names;
mod new;
mod options;
mod query;
mod related;
mod table;
mod value;

use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde_json::Value;
use std::future::{Ready, ready};

use crate::admin::page::{Page, Place};
use crate::admin::paths::{self, Path};
use crate::admin::record_key::RecordKey;
use crate::admin::routes::Table;
use crate::admin::shell::capitalised;
use crate::admin::visit::Visit;
use crate::apps::record::{self, Record};
use crate::apps::{Catalog, Model};
use crate::error::{Error, Result};
use crate::services::records::Collection;

/// Every page and form about records.
pub fn routes(table: &mut Table) {
    new::routes(table);
    options::routes(table);
    export::routes(table);
    action::routes(table);
    list::routes(table);
    history::routes(table);
    delete::routes(table);
    bytes::routes(table);
    edit::routes(table);
}

/// The model, and perhaps the record, that an address is about.
#[derive(Debug, Clone)]
pub struct Address {
    app: String,
    model: String,
    /// The part of the path that is the key, as it was sent.
    key: String,
}

impl FromRequest for Address {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let part = |name: &str| request.match_info().get(name).unwrap_or_default().to_owned();
        // `/admin/apps/{app}/{model}/{key}`; a key may have escaped slashes.
        let key = request.uri().path().split('/').nth(5).unwrap_or_default().to_owned();
        ready(Ok(Self { app: part("app"), model: part("model"), key }))
    }
}

/// The records of one model in the hands of a visitor.
pub struct Records<'a> {
    /// Who looks at them.
    pub visit: &'a Visit,
    /// What there is.
    pub whole: &'a Arc<Catalog>,
    collection: Collection<'a>,
}

impl<'a> Deref for Records<'a> {
    type Target = Collection<'a>;

    fn deref(&self) -> &Self::Target {
        &self.collection
    }
}

/// Runs blocking `work` on the records of the model that an address names.
///
/// # Errors
/// `NotFound` for a model that does not exist; what `work` returns.
pub async fn with<T: Send + 'static>(
    visit: &Visit,
    address: Address,
    work: impl FnOnce(&Records<'_>, &Address) -> Result<T> + Send + 'static,
) -> Result<T> {
    let run = move |db: &crate::db::Db, visit: &Visit| {
        let catalog = visit.registry().catalog();
        let found = catalog.find(&address.app, &address.model);
        let (app, model) = found.ok_or_else(|| Error::NotFound("There is no such model".into()))?;
        let collection = Collection {
            db,
            actor: &visit.actor,
            now: visit.now,
            catalog: &catalog,
            app,
            model,
            watch: None,
            witness: None,
        };
        work(&Records { visit, whole: &catalog, collection }, &address)
    };
    visit.run(run).await
}

impl<'a> Records<'a> {
    /// The records of another model of the same app, for the same visitor.
    pub fn child(&self, model: &'a Model) -> Self {
        Self { visit: self.visit, whole: self.whole, collection: self.collection.of(model) }
    }

    /// The key that an address names; one that cannot be a key names nothing.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn key(&self, address: &Address) -> Result<Value> {
        RecordKey::read(self.model, &address.key).map_err(|_| self.nothing())
    }

    /// The record that an address names, with its key.
    ///
    /// # Errors
    /// `Forbidden` if it may neither be seen nor changed; `NotFound`; database faults.
    pub fn find(&self, address: &Address) -> Result<(Value, Record)> {
        let key = self.key(address)?;
        match self.get_for_change(&key) {
            Err(Error::Invalid(_)) => Err(self.nothing()),
            found => Ok((key, found?)),
        }
    }

    fn nothing(&self) -> Error {
        Error::NotFound(format!("There is no {} with this key", self.model.verbose_name))
    }

    /// Whether there is a form for a new record.
    pub fn may_add(&self) -> bool {
        self.model.cannot_create.is_none()
            && !self.model.is_view
            && self.visit.may(&self.model.add_permission)
    }

    /// Whether records can be changed.
    pub fn may_change(&self) -> bool {
        self.has_keys() && !self.model.is_view && self.visit.may(&self.model.change_permission)
    }

    /// Whether records can be deleted.
    pub fn may_delete(&self) -> bool {
        self.has_keys() && !self.model.is_view && self.visit.may(&self.model.delete_permission)
    }

    /// Whether single records can be named.
    pub fn has_keys(&self) -> bool {
        !self.model.primary_key.is_empty()
    }

    /// The list.
    pub fn list_path(&self) -> Path {
        paths::records(&self.model.app_label, &self.model.name)
    }

    /// The page of a record of this model.
    pub fn path(&self, record: &Record) -> Option<Path> {
        let key = RecordKey::of(self.model, record)?;
        Some(paths::record(&self.model.app_label, &self.model.name, &key))
    }

    /// Where to go after something was done: whoever may not see the records has no list.
    pub fn home(&self) -> Path {
        if self.visit.sees(self.model) { self.list_path() } else { paths::dashboard() }
    }

    /// What a record is called.
    pub fn label(&self, record: &Record) -> String {
        record::display(self.model, record)
    }

    /// "Articles"
    pub fn title(&self) -> String {
        capitalised(&self.model.verbose_name_plural)
    }

    /// "article"
    pub fn one(&self) -> &'a str {
        &self.collection.model.verbose_name
    }

    /// A number of them with the noun.
    pub fn count(&self, n: u64) -> String {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        crate::admin::components::plural(n, &self.model.verbose_name, &self.model.verbose_name_plural)
    }

    /// A page at the model's place in the side bar, below the app.
    pub fn page(&self, title: impl Into<String>) -> Page {
        let (app, model) = (&self.model.app_label, &self.model.name);
        Page::new(title).at(Place::Model(app.clone(), model.clone())).below(app, paths::app(app))
    }

    /// A page below the list.
    pub fn page_below(&self, title: impl Into<String>) -> Page {
        self.page(title).below(self.title(), self.list_path())
    }

    /// A page below one record.
    pub fn page_of(&self, record: &Record, title: impl Into<String>) -> Page {
        let page = self.page_below(title);
        match self.path(record) {
            Some(path) => page.below(self.label(record), path),
            None => page,
        }
    }
}
