//! Resources: what a model looks like (`schema://app/model`) and one record (`record://app/model/id`).
//! They show exactly what `describe_<model>` and `get_<model>` show, to whoever may call those.

mod definition;
mod read;
pub mod uri;

pub use definition::{list, templates};
pub use read::read;
