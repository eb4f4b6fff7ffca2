//! How often a token is used: the counters of its hours.

use chrono::TimeDelta;

use super::load;
use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{DbConnection, TokenId};
use crate::error::Result;
use crate::models::token::Token;
use crate::models::usage;

pub use crate::models::usage::Bucket;

/// A token and the hours, in order, in which it was used.
#[derive(Debug, Clone)]
pub struct Usage {
    /// The token.
    pub token: Token,
    /// Hours without a call are left out.
    pub hours: Vec<Bucket>,
}

/// Reads how often a token was used in the last `days`. Counters are written with the last use, a few
/// seconds after the calls.
///
/// # Errors
/// `Forbidden` without `mcp.view_token`; `NotFound`; database faults.
pub fn usage(conn: &mut DbConnection, actor: &Actor, now: UtcTime, id: TokenId, days: i64) -> Result<Usage> {
    actor.require("mcp.view_token")?;
    let token = load(conn, id)?;
    let hours = usage::list_of_token(conn, id, now.plus(-TimeDelta::days(days)))?;
    Ok(Usage { token, hours })
}
