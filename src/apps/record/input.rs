//! What a client wants written: every field checked, all errors at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Record, key};
use crate::apps::model::{App, Catalog, Field, FieldKind, Model, RelationKind, TableName};
use crate::apps::names;
use crate::apps::query::filter;
use crate::apps::sql::Sql;
use crate::apps::value;
use crate::db::dialect::spelling;
use crate::db::dialect::value::DbValue;
use crate::db::{Backend, DbConnection, dialect};
use crate::error::{Error, FieldError, Result};

/// Most ids in a many-to-many list.
const MOST_LINKS: usize = 1000;

/// Values that were checked, ready to be written.
pub struct Input<'a> {
    /// Field indexes and their values.
    pub columns: Vec<(usize, DbValue)>,
    /// Many-to-many relations and their new members.
    pub links: Vec<Link<'a>>,
    /// What the client called each field.
    keys: BTreeMap<usize, String>,
}

/// The new members of a many-to-many relation.
pub struct Link<'a> {
    /// The relation's name.
    pub name: &'a str,
    /// The join table.
    pub through: &'a TableName,
    /// Its column that points here.
    pub here: &'a str,
    /// Its column that points there.
    pub there: &'a str,
    /// The primary key there.
    pub key: &'a Field,
    /// The other model.
    pub other: &'a Model,
    /// Keys of the new members.
    pub ids: Vec<DbValue>,
}

/// Whether the records of a model may be seen; what leads to others does not exist.
pub type MayView<'a> = &'a dyn Fn(&Model) -> bool;

/// Path of a field in error texts.
pub fn path(name: &str) -> String {
    format!("data.{}", names::shown(name))
}

/// Checks a value by the rules of a field, as far as they are known without asking the database.
///
/// # Errors
/// A sentence that says what is wrong and what is expected.
pub fn check_value(app: &App, field: &Field, value: &Value) -> Result<(), String> {
    value::for_storage(app.db.backend(), field, value).map(drop)
}

impl<'a> Input<'a> {
    /// Reads `data` for a new record, or for a change of `before`. Nothing is asked of the database.
    ///
    /// # Errors
    /// `Invalid` with everything that is wrong.
    pub fn read(
        backend: Backend,
        catalog: &'a Catalog,
        model: &'a Model,
        data: &Map<String, Value>,
        before: Option<&Record>,
        may_view: MayView<'_>,
    ) -> Result<Self> {
        let mut input = Self { columns: Vec::new(), links: Vec::new(), keys: BTreeMap::new() };
        let mut errors = Vec::new();
        let mut named = BTreeSet::new();
        for (name, value) in data {
            let read = match model.field(name) {
                Some((index, field)) => {
                    named.insert(index);
                    input.read_field(backend, index, field, name, value, before)
                }
                None => input.read_link(backend, catalog, model, name, value, may_view),
            };
            if let Err(message) = read {
                errors.push(FieldError::new(path(name), message));
            }
        }
        if before.is_none() {
            let is_missing =
                |i: usize, f: &Field| !f.nullable && !f.has_default && !f.is_generated && !named.contains(&i);
            for (i, field) in model.fields.iter().enumerate() {
                if is_missing(i, field) {
                    errors.push(FieldError::new(path(&field.name), "is required"));
                }
            }
        }
        if errors.is_empty() { Ok(input) } else { Err(Error::Invalid(errors)) }
    }

    fn read_field(
        &mut self,
        backend: Backend,
        index: usize,
        field: &Field,
        name: &str,
        value: &Value,
        before: Option<&Record>,
    ) -> Result<(), String> {
        if field.is_generated {
            return Err("is computed by the database and cannot be written".into());
        }
        if field.readonly {
            return Err("is read-only".into());
        }
        let read = value::for_storage(backend, field, value)?;
        if let Some(before) = before.filter(|_| field.is_primary_key) {
            let current = before.get(&field.name).map(super::Cell::to_value);
            let current = current.and_then(|c| value::for_storage(backend, field, &c).ok());
            // Clients send back whole records; the key in them is no wish to change it.
            return if current == Some(read) {
                Ok(())
            } else {
                Err("the primary key cannot be changed".into())
            };
        }
        match self.columns.iter().find(|(i, _)| *i == index) {
            Some((_, given)) if *given == read => Ok(()),
            Some(_) => Err(format!("differs from \"{}\", which is the same field", self.keys[&index])),
            None => {
                self.columns.push((index, read));
                self.keys.insert(index, name.to_owned());
                Ok(())
            }
        }
    }

