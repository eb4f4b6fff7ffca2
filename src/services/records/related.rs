//! What leads from one record to others: relations, and the records that a field may point at.

use serde_json::{Map, Value, json};

use super::{Collection, path_of_key};
use crate::apps::record::{self, Cell, Record, RelatedPage};
use crate::apps::{Count, ListQuery, Model, Relation, RelationKind, filters_of_texts};
use crate::error::{Error, Result};

/// A record as something to point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The value that points at it, as a text.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// Its key in addresses, if it has one.
    pub path: Option<String>,
}

impl<'c> Collection<'c> {
    /// The records of another model of the same app, in the same hands.
    #[must_use]
    pub fn of<'o>(&self, model: &'o Model) -> Collection<'o>
    where
        'c: 'o,
    {
        let same: Collection<'o> = *self;
        Collection { model, ..same }
    }

    /// The relations that the actor may follow, with the models that they lead to.
    pub fn relations(&self) -> impl Iterator<Item = (&'c Relation, &'c Model)> {
        let actor = self.actor;
        self.catalog.relations(self.model, move |other| actor.has_perm(&other.view_permission))
    }

    /// Whether the actor may change the members of a many-to-many relation. Where its join table is a model of
    /// its own, its records come and go with them.
    pub fn may_link(&self, relation: &Relation, is_new: bool) -> bool {
        let RelationKind::ManyToMany { through, .. } = &relation.kind else { return false };
        let through = self.app.models.iter().find(|other| other.table == *through);
        through.is_none_or(|through| {
            self.actor.has_perm(&through.add_permission)
                && (is_new || self.actor.has_perm(&through.delete_permission))
        })
    }

    /// One page of the records at the other end of a relation.
    ///
    /// # Errors
    /// `Forbidden` without the view permission of both models; as [`list`](Self::list).
    pub fn related(&self, from: &Record, relation: &Relation, query: &ListQuery) -> Result<RelatedPage> {
        self.actor.require(&self.model.view_permission)?;
        let found = self.catalog.find(&self.model.app_label, &relation.model);
        let (_, other) = found.ok_or_else(|| Error::internal("a relation leads to no model"))?;
        self.actor.require(&other.view_permission)?;
        self.app.db.read(|conn| record::related_page(conn, self.model, from, relation, other, query))
    }

    /// Records by a few letters, as many as `limit` and whether there are more. `column` is what points at
    /// them; `None` = their key.
    ///
    /// # Errors
    /// `Forbidden` without the model's view permission; database faults.
    pub fn suggest(&self, column: Option<&str>, search: &str, limit: u32) -> Result<(Vec<Named>, bool)> {
        let mut query = ListQuery { limit, count: Count::None, ..self.naming(column) };
        match (search.is_empty(), self.model.search_fields.is_empty(), self.model.primary_key.first()) {
            (true, ..) => {}
            (false, false, _) => query.search = Some(search.to_owned()),
            (false, true, Some(&key)) => {
                let pair = (self.model.fields[key].name.to_string(), search.to_owned());
                query.filters = filters_of_texts(self.model, [pair]);
            }
            (false, true, None) => return Ok((Vec::new(), false)),
        }
        let page = match self.list(&query) {
            // Words that no key can be find nothing.
            Err(Error::Invalid(_)) => return Ok((Vec::new(), false)),
            found => found?,
        };
        let named = page.records.iter().map(|found| self.name_of(column, found)).collect();
        Ok((named, page.next.is_some()))
    }

    /// The records whose `column` has one of these values, at most a thousand.
    ///
    /// # Errors
    /// `Forbidden` without the model's view permission; database faults.
    pub fn with_values(&self, column: &str, mut values: Vec<Value>) -> Result<Vec<Named>> {
        values.retain(|value| !value.is_null());
        values.truncate(1000);
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let limit = u32::try_from(values.len()).unwrap_or(u32::MAX);
        let filters = Map::from_iter([(format!("{column}__in"), json!(values))]);
        let query = ListQuery { filters, limit, count: Count::None, ..self.naming(Some(column)) };
        match self.list(&query) {
            Err(Error::Invalid(_)) => Ok(Vec::new()),
            found => Ok(found?.records.iter().map(|found| self.name_of(Some(column), found)).collect()),
        }
    }

    /// A record as something to point at.
    pub fn name_of(&self, column: Option<&str>, found: &Record) -> Named {
        let value = match column {
            Some(column) => found.get(column).map(Cell::to_text).unwrap_or_default(),
            None => record::object_id(self.model, found),
        };
        Named { value, label: record::display(self.model, found), path: path_of_key(self.model, found) }
    }

    /// Reads what names the records, and no more.
    pub fn naming(&self, column: Option<&str>) -> ListQuery {
        let mut fields = record::label_fields(self.model);
        let wanted = column.and_then(|column| self.model.field(column)).map(|(index, _)| index);
        fields.extend(wanted.into_iter().filter(|index| !fields.contains(index)).collect::<Vec<_>>());
        let names = fields.iter().map(|&index| self.model.fields[index].name.to_string()).collect();
        ListQuery { fields: Some(names), ..ListQuery::default() }
    }
}
