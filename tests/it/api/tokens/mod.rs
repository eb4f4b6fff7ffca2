//! `/api/v1/tokens`

mod bulk;
mod change;
mod list;
mod permissions;
mod secrets;
