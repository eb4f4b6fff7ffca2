//! How many tokens, groups and users there are.

use crate::db::DbConnection;
use crate::error::Result;
use crate::models::{group, token, user};

/// The numbers of our own tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnCounts {
    /// Tokens, whatever their state.
    pub tokens: i64,
    /// Groups.
    pub groups: i64,
    /// Users, active or not.
    pub users: i64,
}

/// Counts them. Numbers alone tell nothing that a permission would protect.
///
/// # Errors
/// Database faults.
pub fn own(conn: &mut DbConnection) -> Result<OwnCounts> {
    Ok(OwnCounts { tokens: token::count(conn)?, groups: group::count(conn)?, users: user::count(conn)? })
}
