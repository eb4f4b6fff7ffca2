//! `actions_<model>`: what can be done to chosen records beside writing their fields.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, object, whole};
use crate::apps::{ActionConfig, Model};
use crate::error::Result;
use crate::mcp;
use crate::services::records::DELETE_SELECTED;

/// An action that a model has.
#[derive(Clone, Copy)]
pub enum Known<'m> {
    /// One of the configuration.
    Configured(&'m ActionConfig),
    /// Deletes the chosen records.
    DeleteSelected,
}

impl<'m> Known<'m> {
    /// All actions of a model.
    pub fn all(model: &'m Model) -> impl Iterator<Item = Self> {
        model.actions.iter().map(Self::Configured).chain([Self::DeleteSelected])
    }

    /// Its name.
    pub fn name(self) -> &'m str {
        match self {
            Self::Configured(action) => &action.name,
            Self::DeleteSelected => DELETE_SELECTED,
        }
    }

    /// The permissions that it needs.
    pub fn permissions(self, model: &'m Model) -> impl Iterator<Item = &'m str> {
        let (first, second) = match self {
            Self::Configured(action) => (&model.change_permission, action.permission.as_deref()),
            Self::DeleteSelected => (&model.delete_permission, None),
        };
        std::iter::once(first.as_str()).chain(second)
    }

    /// The permission that the viewer lacks, if it lacks one.
    pub fn missing(self, viewer: &Viewer<'_>, model: &'m Model) -> Option<&'m str> {
        self.permissions(model).find(|permission| !viewer.actor.has_perm(permission))
    }

    /// Whether it has to be confirmed in a second step.
    pub fn confirm(self, model: &Model) -> bool {
        model.confirm || matches!(self, Self::Configured(action) if action.confirm)
    }

    fn description(self, model: &Model) -> String {
        match self {
            Self::Configured(action) => action.description.clone(),
            Self::DeleteSelected => format!("Delete the chosen {}", model.verbose_name_plural),
        }
    }
}

/// The names of the actions that the viewer may run.
pub fn permitted<'m>(viewer: &Viewer<'_>, model: &'m Model) -> Vec<&'m str> {
    Known::all(model).filter(|action| action.missing(viewer, model).is_none()).map(Known::name).collect()
}

/// How it is announced.
pub fn shape(_: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let text = json!({ "type": "string" });
    let action = object(
        [
            ("name".to_owned(), text.clone()),
            ("description".to_owned(), text.clone()),
            ("sets".to_owned(), json!({ "type": "object" })),
            ("permissions".to_owned(), json!({ "type": "array", "items": text })),
            ("allowed".to_owned(), json!({ "type": "boolean" })),
            ("confirm".to_owned(), json!({ "type": "boolean" })),
        ],
        &["name", "description", "permissions", "allowed", "confirm"],
    );
    Shape {
        title: format!("Actions on {}", words.many),
        description: format!(
            "The actions on chosen records of {}, and whether your token may run them.",
            words.label
        ),
        properties: Vec::new(),
        required: Vec::new(),
        output: whole([
            ("actions", json!({ "type": "array", "items": action })),
            ("count", json!({ "type": "integer" })),
        ]),
    }
}

/// Lists the actions. Where refusals are not explained, only those that the caller may run.
///
/// # Errors
/// `Invalid` for arguments.
pub fn run(call: &Call<'_>, arguments: Arguments) -> Result<String> {
    arguments.finish(&[])?;
    let (viewer, model) = (call.viewer(), call.model);
    let explain = call.mcp.settings.explain_denials;
    let actions: Vec<Value> = Known::all(model)
        .map(|action| (action, action.missing(&viewer, model).is_none()))
        .filter(|(_, allowed)| *allowed || explain)
        .map(|(action, allowed)| {
            let permissions: Vec<&str> = action.permissions(model).collect();
            let mut found = json!({
                "name": action.name(),
                "description": action.description(model),
                "permissions": permissions,
                "allowed": allowed,
                "confirm": action.confirm(model),
            });
            if let Known::Configured(action) = action {
                let sets: Map<String, Value> = action.set.clone().into_iter().collect();
                found["sets"] = Value::Object(sets);
            }
            found
        })
        .collect();
    Ok(mcp::json(&json!({ "count": actions.len(), "actions": actions })))
}
