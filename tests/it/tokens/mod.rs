//! Tokens over several processes: where their secrets are not, and how fast a change is heard of.

mod notices;
mod quota;
mod revocation;
mod secrets;
mod usage;
