//! The columns of a list where nobody chose any: what a record is called, then what tells one from another at
//! a glance; long texts come last, where there is room.

use super::Records;
use crate::apps::record::label_fields;
use crate::apps::{Field, FieldKind, Model};

/// Columns of the configuration that are shown.
const CONFIGURED: usize = 7;
/// Columns that are shown where nobody chose any: as many as fit beside a side bar.
const MOST: usize = 6;
/// Texts that are no longer, in characters, are read at a glance.
const SHORT: u32 = 60;
/// What the name of a moment says that changes with its record.
const CHANGES: [&str; 4] = ["updat", "modif", "chang", "edited"];

/// Indexes of the columns: those of the configuration, else those that say most.
pub fn unasked(records: &Records<'_>) -> Vec<usize> {
    let model = records.model;
    let app = records.visit.config().apps.get(&model.app_label);
    let options = app.and_then(|app| app.models.get(&model.name));
    if options.is_some_and(|options| options.list_display.is_some()) {
        configured(model)
    } else {
        best(model)
    }
}

/// The first of the configured ones; the key stands below the first column rather than in one of its own.
fn configured(model: &Model) -> Vec<usize> {
    let is_key = |index: &usize| model.primary_key.contains(index);
    let mut all: Vec<usize> = model.list_display.iter().filter(|index| !is_key(index)).copied().collect();
    if all.len() > CONFIGURED && all.iter().any(|&index| !is_bulky(&model.fields[index])) {
        all.retain(|&index| !is_bulky(&model.fields[index]));
    }
    if all.is_empty() {
        all.clone_from(&model.list_display);
    }
    all.truncate(CONFIGURED);
    all
}

/// What names the record, then the others as the table has them, those first that say more in less room.
fn best(model: &Model) -> Vec<usize> {
    let is_key = |index: &usize| model.primary_key.contains(index);
    let mut names: Vec<usize> = label_fields(model).into_iter().filter(|index| !is_key(index)).collect();
    // Without a template the label is the first text that there is; the next ones only stand in for it.
    if model.display.is_none() {
        names.truncate(1);
    }
    let mut others: Vec<usize> =
        (0..model.fields.len()).filter(|index| !is_key(index) && !names.contains(index)).collect();
    others.sort_by_key(|&index| rank(&model.fields[index]));
    others.truncate(MOST.saturating_sub(names.len()));
    if others.iter().any(|&index| !is_bulky(&model.fields[index])) {
        others.retain(|&index| !is_bulky(&model.fields[index]));
    }
    others.sort_by_key(|&index| (rank(&model.fields[index]) == Rank::Long, index));
    let mut all: Vec<usize> = names.into_iter().chain(others).take(MOST).collect();
    if all.is_empty() {
        all.clone_from(&model.list_display);
        all.truncate(MOST);
    }
    all
}

/// How soon a column is worth its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A link, a state, or when the record changed.
    First,
    /// On or off, a date, a few words.
    Second,
    /// A number.
    Third,
    /// A longer name, or when the record came to be.
    Fourth,
    /// A text of any length, or what is no text to read.
    Long,
    /// Too much for a list.
    Bulky,
}

fn rank(field: &Field) -> Rank {
    let name = field.name.to_lowercase();
    let is_moment = matches!(field.kind, FieldKind::Date | FieldKind::DateTime { .. });
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match &field.kind {
        _ if is_bulky(field) => Rank::Bulky,
        _ if field.references.is_some() || !field.choices.is_empty() => Rank::First,
        _ if is_moment && says(&CHANGES) => Rank::First,
        _ if is_moment && says(&["creat"]) => Rank::Fourth,
        _ if is_moment => Rank::Second,
        FieldKind::Boolean | FieldKind::Time | FieldKind::Enum => Rank::Second,
        FieldKind::Integer { .. } | FieldKind::Float | FieldKind::Decimal { .. } => Rank::Third,
        FieldKind::Text if field.max_length.is_some_and(|length| length <= SHORT) => Rank::Second,
        FieldKind::Text if field.is_unique || field.max_length.is_some() => Rank::Fourth,
        _ => Rank::Long,
    }
}

fn is_bulky(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Binary | FieldKind::Json | FieldKind::Array(_))
}
