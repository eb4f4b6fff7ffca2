//! The endpoint as clients meet it: forms, eras, statuses, and what each token sees.

mod eras;
mod hidden;
mod inputs;
mod limits;
mod permissions;
mod related;
mod statuses;
