//! Rows of child models that are written along with a record, all of them or none. A row needs the permission
//! of its own model for what is done to it.

mod rows;

use serde_json::{Map, Value, json};

use rows::{is_key, key_of, makes_keys, objects, path, writable};

use super::{Collection, added, changed};
use crate::apps::record::{self, Cascade, Record};
use crate::apps::{INLINE_DELETE, Inline, Model};
use crate::db::Tx;
use crate::error::{Error, FieldError, Result};
use crate::services::audit::{Action, Part, Target};

/// The rows of one child model.
pub struct Nested<'a> {
    inline: &'a Inline,
    child: &'a Model,
    rows: Vec<Map<String, Value>>,
}

/// A row that was written along.
#[derive(Debug)]
pub struct NestedRow {
    /// The relation that leads to it, e.g. `comments`.
    pub relation: String,
    /// What was done.
    pub action: Action,
    /// Its key as clients give it.
    pub id: Value,
    /// What changed, in the form of the log.
    pub changes: Value,
    /// What went along, if it was deleted.
    cascaded: Vec<Cascade>,
    target: Target,
}

/// A record that was written, and the rows that were written along.
#[derive(Debug)]
pub struct Saved<T> {
    /// What was done to the record itself.
    pub done: T,
    /// The rows.
    pub rows: Vec<NestedRow>,
}

impl<T> Saved<T> {
    /// The entries of the audit log for the rows.
    pub(super) fn parts(&self) -> Vec<Part> {
        let part = |row: &NestedRow| Part {
            action: row.action,
            target: row.target.clone(),
            changes: row.changes.clone(),
        };
        self.rows.iter().map(part).collect()
    }

    /// What went along with rows that were deleted.
    pub(super) fn cascaded(&self) -> Vec<Cascade> {
        self.rows.iter().flat_map(|row| row.cascaded.iter().cloned()).collect()
    }
}

/// Where the rows belong: the record, and whether it is new.
#[derive(Clone, Copy)]
pub(super) struct Parent<'a> {
    pub record: &'a Record,
    pub is_new: bool,
}

/// What is asked for one row.
enum Step {
    Delete(Value),
    Change(Value, Map<String, Value>),
    Add(Map<String, Value>),
}