    fn read_link(
        &mut self,
        backend: Backend,
        catalog: &'a Catalog,
        model: &'a Model,
        name: &str,
        value: &Value,
        may_view: MayView<'_>,
    ) -> Result<(), String> {
        let found = catalog.relations(model, may_view).find(|(relation, _)| relation.name == name);
        let (relation, other) = found.ok_or_else(|| unknown(catalog, model, may_view))?;
        let RelationKind::ManyToMany { through, here, there } = &relation.kind else {
            return Err(format!("this relation is written on the side of {}", relation.model));
        };
        if model.is_view {
            return Err("is read-only".into());
        }
        let Some(key) = other.primary_key.first().map(|&i| &other.fields[i]) else {
            return Err(unknown(catalog, model, may_view));
        };
        let Value::Array(items) = value else { return Err("expected a list of ids".into()) };
        if items.len() > MOST_LINKS {
            return Err(format!("a list has at most {MOST_LINKS} ids"));
        }
        let mut ids: Vec<DbValue> = Vec::with_capacity(items.len());
        for item in items {
            let id =
                value::for_filter(backend, key, item).map_err(|m| format!("{}: {m}", key::shown(item)))?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        self.links.push(Link { name: &relation.name, through, here, there, key, other, ids });
        Ok(())
    }

    /// Checks against the database what can only be known there: that what is pointed at exists, that
    /// what must be unique is, and that texts of types that only it knows can be read. `key` is the
    /// record that is changed.
    ///
    /// # Errors
    /// `Invalid` with everything that is wrong; database faults.
    pub fn check(
        &self,
        conn: &mut DbConnection,
        app: &App,
        model: &Model,
        key: Option<&[DbValue]>,
    ) -> Result<()> {
        let mut errors = Vec::new();
        for (index, value) in self.columns.iter().filter(|(_, v)| *v != DbValue::Null) {
            let field = &model.fields[*index];
            let wrong = if !can_cast(conn, field, value)? {
                Some(format!("is no valid {}", field.db_type))
            } else if field.is_unique && is_taken(conn, model, field, value, key)? {
                Some(format!("another {} already has this value", model.verbose_name))
            } else {
                None
            };
            if let Some(message) = wrong {
                errors.push(FieldError::new(path(&self.keys[index]), message));
            }
        }
        if errors.is_empty() {
            let dangling = dangling(conn, app, model, &self.columns)?;
            errors.extend(dangling.into_iter().map(|(i, m)| FieldError::new(path(&self.keys[&i]), m)));
        }
        for link in &self.links {
            for id in &link.ids {
                if !exists(conn, link.other, link.key, id)? {
                    errors.push(FieldError::new(path(link.name), missing(link.other, id)));
                }
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
    }
}

/// The error about a name that is none, with those that can be written.
fn unknown(catalog: &Catalog, model: &Model, may_view: MayView<'_>) -> String {
    let fields = model.fields.iter().filter(|f| !f.readonly).map(|f| &*f.name);
    let is_link = |k: &RelationKind| matches!(k, RelationKind::ManyToMany { .. });
    let links = catalog.relations(model, may_view).filter(|(r, _)| is_link(&r.kind));
    let links = links.map(|(r, _)| r.name.as_str());
    format!("there is no such field; fields: {}", fields.chain(links).collect::<Vec<_>>().join(", "))
}

fn can_cast(conn: &mut DbConnection, field: &Field, value: &DbValue) -> Result<bool> {
    let backend = dialect::backend(conn);
    if !spelling::has_casts(backend) || !matches!(field.kind, FieldKind::Array(_) | FieldKind::Other) {
        return Ok(true);
    }
    let mut sql = Sql::starting(backend, "SELECT ");
    sql.value_for(field, value.clone()).push(" IS NULL");
    // In a savepoint, because a failed statement ends a transaction.
    let tried = diesel::Connection::transaction(conn, |conn| sql.load(conn));
    match tried.map_err(|error| (dialect::is_bad_value(&error), error)) {
        Ok(_) => Ok(true),
        Err((true, _)) => Ok(false),
        Err((false, error)) => Err(error.into()),
    }
}

/// Errors for foreign keys that point at nothing, also at what is not attached: some databases would only
/// notice at the commit.
fn dangling(
    conn: &mut DbConnection,
    app: &App,
    model: &Model,
    columns: &[(usize, DbValue)],
) -> Result<Vec<(usize, String)>> {
    let mut found = Vec::new();
    let references = app.schema.table(&model.table).map(|t| &t.references[..]).unwrap_or_default();
    for reference in references {
        let given = |name: &String| {
            let is_it = |(i, v): &&(usize, DbValue)| *model.fields[*i].name == **name && *v != DbValue::Null;
            columns.iter().find(is_it)
        };
        let Some(values) = reference.columns.iter().map(given).collect::<Option<Vec<_>>>() else { continue };
        // A table that may not be read cannot be asked either.
        if !app.schema.table(&reference.table).is_some_and(|t| t.in_schema) {
            continue;
        }
        let mut sql = Sql::starting(dialect::backend(conn), "SELECT 1 FROM ");
        sql.table(&reference.table);
        for (i, (to, (index, value))) in reference.to.iter().zip(&values).enumerate() {
            sql.push(if i == 0 { " WHERE " } else { " AND " }).name(to).push(" = ");
            sql.value_for(&model.fields[*index], value.clone());
        }
        sql.push(" LIMIT 1").keep_prepared();
        if sql.load(conn)?.is_empty() {
            let other = app.models.iter().find(|m| m.table == reference.table);
            let message = match (other, &values[..]) {
                (Some(other), [(_, id)]) => missing(other, id),
                _ => "points at nothing".to_owned(),
            };
            found.extend(values.first().map(|(index, _)| (*index, message)));
        }
    }
    Ok(found)
}

fn missing(other: &Model, id: &DbValue) -> String {
    let id = match id {
        DbValue::Text(text) => key::shown(&Value::String(text.clone())),
        DbValue::Integer(n) => n.to_string(),
        _ => String::from("this"),
    };
    format!("there is no {} with id {id}", other.verbose_name)
}

fn exists(conn: &mut DbConnection, model: &Model, field: &Field, value: &DbValue) -> Result<bool> {
    let mut sql = Sql::starting(dialect::backend(conn), "SELECT 1 FROM ");
    sql.table(&model.table).push(" WHERE ");
    filter::equals(&mut sql, field, std::slice::from_ref(value)).push(" LIMIT 1");
    sql.keep_prepared();
    Ok(!sql.load(conn)?.is_empty())
}

fn is_taken(
    conn: &mut DbConnection,
    model: &Model,
    field: &Field,
    value: &DbValue,
    key: Option<&[DbValue]>,
) -> Result<bool> {
    let mut sql = Sql::starting(dialect::backend(conn), "SELECT 1 FROM ");
    sql.table(&model.table).push(" WHERE ");
    filter::equals(&mut sql, field, std::slice::from_ref(value));
    for (i, (&own, value)) in model.primary_key.iter().zip(key.unwrap_or_default()).enumerate() {
        sql.push(if i == 0 { " AND NOT (" } else { " AND " });
        filter::equals(&mut sql, &model.fields[own], std::slice::from_ref(value));
    }
    sql.push(if key.is_some() { ") LIMIT 1" } else { " LIMIT 1" });
    sql.keep_prepared();
    Ok(!sql.load(conn)?.is_empty())
}
