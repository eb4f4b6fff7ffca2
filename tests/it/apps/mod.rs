//! Attached databases, as an agent meets them.

mod bounds;
mod chinook;
mod odd_names;
