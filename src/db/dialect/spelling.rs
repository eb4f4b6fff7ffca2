//! How each database spells what queries over introspected tables need. All texts here are fixed; names
//! and values come in elsewhere, quoted and bound.

use crate::db::Backend;

/// Lower case of all of Unicode (on PostgreSQL as far as the database's locale goes).
pub fn lower(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => "lower",
        Backend::Sqlite => "mcp_lower",
    }
}

/// The function that finds a text in a text: `f(text, part)`, 0 if it is not there.
pub fn position(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => "strpos",
        Backend::Sqlite => "instr",
    }
}

/// Around the operand and the bound text of "ends with": before, between and after them.
pub fn last_characters(backend: Backend) -> [&'static str; 3] {
    match backend {
        Backend::Postgres => ["right(", ", length(", "))"],
        Backend::Sqlite => ["substr(", ", -length(", "))"],
    }
}

/// A condition that is always true and ends a statement whose time is up; empty where the server does.
///
/// SQLite evaluates it for each row that the outer loop of a query visits, which bounds scans, searches and
/// the reading side of sorts. It does not bound the inside of a view that aggregates, nor a sort itself; what
/// runs on after its time is given up (see `Db::run`).
pub fn in_time(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => "",
        Backend::Sqlite => "mcp_in_time()",
    }
}

/// After a term of an order: NULL comes before every value, as it does on SQLite anyway.
pub fn nulls_are_smallest(backend: Backend, descending: bool) -> &'static str {
    match (backend, descending) {
        (Backend::Postgres, false) => " NULLS FIRST",
        (Backend::Postgres, true) => " NULLS LAST",
        (Backend::Sqlite, _) => "",
    }
}

/// In front of a query: the database answers its plan as JSON, with the number of rows that it expects.
/// `None` where it cannot tell.
pub fn explain(backend: Backend) -> Option<&'static str> {
    match backend {
        Backend::Postgres => Some("EXPLAIN (FORMAT JSON) "),
        Backend::Sqlite => None,
    }
}

/// Locks the selected row until the transaction ends; SQLite's write transactions lock everything.
pub fn lock_row(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => " FOR UPDATE",
        Backend::Sqlite => "",
    }
}

/// What identifies a row of a table that has no key, before its cast to text on PostgreSQL.
pub fn row_identity(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => "ctid::text",
        Backend::Sqlite => "rowid",
    }
}

/// Whether the database converts bound texts to the column's type by a cast with its name.
pub fn has_casts(backend: Backend) -> bool {
    backend == Backend::Postgres
}

/// The opening of a conversion of a stored moment to a form in which moments compare.
pub fn comparable_moment(backend: Backend) -> [&'static str; 2] {
    match backend {
        Backend::Postgres => ["", ""],
        Backend::Sqlite => ["mcp_moment(", ")"],
    }
}

/// As [`comparable_moment`] for dates, which SQLite may store with a time.
pub fn comparable_date(backend: Backend) -> [&'static str; 2] {
    match backend {
        Backend::Postgres => ["", ""],
        Backend::Sqlite => ["substr(", ", 1, 10)"],
    }
}

/// As [`comparable_moment`] for decimals, which SQLite may store as texts.
pub fn comparable_decimal(backend: Backend) -> [&'static str; 2] {
    match backend {
        Backend::Postgres => ["", ""],
        Backend::Sqlite => ["CAST(", " AS NUMERIC)"],
    }
}

/// Around a column of numbers: their exact sum, as a text.
pub fn exact_sum(backend: Backend) -> [&'static str; 2] {
    match backend {
        Backend::Postgres => ["CAST(sum(", ") AS TEXT)"],
        Backend::Sqlite => ["mcp_sum(CAST(", " AS TEXT))"],
    }
}

/// The opening of a sum that has an order and never overflows.
pub fn rough_sum(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => "sum(",
        Backend::Sqlite => "total(",
    }
}

/// Most significant digits that a decimal column keeps exactly; `None` = all.
pub fn exact_decimal_digits(backend: Backend) -> Option<usize> {
    match backend {
        Backend::Postgres => None,
        Backend::Sqlite => Some(15),
    }
}

/// How a moment is written: PostgreSQL reads ISO 8601, in SQLite files the form with a space is usual.
pub fn moment_format(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => "%Y-%m-%dT%H:%M:%S%.f",
        Backend::Sqlite => "%Y-%m-%d %H:%M:%S%.f",
    }
}

/// Makes constraints that would be checked at the commit be checked now, where their errors can still
/// be explained; empty where that cannot be asked for.
pub fn check_constraints_now(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => "SET CONSTRAINTS ALL IMMEDIATE",
        Backend::Sqlite => "",
    }
}
