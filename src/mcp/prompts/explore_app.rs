//! `explore_app`: what there is in one app, and how to find out more.

use std::fmt::Write;

use rmcp::model::Prompt;

use super::arguments::PromptArguments;
use super::ready::announce;
use crate::error::{Error, Result};
use crate::mcp::resources::uri;
use crate::mcp::tools::definition::Viewer;
use crate::mcp::tools::operation::Operation;
use crate::mcp::tools::registry::allowed;

/// The prompt's name.
pub const NAME: &str = "explore_app";

const TASK: &str = "\n
Describe the models that matter first, then look at a few records of each. Tell me in plain words what the app \
is for, which models are its core, how they are related, how many records there are, and what looks unusual. \
Change nothing.";

/// How it is announced.
pub fn definition() -> Prompt {
    let description = "Get to know an app: its models, how they are related, and what is in them";
    announce(NAME, "Explore an app", description, &[("app", "The label of the app", true)])
}

/// The apps in which the caller may see something.
pub fn apps(viewer: &Viewer<'_>) -> Vec<String> {
    let visible = viewer.catalog.apps.iter().filter(|app| app.models.iter().any(|m| viewer.may_view(m)));
    visible.map(|app| app.label.clone()).collect()
}

/// What the agent is asked to do.
///
/// # Errors
/// `Invalid` for an app of which nothing may be seen.
pub fn text(viewer: &Viewer<'_>, arguments: &PromptArguments) -> Result<String> {
    let label = arguments.get("app").unwrap_or_default();
    let known = apps(viewer);
    let is_meant = |name: &String| name == label && known.contains(name);
    let Some(app) = viewer.catalog.apps.iter().find(|app| is_meant(&app.label)) else {
        return Err(Error::invalid("app", format!("must be one of: {}", known.join(", "))));
    };
    let mut text =
        format!("Explore the app \"{label}\" and explain it to me. These are its models that you may see:\n");
    for model in app.models.iter().filter(|model| viewer.may_view(model)) {
        let operations: Vec<&str> = allowed(viewer, model).map(Operation::verb).collect();
        let what = if operations.is_empty() { "no tools".to_owned() } else { operations.join(", ") };
        let _ = write!(text, "\n- {} ({}): {what}", model.label(), model.verbose_name_plural);
        for (relation, other) in viewer.relations(model) {
            let _ = write!(text, "\n  - {} leads to {}", relation.name, other.label());
        }
        if Operation::Describe.is_possible(model) {
            let _ = write!(text, "\n  - fields: {}", uri::schema(model));
        }
    }
    text.push_str(TASK);
    Ok(text)
}
