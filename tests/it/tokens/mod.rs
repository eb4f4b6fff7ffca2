//! Tokens over several processes: where their secrets are not, and how fast a change is heard of.

mod revocation;
mod secrets;
mod usage;
