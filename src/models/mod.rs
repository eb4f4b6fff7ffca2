//! Rows of our own database and their queries, one file a table. No rule lives here: services decide.

pub mod authentication;
pub mod authz_epoch;
pub mod usage;
