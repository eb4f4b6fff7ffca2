//! What the guard remembers of a token between requests. The key is the digest, so a plaintext is never
//! kept; what is not in the database is never remembered, so made-up tokens cannot fill the memory.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle, PlaceholderGuard};

use super::usage::TokenUse;
use crate::auth::{ActorToken, PermissionSet, Principal, TokenDigest};
use crate::clock::UtcTime;
use crate::models::authentication::{Authentication, PresentedSecret};

/// A token as it was when it was loaded. Whether it is valid is judged on every request.
pub(super) struct Entry {
    /// Counts the changes of who may do what: an entry of an older generation is not believed.
    pub generation: u64,
    pub principal: Arc<Principal>,
    pub usage: TokenUse,
    is_active: bool,
    owner_is_active: bool,
    expires_at: Option<UtcTime>,
    secret: PresentedSecret,
}

/// Why a known token does not open the door. Clients are not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Invalid {
    Inactive,
    OwnerInactive,
    Expired,
    /// The secret was rotated and its grace is over.
    Rotated,
}

impl Entry {
    fn new(found: Authentication, generation: u64, permissions: PermissionSet) -> Self {
        let token = ActorToken { id: found.token_id, name: found.token_name, tool_mode: found.tool_mode };
        Self {
            generation,
            usage: TokenUse::new(token.id),
            principal: Arc::new(Principal {
                user_id: Some(found.user_id),
                label: found.username,
                token: Some(token),
                is_superuser: false,
                permissions,
            }),
            is_active: found.is_active,
            owner_is_active: found.owner_is_active,
            expires_at: found.expires_at,
            secret: found.secret,
        }
    }

    /// Whether the token is valid at `now`; it expires exactly at `expires_at`.
    pub fn judge(&self, now: UtcTime) -> Result<(), Invalid> {
        if let PresentedSecret::Previous { until } = self.secret
            && until.is_none_or(|until| now >= until)
        {
            return Err(Invalid::Rotated);
        }
        if !self.is_active {
            Err(Invalid::Inactive)
        } else if !self.owner_is_active {
            Err(Invalid::OwnerInactive)
        } else if self.expires_at.is_some_and(|end| now >= end) {
            Err(Invalid::Expired)
        } else {
            Ok(())
        }
    }
}

/// A digest is uniformly distributed: its own bytes are the hash.
#[derive(Default)]
pub(super) struct Identity(u64);

impl Hasher for Identity {
    fn write(&mut self, bytes: &[u8]) {
        bytes.chunks(8).for_each(|chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = self.0.rotate_left(5) ^ u64::from_le_bytes(word);
        });
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Hashing = BuildHasherDefault<Identity>;

/// The right, and the duty, to load one entry while others wait for it.
pub(super) type Loading<'a> = PlaceholderGuard<
    'a,
    TokenDigest,
    Arc<Entry>,
    UnitWeighter,
    Hashing,
    DefaultLifecycle<TokenDigest, Arc<Entry>>,
>;

/// A bounded map of entries that loads each of them once, however many ask for it.
pub(super) struct TokenCache {
    entries: Cache<TokenDigest, Arc<Entry>, UnitWeighter, Hashing>,
    /// Tokens with the same permissions share them.
    permission_sets: Cache<u128, PermissionSet>,
}

impl TokenCache {
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Self {
            entries: Cache::with(
                capacity.min(1024),
                capacity as u64,
                UnitWeighter,
                Hashing::default(),
                DefaultLifecycle::default(),
            ),
            permission_sets: Cache::new(1024),
        }
    }

    /// The entry of a digest if it is of this generation. The only lock that a request takes.
    pub fn get(&self, digest: &TokenDigest, generation: u64) -> Option<Arc<Entry>> {
        self.entries.get(digest).filter(|entry| entry.generation == generation)
    }

    /// Waits for whoever loads the digest, or gives the caller the task. The entry may be older than
    /// `generation` if its load began before the last change; ask again then.
    pub async fn get_or_load(
        &self,
        digest: &TokenDigest,
        generation: u64,
    ) -> Result<Arc<Entry>, Loading<'_>> {
        self.entries.remove_if(digest, |entry| entry.generation < generation);
        self.entries.get_value_or_guard_async(digest).await
    }

    /// Makes an entry of what was found in the database.
    pub fn entry(&self, found: Authentication, generation: u64) -> Arc<Entry> {
        let key = found.permissions.fingerprint();
        let shared = self.permission_sets.get(&key).unwrap_or_else(|| {
            self.permission_sets.insert(key, found.permissions.clone());
            found.permissions.clone()
        });
        Arc::new(Entry::new(found, generation, shared))
    }

    /// How many tokens are remembered.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}