impl<'a> Collection<'a> {
    /// The child models whose rows the actor may know of.
    pub fn inlines(&self) -> impl Iterator<Item = (&'a Inline, &'a Model)> + use<'a> {
        let Self { actor, catalog, model, .. } = *self;
        model.inlines.iter().filter_map(move |inline| {
            let (_, child) = catalog.find(&model.app_label, &inline.model)?;
            actor.has_perm(&child.view_permission).then_some((inline, &**child))
        })
    }

    /// Takes the rows of child models out of what is to be written. What the actor may not know of stays, and
    /// is then no field.
    ///
    /// # Errors
    /// `Invalid` for what is no list of objects.
    pub(super) fn split(&self, data: &Map<String, Value>) -> Result<(Map<String, Value>, Vec<Nested<'a>>)> {
        let (mut own, mut nested, mut errors) = (data.clone(), Vec::new(), Vec::new());
        for (inline, child) in self.inlines() {
            let Some(rows) = own.shift_remove(&inline.name) else { continue };
            match objects(inline, child, rows) {
                Ok(rows) => nested.push(Nested { inline, child, rows }),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok((own, nested)) } else { Err(Error::Invalid(errors)) }
    }

    /// The rows that are named by a key, for who has to know what they were.
    pub(super) fn named<'n>(&self, id: &Value, nested: &'n [Nested<'_>]) -> Vec<(&'n Model, Value)> {
        let is_key = |to: &str| self.model.primary_key.iter().any(|i| *self.model.fields[*i].name == *to);
        let named = |one: &'n Nested<'_>| {
            let parent = if is_key(&one.inline.to) { id.clone() } else { Value::Null };
            let key = move |row: &Map<String, Value>| key_of(one.child, one.inline, row, &parent);
            one.rows.iter().filter_map(key).map(|key| (one.child, key))
        };
        nested.iter().flat_map(named).collect()
    }

    /// Writes the rows: first those that go, then those that change, then those that are new.
    ///
    /// # Errors
    /// `Forbidden` for a row without the permission of its model; `Invalid` with every wrong row; `Conflict`;
    /// database faults.
    pub(super) fn write_nested(
        &self,
        tx: &mut Tx<'_>,
        nested: &[Nested<'_>],
        parent: Parent<'_>,
    ) -> Result<Vec<NestedRow>> {
        let (mut done, mut errors) = (Vec::new(), Vec::new());
        for one in nested {
            let child = writable(one.child, one.inline);
            let of = Rows { collection: self, inline: one.inline, child: &child, parent };
            let mut steps = Vec::with_capacity(one.rows.len());
            for (index, row) in one.rows.iter().enumerate() {
                match of.step(tx, row.clone()) {
                    Ok(step) => steps.push((index, step)),
                    Err(error) => note(&mut errors, of.place(index, error))?,
                }
            }
            steps.sort_by_key(|(_, step)| match step {
                Step::Delete(_) => 0,
                Step::Change(..) => 1,
                Step::Add(_) => 2,
            });
            for (index, step) in &steps {
                match tx.savepoint(|tx| of.take(tx, step)) {
                    Ok(row) => done.extend(row),
                    Err(error) => note(&mut errors, of.place(*index, error))?,
                }
            }
            if errors.is_empty() {
                errors.extend(of.miscounted(tx)?);
            }
        }
        if parent.is_new {
            errors.extend(self.forgotten(nested)?);
        }
        if errors.is_empty() { Ok(done) } else { Err(Error::Invalid(errors)) }
    }

    /// Children that a new record has to have and that were not given.
    fn forgotten(&self, nested: &[Nested<'_>]) -> Result<Vec<FieldError>> {
        let mut errors = Vec::new();
        for inline in self.model.inlines.iter().filter(|inline| inline.min > 0) {
            if nested.iter().any(|one| one.inline.name == inline.name) {
                continue;
            }
            if !self.inlines().any(|(known, _)| known.name == inline.name) {
                let one = &self.model.verbose_name;
                return Err(Error::Refused(format!(
                    "No {one} can be created without records that go with it"
                )));
            }
            errors.push(FieldError::new(path(inline), format!("has at least {} rows", inline.min)));
        }
        Ok(errors)
    }
}

/// The rows of one child model of one record.
struct Rows<'r> {
    collection: &'r Collection<'r>,
    inline: &'r Inline,
    child: &'r Model,
    parent: Parent<'r>,
}

impl Rows<'_> {
    /// What the rows point at.
    fn target(&self) -> Value {
        self.parent.record.get(&self.inline.to).map_or(Value::Null, record::Cell::to_value)
    }

    /// What is asked for a row, if the actor may do that.
    fn step(&self, tx: &mut Tx<'_>, mut row: Map<String, Value>) -> Result<Step> {
        let (actor, child, target) = (self.collection.actor, self.child, self.target());
        let is_deletion = match row.shift_remove(INLINE_DELETE) {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Bool(true)) => true,
            Some(_) => return Err(Error::invalid(format!("data.{INLINE_DELETE}"), "must be true or false")),
        };
        if is_deletion {
            actor.require(&child.delete_permission)?;
        }
        // Whole rows are sent back with the link that they have; another one is no way to move a row.
        let links: Vec<String> = row.keys().filter(|name| self.is_link(name)).cloned().collect();
        for name in links {
            let given = row.shift_remove(&name);
            if given.as_ref() != Some(&target) {
                let message = format!("is the {} that it belongs to", self.collection.model.verbose_name);
                return Err(Error::invalid(format!("data.{name}"), message));
            }
        }
        let key = key_of(child, self.inline, &row, &target);
        if is_deletion {
            let key = key.ok_or_else(|| Error::invalid("id", "is required"))?;
            self.require_ours(tx, &key)?;
            return Ok(Step::Delete(key));
        }
        if let Some(key) = key.filter(|_| !self.parent.is_new) {
            // A key that the database makes is that of a row that there is.
            let is_ours = match self.require_ours(tx, &key) {
                Err(Error::NotFound(_)) if !makes_keys(child) => false,
                other => other.map(|()| true)?,
            };
            if is_ours {
                actor.require(&child.change_permission)?;
                row.retain(|name, _| !is_key(child, name));
                return Ok(Step::Change(key, row));
            }
        }
        actor.require(&child.add_permission)?;
        row.insert(self.inline.column.clone(), target);
        Ok(Step::Add(row))
    }

    /// Insists that there is such a row and that it belongs to the record.
    fn require_ours(&self, tx: &mut Tx<'_>, key: &Value) -> Result<()> {
        let found = record::get(tx, self.child, key)?;
        let link = found.get(&self.inline.column).map(record::Cell::to_value);
        if link == Some(self.target()) && !self.parent.is_new {
            return Ok(());
        }
        Err(Error::NotFound(String::new()))
    }

    fn is_link(&self, name: &str) -> bool {
        self.child.field(name).is_some_and(|(_, field)| *field.name == *self.inline.column)
    }

    /// Does what is asked; nothing where a row is as it should be.
    fn take(&self, tx: &mut Tx<'_>, step: &Step) -> Result<Option<NestedRow>> {
        let Collection { actor, catalog, .. } = *self.collection;
        let may_view = self.collection.may_view();
        let mut cascaded = Vec::new();
        let (action, record, changes) = match step {
            Step::Delete(key) => {
                let may_delete = |model: &Model| actor.has_perm(&model.delete_permission);
                let deletion = record::delete(tx, catalog, self.child, key, &may_delete)?;
                let changes = json!({ "before": deletion.record.to_map() });
                cascaded = deletion.cascaded;
                (Action::Deleted, deletion.record, changes)
            }
            Step::Change(_, row) if row.is_empty() => return Ok(None),
            Step::Change(key, row) => {
                self.collection.require_links(self.child, row, false)?;
                let change = record::update(tx, catalog, self.child, key, row, &may_view)?;
                let changes = changed(self.child, row, &change);
                (Action::Changed, change.after, changes)
            }
            Step::Add(row) => {
                self.collection.require_links(self.child, row, true)?;
                let record = record::create(tx, catalog, self.child, row, &may_view)?;
                let changes = added(self.child, row, &record);
                (Action::Added, record, changes)
            }
        };
        let id = record::object_id(self.child, &record);
        let target =
            Target::new(&self.child.app_label, &self.child.name, id, &record::display(self.child, &record));
        let id = record::key_of(self.child, &record);
        Ok(Some(NestedRow { relation: self.inline.name.clone(), action, id, changes, cascaded, target }))
    }

    /// The error of a row, under the name that the client knows it by.
    fn place(&self, index: usize, error: Error) -> Error {
        let at = format!("{}.{index}", path(self.inline));
        match error {
            Error::Invalid(errors) => {
                let place = |error: FieldError| {
                    let field = error.field.strip_prefix("data").unwrap_or(&error.field);
                    let dot = if field.is_empty() || field.starts_with('.') { "" } else { "." };
                    FieldError::new(format!("{at}{dot}{field}"), error.message)
                };
                Error::Invalid(errors.into_iter().map(place).collect())
            }
            Error::NotFound(_) => {
                let (child, parent) = (&self.child.verbose_name, &self.collection.model.verbose_name);
                Error::invalid(format!("{at}.id"), format!("there is no such {child} of this {parent}"))
            }
            other => other,
        }
    }

    /// What is wrong with how many rows there are now.
    fn miscounted(&self, tx: &mut Tx<'_>) -> Result<Option<FieldError>> {
        let model = self.collection.model;
        let Some(relation) = model.relations.iter().find(|relation| relation.name == self.inline.name) else {
            return Ok(None);
        };
        let count = record::related_count(tx, model, self.parent.record, relation, self.child)?;
        let Inline { min, max, .. } = *self.inline;
        let message = match count {
            few if few < min.into() => format!("has at least {min} rows, and would have {few}"),
            many if many > max.into() => format!("has at most {max} rows, and would have {many}"),
            _ => return Ok(None),
        };
        Ok(Some(FieldError::new(path(self.inline), message)))
    }
}

/// Collects what a client can mend; anything else ends the work.
fn note(errors: &mut Vec<FieldError>, error: Error) -> Result<()> {
    match error {
        Error::Invalid(wrong) => {
            errors.extend(wrong);
            Ok(())
        }
        other => Err(other),
    }
}

/// What is asked for, with how many rows.
pub(super) fn with_counts(mut changes: Value, nested: &[Nested<'_>]) -> Value {
    for one in nested {
        changes["rows"][&one.inline.name] = json!(one.rows.len());
    }
    changes
}
