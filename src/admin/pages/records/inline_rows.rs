//! The rows of child models as a part of a form: one card a model, one group of fields a row.

use maud::{Markup, html};

use super::form::Parts;
use super::inlines::{Inlines, Section};
use super::names;
use super::table::title;
use crate::admin::components::{Icon, icon};
use crate::admin::form::{Form, FormErrors};
use crate::admin::paths;
use crate::admin::record_key::RecordKey;
use crate::admin::shell::capitalised;

/// All cards.
pub fn cards(inlines: &Inlines<'_>, form: &Form, errors: &FormErrors) -> Markup {
    html! { @for section in &inlines.0 { (card(section, form, errors)) } }
}

/// The names of the controls for people.
pub fn labels(inlines: &Inlines<'_>, form: &Form) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    for section in &inlines.0 {
        let one = capitalised(&section.records.model.verbose_name);
        labels.push((names::rows(&section.inline.name), words(section)));
        for n in 0..section.count(form) {
            let prefix = names::row(&section.inline.name, n);
            labels.push((format!("{prefix}row"), format!("{one} {}", n + 1)));
            for field in &section.records.model.fields {
                let label = format!("{one} {}, {}", n + 1, title(field).to_lowercase());
                labels.push((format!("{prefix}{}", names::value(&field.name)), label));
            }
        }
    }
    labels
}

fn words(section: &Section<'_>) -> String {
    capitalised(&section.inline.name.replace('_', " "))
}

fn card(section: &Section<'_>, form: &Form, errors: &FormErrors) -> Markup {
    let (name, one) = (names::rows(&section.inline.name), section.records.one());
    let count = section.count(form);
    html! {
        section class="card form-card" {
            header { h2 id=(name) tabindex="-1" { (words(section)) } }
            section {
                input type="hidden" name=(name) value=(count);
                @if let Some(error) = errors.field(&name) { p class="tone-bad small" role="alert" { (capitalised(error)) "." } }
                @for n in 0..count { (row(section, n, form, errors)) }
                @if count == 0 { p class="muted" { "None yet." } }
                @if section.has_room(form) {
                    div {
                        button type="submit" name="add" value=(section.inline.name) formnovalidate class="btn" data-variant="outline" data-size="sm" {
                            (icon(Icon::Plus)) "Add " @if count == 0 { "a " } @else { "another " } (one)
                        }
                    }
                }
            }
        }
    }
}

fn row(section: &Section<'_>, n: usize, form: &Form, errors: &FormErrors) -> Markup {
    let (records, prefix) = (&section.records, names::row(&section.inline.name, n));
    let key = form.filled(&format!("{prefix}key"));
    let found = key.and_then(|key| section.find(key));
    let (id, delete) = (format!("{prefix}row"), format!("{prefix}delete"));
    let is_last_added = form.text("add") == section.inline.name && n + 1 == section.count(form);
    let parts = Parts {
        records,
        record: found,
        form,
        errors,
        lookups: &section.lookups,
        prefix: &prefix,
        without: Some(&section.inline.column),
    };
    html! {
        fieldset class="inline-row" id=(id) tabindex="-1" autofocus[is_last_added] {
            legend {
                @match found {
                    Some(found) => {
                        @match RecordKey::of(records.model, found) {
                            Some(key) => { a class="link" href=(paths::record(&records.model.app_label, &records.model.name, &key)) { (records.label(found)) } },
                            None => { (records.label(found)) },
                        }
                    },
                    None => { "New " (records.one()) },
                }
            }
            @if let Some(error) = errors.field(&id) { p class="tone-bad small" role="alert" { (capitalised(error)) "." } }
            @if let Some(key) = key {
                input type="hidden" name={ (prefix) "key" } value=(key);
                input type="hidden" name={ (prefix) "version" } value=(form.text(&format!("{prefix}version")));
            }
            // Of a row that is gone, or that may not be changed, there is only the name.
            @if found.map_or(key.is_none(), |_| records.may_change()) { (parts.controls()) }
            @if key.is_some() && records.may_delete() {
                label class="check small" {
                    input type="checkbox" class="input" name=(delete) value="on" checked[form.has(&delete)];
                    span { "Delete this " (records.one()) }
                }
            }
        }
    }
}
