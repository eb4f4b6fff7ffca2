//! Permissions as rows: one for each model.

use crate::admin::shell::capitalised;
use crate::services::permissions::Permission;

/// The four that every model has, in the order of their columns.
pub const VERBS: [&str; 4] = ["view", "add", "change", "delete"];

/// The permissions of one model.
pub struct Row<'a> {
    /// Label of the app.
    pub app: &'a str,
    /// Name of the model.
    pub model: &'a str,
    /// For people.
    pub title: String,
    /// In order of codename.
    pub permissions: Vec<&'a Permission>,
}

/// Permissions, which come in order of app and model, by model; those of the built-in apps last.
pub fn rows<'a>(all: impl IntoIterator<Item = &'a Permission>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    for permission in all {
        match rows.last_mut() {
            Some(row) if row.app == permission.app_label && row.model == permission.model => {
                row.permissions.push(permission);
            }
            _ => rows.push(Row {
                app: &permission.app_label,
                model: &permission.model,
                title: String::new(),
                permissions: vec![permission],
            }),
        }
    }
    for row in &mut rows {
        row.title = model_title(row.permissions[0].model.as_str(), &row.permissions);
    }
    // What people come for are the records; who may do what comes last.
    rows.sort_by_key(|row| is_own(row.app));
    rows
}

/// What people call a model, as the names of its permissions say.
fn model_title(model: &str, permissions: &[&Permission]) -> String {
    let of = |p: &&Permission| {
        VERBS
            .into_iter()
            // A permission of its own, such as one to view metrics, says nothing of the model.
            .filter(|verb| {
                p.codename.strip_prefix(verb).and_then(|rest| rest.strip_prefix('_')) == Some(model)
            })
            .find_map(|verb| p.name.strip_prefix("Can ")?.strip_prefix(verb)?.strip_prefix(' '))
            .map(str::to_owned)
    };
    capitalised(&permissions.iter().find_map(of).unwrap_or_else(|| model.replace('_', " ")))
}

/// What people call an app.
pub fn app_title(label: &str) -> String {
    match label {
        "auth" => "Users and groups".into(),
        "mcp" => "Tokens".into(),
        "admin" => "Audit log".into(),
        other => capitalised(&other.replace('_', " ")),
    }
}

/// `view`, or what a custom permission is called.
pub fn verb_of(permission: &Permission) -> &str {
    let stem = permission.codename.strip_suffix(&permission.model).and_then(|stem| stem.strip_suffix('_'));
    stem.filter(|verb| VERBS.contains(verb)).unwrap_or(&permission.name)
}

/// Whether it is one of the four.
pub fn is_standard(permission: &Permission) -> bool {
    VERBS.contains(&verb_of(permission))
}

/// Whether an app is ours: what it gives is power over who may do what.
pub fn is_own(app: &str) -> bool {
    matches!(app, "auth" | "mcp" | "admin")
}
