//! The hot path: who presents this token, and may it come in.
//!
//! [`bearer`] wraps a resource, a scope or a whole application. A token that was seen before costs one
//! hash and one look into memory, no query and no thread; a token that was not costs one load, however
//! many requests wait for it. Whether it is active and not expired is judged on every request.
//!
//! Another actix program can use it for its own routes:
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use actix_web::{App, HttpServer, web};
//! use mcp_admin::auth::{Actor, TokenHasher};
//! use mcp_admin::clock::Clock;
//! use mcp_admin::db::{Db, DatabaseUrl, PoolOptions};
//! use mcp_admin::guard::{self, Guard, GuardOptions};
//!
//! // An actor as an argument: the handler cannot be reached without a valid token.
//! async fn report(actor: Actor) -> Result<String, mcp_admin::Error> {
//!     actor.require("blog.view_article")?;
//!     Ok(format!("hello {}", actor.principal.label))
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let db = Db::new(&DatabaseUrl::parse("mcp-admin.db")?, &PoolOptions::own())?;
//! let guard = Guard::new(db, TokenHasher::sha256(), Clock::system(), GuardOptions::default())?;
//! let shared = Arc::clone(&guard);
//! actix_web::rt::System::new().block_on(async move {
//!     let guard = shared;
//!     HttpServer::new(move || {
//!         App::new()
//!             .service(web::resource("/report").wrap(guard::bearer(&guard)).get(report))
//!             .service(
//!                 web::resource("/articles")
//!                     .wrap(guard::permission("blog.add_article"))
//!                     .wrap(guard::bearer(&guard))
//!                     .post(async || "added"),
//!             )
//!     })
//!     .bind(("127.0.0.1", 8080))?
//!     .run()
//!     .await
//! })?;
//! guard.shutdown(); // writes down the last uses
//! # Ok(())
//! # }
//! ```

mod answer;
mod bearer;
mod cache;
mod credential;
mod epoch;
mod limit;
mod options;
mod permission;
mod presence;
mod stats;
#[cfg(test)]
mod tests;
mod usage;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use bearer::{Bearer, bearer};
pub use options::{FAILURES_PER_MINUTE, GuardOptions, RotatedHook};
pub use permission::permission;
pub use presence::Pass;
pub use stats::Stats;

use actix_web::dev::RequestHead;
use tokio::sync::Semaphore;

use answer::Refusal;
use cache::{Entry, Invalid, TokenCache};
use epoch::{Epoch, Stop};
use limit::FailureLimit;
use usage::UsageTracker;

use crate::auth::{TokenDigest, TokenHasher};
use crate::clock::{Clock, UtcTime};
use crate::db::{Db, dialect};
use crate::error::{Error, Result};
use crate::models::authentication;
use crate::web::{AllowList, client_ip};

/// Look-ups in the database at once; more wait.
const CONCURRENT_LOADS: usize = 8;
/// How long a request waits for its token to be looked up.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a guarded call ended, for the usage counters. A handler puts it into the request's extensions;
/// without one the call counts as done, or as failed if its status is 5xx.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// It was refused for lack of a permission.
    Denied,
    /// It failed.
    Failed,
}

/// What the guard of one server knows. Its threads poll the epoch, listen for changes and write uses
/// down; they end with [`shutdown`](Self::shutdown), or soon after it is dropped.
pub struct Guard {
    db: Db,
    hasher: TokenHasher,
    clock: Clock,
    options: GuardOptions,
    allowed: AllowList,
    cache: TokenCache,
    epoch: Arc<Epoch>,
    usage: Arc<UsageTracker>,
    failures: FailureLimit,
    loads: Arc<Semaphore>,
    stats: Arc<Stats>,
    stop: Arc<Stop>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Guard {
    /// A guard over the tokens of `db`. Blocks for a first look at the database; if that is away the
    /// guard answers 503 until it is there.
    ///
    /// # Errors
    /// `Internal` if its threads cannot be started.
    pub fn new(db: Db, hasher: TokenHasher, clock: Clock, options: GuardOptions) -> Result<Arc<Self>> {
        let stats = Arc::<Stats>::default();
        let guard = Arc::new(Self {
            allowed: AllowList::new(&options.allowed_hosts, &options.allowed_origins, options.bound),
            cache: TokenCache::new(options.cache_capacity),
            epoch: Arc::new(Epoch::new(options.epoch_grace, Arc::clone(&stats))),
            usage: Arc::default(),
            failures: FailureLimit::new(options.failures_per_minute),
            loads: Arc::new(Semaphore::new(CONCURRENT_LOADS)),
            stats,
            stop: Arc::default(),
            threads: Mutex::default(),
            db,
            hasher,
            clock,
            options,
        });
        if let Err(error) = guard.epoch.poll(&guard.db) {
            tracing::warn!(%error, "tokens cannot be checked yet");
        }
        guard.start_threads()?;
        Ok(guard)
    }

    /// Each thread holds what it needs and not the guard, so that a dropped guard ends them.
    fn start_threads(&self) -> Result<()> {
        let (epoch, db, stop) = (Arc::clone(&self.epoch), self.db.clone(), Arc::clone(&self.stop));
        let interval = self.options.epoch_poll_interval;
        self.start("epoch-poll", move || epoch.keep_polling(&db, interval, &stop))?;

        if dialect::can_listen(self.db.backend()) {
            let (epoch, db, stop) = (Arc::clone(&self.epoch), self.db.clone(), Arc::clone(&self.stop));
            self.start("epoch-listen", move || epoch.keep_listening(&db, &stop))?;
        }

        let (usage, db, stop) = (Arc::clone(&self.usage), self.db.clone(), Arc::clone(&self.stop));
        let (stats, interval) = (Arc::clone(&self.stats), self.options.usage_flush_interval);
        self.start("usage-flush", move || usage.keep_flushing(&db, &stats, interval, &stop))
    }

    fn start(&self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work)
            .map_err(|error| Error::Internal(Box::new(error)))?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    /// Throws away what is remembered. Call it after a transaction of this process changed who may do
    /// what, so that the next request already sees it.
    pub fn invalidate(&self) {
        self.epoch.invalidate();
    }

    /// Whether the database was heard of recently enough for the memory to be trusted.
    pub fn is_fresh(&self) -> bool {
        self.epoch.is_trusted()
    }

    /// Asks the database for the epoch once, as the guard does by itself at intervals. Blocks.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub fn poll(&self) -> Result<()> {
        self.epoch.poll(&self.db)
    }

