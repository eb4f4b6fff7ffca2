//! Many records at once, in one transaction: each for itself, or all or none.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::audited::{Attempt, unlogged};
use super::{Collection, added, changed, given_key};
use crate::apps::Model;
use crate::apps::record::{self, Cascade, Record};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::services::audit::{self, Action, Outcome, Part, Target};

/// What is done to each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkOperation {
    /// Records are created.
    Create,
    /// Records are changed.
    Update,
    /// Records are deleted.
    Delete,
}

impl BulkOperation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Create, Self::Update, Self::Delete];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// The permission that it needs.
    pub fn permission(self, model: &Model) -> &str {
        match self {
            Self::Create => &model.add_permission,
            Self::Update => &model.change_permission,
            Self::Delete => &model.delete_permission,
        }
    }

    fn action(self) -> Action {
        match self {
            Self::Create => Action::Added,
            Self::Update => Action::Changed,
            Self::Delete => Action::Deleted,
        }
    }
}

/// One of many things to do.
#[derive(Debug, Clone)]
pub enum Item {
    /// A new record.
    Create(Map<String, Value>),
    /// New values for the record with this key.
    Update(Value, Map<String, Value>),
    /// The key of a record that goes.
    Delete(Value),
}

/// How it is done.
#[derive(Debug, Clone, Copy, Default)]
pub struct BulkOptions {
    /// All or none.
    pub atomic: bool,
    /// Answer what would be, and leave everything as it is.
    pub dry_run: bool,
}

/// One thing that was done.
#[derive(Debug)]
pub struct Done {
    /// Its place among the items.
    pub index: usize,
    /// The record as it is, or was.
    pub record: Record,
    /// What changed, in the form of the log.
    pub changes: Value,
}

/// What became of the items.
#[derive(Debug, Default)]
pub struct BulkOutcome {
    /// What was done; nothing if all had to be done and something failed.
    pub done: Vec<Done>,
    /// What was not, with its place among the items.
    pub errors: Vec<(usize, Error)>,
    /// What went along with deleted records.
    pub cascaded: Vec<Cascade>,
}

