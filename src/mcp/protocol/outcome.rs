//! What a method ended with, before it is framed: the members of its result, and of which kind they are.

use super::era::Era;
use super::greeting::{MODERN_ASK_LEAD, MODERN_LEAD, MODERN_LIST_LEAD};
use crate::guard::CallOutcome;

/// The kinds of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Done.
    Complete,
    /// Done, and the client may keep it for a while.
    Cacheable,
    /// The client has to answer something and to ask again. Of the modern era only.
    InputRequired,
}

impl Kind {
    /// The members that begin a result of this kind.
    pub fn lead(self, era: Era) -> &'static str {
        match (era, self) {
            (Era::Legacy, _) => "",
            (Era::Modern, Self::Complete) => MODERN_LEAD,
            (Era::Modern, Self::Cacheable) => MODERN_LIST_LEAD,
            (Era::Modern, Self::InputRequired) => MODERN_ASK_LEAD,
        }
    }
}

/// A result, ready to be framed.
#[derive(Debug)]
pub struct Outcome {
    /// The members of the result object.
    pub members: String,
    /// Of which kind it is.
    pub kind: Kind,
    /// How the call ended, for the counters; `None` = done.
    pub counted: Option<CallOutcome>,
}
