//! Somebody else changed the record while its form was open: both versions, and a choice.

use actix_web::http::StatusCode;
use maud::html;

use super::control::Control;
use super::input::is_writable;
use super::table::title;
use super::{Records, names, value};
use crate::admin::components::{Difference, Tone, alert, diff};
use crate::admin::form::Form;
use crate::admin::page::Page;
use crate::apps::record::{self, Cell, Record};

/// The page, for the record as it is now and the form that was sent.
pub fn page(records: &Records<'_>, now: &Record, form: &Form) -> Page {
    let path = records.path(now).unwrap_or_else(|| records.list_path());
    let differences: Vec<Difference> = records
        .model
        .fields
        .iter()
        .filter(|field| is_writable(field, false))
        .filter_map(|field| {
            let cell = now.get(&field.name)?;
            let control = Control::of(field, Some(cell));
            let (name, theirs) = (names::value(&field.name), control.text_of(cell));
            let mine = match control {
                Control::Switch if form.has(&names::switch(&field.name)) => form.has(&name).to_string(),
                Control::Switch => return None,
                _ if form.has(&name) => form.raw(&name).replace("\r\n", "\n"),
                _ => return None,
            };
            let is_same =
                mine == theirs.replace("\r\n", "\n") || (control == Control::Bytes && mine.is_empty());
            let shown =
                |text: &str| if text.is_empty() { "nothing".to_owned() } else { value::cut(text, 400) };
            let was = if matches!(cell, Cell::Null) { String::new() } else { theirs };
            (!is_same).then(|| Difference {
                field: title(field),
                before: Some(shown(&was)),
                after: Some(shown(&mine)),
            })
        })
        .collect();
    let version = record::version(now);
    let body = html! {
        div class="stack stack-lg" {
            (alert(Tone::Warn, &html! {
                "Somebody else changed this " (records.one()) " while you had it open. Nothing of yours is saved yet."
            }))
            section class="card" {
                header { h2 { "Both versions" } p { "At the left as it is now, at the right as you typed it." } }
                section {
                    (diff("Differences", &differences))
                    @if differences.is_empty() { p { "What you typed is what is there now." } }
                }
            }
            form method="post" action=(path) {
                @for (name, text) in form.pairs().filter(|(name, _)| *name != "version" && *name != "next") {
                    input type="hidden" name=(name) value=(text);
                }
                input type="hidden" name="version" value=(version);
                div class="actions" {
                    button class="btn" { "Keep mine" }
                    a class="btn" data-variant="outline" href=(path) { "Take theirs" }
                }
            }
        }
    };
    records.page_of(now, "Changed meanwhile").narrow().status(StatusCode::CONFLICT).body(body)
}
