//! The fields of a model: which columns it shows, and which of them can be written.

use super::{Draft, listed};
use crate::apps::introspect::{Column, Table};
use crate::apps::model::{Field, FieldKind};
use crate::error::FieldError;

/// Fills the fields and the primary key of a draft.
pub fn fill(draft: &mut Draft<'_>, errors: &mut Vec<FieldError>) {
    let (table, options) = (draft.table, draft.options);
    let unknown = |names: &[String]| -> Vec<String> {
        names.iter().filter(|n| table.column(n).is_none()).cloned().collect()
    };
    for (option, names) in [
        ("fields", options.fields.as_deref().unwrap_or_default()),
        ("exclude_fields", &options.exclude_fields),
        ("readonly_fields", &options.readonly_fields),
    ] {
        for name in unknown(names) {
            let columns = listed(table.columns.iter().map(|c| c.name.as_str()));
            let message = format!("\"{}\" is no field; fields: {columns}", name.escape_debug());
            errors.push(draft.error(option, message));
        }
    }
    for key in &table.primary_key {
        let option = if options.exclude_fields.contains(key) {
            "exclude_fields"
        } else if options.fields.as_ref().is_some_and(|f| !f.contains(key)) {
            "fields"
        } else {
            continue;
        };
        let message = format!("the primary key \"{}\" cannot be excluded", key.escape_debug());
        errors.push(draft.error(option, message));
    }
    let shown = |column: &Column| {
        !options.exclude_fields.contains(&column.name)
            && options.fields.as_ref().is_none_or(|f| f.contains(&column.name))
    };
    let mut fields = Vec::new();
    let mut cannot_create = table.is_view.then(|| "a view can only be read".to_owned());
    for column in &table.columns {
        let needed = !column.nullable && !column.has_default && !column.is_generated;
        if !shown(column) {
            if needed && cannot_create.is_none() {
                cannot_create = Some("it needs a value that cannot be given here".into());
            }
            continue;
        }
        let configured = options.readonly_fields.contains(&column.name);
        if configured && needed && cannot_create.is_none() {
            cannot_create = Some(format!("its field \"{}\" is required and read-only", column.name));
        }
        fields.push(field(table, column, configured));
    }
    let position = |name: &String| fields.iter().position(|f: &Field| *f.name == **name);
    draft.model.primary_key = table.primary_key.iter().filter_map(position).collect();
    draft.model.fields = fields;
    draft.model.cannot_create = cannot_create;
}

fn field(table: &Table, column: &Column, configured_readonly: bool) -> Field {
    let is_primary_key = table.primary_key.contains(&column.name);
    let alone = |set: &[String]| set.len() == 1 && set[0] == column.name;
    Field {
        name: column.name.as_str().into(),
        relation_name: None,
        kind: column.kind.clone(),
        db_type: column.db_type.clone(),
        nullable: column.nullable,
        has_default: column.has_default,
        is_generated: column.is_generated,
        is_primary_key,
        is_unique: alone(&table.primary_key) || table.unique.iter().any(|set| alone(set)),
        readonly: configured_readonly || column.is_generated || table.is_view,
        max_length: column.max_length,
        choices: column.choices.clone(),
        references: None,
    }
}

/// Whether rows can be put in order by a field.
pub fn can_order(kind: &FieldKind) -> bool {
    !matches!(kind, FieldKind::Json | FieldKind::Binary | FieldKind::Array(_))
}

/// Whether a field is a text short enough to be searched by default.
pub fn is_short_text(field: &Field) -> bool {
    field.kind == FieldKind::Text && field.max_length.is_none_or(|length| length <= 1000)
}
