//! Drives the real server over HTTP and the real binary over its command line, on both databases.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod admin;
mod api;
mod apps;
mod architecture;
mod authz_matrix;
mod browser;
mod cli;
mod clients;
mod conformance;
mod demo;
mod docs;
mod guard;
mod harness;
mod lists;
mod mcp;
mod migrations;
mod reliability;
#[cfg(feature = "pg-tls")]
mod tls;
mod tokens;
mod web;
