//! An attached database as the API shows it: what was found in it, and what could not be mapped. Nothing of
//! where it is.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::apps::{App, Model, Problem};
use crate::services::apps::Health;

/// An attached database.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = App)]
pub struct AppView {
    /// The first part of its permissions.
    label: String,
    /// `sqlite` or `postgres`.
    backend: &'static str,
    /// `ok`, or `unavailable` where it cannot be reached now.
    #[schema(value_type = String)]
    health: &'static str,
    /// How many tables and views are served.
    models: usize,
    /// How many things could not be mapped as they are.
    problems: usize,
}

impl AppView {
    /// Shows an app.
    pub fn new(app: &App, health: Health) -> Self {
        Self {
            label: app.label.clone(),
            backend: app.db.backend().as_str(),
            health: health.as_str(),
            models: app.models.len(),
            problems: app.problems.len(),
        }
    }

    /// For the documentation.
    pub fn example() -> Value {
        json!({ "label": "blog", "backend": "sqlite", "health": "ok", "models": 4, "problems": 1 })
    }
}

/// An attached database with what was found in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppDetails {
    /// The first part of its permissions.
    label: String,
    /// `sqlite` or `postgres`.
    backend: &'static str,
    /// `ok`, or `unavailable` where it cannot be reached now.
    #[schema(value_type = String)]
    health: &'static str,
    /// The tables and views that are served.
    models: Vec<ModelView>,
    /// What was found and could not be mapped as it is, and why.
    problems: Vec<ProblemView>,
}

/// A table or view that is served.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelView {
    /// `article`
    model: String,
    /// The table's name in the database.
    table: String,
    /// Whether it is a view, which can only be read.
    is_view: bool,
    /// Whether there are tools for it over MCP.
    exposed: bool,
    /// How many of its columns are served.
    fields: usize,
    /// Names of its relations.
    relations: Vec<String>,
    /// Why no record can be created; null where some can.
    cannot_create: Option<String>,
}

/// Something that could not be mapped.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemView {
    /// The table, the option or the database that it is about.
    about: String,
    /// What is wrong, and what follows.
    message: String,
}

impl From<&Model> for ModelView {
    fn from(model: &Model) -> Self {
        Self {
            model: model.name.clone(),
            table: model.table.name.clone(),
            is_view: model.is_view,
            exposed: model.exposed,
            fields: model.fields.len(),
            relations: model.relations.iter().map(|relation| relation.name.clone()).collect(),
            cannot_create: model.cannot_create.clone(),
        }
    }
}

impl From<&Problem> for ProblemView {
    fn from(problem: &Problem) -> Self {
        Self { about: problem.about.clone(), message: problem.message.clone() }
    }
}

impl AppDetails {
    /// Shows an app.
    pub fn new(app: &App, health: Health) -> Self {
        Self {
            label: app.label.clone(),
            backend: app.db.backend().as_str(),
            health: health.as_str(),
            models: app.models.iter().map(|model| ModelView::from(&**model)).collect(),
            problems: app.problems.iter().map(ProblemView::from).collect(),
        }
    }

    /// For the documentation.
    pub fn example() -> Value {
        json!({
            "label": "blog",
            "backend": "sqlite",
            "health": "ok",
            "models": [{
                "model": "article",
                "table": "blog_article",
                "is_view": false,
                "exposed": true,
                "fields": 9,
                "relations": ["author", "comments", "tags"],
                "cannot_create": null,
            }],
            "problems": [{ "about": "audit", "message": "has no primary key: records can only be listed" }],
        })
    }
}