impl Collection<'_> {
    /// Does the same to many records.
    ///
    /// # Errors
    /// `Forbidden` without the permission of the operation; database faults. What is wrong with single items
    /// is in the outcome.
    pub fn bulk(
        &self,
        operation: BulkOperation,
        items: &[Item],
        options: BulkOptions,
    ) -> Result<BulkOutcome> {
        self.actor.require(operation.permission(self.model))?;
        let ids: Vec<String> = items.iter().filter_map(id_of).map(given_key).collect();
        let changes = json!({ "operation": operation.name(), "items": items.len(), "ids": ids });
        let attempt = Attempt { action: operation.action(), object_id: String::new(), changes };
        self.many(&attempt, items, options)
    }

    /// Works through items between one pending entry of the log and its completion.
    pub(super) fn many(
        &self,
        attempt: &Attempt,
        items: &[Item],
        options: BulkOptions,
    ) -> Result<BulkOutcome> {
        let model = self.model;
        let failed = Cell::new(None);
        let worked = Cell::new(false);
        let work = |tx: &mut Tx<'_>| {
            let concerned: Vec<_> = items.iter().filter_map(id_of).map(|id| (model, id)).collect();
            let work = |tx: &mut Tx<'_>| self.attempt_all(tx, items);
            let outcome = self.witnessed(tx, &concerned, work, |outcome| outcome.cascaded.clone())?;
            if options.atomic && !outcome.errors.is_empty() {
                failed.set(Some(outcome.errors));
                return Err(Error::Conflict("Not every record could be written, so none was".into()));
            }
            worked.set(true);
            Ok(outcome)
        };
        let unless_failed = |result: Result<BulkOutcome>| match (result, failed.take()) {
            (Err(_), Some(errors)) => Ok(BulkOutcome { errors, ..BulkOutcome::default() }),
            (result, _) => result,
        };
        if options.dry_run {
            return unless_failed(self.app.db.rehearse(work));
        }
        let repr = format!("{} {}", items.len(), model.verbose_name_plural);
        let target = Target::new(&model.app_label, &model.name, "", &repr);
        let entry = audit::begin(self.db, self.actor, self.now, attempt.action, &target, &attempt.changes)
            .map_err(|error| unlogged(&error))?;
        let result = unless_failed(self.app.db.write(work));
        // The connection broke while committing: nobody knows, and the entry stays pending.
        if matches!(result, Err(Error::Unavailable(_))) && worked.get() {
            return result;
        }
        let finished = match &result {
            Ok(outcome) if !outcome.done.is_empty() => {
                let mut changes = attempt.changes.clone();
                changes["done"] = json!(outcome.done.len());
                changes["failed"] = json!(outcome.errors.len());
                let parts: Vec<Part> =
                    outcome.done.iter().map(|done| part(model, &items[done.index], done)).collect();
                audit::finish_many(self.db, self.actor, self.now, entry, (&target, &changes), &parts)
            }
            Err(Error::Forbidden { .. }) => {
                audit::finish(self.db, entry, Outcome::Denied, &target, &attempt.changes)
            }
            Ok(_) | Err(_) => audit::finish(self.db, entry, Outcome::Failed, &target, &attempt.changes),
        };
        if let Err(error) = finished {
            tracing::error!(%error, ?entry, "an audit entry stays pending");
        }
        result
    }

    /// Tries all at once, which needs the fewest statements; if that fails, each for itself.
    fn attempt_all(&self, tx: &mut Tx<'_>, items: &[Item]) -> Result<BulkOutcome> {
        self.step(0, items.len())?;
        match tx.savepoint(|tx| self.all_at_once(tx, items)) {
            Ok(outcome) => {
                self.step(items.len(), items.len())?;
                return Ok(outcome);
            }
            Err(error @ Error::Unavailable(_)) => return Err(error),
            Err(_) => {}
        }
        let mut outcome = BulkOutcome::default();
        for (index, item) in items.iter().enumerate() {
            self.step(index + 1, items.len())?;
            match tx.savepoint(|tx| self.one(tx, index, item)) {
                Ok((done, cascaded)) => {
                    outcome.done.push(done);
                    add(&mut outcome.cascaded, cascaded);
                }
                Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => return Err(error),
                Err(error) => outcome.errors.push((index, error)),
            }
        }
        Ok(outcome)
    }

    fn step(&self, done: usize, total: usize) -> Result<()> {
        self.watch.map_or(Ok(()), |watch| watch.step(done, total))
    }

    fn all_at_once(&self, tx: &mut Tx<'_>, items: &[Item]) -> Result<BulkOutcome> {
        let mut outcome = BulkOutcome::default();
        let new: Option<Vec<&Map<String, Value>>> =
            items.iter().map(|item| if let Item::Create(data) = item { Some(data) } else { None }).collect();
        if let Some(new) = new
            && let Some(records) = record::create_many(tx, self.catalog, self.model, &new, &self.may_view())?
        {
            let done = |(index, record): (usize, Record)| {
                let changes = added(self.model, new[index], &record);
                Done { index, record, changes }
            };
            outcome.done = records.into_iter().enumerate().map(done).collect();
            return Ok(outcome);
        }
        let gone: Option<Vec<Value>> = items
            .iter()
            .map(|item| if let Item::Delete(id) = item { Some(id.clone()) } else { None })
            .collect();
        if let Some(ids) = gone {
            let may_delete = |model: &Model| self.actor.has_perm(&model.delete_permission);
            let (records, cascaded) = record::delete_many(tx, self.catalog, self.model, &ids, &may_delete)?;
            if records.len() != ids.len() {
                return Err(Error::Conflict("A record is named twice".into()));
            }
            let done = |(index, record): (usize, Record)| {
                let changes = json!({ "before": record.to_map() });
                Done { index, record, changes }
            };
            outcome.done = records.into_iter().enumerate().map(done).collect();
            outcome.cascaded = cascaded;
            return Ok(outcome);
        }
        for (index, item) in items.iter().enumerate() {
            outcome.done.push(self.one(tx, index, item)?.0);
        }
        Ok(outcome)
    }

    fn one(&self, tx: &mut Tx<'_>, index: usize, item: &Item) -> Result<(Done, Vec<Cascade>)> {
        let (record, changes, cascaded) = match item {
            Item::Create(data) => {
                self.require_links(self.model, data, true)?;
                let record = record::create(tx, self.catalog, self.model, data, &self.may_view())?;
                let changes = added(self.model, data, &record);
                (record, changes, Vec::new())
            }
            Item::Update(id, data) => {
                self.require_links(self.model, data, false)?;
                let change = record::update(tx, self.catalog, self.model, id, data, &self.may_view())?;
                let changes = changed(self.model, data, &change);
                (change.after, changes, Vec::new())
            }
            Item::Delete(id) => {
                let may_delete = |model: &Model| self.actor.has_perm(&model.delete_permission);
                let deletion = record::delete(tx, self.catalog, self.model, id, &may_delete)?;
                let changes = json!({ "before": deletion.record.to_map() });
                (deletion.record, changes, deletion.cascaded)
            }
        };
        Ok((Done { index, record, changes }, cascaded))
    }
}

fn id_of(item: &Item) -> Option<&Value> {
    match item {
        Item::Create(_) => None,
        Item::Update(id, _) | Item::Delete(id) => Some(id),
    }
}

/// The entry of one record.
fn part(model: &Model, item: &Item, done: &Done) -> Part {
    let action = match item {
        Item::Create(_) => Action::Added,
        Item::Update(..) => Action::Changed,
        Item::Delete(_) => Action::Deleted,
    };
    let id = record::object_id(model, &done.record);
    let target = Target::new(&model.app_label, &model.name, id, &record::display(model, &done.record));
    Part { action, target, changes: done.changes.clone() }
}

fn add(all: &mut Vec<Cascade>, more: Vec<Cascade>) {
    for one in more {
        match all.iter_mut().find(|c| c.model == one.model && c.effect == one.effect) {
            Some(same) => same.count += one.count,
            None => all.push(one),
        }
    }
}
