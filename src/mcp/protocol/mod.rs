//! MCP's messages: the envelope, the two eras, and what is said before any tool is called.

pub mod envelope;
pub mod era;
pub mod fault;
pub mod greeting;

pub use envelope::{Bare, Message, Params, Request};
pub use era::Era;
pub use fault::Fault;
