//! Our own schema: the same on both databases, and taken back without a trace.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use mcp_admin::db::schema::{
    authz_epoch, content_types, group_permissions, groups, log_entries, permissions, sessions, token_groups,
    token_permissions, tokens, usage_buckets, user_groups, user_permissions, users,
};
use mcp_admin::db::{Backend, DbConnection, migrate};

use crate::harness::TestDatabase;

const BOTH: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];

#[derive(diesel::QueryableByName, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Described {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Bool)]
    is_nullable: bool,
}

const SQLITE_COLUMNS: &str = "SELECT t.name AS table_name, c.name AS column_name, \
    (c.\"notnull\" = 0 AND c.pk = 0) AS is_nullable \
    FROM sqlite_schema t, pragma_table_info(t.name) c \
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '__diesel_schema_migrations'";

const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text, \
    is_nullable = 'YES' AS is_nullable FROM information_schema.columns \
    WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'";

fn columns(conn: &mut DbConnection) -> BTreeSet<Described> {
    let rows = match conn {
        DbConnection::Pg(pg) => diesel::sql_query(POSTGRES_COLUMNS).load::<Described>(pg),
        DbConnection::Sqlite(sqlite) => diesel::sql_query(SQLITE_COLUMNS).load::<Described>(sqlite),
    };
    rows.unwrap().into_iter().collect()
}

#[test]
fn both_databases_get_the_same_tables_columns_and_nullability() {
    let [sqlite, postgres] = BOTH.map(|backend| {
        let database = TestDatabase::empty(backend);
        let mut conn = database.open().conn().unwrap();
        migrate::run(&mut conn).unwrap();
        columns(&mut conn)
    });
    assert!(sqlite.len() > 60, "{sqlite:?}");
    assert_eq!(sqlite, postgres);
}

#[test]
fn migrations_go_up_down_and_up_again() {
    for backend in BOTH {
        let database = TestDatabase::empty(backend);
        let mut conn = database.open().conn().unwrap();
        let first = migrate::run(&mut conn).unwrap();
        assert!(!first.is_empty());
        let made = columns(&mut conn);
        assert_eq!(migrate::run(&mut conn).unwrap(), Vec::<String>::new(), "nothing is left to do");
        migrate::revert_all(&mut conn).unwrap();
        assert_eq!(columns(&mut conn), BTreeSet::new(), "{backend:?} is empty again");
        assert_eq!(migrate::run(&mut conn).unwrap(), first);
        assert_eq!(columns(&mut conn), made);
    }
}

#[test]
fn pending_migrations_are_named() {
    for backend in BOTH {
        let database = TestDatabase::empty(backend);
        let mut conn = database.open().conn().unwrap();
        let pending = migrate::pending(&mut conn).unwrap();
        assert!(pending[0].contains("initial"), "{pending:?}");
        migrate::run(&mut conn).unwrap();
        assert_eq!(migrate::pending(&mut conn).unwrap(), Vec::<String>::new());
    }
}

#[test]
fn many_processes_may_migrate_at_once() {
    // Who comes first is chance: a few rounds.
    for backend in [BOTH, BOTH, BOTH].concat() {
        let database = TestDatabase::empty(backend);
        let all = migrate::pending(&mut database.open().conn().unwrap()).unwrap().len();
        let applied: usize = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..6)
                .map(|_| scope.spawn(|| migrate::run(&mut database.open().conn().unwrap()).unwrap().len()))
                .collect();
            runs.into_iter().map(|run| run.join().unwrap()).sum()
        });
        assert_eq!(applied, all, "{backend:?}: each was applied once");
    }
}

#[test]
fn a_failing_script_leaves_nothing_half_done() {
    for backend in BOTH {
        let database = TestDatabase::empty(backend);
        let mut conn = database.open().conn().unwrap();
        conn.batch_execute("CREATE TABLE tokens (id BIGINT)").unwrap();
        assert!(migrate::run(&mut conn).is_err());
        let left: BTreeSet<String> = columns(&mut conn).into_iter().map(|c| c.table_name).collect();
        assert_eq!(left, BTreeSet::from(["tokens".to_owned()]), "{backend:?}");
    }
}

/// Reads every table with every column that the crate knows: names and types fit.
#[test]
fn the_schema_in_code_is_the_schema_of_the_migrations() {
    for backend in BOTH {
        let database = TestDatabase::empty(backend);
        let mut conn = database.open().conn().unwrap();
        migrate::run(&mut conn).unwrap();
        let conn = &mut *conn;
        macro_rules! read {
            ($($table:ident),*) => {$(
                let sql = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&$table::table.select($table::all_columns)).to_string();
                conn.batch_execute(&sql.split(" --").next().unwrap().replace('`', "\"")).unwrap_or_else(|e| panic!("{backend:?} {}: {e}", stringify!($table)));
            )*};
        }
        read!(
            authz_epoch,
            content_types,
            group_permissions,
            groups,
            log_entries,
            permissions,
            sessions,
            token_groups,
            token_permissions,
            tokens,
            usage_buckets,
            user_groups,
            user_permissions,
            users
        );
    }
}
