//! mcp-admin decides who may do what over MCP.
//!
//! It issues Bearer tokens, attaches permissions to them, guards `/mcp/` with them, and behind that guard
//! lets agents work with the records of attached SQLite and PostgreSQL databases.
//!
//! The map, from the outside in: [`config`] is read once; the doors stand over [`services`] (what can be
//! done, by whom) and [`apps`] (records of attached databases); below are [`models`] (our own tables) and
//! [`db`]; [`auth`], [`error`] and [`clock`] are leaves.

pub mod admin;
pub mod api;
pub mod apps;
pub mod auth;
pub mod bootstrap;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod guard;
pub mod mcp;
pub mod models;
pub mod server;
pub mod services;
pub mod telemetry;
pub mod web;

pub use error::{Error, Result};
