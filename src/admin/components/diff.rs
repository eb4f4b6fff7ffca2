//! What was before and what is after, field by field.

use std::collections::BTreeSet;

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::plural;

/// A field that differs; `None` = it was not there, or is not there any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The name of the field.
    pub field: String,
    /// As it was.
    pub before: Option<String>,
    /// As it is.
    pub after: Option<String>,
}

impl Difference {
    /// From two values. Of two lists only what came and went is shown.
    pub fn between(field: &str, before: Option<&Value>, after: Option<&Value>) -> Self {
        if let (Some(Value::Array(old)), Some(Value::Array(new))) = (before, after) {
            let gone = old.iter().filter(|item| !new.contains(item));
            let come = new.iter().filter(|item| !old.contains(item));
            let side = |all: &[Value], sign: char, some: Vec<&Value>| {
                let items: Vec<String> = some.iter().map(|item| format!("{sign} {}", text(item))).collect();
                let count = plural(i64::try_from(all.len()).unwrap_or(i64::MAX), "item", "items");
                Some(if items.is_empty() { count } else { format!("{count}: {}", items.join(", ")) })
            };
            return Self {
                field: field.to_owned(),
                before: side(old, '\u{2212}', gone.collect()),
                after: side(new, '+', come.collect()),
            };
        }
        Self { field: field.to_owned(), before: before.map(text), after: after.map(text) }
    }

    /// From the `before` and `after` of an entry of the audit log, in order of name.
    pub fn of_changes(changes: &Value) -> Vec<Self> {
        let empty = Map::new();
        let side = |name: &str| changes.get(name).and_then(Value::as_object).unwrap_or(&empty);
        let (before, after) = (side("before"), side("after"));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        names
            .into_iter()
            .filter(|name| before.get(*name) != after.get(*name))
            .map(|name| Self::between(name, before.get(name), after.get(name)))
            .collect()
    }
}

/// A value as people read it: words for what is empty, on and off.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The fields as a table; nothing if there are none.
pub fn diff(label: &str, differences: &[Difference]) -> Markup {
    if differences.is_empty() {
        return Markup::default();
    }
    html! {
        div class="diff" role="table" aria-label=(label) {
            @for one in differences {
                div role="row" {
                    span role="rowheader" { (one.field) }
                    del role="cell" { @if let Some(text) = &one.before { span class="sr-only" { "Before: " } (text) } }
                    ins role="cell" { @if let Some(text) = &one.after { span class="sr-only" { "After: " } (text) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stayed_is_left_out_and_of_lists_only_what_came_and_went_is_shown() {
        let changes = json!({
            "before": {"name": "CI", "note": "", "permissions": ["a", "b"], "gone": 1},
            "after": {"name": "CI", "note": "x", "permissions": ["b", "c"], "come": null},
        });
        let told: Vec<_> = Difference::of_changes(&changes)
            .into_iter()
            .map(|d| (d.field, d.before.unwrap_or_default(), d.after.unwrap_or_default()))
            .collect();
        let expected = [
            ("come", "", "nothing"),
            ("gone", "1", ""),
            ("note", "empty", "x"),
            ("permissions", "2 items: \u{2212} a", "2 items: + c"),
        ];
        assert_eq!(told, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
        assert!(Difference::of_changes(&json!({"permission": "blog.view_article"})).is_empty());
    }

    #[test]
    fn markup_in_values_stays_text() {
        let one = Difference::between("title", None, Some(&json!("<script>alert(1)</script>")));
        let shown = diff("Changed fields", &[one]).into_string();
        assert!(shown.contains("&lt;script&gt;") && !shown.contains("<script"), "{shown}");
    }
}
