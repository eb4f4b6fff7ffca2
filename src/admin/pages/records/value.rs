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
            let whole = text.replacen('T', " ", 1);
            let minute = most.and_then(|_| to_the_minute(&whole));
            html! {
                @if let Some(minute) = minute { span class="num nowrap" title=(whole) { (minute) } }
                @else { span class="num nowrap" { (whole) } }
            }
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
        (_, Cell::Text(text)) if !field.choices.is_empty() => state(text),
        (_, Cell::Text(text)) if text.is_empty() => html! { span class="muted" { "Empty" } },
        (_, cell) if most.is_some() => html! { span class="clamp" { (cut(&cell.to_text())) } },
        (_, cell) => html! { (cell.to_text()) },
    }
}

/// One of several values. What is open to everybody and what is over have a colour of their own, as far as
/// their words are known.
pub fn state(text: &str) -> Markup {
    const OPEN: [&str; 10] = [
        "published",
        "active",
        "approved",
        "enabled",
        "open",
        "live",
        "paid",
        "completed",
        "done",
        "delivered",
    ];
    const OVER: [&str; 7] =
        ["archived", "suspended", "expired", "cancelled", "canceled", "rejected", "failed"];
    let word = text.to_lowercase();
    let tone = if OPEN.contains(&&*word) {
        Tone::Ok
    } else if OVER.contains(&&*word) {
        Tone::Warn
    } else {
        Tone::None
    };
    badge(tone, text)
}

/// `2026-11-23 12:30` of `2026-11-23 12:30:05`.
fn to_the_minute(text: &str) -> Option<&str> {
    const MINUTE: usize = "2026-11-23 12:30".len();
    (text.as_bytes().get(MINUTE) == Some(&b':')).then(|| text.get(..MINUTE)).flatten()
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
    fn bytes_are_counted_long_texts_cut_and_seconds_left_out() {
        let sizes = ["", "AA==", "AAA=", "AAAA"].map(|text| size(&Cell::Text(text.into())));
        assert_eq!(sizes, ["0 bytes", "1 byte", "2 bytes", "3 bytes"]);
        assert_eq!(to_the_minute("2026-11-23 12:30:05.5"), Some("2026-11-23 12:30"));
        assert_eq!((to_the_minute("in größter Eile"), to_the_minute("2026-11-23")), (None, None));
        assert_eq!((cut("größe", 5), cut("größer", 5)), ("größe".to_owned(), "größ…".to_owned()));
    }
}
