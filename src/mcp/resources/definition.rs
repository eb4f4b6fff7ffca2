//! How resources and their templates are announced.

use rmcp::model::{Resource, ResourceTemplate};

use super::uri::{self, RECORD_TEMPLATE, SCHEMA_TEMPLATE};
use crate::apps::Model;
use crate::mcp::tools::definition::Viewer;
use crate::mcp::tools::operation::Operation;

const JSON: &str = "application/json";

/// The models that the caller may see, each with the address of its description.
pub fn list(viewer: &Viewer<'_>) -> Vec<Resource> {
    described(viewer)
        .map(|model| {
            Resource::new(uri::schema(model), model.label())
                .with_title(model.verbose_name_plural.clone())
                .with_description(format!("Fields, relations, search and order of {}", model.label()))
                .with_mime_type(JSON)
        })
        .collect()
}

/// The forms of addresses that lead the caller anywhere.
pub fn templates(viewer: &Viewer<'_>) -> Vec<ResourceTemplate> {
    let mut templates = Vec::new();
    if described(viewer).next().is_some() {
        templates.push(
            ResourceTemplate::new(SCHEMA_TEMPLATE, "schema")
                .with_title("Description of a model")
                .with_description("Fields, relations, search and order of a model")
                .with_mime_type(JSON),
        );
    }
    if described(viewer).any(|model| Operation::Get.is_possible(model)) {
        templates.push(
            ResourceTemplate::new(RECORD_TEMPLATE, "record")
                .with_title("Record")
                .with_description("One record by its key; the values of a composite key stand between commas")
                .with_mime_type(JSON),
        );
    }
    templates
}

fn described<'v>(viewer: &'v Viewer<'_>) -> impl Iterator<Item = &'v Model> {
    let models = viewer.catalog.models().map(|(_, model)| &**model);
    models.filter(|model| Operation::Describe.is_possible(model) && viewer.may_view(model))
}
