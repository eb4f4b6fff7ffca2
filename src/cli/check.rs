//! `check`: is the configuration right?

use serde_json::json;

use super::Context;
use crate::apps::Registry;
use crate::error::Result;

pub fn run(ctx: &Context) -> Result<()> {
    ctx.config.validate()?;
    let registry = Registry::load(ctx.config.apps.clone())?;
    let catalog = registry.catalog();
    let problems: Vec<_> = catalog
        .apps
        .iter()
        .flat_map(|app| app.problems.iter().map(|p| (app.label.clone(), p.clone())))
        .collect();
    let value = json!({
        "database": ctx.config.database()?.to_string(),
        "bind": ctx.config.bind,
        "apps": ctx.config.apps.keys().collect::<Vec<_>>(),
        "problems": problems.iter().map(|(app, p)| json!({"app": app, "about": p.about, "message": p.message})).collect::<Vec<_>>(),
    });
    ctx.print(&value, || {
        let mut lines = vec!["The configuration is right.".to_owned()];
        lines.extend(problems.iter().map(|(app, p)| format!("{app}: {}: {}", p.about, p.message)));
        lines.join("\n")
    })
}
