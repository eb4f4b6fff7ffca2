//! Who is let in at `/mcp/`.

mod cache;
mod challenges;
mod expiry;
mod limits;
mod permissions;
mod refusals;
mod usage;
