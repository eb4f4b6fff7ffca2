//! Which tools there are, and the prepared list of them for each set of permissions.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use quick_cache::sync::Cache;
use serde_json::{Value, json};

use super::compact;
use super::definition::Viewer;
use super::find_models;
use super::operation::Operation;
use crate::apps::{Catalog, Model, Registry};
use crate::auth::{Actor, ToolMode};
use crate::config::McpConfig;
use crate::mcp;
use crate::mcp::builtin::{self, Builtin};
use crate::mcp::extension::Extension;
use crate::mcp::prepared::Prepared;

/// How many lists are kept; one for each distinct set of permissions that calls.
const LISTS: usize = 1_000;

/// What tools are made of beside the catalog.
#[derive(Clone)]
struct Parts {
    settings: McpConfig,
    extension: Option<Arc<dyn Extension>>,
    /// Whether the built-in apps of the settings are served.
    builtin: bool,
}

/// The tools of the current catalog. They are made anew when that changes.
pub struct ToolRegistry {
    registry: Arc<Registry>,
    parts: Parts,
    current: RwLock<Arc<Tools>>,
}

impl ToolRegistry {
    /// Tools for the models of `registry`.
    pub fn new(registry: Arc<Registry>, settings: McpConfig) -> Self {
        Self::of(registry, Parts { settings, extension: None, builtin: false })
    }

    fn of(registry: Arc<Registry>, parts: Parts) -> Self {
        let current = RwLock::new(Arc::new(Tools::of(registry.catalog(), parts.clone())));
        Self { registry, parts, current }
    }

    /// Lists the tools of `extension` as well, after the others.
    #[must_use]
    pub fn extended_by(self, extension: Arc<dyn Extension>) -> Self {
        Self::of(self.registry, Parts { extension: Some(extension), ..self.parts })
    }

    /// Lists the tools of the built-in apps as well, as far as the settings name them.
    #[must_use]
    pub fn with_builtin_apps(self) -> Self {
        Self::of(self.registry, Parts { builtin: true, ..self.parts })
    }

    /// The tools of the current catalog.
    pub fn current(&self) -> Arc<Tools> {
        let catalog = self.registry.catalog();
        {
            let held = self.current.read().unwrap_or_else(PoisonError::into_inner);
            if held.catalog.generation == catalog.generation {
                return Arc::clone(&held);
            }
        }
        let fresh = Arc::new(Tools::of(catalog, self.parts.clone()));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        fresh
    }
}

/// The tools of one catalog.
pub struct Tools {
    /// What they work with.
    pub catalog: Arc<Catalog>,
    /// The tools of the built-in apps.
    pub builtin: Builtin,
    parts: Parts,
    by_name: HashMap<String, Place>,
    lists: Cache<(u128, bool, ToolMode), Arc<ToolList>>,
}

/// An operation on one model.
#[derive(Clone)]
pub struct Place {
    /// What is done.
    pub operation: Operation,
    /// Index into the catalog's apps.
    pub app: usize,
    /// With what.
    pub model: Arc<Model>,
}

/// What a name stands for.
pub enum Target {
    /// The list of models.
    FindModels,
    /// A tool of one model.
    Model(Place),
    /// A tool for any model, which is named in the arguments.
    Generic(Operation),
    /// A tool of a built-in app.
    Builtin(builtin::Place),
}

/// The tools that one set of permissions may call.
pub struct ToolList {
    /// `"tools":[…]`
    pub members: Prepared,
    /// What they are called, in the same order.
    pub names: Vec<String>,
    /// Whether there would be too many, so that it has the tools that work with any model.
    pub is_compact: bool,
}

impl Tools {
    fn of(catalog: Arc<Catalog>, parts: Parts) -> Self {
        let mut by_name = HashMap::new();
        for (app, model) in
            catalog.apps.iter().enumerate().flat_map(|(i, a)| a.models.iter().map(move |m| (i, m)))
        {
            for operation in Operation::ALL.into_iter().filter(|o| o.is_possible(model)) {
                let place = Place { operation, app, model: Arc::clone(model) };
                by_name.insert(operation.tool_name(model), place);
            }
        }
        let is_taken = |suffix: &str| catalog.models().any(|(_, model)| model.tool_suffix == suffix);
        let builtin = if parts.builtin {
            Builtin::new(&parts.settings.builtin_apps, is_taken)
        } else {
            Builtin::default()
        };
        Self { catalog, builtin, parts, by_name, lists: Cache::new(LISTS) }
    }

