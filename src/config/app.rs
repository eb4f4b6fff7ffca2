//! Attached databases and the options of their models.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{RESERVED_APPS, Secret, duration, strip_field};
use crate::auth::PermissionName;
use crate::db::DatabaseUrl;
use crate::error::FieldError;

/// An attached database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppConfig {
    /// Where it is: a path, `sqlite://path` or `postgres://…`.
    pub url: Secret,
    /// PostgreSQL: the schema whose tables are attached.
    #[serde(default = "public")]
    pub schema: String,
    /// Globs of tables to attach; empty = all.
    #[serde(default)]
    pub tables: Vec<String>,
    /// Globs of tables to leave out; exclusion wins.
    #[serde(default)]
    pub exclude_tables: Vec<String>,
    /// Prefix of table names that model names lose, e.g. `blog_`.
    #[serde(default)]
    pub strip_prefix: String,
    /// Bound of each statement.
    #[serde(default = "five_seconds", with = "duration")]
    pub statement_timeout: Duration,
    /// Most connections at once.
    #[serde(default = "eight")]
    pub max_connections: u32,
    /// Options by model name.
    #[serde(default)]
    pub models: BTreeMap<String, ModelConfig>,
}

/// Options of one model; everything has a sensible default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelConfig {
    /// `false` = discoverable by `find_models` only.
    pub expose: Option<bool>,
    /// The only fields that exist for clients.
    pub fields: Option<Vec<String>>,
    /// Fields that do not exist for clients; wins over `fields`.
    pub exclude_fields: Vec<String>,
    /// Fields that cannot be written.
    pub readonly_fields: Vec<String>,
    /// Fields that `search` looks in; default: every short text field.
    pub search_fields: Option<Vec<String>>,
    /// Fields of a list; default: all.
    pub list_display: Option<Vec<String>>,
    /// Default order, e.g. `["-published_at"]`; default: by primary key.
    pub ordering: Option<Vec<String>>,
    /// Singular name for people.
    pub verbose_name: Option<String>,
    /// Plural name for people.
    pub verbose_name_plural: Option<String>,
    /// Label of a record, e.g. `"{first_name} {last_name}"`.
    pub display: Option<String>,
    /// Permissions beside the four, e.g. `publish_article`.
    pub permissions: Vec<PermissionConfig>,
    /// Actions on selected records.
    pub actions: Vec<ActionConfig>,
    /// Whether every write over MCP has to be confirmed in a second step.
    pub confirm: bool,
    /// Child models whose rows may be written along with a record.
    pub inlines: Vec<InlineConfig>,
}

/// A child model whose rows may be written along with a record of its parent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InlineConfig {
    /// The child model, e.g. `comment`.
    pub model: String,
    /// Its foreign key to the parent, where it has several.
    pub foreign_key: Option<String>,
    /// Rows that a record has at least.
    #[serde(default)]
    pub min: u32,
    /// Rows that a record has at most.
    #[serde(default = "hundred")]
    pub max: u32,
}

/// One custom permission of a model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionConfig {
    /// e.g. `publish_article`
    pub codename: String,
    /// e.g. `Can publish article`
    pub name: String,
}

/// One action of a model: it sets fields of the chosen records.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionConfig {
    /// e.g. `publish`
    pub name: String,
    /// What it does, for people and agents.
    #[serde(default)]
    pub description: String,
    /// The fields that it sets and their values.
    pub set: BTreeMap<String, serde_json::Value>,
    /// The permission that it needs beside `change`, e.g. `blog.publish_article`.
    pub permission: Option<String>,
    /// Whether it has to be confirmed in a second step.
    #[serde(default)]
    pub confirm: bool,
}

impl AppConfig {
    /// An app at `url` with every option at its default.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url),
            schema: public(),
            tables: Vec::new(),
            exclude_tables: Vec::new(),
            strip_prefix: String::new(),
            statement_timeout: five_seconds(),
            max_connections: eight(),
            models: BTreeMap::new(),
        }
    }
}

/// Adds what is wrong with the app `label` to `errors`, each with its path.
pub(super) fn validate(label: &str, app: &AppConfig, errors: &mut Vec<FieldError>) {
    let at = |key: &str| format!("apps.{label}{key}");
    if !is_identifier(label) {
        errors.push(FieldError::new(at(""), "an app label has lower-case letters, digits and _, at most 32"));
    }
    if RESERVED_APPS.contains(&label) {
        errors.push(FieldError::new(at(""), "this label is reserved"));
    }
    if let Err(error) = DatabaseUrl::parse(app.url.reveal()) {
        errors.push(FieldError::new(at(".url"), strip_field(&error)));
    }
    for (name, model) in &app.models {
        for action in &model.actions {
            if action.permission.as_deref().is_some_and(|p| PermissionName::parse(p).is_none()) {
                errors.push(FieldError::new(
                    at(&format!(".models.{name}.actions.{}", action.name)),
                    "a permission is written app_label.codename, e.g. blog.publish_article",
                ));
            }
        }
    }
}

/// Whether a text can be an app label: it becomes part of permission and tool names.
fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    text.len() <= 32
        && chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn public() -> String {
    "public".into()
}

fn five_seconds() -> Duration {
    Duration::from_secs(5)
}

fn hundred() -> u32 {
    100
}

fn eight() -> u32 {
    8
}
