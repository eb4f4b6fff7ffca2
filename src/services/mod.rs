//! What can be done, by whom: permission, rule, data, audit. Services see an actor, a transaction and a
//! clock, never a request.

pub mod apps;
pub mod audit;
pub mod client_snippets;
pub mod confirmations;
pub mod content_types;
pub mod counts;
mod grants;
pub mod groups;
pub mod idempotency;
mod input;
pub mod overview;
pub mod permissions;
pub mod records;
pub mod references;
pub mod refusals;
pub mod sessions;
pub mod site_keys;
pub mod tokens;
pub mod users;

pub use crate::models::page::Mark;
pub use crate::models::{Paged, Paging, Slice, Sliced};

use crate::auth::Actor;
use crate::db::Tx;
use crate::error::Result;
use crate::models::authz_epoch;

/// Begins a mutation: insists on the permission, then counts the epoch on, so that mutations on one
/// database follow each other and every node looks again.
fn begin(tx: &mut Tx<'_>, actor: &Actor, permission: &str) -> Result<()> {
    actor.require(permission)?;
    Ok(authz_epoch::bump(tx)?)
}

#[cfg(test)]
pub(crate) mod testing;
