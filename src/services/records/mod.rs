//! Records of attached databases, the same for every door: permission, rule, data, audit.
//!
//! A [`Collection`] is the records of one model in the hands of one actor. What a door adds is only how
//! arguments are read and answers are written.

mod actions;
mod address;
mod audited;
mod bulk;
mod changes;
mod export;
mod nested;
mod related;
mod witness;

pub use actions::DELETE_SELECTED;
pub use address::{escape, key_in_path, path_of_key};
pub use audited::{Attempt, Written, audited};
pub use bulk::{BulkOperation, BulkOptions, BulkOutcome, Done, Item};
pub use changes::{added, asked, changed, given_key};
pub use export::Export;
pub use nested::{NestedRow, Saved};
pub use related::Named;
pub use witness::Witness;

use nested::{Parent, with_counts};

use serde_json::{Map, Value, json};

use crate::apps::record::{self, Aggregates, Change, Deletion, Record};
use crate::apps::{AggregateQuery, App, Catalog, ListQuery, Model, Page, RelationKind};
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{Db, DbConnection, Tx};
use crate::error::Result;

use super::audit::{self, Action, LogEntry};
use super::{Paged, Paging};

/// How one record is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct WriteOptions<'a> {
    /// Answer what would be, and leave everything as it is.
    pub dry_run: bool,
    /// The version of the record that the caller has seen; anything else is refused.
    pub if_match: Option<&'a str>,
}

/// Looks on while many records are written.
pub trait Watch: Sync {
    /// `done` of `total` records are written.
    ///
    /// # Errors
    /// Any error ends the work, and nothing was changed.
    fn step(&self, done: usize, total: usize) -> Result<()>;
}

/// The records of one model, and who works with them. Every method blocks.
#[derive(Clone, Copy)]
pub struct Collection<'a> {
    /// Our own database, where the audit log is.
    pub db: &'a Db,
    /// Who does it.
    pub actor: &'a Actor,
    /// When it is done.
    pub now: UtcTime,
    /// What there is, and stays for the length of the call.
    pub catalog: &'a Catalog,
    /// The app of the model.
    pub app: &'a App,
    /// The model.
    pub model: &'a Model,
    /// Who looks on, if anybody does.
    pub watch: Option<&'a dyn Watch>,
    /// Who is told what the records were before a write, if anybody is.
    pub witness: Option<&'a dyn Witness>,
}

