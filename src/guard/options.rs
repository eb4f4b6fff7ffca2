//! Settings of a guard.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::auth::Actor;
use crate::config::Config;

/// Failed authentications a minute and address that are answered 401; more are answered 429.
pub const FAILURES_PER_MINUTE: u32 = 100;

/// Called with the actor that a rotated secret would have been, after its grace.
pub type RotatedHook = Arc<dyn Fn(&Actor) + Send + Sync>;

/// Settings of a guard; the defaults are those of [`Config`].
#[derive(Clone)]
pub struct GuardOptions {
    /// Most tokens that are remembered.
    pub cache_capacity: usize,
    /// How often uses are written down.
    pub usage_flush_interval: Duration,
    /// How often the epoch is polled.
    pub epoch_poll_interval: Duration,
    /// How long the memory is trusted without news of the epoch.
    pub epoch_grace: Duration,
    /// Values of `Host` that are answered; empty = the loopback names and `bound`; `*` = any.
    pub allowed_hosts: Vec<String>,
    /// Values of `Origin` that are answered beside our own.
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The address that the server listens on.
    pub bound: Option<SocketAddr>,
    /// See [`FAILURES_PER_MINUTE`].
    pub failures_per_minute: u32,
    /// Told when a rotated secret is used after its grace: somebody did not get the new one, or
    /// somebody has the old one who should not.
    pub on_rotated_use: Option<RotatedHook>,
}

impl From<&Config> for GuardOptions {
    fn from(config: &Config) -> Self {
        Self {
            cache_capacity: config.cache_capacity,
            usage_flush_interval: config.usage_flush_interval,
            epoch_poll_interval: config.epoch_poll_interval,
            epoch_grace: config.epoch_grace,
            allowed_hosts: config.allowed_hosts.clone(),
            allowed_origins: config.allowed_origins.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            bound: Some(config.bind),
            failures_per_minute: FAILURES_PER_MINUTE,
            on_rotated_use: None,
        }
    }
}

impl Default for GuardOptions {
    fn default() -> Self {
        let mut options = Self::from(&Config::default());
        options.bound = None;
        options
    }
}
