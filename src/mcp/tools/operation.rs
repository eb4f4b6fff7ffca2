//! The table of operations: what each is called, what it needs and how it is announced. A new family of
//! tools is a new variant here and a file beside this one.

use rmcp::model::{Tool, ToolAnnotations};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, object, tool};
use super::outcome::ToolResult;
use super::{
    action, actions, aggregate, autocomplete, bulk, confirm, create, delete, describe, get, history, list,
    related, update,
};
use crate::apps::Model;
use crate::error::Result;

/// What can be done with the records of one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `list_<model>`
    List,
    /// `get_<model>`
    Get,
    /// `describe_<model>`
    Describe,
    /// `aggregate_<model>`
    Aggregate,
    /// `related_<model>`
    Related,
    /// `history_<model>`
    History,
    /// `autocomplete_<model>`
    Autocomplete,
    /// `create_<model>`
    Create,
    /// `update_<model>`
    Update,
    /// `delete_<model>`
    Delete,
    /// `bulk_<model>`
    Bulk,
    /// `actions_<model>`
    Actions,
    /// `action_<model>`
    RunAction,
}

impl Operation {
    /// All of them, in the order in which tools are listed.
    pub const ALL: [Self; 13] = [
        Self::List,
        Self::Get,
        Self::Describe,
        Self::Aggregate,
        Self::Related,
        Self::History,
        Self::Autocomplete,
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::Bulk,
        Self::Actions,
        Self::RunAction,
    ];

