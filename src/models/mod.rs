//! Rows of our own database and their queries, one file a table. No rule lives here: services decide.

pub mod authentication;
pub mod authz_epoch;
pub mod content_type;
pub mod group;
pub mod log_entry;
pub mod memberships;
pub mod permission;
pub mod session;
pub mod token;
pub mod usage;
pub mod user;

/// One page of a list, and how many rows there are on all pages.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Paged<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// Rows on all pages.
    pub total: i64,
}

/// Which rows of a list are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Rows at most.
    pub limit: i64,
    /// Rows to skip.
    pub offset: i64,
}

impl Paging {
    /// Every row.
    pub const ALL: Self = Self { limit: i64::MAX, offset: 0 };
}

mod sql {
    use diesel::sql_types::Text;

    diesel::define_sql_function! {
        /// Lower case as the database sees it: all letters on PostgreSQL, ASCII on SQLite.
        fn lower(text: Text) -> Text;
    }
}

/// A LIKE pattern (with `\` as its escape character) for texts that contain `needle`.
fn contains_pattern(needle: &str) -> String {
    let mut pattern = String::with_capacity(needle.len() + 2);
    pattern.push('%');
    for c in needle.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::contains_pattern;

    #[test]
    fn wildcards_of_a_search_are_taken_literally() {
        assert_eq!(contains_pattern(r"50%_\"), r"%50\%\_\\%");
    }
}
