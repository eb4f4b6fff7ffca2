//! What ends a running server: a signal, or somebody who holds its [`Stopper`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

/// Stops an application from elsewhere; clones stop the same one.
#[derive(Clone, Default)]
pub struct Stopper {
    asked: Arc<Notify>,
    draining: Arc<AtomicBool>,
}

impl Stopper {
    /// As SIGTERM does: no new connections, running requests end, uses are written down.
    pub fn stop(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.asked.notify_one();
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Ends when somebody asks, or the system does.
    pub(super) async fn is_asked(&self, signals: &mut StopSignals) {
        tokio::select! { () = signals.heard() => {}, () = self.asked.notified() => {} }
        self.draining.store(true, Ordering::Relaxed);
    }
}

/// SIGTERM and SIGINT, heard from the moment that this exists: one that comes between the announcement of an
/// address and the first request is not lost, nor does it end the process before it has tidied up.
pub(super) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Needs a running Tokio.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn heard(&mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }
}
