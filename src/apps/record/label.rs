//! What a record is called.

use super::{Cell, Record};
use crate::apps::model::{Field, FieldKind, Model};

/// Longest label in characters.
const LONGEST: usize = 200;

/// The label of a record for people, e.g. `How to brew`; never longer than 200 characters.
pub fn display(model: &Model, record: &Record) -> String {
    let text = match &model.display {
        Some(template) => fill(template, record, model),
        None => first_text(model, record).unwrap_or_default(),
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = if text.is_empty() { by_key(model, record) } else { text };
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Indexes of the fields that [`display`] and the key need, so that nothing else has to be read: the key, and
/// what the label is made of. Where that is the first text there is, a few texts.
pub fn label_fields(model: &Model) -> Vec<usize> {
    const TEXTS: usize = 4;
    let mut fields = model.primary_key.clone();
    let texts: Vec<usize> = if let Some(template) = &model.display {
        placeholders(template).filter_map(|name| Some(model.field(name)?.0)).collect()
    } else {
        let names = || (0..model.fields.len()).filter(|&index| is_name(&model.fields[index]));
        let short = names().filter(|&index| is_short(&model.fields[index]));
        short.chain(names().filter(|&index| !is_short(&model.fields[index]))).take(TEXTS).collect()
    };
    let missing: Vec<usize> = texts.into_iter().filter(|index| !fields.contains(index)).collect();
    fields.extend(missing);
    if fields.is_empty() {
        fields.extend(model.list_display.first());
    }
    fields.dedup();
    fields
}

/// The primary key as one text for the audit log: `17`, or `3,8` for a composite key.
pub fn object_id(model: &Model, record: &Record) -> String {
    let cell = |&field: &usize| record.get(&model.fields[field].name).map(Cell::to_text);
    model.primary_key.iter().map(|f| cell(f).unwrap_or_default()).collect::<Vec<_>>().join(",")
}

fn by_key(model: &Model, record: &Record) -> String {
    format!("{} {}", model.verbose_name, object_id(model, record)).trim_end().to_owned()
}

/// The first short text that is there and is not the key, else the first long one.
fn first_text(model: &Model, record: &Record) -> Option<String> {
    let texts = || model.fields.iter().filter(|field| is_name(field));
    let short = texts().filter(|field| is_short(field));
    short.chain(texts()).find_map(|f| record.get(&f.name).map(Cell::to_text).filter(|text| !text.is_empty()))
}

fn is_name(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Text) && !field.is_primary_key && field.choices.is_empty()
}

fn is_short(field: &Field) -> bool {
    field.max_length.is_none_or(|length| length <= 255)
}

fn fill(template: &str, record: &Record, model: &Model) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, name, after)) = next_placeholder(rest) {
        out.push_str(before);
        let column = model.field(name).map(|(_, field)| &*field.name);
        out.push_str(&column.and_then(|c| record.get(c)).map(Cell::to_text).unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The names in braces of a label template.
pub fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    let mut rest = template;
    std::iter::from_fn(move || {
        let (_, name, after) = next_placeholder(rest)?;
        rest = after;
        Some(name)
    })
}

fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}
