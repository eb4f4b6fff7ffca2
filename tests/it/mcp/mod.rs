//! The endpoint as clients meet it: forms, eras, statuses, and what each token sees.

mod hidden;
mod limits;
mod permissions;
mod statuses;
