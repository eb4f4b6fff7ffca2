//! Drives the real server over HTTP and the real binary over its command line, on both databases.

mod apps;
mod architecture;
mod guard;
mod harness;
mod mcp;
mod migrations;
