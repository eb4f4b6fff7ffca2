//! Rows of child models in the form of their record: what there is, and what is to be done to it. Which models
//! these are the configuration says; rows that were not touched are not sent.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::lookups::Lookups;
use super::{Records, input, names};
use crate::admin::form::{Form, FormErrors};
use crate::admin::record_key::RecordKey;
use crate::apps::record::{self, Record, RelatedPage};
use crate::apps::{Count, INLINE_DELETE, Inline, ListQuery, Model, Relation};
use crate::error::{Error, FieldError, FieldErrors, Result};

/// Child models whose rows are in the form.
const MOST: usize = 4;
/// Rows that are there already; where there are more, a link leads to them.
const MOST_ROWS: u32 = 20;
/// Rows with those that are added.
const MOST_IN_FORM: usize = 40;

/// The child models of one form.
#[derive(Default)]
pub struct Inlines<'a>(pub Vec<Section<'a>>);

/// The rows of one child model.
pub struct Section<'a> {
    /// How it belongs to the record.
    pub inline: &'a Inline,
    /// The rows that there are.
    pub rows: Vec<Record>,
    /// What their foreign keys can point at.
    pub lookups: Lookups<'a>,
    /// The child model, for the same visitor.
    pub records: Records<'a>,
}

/// Which rows of the form were sent, by relation and in this order.
pub type Sent = HashMap<String, Vec<usize>>;

impl<'a> Inlines<'a> {
    /// Asks for the form of `record`, or of a new one.
    ///
    /// # Errors
    /// Database faults.
    pub fn load(records: &Records<'a>, record: Option<&Record>) -> Result<Self> {
        let mut all = Vec::new();
        let inlines: Vec<(&'a Inline, &'a Model)> = records.inlines().collect();
        for (inline, child) in inlines {
            let of = records.child(child);
            let may_do = of.may_add() || record.is_some() && (of.may_change() || of.may_delete());
            if all.len() == MOST || !may_do {
                continue;
            }
            let relation = records.model.relations.iter().find(|relation| relation.name == inline.name);
            let rows = match (record, relation) {
                (Some(record), Some(relation)) => rows(records, record, relation)?,
                _ => Some(Vec::new()),
            };
            if let Some(rows) = rows {
                let lookups = Lookups::of_rows(&of, &inline.column)?;
                all.push(Section { inline, rows, lookups, records: of });
            }
        }
        Ok(Self(all))
    }

    /// Puts the rows that there are into a form; a new record gets as many empty ones as it has to have.
    pub fn fill(&self, form: &mut Form, is_new: bool) {
        for section in &self.0 {
            for (n, row) in section.rows.iter().enumerate() {
                let mut filled = input::filled(&section.records, Some(row), &Lookups::default());
                if let Some(key) = RecordKey::of(section.records.model, row) {
                    filled.set("key", key.as_str());
                }
                filled.set("version", record::version(row));
                form.extend_below(&names::row(&section.inline.name, n), &filled);
            }
            form.set(&names::rows(&section.inline.name), section.rows.len().to_string());
            let least = if is_new { section.inline.min } else { 0 };
            for _ in 0..least {
                section.add_row(form);
            }
        }
    }

    /// Adds an empty row of the relation that a button of the form names.
    pub fn add_row(&self, form: &mut Form) {
        let name = form.text("add").to_owned();
        if let Some(section) = self.0.iter().find(|section| section.inline.name == name) {
            section.add_row(form);
        }
    }

    /// What the form changes of `before`, or gives a new record, and what is to be done to the rows; which of
    /// the form those are.
    ///
    /// # Errors
    /// `Invalid` by the names of the controls.
    pub fn read(
        &self,
        records: &Records<'_>,
        form: &Form,
        before: Option<&Record>,
        lookups: &Lookups<'_>,
    ) -> Result<(Map<String, Value>, Sent)> {
        let mut errors = FieldErrors::default();
        let mut data = errors.check(input::read(records, form, before, lookups))?.unwrap_or_default();
        let sent = errors.finish(self.read_rows(form, &mut data))?;
        Ok((data, sent))
    }

    fn read_rows(&self, form: &Form, data: &mut Map<String, Value>) -> Result<Sent> {
        let (mut sent, mut errors) = (Sent::new(), Vec::new());
        for section in &self.0 {
            let (mut rows, mut places) = (Vec::new(), Vec::new());
            for n in 0..section.count(form) {
                let prefix = names::row(&section.inline.name, n);
                match section.read(&form.below(&prefix)) {
                    Ok(Some(row)) => {
                        rows.push(Value::Object(row));
                        places.push(n);
                    }
                    Ok(None) => {}
                    Err(Error::Invalid(wrong)) => {
                        let with_place = |error: FieldError| {
                            FieldError::new(format!("{prefix}{}", error.field), error.message)
                        };
                        errors.extend(wrong.into_iter().map(with_place));
                    }
                    Err(error) => return Err(error),
                }
            }
            if !rows.is_empty() {
                data.insert(section.inline.name.clone(), Value::Array(rows));
                sent.insert(section.inline.name.clone(), places);
            }
        }
        if errors.is_empty() { Ok(sent) } else { Err(Error::Invalid(errors)) }
    }

