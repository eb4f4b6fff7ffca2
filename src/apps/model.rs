//! What is known of an attached database: apps, models, fields and relations, after the options of the
//! configuration were applied. A field that is excluded there is not in here.

use std::sync::Arc;

use crate::config::{ActionConfig, PermissionConfig};
use crate::db::Db;

use super::introspect::Schema;
use super::names;
use super::query::Lookup;

/// Everything that is attached at one moment. Immutable: a new introspection makes a new catalog.
pub struct Catalog {
    /// Different for each catalog of a process; what is derived from one can be kept by it.
    pub generation: u64,
    /// By label.
    pub apps: Vec<App>,
}

/// One attached database.
pub struct App {
    /// Its label, the first part of its permissions.
    pub label: String,
    /// Its own pool.
    pub db: Db,
    /// Its models in order of name.
    pub models: Vec<Arc<Model>>,
    /// What could not be mapped, or why the database cannot be reached.
    pub problems: Vec<Problem>,
    /// All that the database said about itself, with what is not attached. Not for clients: deletions
    /// and constraint violations are explained from it.
    pub schema: Schema,
}

/// Something that was found and could not be served as it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The table, the option or the database that it is about.
    pub about: String,
    /// What is wrong, and what follows.
    pub message: String,
}

/// A table or view by its exact name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    /// PostgreSQL's schema; `None` on SQLite.
    pub schema: Option<String>,
    /// The name as the database has it.
    pub name: String,
}

/// One table or view as clients see it.
#[derive(Debug, Clone)]
pub struct Model {
    /// The label of its app, e.g. `blog`.
    pub app_label: String,
    /// Its name, e.g. `article`: `[a-z0-9_]`, unique in its app.
    pub name: String,
    /// What stands behind the verb in tool names: `article`, or `blog_article` where another app has an
    /// `article` too. Unique in the catalog, short enough for a tool name of 64 characters.
    pub tool_suffix: String,
    /// Where its rows are.
    pub table: TableName,
    /// Views are read-only.
    pub is_view: bool,
    /// Singular, for people.
    pub verbose_name: String,
    /// Plural, for people.
    pub verbose_name_plural: String,
    /// `false`: found by `find_models`, without tools.
    pub exposed: bool,
    /// What clients may know of, in column order.
    pub fields: Vec<Field>,
    /// Indexes into `fields`; empty for a table or view without a key, which can only be listed.
    pub primary_key: Vec<usize>,
    /// Both directions of foreign keys, and many-to-many, whose other model is attached.
    pub relations: Vec<Relation>,
    /// Indexes into `fields`.
    pub search_fields: Vec<usize>,
    /// Indexes into `fields`: what a list shows.
    pub list_display: Vec<usize>,
    /// Default order; always ends with the primary key, so that pages are stable.
    pub ordering: Vec<OrderTerm>,
    /// Label of a record, e.g. `{first_name} {last_name}`; `None` = the first short text field.
    pub display: Option<String>,
    /// Why rows cannot be created through this model, e.g. an excluded column without default.
    pub cannot_create: Option<String>,
    /// Actions of the configuration.
    pub actions: Vec<ActionConfig>,
    /// Whether every write over MCP has to be confirmed in a second step.
    pub confirm: bool,
    /// Child models whose rows may be written along with a record.
    pub inlines: Vec<Inline>,
    /// Permissions beside the four.
    pub extra_permissions: Vec<PermissionConfig>,
    /// `blog.view_article`
    pub view_permission: String,
    /// `blog.add_article`
    pub add_permission: String,
    /// `blog.change_article`
    pub change_permission: String,
    /// `blog.delete_article`
    pub delete_permission: String,
}

/// One column.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a column")]
pub struct Field {
    /// The column's exact name, which is also its key in JSON.
    pub name: Arc<str>,
    /// For foreign keys the name of the relation, e.g. `author` for `author_id`; accepted in input too.
    pub relation_name: Option<String>,
    /// What its values are.
    pub kind: FieldKind,
    /// The type as the database declares it.
    pub db_type: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// Whether the database fills it when it is left out.
    pub has_default: bool,
    /// Whether the database always computes it, so that it can never be written.
    pub is_generated: bool,
    /// Part of the primary key.
    pub is_primary_key: bool,
    /// Unique by itself.
    pub is_unique: bool,
    /// Cannot be written by clients: configuration, generated, or a view.
    pub readonly: bool,
    /// Longest text in characters; of an array, the longest text in it.
    pub max_length: Option<u32>,
    /// The only values allowed: enum labels, or a CHECK … IN list.
    pub choices: Vec<String>,
    /// What it points at.
    pub references: Option<ForeignKey>,
}

/// The other side of a foreign key of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// The referenced table.
    pub table: TableName,
    /// The referenced column.
    pub column: String,
}