    /// Which `Host` and `Origin` it answers, for doors that let somebody in by other means.
    pub fn allowed(&self) -> &AllowList {
        &self.allowed
    }

    /// The address of a client, as far as the proxies that are trusted tell it.
    pub fn client_ip(&self, head: &RequestHead) -> Option<IpAddr> {
        client_ip(head, &self.options.trusted_proxies)
    }

    /// What it did so far.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Gives the numbers to the recorder of metrics, if there is one.
    pub fn publish_stats(&self) {
        self.stats.publish();
        let gauge = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        metrics::gauge!("mcp_admin_tokens_remembered").set(gauge(self.remembered()));
        metrics::gauge!("mcp_admin_tokens_unwritten").set(gauge(self.unwritten()));
    }

    /// How many tokens it remembers.
    pub fn remembered(&self) -> usize {
        self.cache.len()
    }

    /// How many tokens wait for their last use to be written down.
    pub fn unwritten(&self) -> usize {
        self.usage.waiting()
    }

    /// Writes the uses down that were noted so far. Blocks.
    ///
    /// # Errors
    /// Database faults; what was not written is kept for the next time.
    pub fn flush(&self) -> Result<()> {
        self.usage.flush(&self.db, &self.stats)
    }

    /// Ends the threads and writes the last uses down. Call it when no request is running any more.
    /// Blocks.
    pub fn shutdown(&self) {
        self.stop.now();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the guard had panicked");
            }
        }
        if let Err(error) = self.flush() {
            tracing::error!(%error, tokens = self.unwritten(), "the last uses could not be written down");
        }
    }

    fn digest(&self, token: &[u8]) -> TokenDigest {
        Stats::count(&self.stats.hashes);
        self.hasher.digest(token)
    }

    /// The entry of a digest if it is remembered and may be trusted. No query, no wait.
    fn recall(&self, digest: &TokenDigest) -> Option<Arc<Entry>> {
        let entry =
            self.epoch.is_trusted().then(|| self.cache.get(digest, self.epoch.generation())).flatten();
        Stats::count(if entry.is_some() { &self.stats.hits } else { &self.stats.misses });
        entry
    }

    /// The entry of a digest from the database: once for all who wait, unless the memory cannot be
    /// trusted; then everybody asks for himself.
    async fn load(&self, digest: &TokenDigest) -> Result<Option<Arc<Entry>>> {
        if !self.epoch.is_trusted() {
            return self.read(digest).await;
        }
        let wanted = self.epoch.generation();
        loop {
            match self.cache.get_or_load(digest, wanted).await {
                Ok(entry) if entry.generation >= wanted => return Ok(Some(entry)),
                Ok(_) => {}
                Err(loading) => {
                    let entry = self.read(digest).await?;
                    if let Some(entry) = &entry {
                        // It fails only if the place was taken away meanwhile; the entry is good anyway.
                        let _ = loading.insert(Arc::clone(entry));
                    }
                    return Ok(entry);
                }
            }
        }
    }

    async fn read(&self, digest: &TokenDigest) -> Result<Option<Arc<Entry>>> {
        let digest = *digest;
        let asked = async {
            let permit = Arc::clone(&self.loads).acquire_owned().await;
            Stats::count(&self.stats.loads);
            let generation = self.epoch.generation();
            let find = move |db: &Db| {
                // Held until the database answered, even if nobody waits for it any more.
                let _permit = permit;
                db.read(|conn| Ok(authentication::find_by_digest(conn, &digest)?))
            };
            let found = self.db.run(find).await?;
            Ok(found.map(|found| self.cache.entry(found, generation)))
        };
        let late = |_| Error::Unavailable("The database takes too long to find a token".into());
        tokio::time::timeout(PATIENCE, asked).await.map_err(late)?
    }

    /// Judges a known token and notes its use.
    fn enter(
        &self,
        entry: &Arc<Entry>,
        now: UtcTime,
        ip: Option<IpAddr>,
    ) -> std::result::Result<(), Invalid> {
        entry.judge(now)?;
        self.usage.used(entry, now, ip);
        Stats::count(&self.stats.accepted);
        Ok(())
    }

    /// Counts a refusal; turns it into a 429 where an address fails too often.
    fn refuse(&self, refusal: Refusal, now: UtcTime, ip: Option<IpAddr>) -> Refusal {
        let limited = (refusal == Refusal::Invalid).then(|| self.failures.note(ip, now)).flatten();
        let refusal = limited.map_or(refusal, Refusal::Limited);
        Stats::count(match refusal {
            Refusal::Missing => &self.stats.missing,
            Refusal::Invalid => &self.stats.invalid,
            Refusal::Ambiguous => &self.stats.ambiguous,
            Refusal::Foreign(_) => &self.stats.foreign,
            Refusal::Limited(_) => &self.stats.limited,
            Refusal::Unavailable => &self.stats.unavailable,
        });
        refusal
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.stop.now();
    }
}
