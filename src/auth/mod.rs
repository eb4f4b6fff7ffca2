//! Pure rules of identity: no database, no HTTP, no clock of their own.
//!
//! [`PlainToken`] is shown once and never kept; [`TokenDigest`] is what is stored and looked up;
//! [`PermissionSet`] is what a token may do; [`SessionKey`] is what a browser presents; [`Actor`] is who is
//! doing something.

mod actor;
mod network;
mod password;
mod permission_set;
mod plain_token;
mod session_key;
mod token_digest;
mod token_rules;
mod tool_mode;

pub use actor::{Actor, ActorToken, Origin, Principal, Surface};
pub use network::network_of;
pub use password::{
    PasswordHash, check_password_length, check_password_rules, hash_password, verify_password,
};
pub use permission_set::{PermissionName, PermissionSet};
pub use plain_token::{MalformedToken, PlainToken};
pub use session_key::{SessionDigest, SessionKey};
pub use token_digest::{TokenDigest, TokenHasher};
pub use token_rules::TokenRules;
pub use tool_mode::ToolMode;