/// How values of a column look in JSON, and how they are bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// JSON integer; beyond 2⁵³ a string.
    Integer {
        /// Smallest and largest value that the column takes.
        min: i64,
        /// See `min`.
        max: i64,
    },
    /// JSON number.
    Float,
    /// Exact decimal: a JSON string such as `"0.99"`; numbers are accepted in input.
    Decimal {
        /// All digits, if the column says.
        precision: Option<u32>,
        /// Digits after the point, if the column says.
        scale: Option<u32>,
    },
    /// `true` or `false` on both databases.
    Boolean,
    /// Text.
    Text,
    /// `2026-11-23`
    Date,
    /// `12:30:00`
    Time,
    /// ISO 8601; with `Z` if zoned, else as stored.
    DateTime {
        /// Whether the column knows its zone.
        zoned: bool,
    },
    /// Lower-case text form.
    Uuid,
    /// Any JSON.
    Json,
    /// Base64 in a string.
    Binary,
    /// One of `choices`.
    Enum,
    /// A JSON array.
    Array(Box<FieldKind>),
    /// Anything else, in the database's own text form; written through a cast.
    Other,
}

impl FieldKind {
    /// The lookups that a filter on such a field may have: `gte` in `price__gte`.
    pub fn lookups(&self) -> impl Iterator<Item = &'static str> + use<> {
        Lookup::allowed(self).iter().map(|lookup| lookup.name())
    }
}

/// A way from one model to another.
#[derive(Debug, Clone)]
pub struct Relation {
    /// Unique within the model, e.g. `author`, `comments`, `tags`; never the name of a field.
    pub name: String,
    /// Direction and columns.
    pub kind: RelationKind,
    /// The other model's name in the same app.
    pub model: String,
}

/// Directions of a relation.
#[derive(Debug, Clone)]
pub enum RelationKind {
    /// This row points at one other row.
    ForeignKey {
        /// Index of the field here.
        field: usize,
        /// Column there.
        column: String,
    },
    /// Rows of the other model point here.
    Reverse {
        /// The column there that points here.
        column: String,
        /// The column here that is pointed at.
        to: String,
    },
    /// Through a join table that has nothing but the two keys.
    ManyToMany {
        /// The join table.
        through: TableName,
        /// Its column that points here.
        here: String,
        /// Its column that points there.
        there: String,
    },
}

/// A child model whose rows may be written along with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inline {
    /// The relation that leads to the rows, e.g. `comments`.
    pub name: String,
    /// The child model's name in the same app.
    pub model: String,
    /// Its column that points here.
    pub column: String,
    /// The column here that is pointed at.
    pub to: String,
    /// Rows that a record has at least.
    pub min: u32,
    /// Rows that a record has at most.
    pub max: u32,
}

/// One term of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderTerm {
    /// Index into the model's fields.
    pub field: usize,
    /// Largest first.
    pub descending: bool,
}

impl Catalog {
    /// A model by app label and name.
    pub fn find(&self, app_label: &str, model: &str) -> Option<(&App, &Arc<Model>)> {
        let app = self.apps.iter().find(|app| app.label == app_label)?;
        app.models.iter().find(|m| m.name == model).map(|m| (app, m))
    }

    /// The relations of a model that lead to models which `may_view` allows, with those models.
    pub fn relations<'a>(
        &'a self,
        model: &'a Model,
        may_view: impl Fn(&Model) -> bool,
    ) -> impl Iterator<Item = (&'a Relation, &'a Model)> {
        model.relations.iter().filter_map(move |relation| {
            let (_, other) = self.find(&model.app_label, &relation.model)?;
            may_view(other).then_some((relation, &**other))
        })
    }

    /// All models with their apps, in order.
    pub fn models(&self) -> impl Iterator<Item = (&App, &Arc<Model>)> {
        self.apps.iter().flat_map(|app| app.models.iter().map(move |m| (app, m)))
    }
}

impl Model {
    /// A field by its column name, for foreign keys by its relation name, or by its column name in snake
    /// case (`unit_price` for `UnitPrice`) if only one column reads so.
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        let position = |is_it: &dyn Fn(&Field) -> bool| self.fields.iter().position(is_it);
        let index = position(&|f| &*f.name == name)
            .or_else(|| position(&|f| f.relation_name.as_deref() == Some(name)))
            .or_else(|| {
                if self.relations.iter().any(|r| r.name == name) {
                    return None;
                }
                let reads_so = |f: &Field| names::model_name(&f.name) == name;
                let first = position(&reads_so)?;
                (!self.fields[first + 1..].iter().any(reads_so)).then_some(first)
            })?;
        Some((index, &self.fields[index]))
    }

    /// `blog.article`
    pub fn label(&self) -> String {
        format!("{}.{}", self.app_label, self.name)
    }
}
