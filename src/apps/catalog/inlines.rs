//! Child models whose rows may be written along with a record: each is a reverse relation of its parent.

use super::Draft;
use crate::apps::model::{Inline, RelationKind};
use crate::config::InlineConfig;
use crate::error::FieldError;

/// The member of a row that asks for its deletion.
pub const DELETE: &str = "_delete";

/// Finds the relation behind each inline of the configuration.
pub fn resolve(drafts: &mut [Draft<'_>], errors: &mut Vec<FieldError>) {
    for at in 0..drafts.len() {
        let mut inlines: Vec<Inline> = Vec::new();
        for config in &drafts[at].options.inlines {
            match find(&drafts[at], drafts, config) {
                Ok(inline) if inlines.iter().any(|other| other.name == inline.name) => {
                    let message = format!("\"{}\" is named twice", config.model.escape_debug());
                    errors.push(drafts[at].error("inlines", message));
                }
                Ok(inline) => inlines.push(inline),
                Err(message) => errors.push(drafts[at].error("inlines", message)),
            }
        }
        drafts[at].model.inlines = inlines;
    }
}

fn find(draft: &Draft<'_>, all: &[Draft<'_>], config: &InlineConfig) -> Result<Inline, String> {
    let name = config.model.escape_debug();
    let child = all.iter().find(|other| other.model.name == config.model);
    let child = &child.ok_or_else(|| format!("there is no model \"{name}\" in this app"))?.model;
    if child.is_view {
        return Err(format!("\"{name}\" is a view, and can only be read"));
    }
    if child.primary_key.is_empty() {
        return Err(format!("\"{name}\" has no primary key, so its rows cannot be told apart"));
    }
    if child.field(DELETE).is_some() {
        return Err(format!(
            "\"{name}\" has a field {DELETE}, which is how the deletion of a row is asked for"
        ));
    }
    if config.min > config.max || config.max == 0 {
        return Err(format!("\"{name}\": min is at most max, and max at least 1"));
    }
    let wanted =
        config.foreign_key.as_ref().map(|name| child.field(name).map(|(_, field)| field.name.to_string()));
    let leads_here = draft.model.relations.iter().filter_map(|relation| match &relation.kind {
        RelationKind::Reverse { column, to } if relation.model == config.model => {
            Some((relation, column, to))
        }
        _ => None,
    });
    let found: Vec<_> = leads_here
        .filter(|(_, column, _)| wanted.as_ref().is_none_or(|wanted| wanted.as_ref() == Some(*column)))
        .collect();
    match found[..] {
        [(relation, column, to)] => Ok(Inline {
            name: relation.name.clone(),
            model: config.model.clone(),
            column: column.clone(),
            to: to.clone(),
            min: config.min,
            max: config.max,
        }),
        [] => Err(format!("\"{name}\" has no such foreign key to this model")),
        _ => Err(format!("\"{name}\" has several foreign keys to this model: say which with foreign_key")),
    }
}
