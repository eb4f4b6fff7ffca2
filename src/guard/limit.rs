//! Failed authentication is limited per address, by sliding minutes. Valid tokens are never counted.

use std::net::IpAddr;

use crate::auth::network_of;
use crate::clock::UtcTime;
use crate::web::SlidingMinutes;

/// Addresses that are remembered at once.
const ADDRESSES: usize = 10_000;

/// Counts failures.
pub(super) struct FailureLimit {
    per_minute: u32,
    seen: SlidingMinutes<IpAddr>,
}

impl FailureLimit {
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, seen: SlidingMinutes::new(ADDRESSES) }
    }

    /// Notes a failure, and gives the seconds to wait if there were too many.
    pub fn note(&self, ip: Option<IpAddr>, now: UtcTime) -> Option<u64> {
        let seen = self.seen.note(network_of(ip?), now);
        (seen.events > i64::from(self.per_minute)).then_some(seen.seconds_left)
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
        assert!(limit.seen.len() <= ADDRESSES + ADDRESSES / 10, "{}", limit.seen.len());
    }
}
