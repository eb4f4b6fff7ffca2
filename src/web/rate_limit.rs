//! How many requests a caller may make: a sliding minute, made of the current one and what is left of the
//! one before. The table is bounded.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use quick_cache::sync::Cache;

use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::{TokenId, UserId};

const MINUTE_MICROS: i64 = 60_000_000;
/// Callers that are remembered at once.
const CALLERS: usize = 10_000;

/// Counts events of many keys in sliding minutes; it forgets the keys that are used least.
pub struct SlidingMinutes<K> {
    windows: Cache<K, Arc<Mutex<Window>>>,
}

#[derive(Default)]
struct Window {
    minute: i64,
    current: u32,
    before: u32,
}

/// Events of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// In the last sixty seconds, as far as two counters can tell; the noted one included.
    pub events: i64,
    /// Seconds until the current minute of the clock ends, at least one.
    pub seconds_left: u64,
}

impl<K: Hash + Eq> SlidingMinutes<K> {
    /// Remembers at most about `capacity` keys.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { windows: Cache::new(capacity) }
    }

    /// Notes one event.
    pub fn note(&self, key: K, now: UtcTime) -> Seen {
        let window = self.windows.get(&key).unwrap_or_else(|| {
            let fresh = Arc::<Mutex<Window>>::default();
            self.windows.insert(key, Arc::clone(&fresh));
            fresh
        });
        let (minute, into) = (now.micros().div_euclid(MINUTE_MICROS), now.micros().rem_euclid(MINUTE_MICROS));
        let mut window = window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.minute != minute {
            window.before = if window.minute + 1 == minute { window.current } else { 0 };
            window.minute = minute;
            window.current = 0;
        }
        window.current = window.current.saturating_add(1);
        let left_of_before = i64::from(window.before) * (MINUTE_MICROS - into) / MINUTE_MICROS;
        Seen {
            events: i64::from(window.current) + left_of_before,
            seconds_left: ((MINUTE_MICROS - into) / 1_000_000 + 1).unsigned_abs(),
        }
    }

    /// Keys that are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.windows.len()
    }
}

/// Limits requests by token, or by user where there is none.
pub struct RateLimit {
    per_minute: u32,
    seen: SlidingMinutes<(Option<TokenId>, Option<UserId>)>,
}

/// What a caller may still do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// Requests a minute.
    pub quota: u32,
    /// Requests that are left.
    pub remaining: i64,
    /// Seconds until there are more.
    pub reset_seconds: u64,
    exhausted: bool,
}

impl Allowance {
    /// The window that the quota is for.
    pub const WINDOW_SECONDS: u32 = 60;

    /// Seconds to wait if the request is one too many.
    pub fn exhausted(&self) -> Option<u64> {
        self.exhausted.then_some(self.reset_seconds)
    }
}

impl RateLimit {
    /// Allows `per_minute` requests; 0 = any number.
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, seen: SlidingMinutes::new(CALLERS) }
    }

    /// Notes a request; `None` where nothing is limited.
    pub fn note(&self, actor: &Actor, now: UtcTime) -> Option<Allowance> {
        if self.per_minute == 0 {
            return None;
        }
        let token = actor.principal.token.as_ref().map(|token| token.id);
        let seen = self.seen.note((token, actor.principal.user_id), now);
        let left = i64::from(self.per_minute) - seen.events;
        Some(Allowance {
            quota: self.per_minute,
            remaining: left.max(0),
            reset_seconds: seen.seconds_left,
            exhausted: left < 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_quota_is_used_up_and_comes_back() {
        let limit = RateLimit::new(2);
        let (actor, now) = (Actor::cli(), UtcTime::from_micros(0));
        let allowance = limit.note(&actor, now).unwrap();
        assert_eq!((allowance.remaining, allowance.exhausted()), (1, None));
        assert_eq!(limit.note(&actor, now).unwrap().exhausted(), None);
        assert_eq!(limit.note(&actor, now).unwrap().exhausted(), Some(61));
        assert_eq!(limit.note(&actor, now.plus(TimeDelta::minutes(3))).unwrap().exhausted(), None);
        assert!(RateLimit::new(0).note(&actor, now).is_none());
    }
}
