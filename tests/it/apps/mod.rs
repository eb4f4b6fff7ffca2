//! Attached databases of others, over HTTP.

pub mod attached;
mod chinook;
mod conforms;
mod endless;
mod faults;
mod pages;
mod rules;
mod sqlmap;
pub mod ugly;