impl Collection<'_> {
    /// Lists records.
    ///
    /// # Errors
    /// `Forbidden` without the model's view permission; `Invalid` for the query; database faults.
    pub fn list(&self, query: &ListQuery) -> Result<Page> {
        self.actor.require(&self.model.view_permission)?;
        self.app.db.read(|conn| record::list(conn, self.catalog, self.model, query))
    }

    /// Computes numbers over records.
    ///
    /// # Errors
    /// `Forbidden` without the model's view permission; `Invalid` for the query; database faults.
    pub fn aggregate(&self, query: &AggregateQuery) -> Result<Aggregates> {
        self.actor.require(&self.model.view_permission)?;
        self.app.db.read(|conn| record::aggregate(conn, self.model, query))
    }

    /// Finds one record by its key.
    ///
    /// # Errors
    /// `Forbidden` without the model's view permission; `Invalid` for the key; `NotFound`; database faults.
    pub fn get(&self, id: &Value) -> Result<Record> {
        self.actor.require(&self.model.view_permission)?;
        self.app.db.read(|conn| record::get(conn, self.model, id))
    }

    /// The same for whoever may change or delete records, which shows them anyway.
    ///
    /// # Errors
    /// `Forbidden` without any of these permissions of the model; otherwise as [`get`](Self::get).
    pub fn get_for_change(&self, id: &Value) -> Result<Record> {
        let model = self.model;
        if !self.actor.has_perm(&model.change_permission) && !self.actor.has_perm(&model.delete_permission) {
            return self.get(id);
        }
        self.app.db.read(|conn| record::get(conn, model, id))
    }

    /// The record behind this one in the model's order, with its key alone.
    ///
    /// # Errors
    /// `Forbidden` without the model's view permission; database faults.
    pub fn next(&self, record: &Record) -> Result<Option<Record>> {
        self.actor.require(&self.model.view_permission)?;
        self.app.db.read(|conn| record::next(conn, self.model, record))
    }

    /// What was done to one record, the newest first, whether or not it is still there.
    ///
    /// # Errors
    /// `Forbidden` without the model's view permission; `Invalid` for the key; database faults.
    pub fn history(&self, id: &Value, paging: Paging) -> Result<Paged<LogEntry>> {
        self.actor.require(&self.model.view_permission)?;
        let object_id = self.app.db.read(|conn| record::logged_id(conn, self.model, id))?;
        self.db
            .read(|conn| audit::of_object(conn, &self.model.app_label, &self.model.name, &object_id, paging))
    }

    /// The same of a record at hand, on a connection to our own database.
    ///
    /// # Errors
    /// `Forbidden` without the model's view permission; database faults.
    pub fn history_of(
        &self,
        conn: &mut DbConnection,
        record: &Record,
        paging: Paging,
    ) -> Result<Paged<LogEntry>> {
        self.actor.require(&self.model.view_permission)?;
        let object_id = record::object_id(self.model, record);
        audit::of_object(conn, &self.model.app_label, &self.model.name, &object_id, paging)
    }

    /// Creates a record, with rows of child models if the configuration lets them be written along.
    ///
    /// # Errors
    /// `Forbidden` without the model's add permission, or that of a child model; `Invalid` with every wrong
    /// field; `Conflict`; database faults.
    pub fn create(&self, data: &Map<String, Value>) -> Result<Record> {
        Ok(self.create_with(data, false)?.done)
    }

    /// The same, or only what would be.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_with(&self, data: &Map<String, Value>, dry_run: bool) -> Result<Saved<Record>> {
        self.actor.require(&self.model.add_permission)?;
        let (own, nested) = self.split(data)?;
        let changes = with_counts(asked(self.model, &own), &nested);
        let attempt = Attempt { action: Action::Added, object_id: String::new(), changes };
        let work = |tx: &mut Tx<'_>| {
            self.require_links(self.model, &own, true)?;
            let record = record::create(tx, self.catalog, self.model, &own, &self.may_view())?;
            let rows = self.write_nested(tx, &nested, Parent { record: &record, is_new: true })?;
            Ok(Saved { done: record, rows })
        };
        audited(
            self,
            &attempt,
            dry_run,
            |tx| self.witnessed(tx, &[], work, |_| Vec::new()),
            |saved| Written {
                record: saved.done.clone(),
                changes: added(self.model, &own, &saved.done),
                parts: saved.parts(),
            },
        )
    }

    /// Changes the given fields of a record, and rows of child models as [`create`](Self::create) makes them.
    ///
    /// # Errors
    /// `Forbidden` without the model's change permission, or that of a child model for what is done to its
    /// rows; `Invalid` with every wrong field; `NotFound`; `Conflict`; database faults.
    pub fn update(&self, id: &Value, data: &Map<String, Value>) -> Result<Change> {
        Ok(self.update_with(id, data, WriteOptions::default())?.done)
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`update`](Self::update), and `PreconditionFailed`.
    pub fn update_with(
        &self,
        id: &Value,
        data: &Map<String, Value>,
        options: WriteOptions<'_>,
    ) -> Result<Saved<Change>> {
        self.actor.require(&self.model.change_permission)?;
        let (own, nested) = self.split(data)?;
        let changes = with_counts(asked(self.model, &own), &nested);
        let attempt = Attempt { action: Action::Changed, object_id: given_key(id), changes };
        let named = self.named(id, &nested);
        let concerned: Vec<_> =
            std::iter::once((self.model, id)).chain(named.iter().map(|(m, id)| (*m, id))).collect();
        let work = |tx: &mut Tx<'_>| {
            self.require_version(tx, id, options)?;
            self.require_links(self.model, &own, false)?;
            let change = record::update(tx, self.catalog, self.model, id, &own, &self.may_view())?;
            let rows = self.write_nested(tx, &nested, Parent { record: &change.after, is_new: false })?;
            Ok(Saved { done: change, rows })
        };
        audited(
            self,
            &attempt,
            options.dry_run,
            |tx| self.witnessed(tx, &concerned, work, Saved::cascaded),
            |saved| Written {
                record: saved.done.after.clone(),
                changes: changed(self.model, &own, &saved.done),
                parts: saved.parts(),
            },
        )
    }

    /// Deletes a record and what hangs on it, as far as the actor may delete that, too.
    ///
    /// # Errors
    /// `Forbidden` without the model's delete permission, or that of a model which would lose records along
    /// with it; `Invalid` for the key; `NotFound`; `Conflict` with what stands in the way; database faults.
    pub fn delete(&self, id: &Value) -> Result<Deletion> {
        self.delete_with(id, WriteOptions::default())
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`delete`](Self::delete), and `PreconditionFailed`.
    pub fn delete_with(&self, id: &Value, options: WriteOptions<'_>) -> Result<Deletion> {
        self.actor.require(&self.model.delete_permission)?;
        let attempt = Attempt { action: Action::Deleted, object_id: given_key(id), changes: json!({}) };
        let may_delete = |model: &Model| self.actor.has_perm(&model.delete_permission);
        audited(
            self,
            &attempt,
            options.dry_run,
            |tx| {
                self.require_version(tx, id, options)?;
                let work = |tx: &mut Tx<'_>| record::delete(tx, self.catalog, self.model, id, &may_delete);
                self.witnessed(tx, &[(self.model, id)], work, |deletion| deletion.cascaded.clone())
            },
            |deletion| Written {
                record: deletion.record.clone(),
                changes: json!({ "before": deletion.record.to_map() }),
                parts: Vec::new(),
            },
        )
    }

    fn require_version(&self, tx: &mut Tx<'_>, id: &Value, options: WriteOptions<'_>) -> Result<()> {
        match options.if_match {
            Some(expected) => record::require_version(tx, self.model, id, expected),
            None => Ok(()),
        }
    }

    /// Insists that the actor may write a many-to-many relation whose join table is a model of its own: its
    /// records come and go with the relation.
    fn require_links(&self, model: &Model, data: &Map<String, Value>, is_new: bool) -> Result<()> {
        for (relation, _) in self.catalog.relations(model, self.may_view()) {
            let RelationKind::ManyToMany { through, .. } = &relation.kind else { continue };
            let through = self.app.models.iter().find(|other| other.table == *through);
            if let Some(through) = through.filter(|_| data.contains_key(&relation.name)) {
                self.actor.require(&through.add_permission)?;
                if !is_new {
                    self.actor.require(&through.delete_permission)?;
                }
            }
        }
        Ok(())
    }

    fn may_view(&self) -> impl Fn(&Model) -> bool {
        |other| self.actor.has_perm(&other.view_permission)
    }
}