    /// What `name` stands for, whether or not `actor` may call it.
    pub fn find(&self, actor: &Actor, name: &str) -> Option<Target> {
        if name == find_models::NAME {
            return Some(Target::FindModels);
        }
        if let Some(operation) = Operation::ALL.into_iter().find(|o| o.generic_name() == name)
            && self.list(actor).is_compact
        {
            return Some(Target::Generic(operation));
        }
        if let Some(place) = self.builtin.find(name) {
            return Some(Target::Builtin(place));
        }
        self.by_name.get(name).cloned().map(Target::Model)
    }

    /// The permission that the tool of a model needs; bulk writes and actions need others as well.
    pub fn needed(&self, tool: &str) -> Option<String> {
        self.by_name.get(tool).map(|place| place.operation.permission(&place.model).to_owned())
    }

    /// The operation on a model that is named `app_label.model`.
    pub fn place(&self, operation: Operation, label: &str) -> Option<Place> {
        let (app_label, name) = label.split_once('.')?;
        let app = self.catalog.apps.iter().position(|app| app.label == app_label)?;
        let model = self.catalog.apps[app].models.iter().find(|model| model.name == name)?;
        operation.is_possible(model).then(|| Place { operation, app, model: Arc::clone(model) })
    }

    /// The prepared list for what `actor` holds.
    pub fn list(&self, actor: &Actor) -> Arc<ToolList> {
        let principal = &actor.principal;
        let mode = mode_of(actor, &self.parts.settings);
        let key = (principal.permissions.fingerprint(), principal.is_superuser, mode);
        if let Some(list) = self.lists.get(&key) {
            return list;
        }
        let viewer = Viewer { actor, catalog: &self.catalog, settings: &self.parts.settings };
        let own = self.parts.extension.as_ref().filter(|own| actor.has_perm(own.permission()));
        let list = Arc::new(build(&viewer, &self.builtin, own.map(|own| own.tools()).unwrap_or_default()));
        self.lists.insert(key, Arc::clone(&list));
        list
    }
}

/// The operations that `viewer` may use on `model`.
pub fn allowed<'a>(viewer: &'a Viewer<'_>, model: &'a Model) -> impl Iterator<Item = Operation> + 'a {
    Operation::ALL.into_iter().filter(|o| o.is_possible(model) && o.missing(viewer, model).is_none())
}

/// What the token says, or else the site.
fn mode_of(actor: &Actor, settings: &McpConfig) -> ToolMode {
    let own = actor.principal.token.as_ref().map_or(ToolMode::Auto, |token| token.tool_mode);
    if own == ToolMode::Auto { settings.tool_mode } else { own }
}

/// `own` are the tools of an extension, as they are announced.
fn build(viewer: &Viewer<'_>, builtin: &Builtin, own: Vec<Value>) -> ToolList {
    let models = || viewer.catalog.models().map(|(_, model)| model);
    let count: usize = models().map(|model| allowed(viewer, model).count()).sum();
    let is_compact = match mode_of(viewer.actor, viewer.settings) {
        ToolMode::Auto => count > viewer.settings.compact_above,
        ToolMode::Full => false,
        ToolMode::Compact => true,
    };
    let mut tools = Vec::with_capacity(count + 1);
    if models().any(|model| viewer.may_view(model)) || builtin.may_view_any(viewer.actor) {
        tools.push(find_models::definition());
    }
    if is_compact {
        tools.extend(compact::definitions(viewer));
    } else {
        let per_model = models().flat_map(|m| allowed(viewer, m).map(move |o| (o, m)));
        tools.extend(per_model.map(|(operation, model)| operation.definition(viewer, model)));
    }
    tools.extend(builtin.definitions(viewer.actor));
    let tools: Vec<Value> = tools.into_iter().map(|tool| json!(tool)).chain(own).collect();
    let names = tools.iter().filter_map(|tool| tool["name"].as_str()).map(str::to_owned).collect();
    let members = format!("\"tools\":{}", mcp::json(&tools));
    ToolList { members: Prepared::new(members), names, is_compact }
}
