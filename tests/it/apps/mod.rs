//! Attached databases of others, over HTTP.

pub mod attached;
pub mod chinook;
pub mod conforms;
mod endless;
mod faults;
mod generated;
mod pages;
mod rules;
mod sqlmap;
pub mod ugly;
