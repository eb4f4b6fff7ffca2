//! From what a database says about itself and what the configuration wants to what clients see.

mod fields;
mod inlines;
mod joins;
mod options;
mod relations;

pub use fields::can_order;
pub use inlines::DELETE as INLINE_DELETE;
pub use joins::is_pure as is_pure_join;

use std::collections::HashSet;
use std::sync::Arc;

use wildmatch::WildMatch;

use super::introspect::{Schema, Table};
use super::model::{App, Model, Problem, TableName};
use super::names;
use crate::config::{AppConfig, ModelConfig};
use crate::error::{Error, FieldError, Result};

/// A model in the making.
struct Draft<'a> {
    table: &'a Table,
    options: &'a ModelConfig,
    model: Model,
}

/// Makes the models of one app. Tool suffixes are given later, by [`name_tools`], when all apps are known.
///
/// # Errors
/// `Invalid` with the path of every option that names what does not exist.
pub fn models(label: &str, schema: &Schema, config: &AppConfig) -> Result<(Vec<Model>, Vec<Problem>)> {
    let mut problems = schema.problems.clone();
    let attached = attached(schema, config, &mut problems);
    let joins = joins::find(&attached);
    let visible: Vec<&Table> =
        attached.iter().copied().filter(|t| !joins.iter().any(|j| j.pure && j.table == t.name)).collect();
    let table_names: Vec<&str> = visible.iter().map(|t| t.name.name.as_str()).collect();
    let model_names = names::model_names(&table_names, &config.strip_prefix);

    let mut errors = options::unknown_models(label, config, &model_names);
    let none = ModelConfig::default();
    let mut drafts = Vec::new();
    for (table, name) in visible.iter().zip(model_names) {
        let options = config.models.get(&name).unwrap_or(&none);
        let mut draft = Draft { table, options, model: empty(label, name, table, options) };
        fields::fill(&mut draft, &mut errors);
        if draft.model.fields.is_empty() {
            problems.push(problem(table, "it has no column that can be shown, so it is left out"));
            continue;
        }
        if draft.model.primary_key.is_empty() && !table.is_view {
            problems
                .push(problem(table, "it has no primary key, so its records can only be listed and created"));
        }
        drafts.push(draft);
    }
    relations::connect(&mut drafts, &joins, &mut problems);
    for draft in &mut drafts {
        options::apply(draft, &mut errors);
    }
    inlines::resolve(&mut drafts, &mut errors);
    for draft in &drafts {
        options::check_actions(draft, &drafts, &mut errors);
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut models: Vec<Model> = drafts.into_iter().map(|draft| draft.model).collect();
    models.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((models, problems))
}

/// Gives every model its tool suffix, over all apps.
pub fn name_tools(apps: &mut [(App, Vec<Model>)]) {
    let all: Vec<(String, String)> = apps
        .iter()
        .flat_map(|(_, models)| models.iter().map(|m| (m.app_label.clone(), m.name.clone())))
        .collect();
    let pairs: Vec<(&str, &str)> = all.iter().map(|(app, model)| (app.as_str(), model.as_str())).collect();
    let mut suffixes = names::tool_suffixes(&pairs).into_iter();
    for (app, models) in apps {
        for mut model in models.drain(..) {
            model.tool_suffix = suffixes.next().unwrap_or_default();
            app.models.push(Arc::new(model));
        }
    }
}

/// The tables of the schema that the globs of the configuration take.
fn attached<'a>(schema: &'a Schema, config: &AppConfig, problems: &mut Vec<Problem>) -> Vec<&'a Table> {
    let globs = |patterns: &[String]| patterns.iter().map(|p| WildMatch::new(p)).collect::<Vec<_>>();
    let (wanted, excluded) = (globs(&config.tables), globs(&config.exclude_tables));
    let in_schema: Vec<&Table> = schema.tables.iter().filter(|t| t.in_schema).collect();
    for (option, patterns) in [("tables", &config.tables), ("exclude_tables", &config.exclude_tables)] {
        for pattern in patterns {
            if !in_schema.iter().any(|t| WildMatch::new(pattern).matches(&t.name.name)) {
                let message = format!("\"{}\" matches no table", pattern.escape_debug());
                problems.push(Problem { about: option.into(), message });
            }
        }
    }
    let any = |globs: &[WildMatch], table: &Table| globs.iter().any(|g| g.matches(&table.name.name));
    in_schema.into_iter().filter(|t| (wanted.is_empty() || any(&wanted, t)) && !any(&excluded, t)).collect()
}

fn problem(table: &Table, message: &str) -> Problem {
    Problem { about: table.name.name.clone(), message: message.to_owned() }
}

fn empty(label: &str, name: String, table: &Table, options: &ModelConfig) -> Model {
    let permission = |verb: &str| format!("{label}.{verb}_{name}");
    let verbose_name = options.verbose_name.clone().unwrap_or_else(|| names::verbose(&name));
    let plural = options.verbose_name_plural.clone().unwrap_or_else(|| names::plural(&verbose_name));
    Model {
        app_label: label.to_owned(),
        tool_suffix: String::new(),
        table: table.name.clone(),
        is_view: table.is_view,
        verbose_name,
        verbose_name_plural: plural,
        exposed: options.expose.unwrap_or(true),
        fields: Vec::new(),
        primary_key: Vec::new(),
        relations: Vec::new(),
        search_fields: Vec::new(),
        list_display: Vec::new(),
        ordering: Vec::new(),
        display: options.display.clone(),
        cannot_create: None,
        actions: options.actions.clone(),
        confirm: options.confirm,
        inlines: Vec::new(),
        extra_permissions: options.permissions.clone(),
        view_permission: permission("view"),
        add_permission: permission("add"),
        change_permission: permission("change"),
        delete_permission: permission("delete"),
        name,
    }
}

impl Draft<'_> {
    /// An error of one of this model's options.
    fn error(&self, option: &str, message: impl Into<String>) -> FieldError {
        let model = &self.model;
        FieldError::new(format!("apps.{}.models.{}.{option}", model.app_label, model.name), message)
    }
}

/// Finds the draft of a table.
fn of_table(drafts: &[Draft<'_>], table: &TableName) -> Option<usize> {
    drafts.iter().position(|d| d.table.name == *table)
}

/// Names for an error text: `a, b, c`.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut seen = HashSet::new();
    names.filter(|n| seen.insert(*n)).collect::<Vec<_>>().join(", ")
}
