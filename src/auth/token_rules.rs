//! What the settings say of tokens.

use super::TokenHasher;

/// How secrets are hashed, and how many tokens one user may own.
#[derive(Debug, Clone)]
pub struct TokenRules {
    /// Turns secrets into what is stored of them.
    pub hasher: TokenHasher,
    /// Most tokens of one owner, whatever their state; 0 = any number.
    pub max_per_user: u32,
}

impl TokenRules {
    /// Tokens of one owner where the settings say nothing.
    pub const MAX_PER_USER: u32 = 1000;
}

impl Default for TokenRules {
    /// Plain SHA-256 and [`MAX_PER_USER`](Self::MAX_PER_USER) tokens.
    fn default() -> Self {
        Self { hasher: TokenHasher::sha256(), max_per_user: Self::MAX_PER_USER }
    }
}
