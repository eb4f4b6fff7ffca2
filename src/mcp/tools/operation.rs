//! The table of operations: what each is called, what it needs and how it is announced. A new family of
//! tools is a new variant here and a file beside this one.

use rmcp::model::{Tool, ToolAnnotations};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::Viewer;
use super::{create, delete, describe, get, list, update};
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
    /// `create_<model>`
    Create,
    /// `update_<model>`
    Update,
    /// `delete_<model>`
    Delete,
}

impl Operation {
    /// All of them, in the order in which tools are listed.
    pub const ALL: [Self; 6] =
        [Self::List, Self::Get, Self::Describe, Self::Create, Self::Update, Self::Delete];

    /// The first part of the tool's name.
    pub fn verb(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Get => "get",
            Self::Describe => "describe",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
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
            Self::Create => "create_record",
            Self::Update => "update_record",
            Self::Delete => "delete_record",
        }
    }

    /// The permission that it needs.
    pub fn permission(self, model: &Model) -> &str {
        match self {
            Self::List | Self::Get | Self::Describe => &model.view_permission,
            Self::Create => &model.add_permission,
            Self::Update => &model.change_permission,
            Self::Delete => &model.delete_permission,
        }
    }

    /// Whether the model has this operation at all: one row needs a key, a view cannot be written.
    pub fn is_possible(self, model: &Model) -> bool {
        let has_key = !model.primary_key.is_empty();
        model.exposed
            && match self {
                Self::List | Self::Describe => true,
                Self::Get => has_key,
                Self::Create => !model.is_view && model.cannot_create.is_none(),
                Self::Update | Self::Delete => !model.is_view && has_key,
            }
    }

    /// Whether a call asks a database, and so has to leave the async threads.
    pub fn blocks(self) -> bool {
        self != Self::Describe
    }

    /// The hints for clients. Updating twice with the same values changes nothing more.
    pub fn annotations(self, title: &str) -> ToolAnnotations {
        let hints = ToolAnnotations::with_title(title).open_world(false);
        match self {
            Self::List | Self::Get | Self::Describe => {
                hints.read_only(true).destructive(false).idempotent(true)
            }
            Self::Create => hints.read_only(false).destructive(false).idempotent(false),
            Self::Update | Self::Delete => hints.read_only(false).destructive(true).idempotent(true),
        }
    }

    /// The tool of one model as `viewer` sees it.
    pub fn definition(self, viewer: &Viewer<'_>, model: &Model) -> Tool {
        match self {
            Self::List => list::definition(viewer, model),
            Self::Get => get::definition(viewer, model),
            Self::Describe => describe::definition(viewer, model),
            Self::Create => create::definition(viewer, model),
            Self::Update => update::definition(viewer, model),
            Self::Delete => delete::definition(viewer, model),
        }
    }

    /// Does it. The permission was checked; the answer is the structured content as JSON.
    ///
    /// # Errors
    /// `Invalid` for arguments; what the records answer.
    pub fn run(self, call: &Call<'_>, arguments: Arguments) -> Result<String> {
        match self {
            Self::List => list::run(call, arguments),
            Self::Get => get::run(call, arguments),
            Self::Describe => describe::run(call, arguments),
            Self::Create => create::run(call, arguments),
            Self::Update => update::run(call, arguments),
            Self::Delete => delete::run(call, arguments),
        }
    }
}