    /// An error of the record layer, with the names of the controls for what is about rows.
    pub fn placed(&self, error: Error, sent: &Sent) -> Error {
        let Error::Invalid(mut errors) = error else { return error };
        for one in &mut errors {
            for section in &self.0 {
                let rest = one.field.strip_prefix(&format!("data.{}", section.inline.name));
                if let Some(name) = rest.and_then(|rest| section.place(rest, sent)) {
                    one.field = name;
                    break;
                }
            }
        }
        Error::Invalid(errors)
    }
}

fn rows(records: &Records<'_>, record: &Record, relation: &Relation) -> Result<Option<Vec<Record>>> {
    let query = ListQuery { limit: MOST_ROWS, count: Count::None, fields: None, ..ListQuery::default() };
    match records.related(record, relation, &query)? {
        RelatedPage::Many(page) if page.next.is_none() => Ok(Some(page.records)),
        _ => Ok(None),
    }
}

impl Section<'_> {
    /// Rows in the form.
    pub fn count(&self, form: &Form) -> usize {
        form.text(&names::rows(&self.inline.name)).parse::<usize>().unwrap_or(0).min(MOST_IN_FORM)
    }

    /// Whether one more row can be added.
    pub fn has_room(&self, form: &Form) -> bool {
        let count = self.count(form);
        self.records.may_add()
            && count < MOST_IN_FORM
            && u32::try_from(count).is_ok_and(|n| n < self.inline.max)
    }

    fn add_row(&self, form: &mut Form) {
        if self.has_room(form) {
            let n = self.count(form);
            let empty = input::filled(&self.records, None, &Lookups::default());
            form.extend_below(&names::row(&self.inline.name, n), &empty);
            form.set(&names::rows(&self.inline.name), (n + 1).to_string());
        }
    }

    /// The row with this key, if it is still there.
    pub fn find(&self, key: &str) -> Option<&Record> {
        let is_it =
            |row: &&Record| RecordKey::of(self.records.model, row).is_some_and(|own| own.as_str() == key);
        self.rows.iter().find(is_it)
    }

    /// What is to be done to one row; `None` = nothing.
    fn read(&self, row: &Form) -> Result<Option<Map<String, Value>>> {
        let Some(key) = row.filled("key") else {
            let is_typed = |(name, value): (&str, &str)| name.starts_with("d.") && !value.trim().is_empty();
            if !row.pairs().any(is_typed) {
                return Ok(None);
            }
            return input::read(&self.records, row, None, &Lookups::default()).map(Some);
        };
        let (model, deletes) = (self.records.model, row.has("delete"));
        let Some(before) = self.find(key) else {
            let gone =
                Error::invalid("row", format!("this {} is gone; somebody deleted it", model.verbose_name));
            return if deletes { Ok(None) } else { Err(gone) };
        };
        let mut data = if deletes {
            Map::from_iter([(INLINE_DELETE.to_owned(), Value::Bool(true))])
        } else if self.records.may_change() {
            input::read(&self.records, row, Some(before), &Lookups::default())?
        } else {
            Map::new()
        };
        if data.is_empty() {
            return Ok(None);
        }
        if row.text("version") != record::version(before) {
            let message = "somebody changed this meanwhile; save once more to keep what stands here";
            return Err(Error::invalid("row", message));
        }
        for &index in &model.primary_key {
            let name = &model.fields[index].name;
            let value = before.get(name).map_or(Value::Null, record::Cell::to_value);
            data.insert(name.to_string(), value);
        }
        Ok(Some(data))
    }

    /// The control that `.0.body` is about.
    fn place(&self, rest: &str, sent: &Sent) -> Option<String> {
        let Some(rest) = rest.strip_prefix('.') else {
            return rest.is_empty().then(|| names::rows(&self.inline.name));
        };
        let (index, field) = rest.split_once('.').unwrap_or((rest, ""));
        let n = *sent.get(&self.inline.name)?.get(index.parse::<usize>().ok()?)?;
        let prefix = names::row(&self.inline.name, n);
        let fields = &self.records.model.fields;
        let found = fields.iter().find(|one| crate::apps::shown(&one.name) == field);
        let has_control = |one: &&crate::apps::Field| *one.name != *self.inline.column && !one.is_primary_key;
        Some(match found.filter(has_control) {
            Some(one) => format!("{prefix}{}", names::value(&one.name)),
            None => format!("{prefix}row"),
        })
    }
}

/// Versions of rows that somebody changed meanwhile are those of now in a form that comes back.
pub fn renew(inlines: &Inlines<'_>, form: &mut Form, errors: &FormErrors) {
    for section in &inlines.0 {
        for n in 0..section.count(form) {
            let prefix = names::row(&section.inline.name, n);
            let row = section.find(form.text(&format!("{prefix}key")));
            if let Some(row) = row.filter(|_| errors.field(&format!("{prefix}row")).is_some()) {
                form.set(&format!("{prefix}version"), record::version(row));
            }
        }
    }
}
