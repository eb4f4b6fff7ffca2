//! The REST API; the files are named after the addresses that they are about.

mod document;
mod tokens;
