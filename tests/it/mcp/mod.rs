//! The endpoint behind the guard: what an agent sees and does.

mod eras;
mod inputs;
mod records;
