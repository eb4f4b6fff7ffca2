//! `describe_<model>`: fields, relations, search and list configuration.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words};
use super::inlines;
use super::operation::Operation;
use super::registry::allowed;
use crate::apps::{Field, FieldKind, Model, RelationKind, lookups};
use crate::error::Result;
use crate::mcp;

#[derive(Serialize)]
struct Description<'a> {
    app_label: &'a str,
    model: &'a str,
    verbose_name: &'a str,
    verbose_name_plural: &'a str,
    read_only: bool,
    primary_key: Vec<&'a str>,
    fields: Vec<FieldDescription<'a>>,
    relations: Vec<RelationDescription<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inlines: Vec<Value>,
    search_fields: Vec<&'a str>,
    list_display: Vec<&'a str>,
    ordering: Vec<String>,
    lookups: BTreeMap<&'static str, Vec<&'static str>>,
    permissions: Vec<&'a str>,
    operations: Vec<&'static str>,
    confirm: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cannot_create: Option<&'a str>,
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a field")]
struct FieldDescription<'a> {
    name: &'a str,
    r#type: &'static str,
    db_type: &'a str,
    required: bool,
    nullable: bool,
    read_only: bool,
    primary_key: bool,
    unique: bool,
    has_default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<u32>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    choices: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    relation: Option<&'a str>,
}

#[derive(Serialize)]
struct RelationDescription<'a> {
    name: &'a str,
    kind: &'static str,
    model: String,
}

/// How it is announced.
pub fn shape(_: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    Shape {
        title: format!("Describe {}", words.many),
        description: format!("Fields, relations, search and order of {}.", words.label),
        properties: Vec::new(),
        required: Vec::new(),
        output: output(),
    }
}

/// The schema of the answer.
fn output() -> Value {
    let objects = json!({ "type": "array", "items": { "type": "object" } });
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    json!({
        "type": "object",
        "properties": {
            "app_label": { "type": "string" },
            "model": { "type": "string" },
            "fields": objects,
            "relations": objects,
            "inlines": objects,
            "primary_key": texts,
            "search_fields": texts,
            "list_display": texts,
            "ordering": texts,
            "lookups": { "type": "object" },
            "permissions": texts,
            "operations": texts,
            "confirm": { "type": "boolean" },
        },
        "required": ["app_label", "model", "fields", "relations", "permissions", "operations"],
    })
}

/// Describes the model.
///
/// # Errors
/// `Invalid` for arguments.
pub fn run(call: &Call<'_>, arguments: Arguments) -> Result<String> {
    arguments.finish(&[])?;
    let (model, viewer) = (call.model, call.viewer());
    let name = |index: &usize| &*model.fields[*index].name;
    let permissions =
        [&model.view_permission, &model.add_permission, &model.change_permission, &model.delete_permission];
    let description = Description {
        app_label: &model.app_label,
        model: &model.name,
        verbose_name: &model.verbose_name,
        verbose_name_plural: &model.verbose_name_plural,
        read_only: model.is_view,
        primary_key: model.primary_key.iter().map(name).collect(),
        fields: model.fields.iter().map(field).collect(),
        relations: viewer
            .relations(model)
            .map(|(relation, other)| RelationDescription {
                name: &relation.name,
                kind: kind_of(&relation.kind),
                model: other.label(),
            })
            .collect(),
        inlines: inlines::described_to(&viewer, model),
        search_fields: model.search_fields.iter().map(name).collect(),
        list_display: model.list_display.iter().map(name).collect(),
        ordering: model
            .ordering
            .iter()
            .map(|term| format!("{}{}", if term.descending { "-" } else { "" }, name(&term.field)))
            .collect(),
        lookups: model.fields.iter().map(|f| (type_name(&f.kind), lookups(&f.kind).collect())).collect(),
        permissions: permissions.into_iter().map(String::as_str).filter(|p| call.actor.has_perm(p)).collect(),
        operations: allowed(&viewer, model).map(Operation::verb).collect(),
        confirm: model.confirm,
        cannot_create: model.cannot_create.as_deref(),
    };
    Ok(mcp::json(&description))
}

fn field(field: &Field) -> FieldDescription<'_> {
    let read_only = field.readonly || field.is_generated;
    FieldDescription {
        name: &field.name,
        r#type: type_name(&field.kind),
        db_type: &field.db_type,
        required: !read_only && !field.nullable && !field.has_default,
        nullable: field.nullable,
        read_only,
        primary_key: field.is_primary_key,
        unique: field.is_unique,
        has_default: field.has_default,
        max_length: field.max_length,
        choices: &field.choices,
        relation: field.relation_name.as_deref(),
    }
}

fn type_name(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Integer { .. } => "integer",
        FieldKind::Float => "float",
        FieldKind::Decimal { .. } => "decimal",
        FieldKind::Boolean => "boolean",
        FieldKind::Text => "text",
        FieldKind::Date => "date",
        FieldKind::Time => "time",
        FieldKind::DateTime { .. } => "datetime",
        FieldKind::Uuid => "uuid",
        FieldKind::Json => "json",
        FieldKind::Binary => "binary",
        FieldKind::Enum => "enum",
        FieldKind::Array(_) => "array",
        FieldKind::Other => "other",
    }
}

fn kind_of(kind: &RelationKind) -> &'static str {
    match kind {
        RelationKind::ForeignKey { .. } => "foreign_key",
        RelationKind::Reverse { .. } => "reverse",
        RelationKind::ManyToMany { .. } => "many_to_many",
    }
}
