//! Records in the admin, as a browser without JavaScript sees them.

mod attached;
mod blog;
mod forms;
mod hidden;
mod inert;
mod inlines;
mod keys;
pub mod lists;
mod one;
mod permissions;
