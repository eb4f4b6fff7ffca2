//! The server: state, routes, middleware; it runs until it is stopped, then drains.

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};

/// A server that is bound and not yet running.
pub struct Application {
    port: u16,
}

impl Application {
    /// Prepares the database, loads the apps and binds the address (port 0 = any free one).
    ///
    /// # Errors
    /// `Invalid` settings, `Unavailable` database, an address in use.
    pub async fn build(_config: Config, _clock: Clock, _migrate: bool) -> Result<Self> {
        Err(Error::internal("placeholder"))
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Serves until SIGTERM, SIGINT or [`Stopper::stop`]; ends running requests and flushes.
    ///
    /// # Errors
    /// Faults of the socket.
    pub async fn run_until_stopped(self) -> Result<()> {
        Err(Error::internal("placeholder"))
    }
}
