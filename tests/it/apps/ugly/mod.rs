//! A database whose names and values are as odd as a database allows.

mod every_tool;
mod hostile;
mod values;

use mcp_admin::db::Backend;

use super::attached::Attached;

/// The odd database, attached as `ugly`.
pub async fn start(backend: Backend) -> Attached {
    Attached::script(backend, "ugly", script(backend), |_| {}).await
}

/// What makes the odd database.
pub fn script(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => include_str!("../../../fixtures/ugly/sqlite.sql"),
        Backend::Postgres => include_str!("../../../fixtures/ugly/postgres.sql"),
    }
}
