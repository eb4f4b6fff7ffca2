//! Failed authentication is limited per address: a sliding minute, made of the current one and what is
//! left of the one before. The table is bounded; valid tokens are never counted.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use quick_cache::sync::Cache;

use crate::auth::network_of;
use crate::clock::UtcTime;

const MINUTE_MICROS: i64 = 60_000_000;
/// Addresses that are remembered at once.
const ADDRESSES: usize = 10_000;

/// Counts failures.
pub(super) struct FailureLimit {
    per_minute: u32,
    windows: Cache<IpAddr, Arc<Mutex<Window>>>,
}

#[derive(Default)]
struct Window {
    minute: i64,
    current: u32,
    before: u32,
}

impl FailureLimit {
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, windows: Cache::new(ADDRESSES) }
    }

    /// Notes a failure, and gives the seconds to wait if there were too many.
    pub fn note(&self, ip: Option<IpAddr>, now: UtcTime) -> Option<u64> {
        let key = network_of(ip?);
        let window = self.windows.get(&key).unwrap_or_else(|| {
            let fresh = Arc::new(Mutex::default());
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
        let seen = i64::from(window.current) + left_of_before;
        (seen > i64::from(self.per_minute)).then(|| ((MINUTE_MICROS - into) / 1_000_000 + 1).unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn r54_failures_are_limited_by_address_and_the_limit_wears_off() {
        let limit = FailureLimit::new(3);
        let now = UtcTime::from_micros(0);
        let (one, other) = (Some([192, 0, 2, 1].into()), Some([192, 0, 2, 2].into()));
        assert!((0..3).all(|_| limit.note(one, now).is_none()));
        assert_eq!(limit.note(one, now), Some(61));
        assert_eq!(limit.note(other, now), None);
        assert!(limit.note(one, now.plus(TimeDelta::seconds(61))).is_some());
        assert_eq!(limit.note(one, now.plus(TimeDelta::seconds(240))), None);
    }

    #[test]
    fn r54_a_million_addresses_do_not_fill_the_memory() {
        let limit = FailureLimit::new(3);
        for n in 0..200_000_u32 {
            limit.note(Some(std::net::Ipv4Addr::from_bits(n).into()), UtcTime::from_micros(0));
        }
        assert!(limit.windows.len() <= ADDRESSES + ADDRESSES / 10, "{}", limit.windows.len());
    }
}
