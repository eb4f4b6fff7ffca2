//! What a guard did since it was made. Plain counters: `/metrics` reads them when it is asked.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one guard.
#[derive(Debug, Default)]
pub struct Stats {
    /// Requests that were let in.
    pub accepted: AtomicU64,
    /// Requests without a Bearer credential.
    pub missing: AtomicU64,
    /// Requests with a credential that is not valid, whatever the reason.
    pub invalid: AtomicU64,
    /// Requests with more than one credential.
    pub ambiguous: AtomicU64,
    /// Requests for or from a foreign host.
    pub foreign: AtomicU64,
    /// Requests of addresses that failed too often.
    pub limited: AtomicU64,
    /// Requests that could not be judged.
    pub unavailable: AtomicU64,
    /// Tokens that were hashed.
    pub hashes: AtomicU64,
    /// Look-ups that the cache answered.
    pub hits: AtomicU64,
    /// Look-ups that it did not.
    pub misses: AtomicU64,
    /// Look-ups in the database.
    pub loads: AtomicU64,
    /// Times that everything remembered was thrown away.
    pub invalidations: AtomicU64,
    /// Batches of uses that were written.
    pub flushes: AtomicU64,
    /// Tokens whose use was written.
    pub flushed_tokens: AtomicU64,
    /// Batches that could not be written and wait.
    pub failed_flushes: AtomicU64,
}

impl Stats {
    pub(super) fn count(counter: &AtomicU64) {
        Self::count_by(counter, 1);
    }

    pub(super) fn count_by(counter: &AtomicU64, by: u64) {
        counter.fetch_add(by, Ordering::Relaxed);
    }

    /// Gives the numbers to the recorder of metrics, if there is one.
    pub(super) fn publish(&self) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        for (outcome, counter) in [
            ("accepted", &self.accepted),
            ("missing", &self.missing),
            ("invalid", &self.invalid),
            ("ambiguous", &self.ambiguous),
            ("foreign", &self.foreign),
            ("limited", &self.limited),
            ("unavailable", &self.unavailable),
        ] {
            metrics::counter!("mcp_admin_auth_total", "outcome" => outcome).absolute(read(counter));
        }
        metrics::counter!("mcp_admin_token_hashes_total").absolute(read(&self.hashes));
        metrics::counter!("mcp_admin_token_cache_hits_total").absolute(read(&self.hits));
        metrics::counter!("mcp_admin_token_cache_misses_total").absolute(read(&self.misses));
        metrics::counter!("mcp_admin_token_loads_total").absolute(read(&self.loads));
        metrics::counter!("mcp_admin_token_cache_invalidations_total").absolute(read(&self.invalidations));
        metrics::counter!("mcp_admin_usage_flushes_total", "outcome" => "ok").absolute(read(&self.flushes));
        metrics::counter!("mcp_admin_usage_flushes_total", "outcome" => "error")
            .absolute(read(&self.failed_flushes));
        metrics::counter!("mcp_admin_usage_flushed_tokens_total").absolute(read(&self.flushed_tokens));
    }
}
