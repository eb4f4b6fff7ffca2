//! The REST API; the files are named after the addresses that they are about.

mod document;
mod forward_auth;
mod me;
mod oauth2;
mod tokens;
