//! Names of form controls. A column may be called anything, and a name is an `id`, too, which has no blanks:
//! what is no letter, digit, `_` or `-` is written as `.` and two digits. Each kind has its own prefix.

use std::fmt::Write as _;

fn slug(prefix: &str, name: &str) -> String {
    let mut slug = String::from(prefix);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"_-".contains(&byte) {
            slug.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(slug, ".{byte:02X}");
        }
    }
    slug
}

/// The value of a field.
pub fn value(field: &str) -> String {
    slug("d.", field)
}

/// Ticked for a text that is nothing rather than empty.
pub fn nothing(field: &str) -> String {
    slug("n.", field)
}

/// Says that a switch is in the form, which sends nothing while it is off.
pub fn switch(field: &str) -> String {
    slug("s.", field)
}

/// The members of a many-to-many relation.
pub fn members(relation: &str) -> String {
    slug("m.", relation)
}

/// One more member, by key.
pub fn more(relation: &str) -> String {
    slug("a.", relation)
}

/// Says that a relation is in the form.
pub fn has_members(relation: &str) -> String {
    slug("h.", relation)
}

/// What all names of one row of a child model begin with.
pub fn row(relation: &str, n: usize) -> String {
    format!("{}.{n}.", slug("i.", relation))
}

/// How many rows of a child model are in the form.
pub fn rows(relation: &str) -> String {
    slug("c.", relation)
}

/// A filter of a list.
pub fn filter(key: &str) -> String {
    format!("f.{key}")
}

/// The `id` of a filter's control.
pub fn filter_id(key: &str) -> String {
    slug("f.", key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_without_blanks() {
        assert_eq!(value("Order Details"), "d.Order.20Details");
        assert_ne!(value("a.b"), value("a b"));
        assert_ne!(value("a.20b"), value("a b"));
        assert_eq!(filter_id("größe__gte"), "f.gr.C3.B6.C3.9Fe__gte");
    }
}
