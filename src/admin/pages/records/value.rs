//! Values of records as people read them.

use maud::{Markup, html};

use crate::admin::components::{Tone, badge, dotted, moment, plural};
use crate::admin::visit::Visit;
use crate::apps::record::Cell;
use crate::apps::{Field, FieldKind};
use crate::clock::UtcTime;

/// Longest text in a list, in characters.
const IN_LIST: usize = 90;

/// A value in a list: short.
pub fn short(visit: &Visit, field: &Field, cell: &Cell) -> Markup {
    show(visit, field, cell, Some(IN_LIST))
}

/// A value on a page of its own: whole.
pub fn whole(visit: &Visit, field: &Field, cell: &Cell) -> Markup {
    show(visit, field, cell, None)
}

fn show(visit: &Visit, field: &Field, cell: &Cell, most: Option<usize>) -> Markup {
    let cut = |text: &str| cut(text, most.unwrap_or(usize::MAX));
    match (&field.kind, cell) {
        (_, Cell::Null) => html! { span class="muted" { "Not set" } },
        (_, Cell::Bool(true)) => dotted(Tone::Ok, true, "Yes"),
        (_, Cell::Bool(false)) => dotted(Tone::None, false, "No"),
        (FieldKind::Binary, cell) => html! { span class="muted" { (size(cell)) } },
        (FieldKind::DateTime { zoned: true }, Cell::Text(text)) => {
            let at = UtcTime::parse_rfc3339(text);
            at.map_or_else(|| html! { (cut(text)) }, |at| moment(at, visit.now))
        }
        (FieldKind::DateTime { .. }, Cell::Text(text)) => {
            html! { span class="num nowrap" { (text.replacen('T', " ", 1)) } }
        }
        (FieldKind::Integer { .. } | FieldKind::Float | FieldKind::Decimal { .. }, cell) => {
            html! { span class="num" { (cut(&cell.to_text())) } }
        }
        (FieldKind::Date | FieldKind::Time, cell) => {
            html! { span class="num nowrap" { (cut(&cell.to_text())) } }
        }
        (FieldKind::Json | FieldKind::Array(_) | FieldKind::Uuid, cell) => {
            html! { code { (cut(&cell.to_text())) } }
        }
        (_, Cell::Text(text)) if !field.choices.is_empty() => badge(Tone::None, text),
        (_, Cell::Text(text)) if text.is_empty() => html! { span class="muted" { "Empty" } },
        (_, cell) => html! { (cut(&cell.to_text())) },
    }
}

/// How many bytes a value has, which is in base64.
pub fn size(cell: &Cell) -> String {
    let bytes = match cell {
        Cell::Text(text) => text.len() / 4 * 3 - text.bytes().rev().take_while(|b| *b == b'=').count(),
        _ => 0,
    };
    plural(i64::try_from(bytes).unwrap_or(i64::MAX), "byte", "bytes")
}

/// The beginning of a text, on one line.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_counted_and_long_texts_cut() {
        let sizes = ["", "AA==", "AAA=", "AAAA"].map(|text| size(&Cell::Text(text.into())));
        assert_eq!(sizes, ["0 bytes", "1 byte", "2 bytes", "3 bytes"]);
        assert_eq!((cut("größe", 5), cut("größer", 5)), ("größe".to_owned(), "größ…".to_owned()));
    }
}
