//! The little Markdown that descriptions have: paragraphs, and code between backticks.

use maud::{Markup, html};

/// One line.
pub fn inline(text: &str) -> Markup {
    html! {
        @for (i, part) in text.split('`').enumerate() {
            @if i % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Paragraphs, with empty lines between them.
pub fn paragraphs(text: &str) -> Markup {
    html! {
        @for paragraph in text.split("\n\n").filter(|one| !one.trim().is_empty()) {
            p { (inline(paragraph)) }
        }
    }
}

/// A group of operations as a heading: `audit log` → `Audit log`.
pub fn title(tag: &str) -> String {
    let mut letters = tag.chars();
    match letters.next() {
        Some(_) if tag == "oauth2" => "OAuth 2.0".into(),
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The same as part of an address.
pub fn anchor(tag: &str) -> String {
    format!("about-{}", tag.replace(' ', "-"))
}
