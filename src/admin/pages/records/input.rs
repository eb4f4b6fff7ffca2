//! From a form to the values of a record, and back. What was not changed in the form is not sent, so that
//! nothing is rounded or trimmed on the way; what cannot be written never is.

use serde_json::{Map, Value};

use super::control::Control;
use super::lookups::{Lookups, Members};
use super::{Records, names};
use crate::admin::form::{Form, FormErrors};
use crate::apps::record::{Cell, Record, check_value};
use crate::apps::{Field, FieldKind};
use crate::error::{Error, FieldError, Result};

/// Whether a form can set a field: of a new record, or of one that is there.
pub fn is_writable(field: &Field, is_new: bool) -> bool {
    !field.readonly && !field.is_generated && (is_new || !field.is_primary_key)
}

/// Whether a field has a tick that tells nothing from an empty text.
pub fn has_nothing(field: &Field, control: Control) -> bool {
    let is_text = field.kind == FieldKind::Text && matches!(control, Control::Line | Control::Lines);
    field.nullable && (is_text || control == Control::Bytes)
}

/// A form that is filled in with a record, or with what a new one begins with.
pub fn filled(records: &Records<'_>, record: Option<&Record>, lookups: &Lookups<'_>) -> Form {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for field in &records.model.fields {
        let cell = record.and_then(|record| record.get(&field.name));
        let control = Control::of(field, cell);
        let is_null = cell.is_none_or(|cell| matches!(cell, Cell::Null));
        if is_null && has_nothing(field, control) && !field.has_default {
            pairs.push((names::nothing(&field.name), "on".to_owned()));
        }
        match cell {
            Some(Cell::Bool(true)) if control == Control::Switch => {
                pairs.push((names::value(&field.name), "on".to_owned()));
            }
            Some(Cell::Bool(false)) if control == Control::Switch => {}
            Some(cell) => pairs.push((names::value(&field.name), control.text_of(cell))),
            None => {}
        }
    }
    for members in &lookups.members {
        let name = names::members(&members.relation.name);
        pairs.extend(members.keys().map(|key| (name.clone(), key.to_owned())));
    }
    Form::new(pairs)
}

/// What the form changes of `before`, or gives a new record.
///
/// # Errors
/// `Invalid` by the names of the controls.
pub fn read(
    records: &Records<'_>,
    form: &Form,
    before: Option<&Record>,
    lookups: &Lookups<'_>,
) -> Result<Map<String, Value>> {
    let (mut data, mut errors) = (Map::new(), Vec::new());
    for field in records.model.fields.iter().filter(|field| is_writable(field, before.is_none())) {
        let cell = before.and_then(|record| record.get(&field.name));
        let read = read_field(field, form, cell).and_then(|value| {
            value.iter().try_for_each(|value| check_value(records.app, field, value))?;
            Ok(value)
        });
        match read {
            Ok(value) => data.extend(value.map(|value| (field.name.to_string(), value))),
            Err(message) => errors.push(FieldError::new(names::value(&field.name), message)),
        }
    }
    for members in lookups.members.iter().filter(|members| members.fixed.is_none()) {
        if let Some(keys) = read_members(members, form) {
            data.insert(members.relation.name.clone(), keys);
        }
    }
    if errors.is_empty() { Ok(data) } else { Err(Error::Invalid(errors)) }
}

/// The value of a field; `None` = it stays, or is left to the database.
fn read_field(field: &Field, form: &Form, before: Option<&Cell>) -> Result<Option<Value>, String> {
    let control = Control::of(field, before);
    let (name, is_new) = (names::value(&field.name), before.is_none());
    if control == Control::Switch {
        let on = form.has(&name);
        let is_same = matches!(before, Some(Cell::Bool(was)) if *was == on);
        let is_asked = form.has(&names::switch(&field.name));
        return Ok((is_asked && !is_same).then_some(Value::Bool(on)));
    }
    if !form.has(&name) {
        return Ok(None);
    }
    let sent = form.raw(&name);
    let is_nothing = sent.is_empty() && form.has(&names::nothing(&field.name));
    let was_null = matches!(before, Some(Cell::Null));
    if is_nothing {
        let stays = was_null || (is_new && field.has_default);
        return Ok((field.nullable && !stays).then_some(Value::Null));
    }
    // Browsers send line breaks as CR LF, whatever they were given.
    let was = before.map(|cell| control.text_of(cell)).unwrap_or_default();
    if !is_new && unix(sent) == unix(&was) && !(was_null && has_nothing(field, control)) {
        return Ok(None);
    }
    let text = if was.contains('\r') { sent.to_owned() } else { unix(sent) };
    if is_new && text.is_empty() && (field.has_default || control == Control::Bytes) {
        return Ok(None);
    }
    match control.value_of(field, &text)? {
        Some(value) => Ok(Some(value)),
        None if control == Control::Bytes => Ok(None),
        None if field.nullable => Ok((!was_null).then_some(Value::Null)),
        None => Err("is required".into()),
    }
}

fn unix(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The new members of a relation, if they differ from those that there are.
fn read_members(members: &Members<'_>, form: &Form) -> Option<Value> {
    let name = &members.relation.name;
    if !form.has(&names::has_members(name)) {
        return None;
    }
    let (ticked, more) = (names::members(name), names::more(name));
    let typed = form.all(&more).flat_map(|text| text.split([',', '\n'])).map(str::trim);
    let mut keys: Vec<&str> = Vec::new();
    for key in form.all(&ticked).chain(typed.filter(|text| !text.is_empty())) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let now: Vec<&str> = members.keys().collect();
    let is_same = now.len() == keys.len() && now.iter().all(|key| keys.contains(key));
    (!is_same).then(|| keys.into_iter().map(Members::key).collect())
}

/// What the record layer found wrong, by the names of the controls.
///
/// # Errors
/// The error itself, if it is not about what was typed.
pub fn errors(records: &Records<'_>, error: Error) -> Result<FormErrors> {
    if let Error::Forbidden { permissions } = error {
        let text = format!("This needs a permission that you do not have: {}", permissions.join(", "));
        return Ok(FormErrors { general: Some(text), fields: Vec::new() });
    }
    let mut errors = FormErrors::of(error)?;
    for one in &mut errors.fields {
        let Some(shown) = one.field.strip_prefix("data.") else { continue };
        let field = records.model.fields.iter().find(|field| crate::apps::shown(&field.name) == shown);
        let relation =
            records.model.relations.iter().find(|relation| crate::apps::shown(&relation.name) == shown);
        one.field = match (field, relation) {
            (Some(field), _) => names::value(&field.name),
            (None, Some(relation)) => names::more(&relation.name),
            (None, None) => continue,
        };
    }
    // What is about no control stands above the form.
    let (of_form, of_fields): (Vec<_>, Vec<_>) =
        errors.fields.into_iter().partition(|error| error.field == "data" || error.field == "id");
    errors.fields = of_fields;
    if let Some(first) = of_form.into_iter().next() {
        errors.general.get_or_insert(first.message);
    }
    Ok(errors)
}
