//! Rows of our own database and their queries, one file a table. No rule lives here: services decide.

pub mod authentication;
pub mod authz_epoch;
pub mod content_type;
pub mod group;
pub mod holders;
pub mod idempotency_key;
pub mod log_entry;
pub mod memberships;
pub mod overview;
pub mod page;
pub mod permission;
pub mod reach;
pub mod session;
pub mod site_key;
pub mod token;
pub mod usage;
pub mod used_confirmation;
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

/// A part of a list in a fixed order. It begins behind a row, not at a number, so that every part costs the
/// same and rows that come or go meanwhile shift nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<K> {
    /// The place of the last row before; `None` = from the start.
    pub after: Option<K>,
    /// Rows at most.
    pub limit: i64,
    /// Whether to count the rows of the whole list.
    pub count: bool,
}

impl<K> Slice<K> {
    /// The part of this length from the start.
    pub fn first(limit: i64) -> Self {
        Self { after: None, limit, count: false }
    }
}

/// A part of a list.
#[derive(Debug, Clone)]
pub struct Sliced<T, K> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the list goes on; `None` = nowhere.
    pub next: Option<K>,
    /// Rows of the whole list, if they were counted.
    pub total: Option<i64>,
}

impl<T, K> Sliced<T, K> {
    /// From one row more than `limit`, if there are so many: the one too many only says that there is more.
    pub fn cut(mut rows: Vec<T>, limit: i64, total: Option<i64>, place: impl FnOnce(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(place) } else { None };
        Self { rows, next, total }
    }
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
