//! A PostgreSQL that insists on TLS. Only a binary with the feature `pg-tls` can speak to it.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;

use mcp_admin::db::{DatabaseUrl, Db, PoolOptions, migrate};

use crate::harness::Cluster;

/// A certificate of its own making, and no way in over the network without TLS but for the harness's own.
fn with_certificate(data: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"])
        .arg("-keyout")
        .arg(data.join("server.key"))
        .arg("-out")
        .arg(data.join("server.crt"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // The server runs as who owns its data, and takes no key that is somebody else's.
    let owner = std::fs::metadata(data).unwrap();
    chown(data.join("server.key"), Some(owner.uid()), Some(owner.gid())).unwrap();
    std::fs::write(
        data.join("pg_hba.conf"),
        "local all all trust\nhost postgres all 127.0.0.1/32 trust\nhostssl all all 127.0.0.1/32 trust\n",
    )
    .unwrap();
}

#[test]
fn a_server_that_insists_on_tls_is_reached_over_tls() {
    let cluster = Cluster::start(with_certificate, &["ssl=on"]);
    let url = cluster.create_database();
    let open = |query: &str| {
        let url = DatabaseUrl::parse(&format!("{url}{query}")).unwrap();
        Db::new(&url, &PoolOptions::own()).unwrap()
    };
    assert!(open("?sslmode=disable").conn().is_err(), "without TLS there is no way in");
    open("?sslmode=require").read(migrate::run).unwrap();
    assert!(open("?sslmode=verify-full").conn().is_err(), "nobody vouches for this certificate");
}
