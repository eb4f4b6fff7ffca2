//! The table of prompts: what each is called, takes and needs.

use rmcp::model::{Prompt, PromptArgument};

use super::{audit_token, explore_app, import_rows};
use crate::mcp::tools::definition::Viewer;

/// A prompt that is ready to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// `explore_app`
    ExploreApp,
    /// `audit_token`
    AuditToken,
    /// `import_rows`
    ImportRows,
}

impl Ready {
    const ALL: [Self; 3] = [Self::ExploreApp, Self::AuditToken, Self::ImportRows];

    /// The prompt of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prompt| prompt.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::ExploreApp => explore_app::NAME,
            Self::AuditToken => audit_token::NAME,
            Self::ImportRows => import_rows::NAME,
        }
    }

    /// How it is announced.
    pub fn definition(self) -> Prompt {
        match self {
            Self::ExploreApp => explore_app::definition(),
            Self::AuditToken => audit_token::definition(),
            Self::ImportRows => import_rows::definition(),
        }
    }

    /// What a refusal names, if the caller holds nothing with which the prompt leads anywhere.
    pub fn missing(self, viewer: &Viewer<'_>) -> Option<&'static str> {
        let mut models = viewer.catalog.models().map(|(_, model)| model);
        match self {
            Self::ExploreApp => (!models.any(|model| viewer.may_view(model))).then_some("view_*"),
            Self::AuditToken => None,
            Self::ImportRows => (!models.any(|m| import_rows::may_import(viewer, m))).then_some("add_*"),
        }
    }

    /// What an argument could be.
    pub fn complete(self, viewer: &Viewer<'_>, argument: &str) -> Vec<String> {
        match (self, argument) {
            (Self::ExploreApp, "app") => explore_app::apps(viewer),
            (Self::ImportRows, "model") => import_rows::models(viewer),
            _ => Vec::new(),
        }
    }
}

/// The prompts that the caller may use.
pub fn list(viewer: &Viewer<'_>) -> Vec<Prompt> {
    let usable = Ready::ALL.into_iter().filter(|prompt| prompt.missing(viewer).is_none());
    usable.map(Ready::definition).collect()
}

/// A prompt as it is announced; arguments have a name, a description, and are required or not.
pub fn announce(name: &str, title: &str, description: &str, arguments: &[(&str, &str, bool)]) -> Prompt {
    let argument = |(name, description, required): &(&str, &str, bool)| {
        PromptArgument::new(*name).with_description(*description).with_required(*required)
    };
    Prompt::new(name, Some(description), Some(arguments.iter().map(argument).collect())).with_title(title)
}
