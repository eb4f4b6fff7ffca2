//! MCP's messages: the envelope, the two eras, and what is said before any tool is called.

pub mod envelope;
pub mod era;
pub mod fault;
pub mod greeting;
pub mod outcome;
pub mod seal;

pub use envelope::{Bare, Message, Notification, Params, Request};
pub use era::{Era, Meta};
pub use fault::Fault;
pub use outcome::{Kind, Outcome};
pub use seal::Seal;
