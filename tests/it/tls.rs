//! TLS to PostgreSQL, which only a binary with the feature `pg-tls` speaks: `make test-tls`.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use diesel::sql_types::Bool;
use diesel::{QueryableByName, RunQueryDsl};
use mcp_admin::db::{DatabaseUrl, Db, PoolOptions};

use crate::harness::Cluster;

#[derive(QueryableByName)]
struct Encrypted {
    #[diesel(sql_type = Bool)]
    ssl: bool,
}

#[test]
fn a_connection_that_asks_for_tls_is_encrypted() {
    let cluster = Cluster::start(make_certificate, &["ssl=on"]);
    let address = format!("{}?sslmode=require", cluster.url("postgres"));
    let db = Db::new(&DatabaseUrl::parse(&address).unwrap(), &PoolOptions::own()).unwrap();
    let question = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let answer: Encrypted = db.read(|conn| Ok(diesel::sql_query(question).get_result(conn)?)).unwrap();
    assert!(answer.ssl);
}

#[test]
fn a_server_that_proves_nothing_is_not_trusted() {
    let cluster = Cluster::start(make_certificate, &["ssl=on"]);
    let address = format!("{}?sslmode=verify-full&sslrootcert=system", cluster.url("postgres"));
    let db = Db::new(&DatabaseUrl::parse(&address).unwrap(), &PoolOptions::own()).unwrap();
    assert_eq!(db.conn().err().map(|error| error.code()), Some("unavailable"));
}

fn make_certificate(data: &Path) {
    let owner = std::fs::metadata(data).unwrap();
    let (key, certificate) = (data.join("server.key"), data.join("server.crt"));
    let made = Command::new("openssl")
        .args(["req", "-new", "-x509", "-days", "1", "-nodes", "-subj", "/CN=localhost", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    for file in [&key, &certificate] {
        chown(file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
}
