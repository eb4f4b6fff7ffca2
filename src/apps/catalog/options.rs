//! The options of one model, each name in them checked.

use super::{Draft, fields, listed};
use crate::apps::model::{Field, OrderTerm};
use crate::config::AppConfig;
use crate::error::FieldError;

/// Errors for options of models that do not exist.
pub fn unknown_models(label: &str, config: &AppConfig, models: &[String]) -> Vec<FieldError> {
    config
        .models
        .keys()
        .filter(|name| !models.contains(name))
        .map(|name| {
            let all = listed(models.iter().map(String::as_str));
            FieldError::new(
                format!("apps.{label}.models.{name}"),
                format!("there is no such model; models: {all}"),
            )
        })
        .collect()
}

/// Applies search fields, list display, ordering, display and permissions.
pub fn apply(draft: &mut Draft<'_>, errors: &mut Vec<FieldError>) {
    let options = draft.options;
    let default_search = || {
        draft
            .model
            .fields
            .iter()
            .enumerate()
            .filter(|(_, f)| fields::is_short_text(f))
            .map(|(i, _)| i)
            .collect()
    };
    let search_fields = match &options.search_fields {
        Some(names) => resolve(draft, "search_fields", names, errors),
        None => default_search(),
    };
    let list_display = match &options.list_display {
        Some(names) => resolve(draft, "list_display", names, errors),
        None => (0..draft.model.fields.len()).collect(),
    };
    let ordering = ordering(draft, errors);
    if let Some(template) = &options.display {
        for name in crate::apps::record::placeholders(template) {
            if draft.model.field(name).is_none() {
                errors.push(draft.error("display", no_field(draft, name)));
            }
        }
    }
    for permission in &options.permissions {
        let own = [
            &draft.model.view_permission,
            &draft.model.add_permission,
            &draft.model.change_permission,
            &draft.model.delete_permission,
        ];
        let full = format!("{}.{}", draft.model.app_label, permission.codename);
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if permission.codename.is_empty() || !permission.codename.bytes().all(allowed) || own.contains(&&full)
        {
            let message = format!(
                "\"{}\" cannot be a codename; it has lower-case letters, digits and _, and is none of the four",
                permission.codename.escape_debug()
            );
            errors.push(draft.error("permissions", message));
        }
    }
    draft.model.search_fields = search_fields;
    draft.model.list_display = list_display;
    draft.model.ordering = ordering;
}

fn ordering(draft: &Draft<'_>, errors: &mut Vec<FieldError>) -> Vec<OrderTerm> {
    let model = &draft.model;
    let mut terms = Vec::new();
    for text in draft.options.ordering.as_deref().unwrap_or_default() {
        let (descending, name) = match text.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, text.as_str()),
        };
        match model.field(name) {
            Some((field, f)) if fields::can_order(&f.kind) => terms.push(OrderTerm { field, descending }),
            Some(_) => errors.push(draft.error("ordering", format!("\"{name}\" has no order"))),
            None => errors.push(draft.error("ordering", no_field(draft, name))),
        }
    }
    // In the direction of the others, so that one index can serve them all.
    let descending = terms.last().is_some_and(|term: &OrderTerm| term.descending);
    // Rows without a key are told apart by all they have.
    let all: Vec<usize> = (0..model.fields.len()).collect();
    let last = if model.primary_key.is_empty() { &all } else { &model.primary_key };
    for &field in last {
        let is_new = terms.iter().all(|t| t.field != field);
        if is_new && fields::can_order(&model.fields[field].kind) {
            terms.push(OrderTerm { field, descending });
        }
    }
    terms
}

fn resolve(draft: &Draft<'_>, option: &str, names: &[String], errors: &mut Vec<FieldError>) -> Vec<usize> {
    let mut found = Vec::new();
    for name in names {
        match draft.model.field(name) {
            Some((index, _)) if !found.contains(&index) => found.push(index),
            Some(_) => {}
            None => errors.push(draft.error(option, no_field(draft, name))),
        }
    }
    found
}

fn no_field(draft: &Draft<'_>, name: &str) -> String {
    let all = listed(draft.model.fields.iter().map(|f| &*f.name));
    format!("\"{}\" is no field; fields: {all}", name.escape_debug())
}

/// Checks what actions set and which permissions they need; these may belong to any model of the app.
pub fn check_actions(draft: &Draft<'_>, all: &[Draft<'_>], errors: &mut Vec<FieldError>) {
    for (index, action) in draft.model.actions.iter().enumerate() {
        let path = format!("actions.{}", action.name);
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let is_double = draft.model.actions[..index].iter().any(|a| a.name == action.name);
        if action.name.is_empty() || !action.name.bytes().all(allowed) || is_double {
            errors.push(draft.error(&path, "an action has its own name of lower-case letters, digits and _"));
        }
        for name in action.set.keys() {
            match draft.model.field(name) {
                None => errors.push(draft.error(&format!("{path}.set"), no_field(draft, name))),
                Some((_, field)) if cannot_set(field, draft) => {
                    let message = format!("\"{name}\" can never be set");
                    errors.push(draft.error(&format!("{path}.set"), message));
                }
                Some(_) => {}
            }
        }
        if let Some(permission) = &action.permission
            && !all.iter().any(|d| has_permission(d, permission))
        {
            let message = format!("there is no permission \"{}\" in this app", permission.escape_debug());
            errors.push(draft.error(&format!("{path}.permission"), message));
        }
    }
}

fn cannot_set(field: &Field, draft: &Draft<'_>) -> bool {
    field.is_generated || field.is_primary_key || draft.table.is_view
}

fn has_permission(draft: &Draft<'_>, permission: &str) -> bool {
    let model = &draft.model;
    let four =
        [&model.view_permission, &model.add_permission, &model.change_permission, &model.delete_permission];
    four.iter().any(|p| *p == permission)
        || model.extra_permissions.iter().any(|p| format!("{}.{}", model.app_label, p.codename) == permission)
}
