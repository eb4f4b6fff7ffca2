//! The prepared lists of resources, templates and prompts, one set for each distinct set of permissions.

use std::sync::Arc;

use quick_cache::sync::Cache;
use serde::Serialize;
use serde_json::{Value, json};

use super::prepared::Prepared;
use super::tools::definition::Viewer;
use super::tools::registry::Tools;
use super::{Mcp, json as to_json, prompts, resources};
use crate::auth::Actor;

/// How many sets are kept.
const KEPT: usize = 1_000;

/// What one set of permissions sees.
#[derive(Debug, PartialEq, Eq)]
pub struct Listing {
    /// `"resources":[…]`
    pub resources: Prepared,
    /// `"resourceTemplates":[…]`
    pub templates: Prepared,
    /// `"prompts":[…]`
    pub prompts: Prepared,
}

/// Prepared sets by catalog and permissions.
pub struct Listings(Cache<(u64, u128, bool), Arc<Listing>>);

impl Listings {
    /// None yet.
    pub fn new() -> Self {
        Self(Cache::new(KEPT))
    }

    /// The set of what `actor` holds.
    pub fn of(&self, mcp: &Mcp, tools: &Tools, actor: &Actor) -> Arc<Listing> {
        let principal = &actor.principal;
        let key = (tools.catalog.generation, principal.permissions.fingerprint(), principal.is_superuser);
        if let Some(listing) = self.0.get(&key) {
            return listing;
        }
        let viewer = Viewer { actor, catalog: &tools.catalog, settings: &mcp.settings };
        let listing = Arc::new(build(mcp, &viewer));
        self.0.insert(key, Arc::clone(&listing));
        listing
    }
}

fn build(mcp: &Mcp, viewer: &Viewer<'_>) -> Listing {
    let own = super::extension::of(mcp, viewer.actor);
    let resources = joined(resources::list(viewer), own.map(|own| own.resources()));
    let templates = joined(resources::templates(viewer), own.map(|own| own.resource_templates()));
    let prompts = joined(prompts::list(viewer), own.map(|own| own.prompts()));
    Listing {
        resources: Prepared::new(format!("\"resources\":{}", to_json(&resources))),
        templates: Prepared::new(format!("\"resourceTemplates\":{}", to_json(&templates))),
        prompts: Prepared::new(format!("\"prompts\":{}", to_json(&prompts))),
    }
}

fn joined(ours: Vec<impl Serialize>, own: Option<Vec<Value>>) -> Vec<Value> {
    ours.into_iter().map(|item| json!(item)).chain(own.into_iter().flatten()).collect()
}
