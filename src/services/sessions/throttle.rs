//! How often somebody may try to sign in. Attempts are counted per address and per account, in a bounded
//! table of this process. Waits grow with failures, end by themselves, and are not prolonged by attempts
//! that were refused, so that nobody can lock somebody else out for good.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use quick_cache::sync::Cache;

use crate::auth::network_of;
use crate::clock::UtcTime;
use crate::error::{Error, Result};

const SECOND_MICROS: i64 = 1_000_000;
/// Addresses and accounts that are remembered at once.
const REMEMBERED: usize = 10_000;
/// Failures are forgotten this many seconds after the last one.
const FORGOTTEN_AFTER: i64 = 15 * 60;

/// How many attempts are free, and how long the wait becomes at most.
struct Rule {
    free: u32,
    longest_wait: i64,
}

/// Somebody at one address may be many people behind one router.
const PER_ADDRESS: Rule = Rule { free: 20, longest_wait: 15 * 60 };
/// Short enough for the owner of an attacked account to get in between.
const PER_ACCOUNT: Rule = Rule { free: 5, longest_wait: 60 };

/// The table.
pub struct Throttle {
    addresses: Cache<IpAddr, Arc<Mutex<Failures>>>,
    accounts: Cache<String, Arc<Mutex<Failures>>>,
}

#[derive(Default, Clone, Copy)]
struct Failures {
    count: u32,
    /// Microseconds since the Unix epoch.
    last: i64,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { addresses: Cache::new(REMEMBERED), accounts: Cache::new(REMEMBERED) }
    }
}

impl Throttle {
    /// Counts an attempt as failed before it is made, so that attempts at the same moment count too;
    /// [`succeeded`](Self::succeeded) takes it back.
    ///
    /// # Errors
    /// `RateLimited` if it may not be made yet.
    pub fn attempt(&self, ip: Option<IpAddr>, username: &str, now: UtcTime) -> Result<()> {
        let account = entry(&self.accounts, &account_key(username));
        let address = ip.map(|ip| entry(&self.addresses, &network_of(ip)));
        let wait = lock(&account).wait(&PER_ACCOUNT, now);
        let wait = wait.max(address.as_ref().map_or(0, |address| lock(address).wait(&PER_ADDRESS, now)));
        if wait > 0 {
            return Err(Error::RateLimited { retry_after: wait.unsigned_abs() });
        }
        lock(&account).note(now);
        if let Some(address) = address {
            lock(&address).note(now);
        }
        Ok(())
    }

    /// Forgets the failures of an account, and the attempt that was none.
    pub fn succeeded(&self, ip: Option<IpAddr>, username: &str) {
        self.accounts.remove(&account_key(username));
        if let Some(address) = ip.and_then(|ip| self.addresses.get(&network_of(ip))) {
            let mut failures = lock(&address);
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

impl Failures {
    /// Seconds until the next attempt: 1, 2, 4, … after the free ones.
    fn wait(mut self, rule: &Rule, now: UtcTime) -> i64 {
        self.forget(now);
        let Some(beyond) = self.count.checked_sub(rule.free) else { return 0 };
        let wait = rule.longest_wait.min(1 << beyond.min(20));
        let elapsed = (now.micros() - self.last).max(0);
        (wait * SECOND_MICROS - elapsed + SECOND_MICROS - 1).max(0) / SECOND_MICROS
    }

    fn note(&mut self, now: UtcTime) {
        self.forget(now);
        self.count = self.count.saturating_add(1);
        self.last = now.micros();
    }

    fn forget(&mut self, now: UtcTime) {
        if now.micros() - self.last > FORGOTTEN_AFTER * SECOND_MICROS {
            self.count = 0;
        }
    }
}

/// Names differ by case for nobody, and a long one is no account.
fn account_key(username: &str) -> String {
    username.trim().chars().take(150).flat_map(char::to_lowercase).collect()
}

fn entry<K: Hash + Eq + Clone>(table: &Cache<K, Arc<Mutex<Failures>>>, key: &K) -> Arc<Mutex<Failures>> {
    table.get_or_insert_with(key, || Ok::<_, std::convert::Infallible>(Arc::default())).unwrap_or_default()
}

fn lock(failures: &Mutex<Failures>) -> std::sync::MutexGuard<'_, Failures> {
    failures.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> UtcTime {
        UtcTime::from_micros(0).plus(TimeDelta::days(365) + TimeDelta::seconds(seconds))
    }

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    fn wait(result: Result<()>) -> u64 {
        match result {
            Ok(()) => 0,
            Err(Error::RateLimited { retry_after }) => retry_after,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn r31_the_wait_of_an_account_grows_and_is_bounded_whatever_the_address() {
        let throttle = Throttle::default();
        let mut now = 0;
        let mut waits = Vec::new();
        for attempt in 0..14_u8 {
            let refused = wait(throttle.attempt(Some(address(attempt)), "Ada", at(now)));
            waits.push(refused);
            now += i64::try_from(refused).unwrap();
            if refused > 0 {
                assert_eq!(wait(throttle.attempt(Some(address(attempt)), "ada ", at(now))), 0);
            }
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(wait(throttle.attempt(Some(address(1)), "grace", at(now))), 0);
    }

    #[test]
    fn r31_the_wait_of_an_address_grows_whatever_the_account() {
        let throttle = Throttle::default();
        for n in 0..20 {
            assert_eq!(wait(throttle.attempt(Some(address(1)), &n.to_string(), at(0))), 0);
        }
        assert_eq!(wait(throttle.attempt(Some(address(1)), "x", at(0))), 1);
        assert_eq!(wait(throttle.attempt(Some(address(2)), "y", at(0))), 0);
    }

    #[test]
    fn r31_the_owner_gets_in_between_and_is_not_locked_out() {
        let throttle = Throttle::default();
        for attempt in 0..5 {
            throttle.attempt(Some(address(attempt)), "ada", at(0)).unwrap();
        }
        // Attempts while one has to wait prolong nothing.
        for _ in 0..100 {
            assert_eq!(wait(throttle.attempt(Some(address(9)), "ada", at(0))), 1);
        }
        throttle.attempt(Some(address(10)), "ada", at(1)).unwrap();
        throttle.succeeded(Some(address(10)), "ada");
        assert_eq!(wait(throttle.attempt(Some(address(10)), "ada", at(1))), 0);
    }

    #[test]
    fn r31_failures_are_forgotten() {
        let throttle = Throttle::default();
        for attempt in 0..5 {
            throttle.attempt(Some(address(attempt)), "ada", at(0)).unwrap();
        }
        assert_eq!(wait(throttle.attempt(None, "ada", at(0))), 1);
        for _ in 0..5 {
            throttle.attempt(None, "ada", at(FORGOTTEN_AFTER + 1)).unwrap();
        }
    }

    #[test]
    fn r31_a_million_names_do_not_fill_the_memory() {
        let throttle = Throttle::default();
        for n in 0..100_000 {
            throttle.attempt(None, &n.to_string(), at(0)).unwrap();
        }
        assert!(throttle.accounts.len() <= REMEMBERED + REMEMBERED / 10);
    }
}
