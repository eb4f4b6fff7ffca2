//! Everything that is in our own database, as text: to see that something changed nothing.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection};
use mcp_admin::db::Backend;

use super::TestApp;

const TABLES: [&str; 16] = [
    "users",
    "groups",
    "content_types",
    "permissions",
    "tokens",
    "user_groups",
    "user_permissions",
    "group_permissions",
    "token_groups",
    "token_permissions",
    "sessions",
    "log_entries",
    "usage_buckets",
    "authz_epoch",
    "idempotency_keys",
    "site_keys",
];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl TestApp {
    /// Every row of every table, table by table.
    pub fn dump(&self) -> Vec<(&'static str, String)> {
        let of = |table: &'static str| match self.backend() {
            Backend::Sqlite => sqlite(&self.site.url, table),
            Backend::Postgres => postgres(&self.site.url, table),
        };
        TABLES.into_iter().map(|table| (table, of(table))).collect()
    }
}

fn sqlite(path: &str, table: &str) -> String {
    let mut conn = SqliteConnection::establish(path).unwrap();
    let columns = format!(
        "SELECT group_concat('quote(\"' || name || '\")', ' || '','' || ') AS line FROM pragma_table_info('{table}')"
    );
    let columns: Line = diesel::sql_query(columns).get_result(&mut conn).unwrap();
    let rows = format!("SELECT {} AS line FROM {table} ORDER BY 1", columns.line);
    join(diesel::sql_query(rows).load(&mut conn).unwrap())
}

fn postgres(url: &str, table: &str) -> String {
    let mut conn = PgConnection::establish(url).unwrap();
    join(
        diesel::sql_query(format!("SELECT t::text AS line FROM {table} t ORDER BY 1"))
            .load(&mut conn)
            .unwrap(),
    )
}

fn join(lines: Vec<Line>) -> String {
    lines.into_iter().map(|line| line.line + "\n").collect()
}