    /// The first part of the tool's name.
    pub fn verb(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Describe => "describe",
            Self::Aggregate => "aggregate",
            Self::Related => "related",
            Self::History => "history",
            Self::Autocomplete => "autocomplete",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Bulk => "bulk",
            Self::Actions => "actions",
            Self::RunAction => "action",
        }
    }

    /// The tool's name for one model, e.g. `list_article`.
    pub fn tool_name(self, model: &Model) -> String {
        format!("{}_{}", self.verb(), model.tool_suffix)
    }

    /// The name of the tool that does this for any model, where there are too many for a tool each.
    pub fn generic_name(self) -> &'static str {
        match self {
            Self::List => "list_records",
            Self::Get => "get_record",
            Self::Describe => "describe_model",
            Self::Aggregate => "aggregate_records",
            Self::Related => "related_records",
            Self::History => "record_history",
            Self::Autocomplete => "autocomplete_records",
            Self::Create => "create_record",
            Self::Update => "update_record",
            Self::Delete => "delete_record",
            Self::Bulk => "bulk_records",
            Self::Actions => "list_actions",
            Self::RunAction => "run_action",
        }
    }

    /// The permission that it needs. Bulk writes and actions have others for each of their kinds.
    pub fn permission(self, model: &Model) -> &str {
        match self {
            Self::Create => &model.add_permission,
            Self::Update | Self::Bulk | Self::RunAction => &model.change_permission,
            Self::Delete => &model.delete_permission,
            _ => &model.view_permission,
        }
    }

    /// Whether a call judges by its arguments which permission it needs.
    pub fn judges_by_arguments(self) -> bool {
        matches!(self, Self::Bulk | Self::RunAction)
    }

    /// The permission that `viewer` lacks to do it at all, if it lacks one. Following relations needs one
    /// more model that may be seen, and an action one that may be run.
    pub fn missing<'m>(self, viewer: &Viewer<'m>, model: &'m Model) -> Option<&'m str> {
        let permission = self.permission(model);
        match self {
            Self::Bulk => bulk::permitted(viewer, model).next().is_none().then_some(permission),
            Self::RunAction => actions::permitted(viewer, model).is_empty().then_some(permission),
            _ if !viewer.actor.has_perm(permission) => Some(permission),
            Self::Actions if model.actions.is_empty() => {
                actions::permitted(viewer, model).is_empty().then_some(&*model.delete_permission)
            }
            Self::Related if viewer.relations(model).next().is_none() => {
                let other = |name: &str| viewer.catalog.find(&model.app_label, name);
                model.relations.iter().find_map(|r| other(&r.model)).map(|(_, other)| &*other.view_permission)
            }
            _ => None,
        }
    }

    /// Whether the model has this operation at all: one row needs a key, a view cannot be written.
    pub fn is_possible(self, model: &Model) -> bool {
        let has_key = !model.primary_key.is_empty();
        model.exposed
            && match self {
                Self::List | Self::Describe | Self::Aggregate => true,
                Self::Get | Self::History => has_key,
                Self::Related => has_key && !model.relations.is_empty(),
                Self::Autocomplete => has_key && !model.search_fields.is_empty(),
                Self::Create => !model.is_view && model.cannot_create.is_none(),
                Self::Update | Self::Delete | Self::Actions | Self::RunAction => !model.is_view && has_key,
                Self::Bulk => !model.is_view && (has_key || model.cannot_create.is_none()),
            }
    }

    /// Whether a call asks a database, and so has to leave the async threads.
    pub fn blocks(self) -> bool {
        !matches!(self, Self::Describe | Self::Actions)
    }

    /// The hints for clients. Updating twice with the same values changes nothing more.
    pub fn annotations(self, title: &str) -> ToolAnnotations {
        let hints = ToolAnnotations::with_title(title).open_world(false);
        match self {
            Self::Create => hints.read_only(false).destructive(false).idempotent(false),
            Self::Bulk => hints.read_only(false).destructive(true).idempotent(false),
            Self::Update | Self::Delete | Self::RunAction => {
                hints.read_only(false).destructive(true).idempotent(true)
            }
            _ => hints.read_only(true).destructive(false).idempotent(true),
        }
    }

    /// The tool of one model as `viewer` sees it.
    pub fn definition(self, viewer: &Viewer<'_>, model: &Model) -> Tool {
        let Shape { title, description, properties, required, output } = self.shape(viewer, Some(model));
        let input = object(properties, &required);
        tool(self.tool_name(model), &title, description, self.annotations(&title), input, &output)
    }

    /// What is announced of it, for one model or for any.
    pub fn shape(self, viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
        let mut shape = self.plain_shape(viewer, model);
        if confirm::is_announced(self, viewer, model) {
            confirm::announce(&mut shape);
        }
        shape
    }

    fn plain_shape(self, viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
        match self {
            Self::List => list::shape(viewer, model),
            Self::Get => get::shape(viewer, model),
            Self::Describe => describe::shape(viewer, model),
            Self::Aggregate => aggregate::shape(viewer, model),
            Self::Related => related::shape(viewer, model),
            Self::History => history::shape(viewer, model),
            Self::Autocomplete => autocomplete::shape(viewer, model),
            Self::Create => create::shape(viewer, model),
            Self::Update => update::shape(viewer, model),
            Self::Delete => delete::shape(viewer, model),
            Self::Bulk => bulk::shape(viewer, model),
            Self::Actions => actions::shape(viewer, model),
            Self::RunAction => action::shape(viewer, model),
        }
    }

    /// Whether it changes records.
    pub fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Delete | Self::Bulk | Self::RunAction)
    }

    /// Does it, or asks for the confirmation that it needs. The permission was checked, unless it depends on
    /// the arguments.
    ///
    /// # Errors
    /// `Invalid` for arguments; what the records answer.
    pub fn run(self, call: &Call<'_>, arguments: Arguments) -> Result<ToolResult> {
        if confirm::may_be_needed(self, call.model) {
            return confirm::run(self, call, arguments);
        }
        self.perform(call, arguments)
    }

    /// Does it.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn perform(self, call: &Call<'_>, arguments: Arguments) -> Result<ToolResult> {
        let structured = match self {
            Self::List => list::run(call, arguments),
            Self::Get => get::run(call, arguments),
            Self::Describe => describe::run(call, arguments),
            Self::Aggregate => aggregate::run(call, arguments),
            Self::Related => related::run(call, arguments),
            Self::History => history::run(call, arguments),
            Self::Autocomplete => autocomplete::run(call, arguments),
            Self::Create => create::run(call, arguments),
            Self::Update => return update::run(call, arguments),
            Self::Delete => return delete::run(call, arguments),
            Self::Bulk => return bulk::run(call, arguments),
            Self::Actions => actions::run(call, arguments),
            Self::RunAction => action::run(call, arguments),
        };
        structured.map(|structured| ToolResult::success(&structured))
    }
}
