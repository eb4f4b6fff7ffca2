//! When tokens are used and how often. A request marks its token and goes on; a thread writes the marks
//! down in batches, at most once a token and interval. What could not be written is kept for the next
//! time, folded by token, so it is never dropped and never grows beyond the tokens in use.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::cache::Entry;
use super::epoch::Stop;
use super::stats::Stats;
use crate::clock::UtcTime;
use crate::db::{Db, TokenId};
use crate::error::Result;
use crate::models::usage::{self, Bucket, LastUse};

const HOUR_MICROS: i64 = 3_600_000_000;
/// Hours that one token may wait to be written; more are added to the newest.
const MAX_HOURS: usize = 48;

/// The marks of one token since they were last collected.
pub(super) struct TokenUse {
    token_id: TokenId,
    last_micros: AtomicI64,
    calls: AtomicU64,
    denials: AtomicU64,
    errors: AtomicU64,
    queued: AtomicBool,
    /// Tells whether `ip` has to be written; it changes rarely.
    ip_tag: AtomicU64,
    ip: Mutex<Option<IpAddr>>,
}

/// What a call adds to its token's counters.
#[derive(Clone, Copy)]
pub(super) enum Count {
    Denied,
    Failed,
}

impl TokenUse {
    pub fn new(token_id: TokenId) -> Self {
        Self {
            token_id,
            last_micros: AtomicI64::new(i64::MIN),
            calls: AtomicU64::new(0),
            denials: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            queued: AtomicBool::new(false),
            ip_tag: AtomicU64::new(0),
            ip: Mutex::new(None),
        }
    }

    fn mark(&self, now: UtcTime, ip: Option<IpAddr>) {
        self.last_micros.fetch_max(now.micros(), Ordering::Relaxed);
        self.calls.fetch_add(1, Ordering::Relaxed);
        let tag = tag_of(ip);
        if self.ip_tag.load(Ordering::Relaxed) != tag {
            *self.ip.lock().unwrap_or_else(PoisonError::into_inner) = ip;
            self.ip_tag.store(tag, Ordering::Relaxed);
        }
    }

    /// True for the one caller that has to put the token into the queue. The swap orders the marks before
    /// it against [`collect`](Self::collect), so that none is lost between the two.
    fn must_queue(&self) -> bool {
        !self.queued.swap(true, Ordering::AcqRel)
    }

    fn collect(&self) -> Marks {
        self.queued.swap(false, Ordering::AcqRel);
        let take = |counter: &AtomicU64| counter.swap(0, Ordering::Relaxed);
        Marks {
            last_micros: self.last_micros.load(Ordering::Relaxed),
            ip: *self.ip.lock().unwrap_or_else(PoisonError::into_inner),
            counts: Counts {
                calls: take(&self.calls),
                denials: take(&self.denials),
                errors: take(&self.errors),
            },
        }
    }
}

fn tag_of(ip: Option<IpAddr>) -> u64 {
    match ip {
        None => 0,
        Some(IpAddr::V4(v4)) => (1 << 32) | u64::from(v4.to_bits()),
        Some(IpAddr::V6(v6)) => {
            let segments = v6.segments().map(u64::from);
            segments.iter().fold(1, |tag, s| tag.wrapping_mul(0x0100_0000_01b3) ^ s)
        }
    }
}

struct Marks {
    last_micros: i64,
    ip: Option<IpAddr>,
    counts: Counts,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    calls: u64,
    denials: u64,
    errors: u64,
}

/// What waits to be written of one token.
struct Pending {
    last_micros: i64,
    ip: Option<IpAddr>,
    hours: BTreeMap<i64, Counts>,
}

impl Pending {
    fn add(&mut self, marks: &Marks) {
        if marks.last_micros >= self.last_micros {
            self.last_micros = marks.last_micros;
            self.ip = marks.ip;
        }
        let hour = marks.last_micros.div_euclid(HOUR_MICROS) * HOUR_MICROS;
        let newest = self.hours.last_key_value().map(|(hour, _)| *hour);
        let key = match newest {
            Some(newest) if self.hours.len() >= MAX_HOURS => newest,
            _ => hour,
        };
        let counts = self.hours.entry(key).or_default();
        counts.calls += marks.counts.calls;
        counts.denials += marks.counts.denials;
        counts.errors += marks.counts.errors;
    }
}

