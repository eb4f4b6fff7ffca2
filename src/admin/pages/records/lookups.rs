//! What the form of a record knows of other records: what foreign keys point at, and the members of
//! many-to-many relations. A short list is shown whole; a long one is searched.

use std::collections::HashMap;

use serde_json::Value;

use super::Records;
use crate::apps::record::{Cell, Record, RelatedPage};
use crate::apps::{Count, ListQuery, Model, Relation, RelationKind};
use crate::error::Result;
use crate::services::records::Named;

/// Longest list that is shown whole.
const FEW: u32 = 40;
/// Relations that are asked for; further ones are typed as keys.
const MOST: usize = 8;
/// The same for the rows of a child model.
const OF_ROWS: usize = 2;
/// Most members that a form shows.
const MEMBERS: u32 = 200;

/// All of it.
#[derive(Default)]
pub struct Lookups<'a> {
    /// By index of the field.
    pub keys: HashMap<usize, Target<'a>>,
    /// In the order of the relations.
    pub members: Vec<Members<'a>>,
}

/// What a foreign key can point at.
pub struct Target<'a> {
    /// The other model.
    pub model: &'a Model,
    /// The column that is pointed at.
    pub column: &'a str,
    /// All of them, if they are few.
    pub few: Option<Vec<Named>>,
    /// What it points at now.
    pub now: Option<Named>,
}

/// The members of a many-to-many relation.
pub struct Members<'a> {
    /// The relation.
    pub relation: &'a Relation,
    /// The other model.
    pub model: &'a Model,
    /// All that could be members, if they are few.
    pub few: Option<Vec<Named>>,
    /// The members now.
    pub now: Vec<Named>,
    /// Why the form cannot change them.
    pub fixed: Option<String>,
}

impl<'a> Lookups<'a> {
    /// Asks for the form of `record`, or of a new one.
    ///
    /// # Errors
    /// Database faults.
    pub fn load(records: &Records<'a>, record: Option<&Record>) -> Result<Self> {
        let mut lookups = Self::default();
        let relations: Vec<(&'a Relation, &'a Model)> = records.relations().collect();
        for (relation, model) in relations {
            let asked = lookups.keys.len() + lookups.members.len();
            match &relation.kind {
                RelationKind::ForeignKey { field, column } => {
                    let value = record.and_then(|record| record.get(&records.model.fields[*field].name));
                    let target = target(records, model, column, value, asked < MOST)?;
                    lookups.keys.insert(*field, target);
                }
                RelationKind::ManyToMany { .. } if asked < MOST => {
                    lookups.members.push(members(records, relation, model, record)?);
                }
                RelationKind::ManyToMany { .. } | RelationKind::Reverse { .. } => {}
            }
        }
        Ok(lookups)
    }
}

impl<'a> Lookups<'a> {
    /// Asks for the rows of a child model: what their foreign keys can point at, but for the `column` that leads
    /// to their record.
    ///
    /// # Errors
    /// Database faults.
    pub fn of_rows(records: &Records<'a>, column: &str) -> Result<Self> {
        let mut lookups = Self::default();
        let relations: Vec<(&'a Relation, &'a Model)> = records.relations().collect();
        for (relation, model) in relations {
            let RelationKind::ForeignKey { field, column: there } = &relation.kind else { continue };
            if *records.model.fields[*field].name != *column {
                let is_asked = lookups.keys.len() < OF_ROWS;
                lookups.keys.insert(*field, target(records, model, there, None, is_asked)?);
            }
        }
        Ok(lookups)
    }
}

fn target<'a>(
    records: &Records<'a>,
    model: &'a Model,
    column: &'a str,
    value: Option<&Cell>,
    is_asked: bool,
) -> Result<Target<'a>> {
    let of = records.of(model);
    let few = if is_asked { few(of.suggest(Some(column), "", FEW)?) } else { None };
    let value = value.filter(|cell| !matches!(cell, Cell::Null));
    let known = |cell: &Cell| few.iter().flatten().find(|named| named.value == cell.to_text()).cloned();
    let now = match value.map(|cell| (cell, known(cell))) {
        Some((_, Some(known))) => Some(known),
        Some((cell, None)) => of.with_values(column, vec![cell.to_value()])?.into_iter().next(),
        None => None,
    };
    Ok(Target { model, column, few, now })
}

fn few((found, more): (Vec<Named>, bool)) -> Option<Vec<Named>> {
    (!more && !found.is_empty()).then_some(found)
}

fn members<'a>(
    records: &Records<'a>,
    relation: &'a Relation,
    model: &'a Model,
    record: Option<&Record>,
) -> Result<Members<'a>> {
    let of = records.of(model);
    let few = few(of.suggest(None, "", FEW)?);
    let mut now = Vec::new();
    let may = records.may_link(relation, record.is_none());
    let mut fixed = (!may).then(|| "You may not change these.".to_owned());
    if let Some(record) = record {
        let query = ListQuery { limit: MEMBERS, count: Count::None, ..of.naming(None) };
        if let RelatedPage::Many(page) = records.related(record, relation, &query)? {
            if page.next.is_some() {
                fixed = Some(format!("There are more than {MEMBERS}: too many to be changed here."));
            }
            now = page.records.iter().map(|found| of.name_of(None, found)).collect();
        }
    }
    Ok(Members { relation, model, few, now, fixed })
}

impl Members<'_> {
    /// The keys of the members now, as a form has them.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.now.iter().map(|named| named.value.as_str())
    }

    /// A key as the record layer takes it.
    pub fn key(text: &str) -> Value {
        Value::from(text)
    }
}
