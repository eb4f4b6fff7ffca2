//! Drives the real server over HTTP and the real binary over its command line, on both databases.

mod architecture;
mod guard;
mod harness;
mod migrations;
#[cfg(feature = "pg-tls")]
mod tls;