/// Collects the marks of all tokens of one guard.
#[derive(Default)]
pub(super) struct UsageTracker {
    queue: Mutex<Vec<Arc<Entry>>>,
    backlog: Mutex<BTreeMap<TokenId, Pending>>,
}

impl UsageTracker {
    /// Notes a use. Takes no lock unless this is the token's first use since the last flush.
    pub fn used(&self, entry: &Arc<Entry>, now: UtcTime, ip: Option<IpAddr>) {
        entry.usage.mark(now, ip);
        self.queue(entry);
    }

    /// Notes how a call ended that did not simply succeed.
    pub fn ended(&self, entry: &Arc<Entry>, count: Count) {
        let counter = match count {
            Count::Denied => &entry.usage.denials,
            Count::Failed => &entry.usage.errors,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.queue(entry);
    }

    fn queue(&self, entry: &Arc<Entry>) {
        if entry.usage.must_queue() {
            self.queue.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(entry));
        }
    }

    /// Writes everything down, a hundred tokens a transaction. Blocks. What fails stays for next time.
    ///
    /// # Errors
    /// The first fault of the database; the rest was then not tried.
    pub fn flush(&self, db: &Db, stats: &Stats) -> Result<()> {
        let mut backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        let queued = std::mem::take(&mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner));
        for entry in queued {
            let marks = entry.usage.collect();
            backlog
                .entry(entry.usage.token_id)
                .or_insert_with(|| Pending { last_micros: i64::MIN, ip: None, hours: BTreeMap::new() })
                .add(&marks);
        }
        while !backlog.is_empty() {
            // In the order of their ids, so that two nodes do not wait for each other's rows.
            let batch: Vec<TokenId> = backlog.keys().copied().take(usage::BATCH).collect();
            let written = batch.iter().filter_map(|id| Some((*id, backlog.get(id)?)));
            let (uses, buckets) = rows(written);
            let result = db.write(|tx| {
                usage::move_forward(tx, &uses)?;
                for chunk in buckets.chunks(usage::BATCH) {
                    usage::add_to_buckets(tx, chunk)?;
                }
                Ok(())
            });
            match &result {
                Ok(()) => Stats::count_by(&stats.flushed_tokens, batch.len() as u64),
                Err(_) => Stats::count(&stats.failed_flushes),
            }
            result?;
            Stats::count(&stats.flushes);
            backlog.retain(|id, _| batch.binary_search(id).is_err());
        }
        Ok(())
    }

    /// Flushes in intervals until it is stopped.
    pub fn keep_flushing(&self, db: &Db, stats: &Stats, interval: Duration, stop: &Stop) {
        let mut well = true;
        while !stop.wait(interval) {
            let flushed = self.flush(db, stats);
            if let (Err(error), true) = (&flushed, well) {
                tracing::warn!(?error, "uses of tokens cannot be written down; they are kept");
            }
            well = flushed.is_ok();
        }
    }

    /// How many tokens wait to be written.
    pub fn waiting(&self) -> usize {
        let backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner).len();
        backlog + self.queue.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

fn rows<'a>(pending: impl Iterator<Item = (TokenId, &'a Pending)>) -> (Vec<LastUse>, Vec<Bucket>) {
    let (mut uses, mut buckets) = (Vec::new(), Vec::new());
    for (token_id, one) in pending {
        let ip = one.ip.map(|ip| ip.to_string());
        uses.push(LastUse { token_id, at: UtcTime::from_micros(one.last_micros), ip });
        buckets.extend(one.hours.iter().map(|(hour, counts)| Bucket {
            token_id,
            hour: UtcTime::from_micros(*hour),
            calls: i64::try_from(counts.calls).unwrap_or(i64::MAX),
            denials: i64::try_from(counts.denials).unwrap_or(i64::MAX),
            errors: i64::try_from(counts.errors).unwrap_or(i64::MAX),
        }));
    }
    (uses, buckets)
}
