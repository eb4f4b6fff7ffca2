//! Drives the real server over HTTP and the real binary over its command line, on both databases.

mod architecture;
mod cli;
mod clients;
mod demo;
mod guard;
mod harness;
mod migrations;
mod tokens;
