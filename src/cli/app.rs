//! `app …`: attached databases.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, output};
use crate::apps::{App, Catalog, Model, Registry};
use crate::error::Result;
use crate::services::apps;

#[derive(Subcommand)]
pub enum AppCommand {
    /// List attached databases
    List,
    /// Explain what was found in them and what could not be mapped
    Check {
        /// Only this app
        app: Option<String>,
    },
    /// Create the content types and permissions of new tables, mark those of vanished ones as stale
    Sync,
}

pub fn run(command: &AppCommand, ctx: &Context) -> Result<()> {
    match command {
        AppCommand::List => {
            let catalog = load(ctx)?;
            let values: Vec<Value> = catalog.apps.iter().map(summary).collect();
            ctx.print(&values, || {
                let rows: Vec<Vec<String>> = catalog
                    .apps
                    .iter()
                    .map(|app| {
                        vec![
                            app.label.clone(),
                            app.db.url().to_string(),
                            app.models.len().to_string(),
                            app.problems.len().to_string(),
                        ]
                    })
                    .collect();
                output::table(&["APP", "DATABASE", "MODELS", "PROBLEMS"], &rows)
            })
        }
        AppCommand::Check { app } => check(app.as_deref(), ctx),
        AppCommand::Sync => {
            let db = ctx.open()?;
            let registry = Registry::load(ctx.config.apps.clone())?;
            let report = apps::sync(&db, &ctx.actor(), ctx.clock.now(), &registry.catalog())?;
            ctx.print(&report, || {
                let part = |head: &str, names: &[String]| match names {
                    [] => String::new(),
                    names => format!("{head}: {}\n", names.join(", ")),
                };
                let text = [
                    part("New", &report.added),
                    part("New permissions", &report.added_permissions),
                    part("Stale", &report.stale),
                    part("Back again", &report.revived),
                    part("Renamed", &report.renamed),
                ]
                .concat();
                if text.is_empty() { "Everything is in step".to_owned() } else { text }
            })
        }
    }
}

fn load(ctx: &Context) -> Result<std::sync::Arc<Catalog>> {
    ctx.config.validate()?;
    Ok(Registry::load(ctx.config.apps.clone())?.catalog())
}

fn check(only: Option<&str>, ctx: &Context) -> Result<()> {
    let catalog = load(ctx)?;
    let apps: Vec<&App> =
        catalog.apps.iter().filter(|app| only.is_none_or(|label| label == app.label)).collect();
    if let (Some(label), true) = (only, apps.is_empty()) {
        return Err(crate::Error::NotFound(format!("There is no app \"{}\"", label.escape_debug())));
    }
    let values: Vec<Value> = apps
        .iter()
        .map(|app| {
            let models: Vec<Value> = app.models.iter().map(|m| model_value(m)).collect();
            json!({"app": summary(app), "models": models, "problems": app.problems})
        })
        .collect();
    ctx.print(&values, || apps.iter().map(|app| explain(app)).collect::<Vec<_>>().join("\n\n"))
}

fn summary(app: &App) -> Value {
    json!({
        "label": app.label, "database": app.db.url().to_string(),
        "models": app.models.len(), "problems": app.problems.len(),
    })
}

fn model_value(model: &Model) -> Value {
    let fields: Vec<Value> = model
        .fields
        .iter()
        .map(|f| {
            json!({
                "name": f.name, "type": f.db_type, "nullable": f.nullable, "has_default": f.has_default,
                "primary_key": f.is_primary_key, "unique": f.is_unique, "readonly": f.readonly,
                "max_length": f.max_length, "choices": f.choices,
                "references": f.references.as_ref().map(|r| format!("{}.{}", r.table.name, r.column)),
            })
        })
        .collect();
    let relations: Vec<Value> =
        model.relations.iter().map(|r| json!({"name": r.name, "model": r.model})).collect();
    json!({
        "model": model.name, "table": model.table.name, "is_view": model.is_view, "exposed": model.exposed,
        "tools": model.tool_suffix, "fields": fields, "relations": relations,
        "cannot_create": model.cannot_create,
    })
}

fn explain(app: &App) -> String {
    let mut lines = vec![format!("{} ({})", app.label, app.db.url())];
    for model in &app.models {
        let kind = if model.is_view { "view" } else { "table" };
        lines.push(format!(
            "  {}  {kind} {}, {} fields, tools …_{}",
            model.name,
            output::printable(&model.table.name),
            model.fields.len(),
            model.tool_suffix
        ));
        for relation in &model.relations {
            lines.push(format!("    {} → {}", relation.name, relation.model));
        }
        if let Some(why) = &model.cannot_create {
            lines.push(format!("    cannot create: {why}"));
        }
    }
    lines.push(match app.problems.len() {
        0 => "  Everything was mapped.".to_owned(),
        n => format!("  {n} problems:"),
    });
    lines.extend(app.problems.iter().map(|p| format!("    {}: {}", output::printable(&p.about), p.message)));
    lines.join("\n")
}
