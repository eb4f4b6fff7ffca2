//! Work that hashes passwords: off the async threads, two at a time, with a bounded queue, so that many
//! who sign in at once cost neither the memory nor the processors of the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Hashes at the same time; each takes 19 MiB.
const AT_ONCE: usize = 2;
/// Those who wait for their turn, a second or two at most.
const WAITING: usize = 48;

/// The places for such work. Clones share them; a process has one.
#[derive(Clone)]
pub struct SlowHashing {
    places: Arc<Semaphore>,
    inside: Arc<AtomicUsize>,
}

impl Default for SlowHashing {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), inside: Arc::default() }
    }
}

impl SlowHashing {
    /// Runs blocking `work` when it is its turn.
    ///
    /// # Errors
    /// `Unavailable` at once if too many wait already; what `work` returns; `Internal` if it panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _inside = self.enter()?;
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(internal)?;
        // The place stays taken until the work ends, also when the client is gone.
        let worked = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        worked.await.map_err(internal)?
    }

    fn enter(&self) -> Result<Inside> {
        let inside = Inside(Arc::clone(&self.inside));
        if self.inside.fetch_add(1, Ordering::Relaxed) >= AT_ONCE + WAITING {
            return Err(Error::Unavailable("Too many people are signing in; try again in a moment".into()));
        }
        Ok(inside)
    }
}

/// Somebody who works or waits.
struct Inside(Arc<AtomicUsize>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Internal(Box::new(error))
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[actix_web::test]
    async fn r33_two_work_some_wait_and_the_rest_is_turned_away() {
        let hashing = SlowHashing::default();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let gate = Arc::new(Barrier::new(AT_ONCE + 1));
        let mut tasks = Vec::new();
        for n in 0..AT_ONCE + WAITING + 10 {
            let (hashing, now, most) = (hashing.clone(), Arc::clone(&now), Arc::clone(&most));
            let gate = Arc::clone(&gate);
            tasks.push(actix_web::rt::spawn(async move {
                let work = move || {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    if n < AT_ONCE {
                        gate.wait();
                    }
                    now.fetch_sub(1, Ordering::SeqCst);
                    Ok(())
                };
                hashing.run(work).await.is_ok()
            }));
        }
        // Everybody has come before the first two go on.
        while hashing.inside.load(Ordering::Relaxed) < AT_ONCE + WAITING
            || tasks.iter().filter(|task| task.is_finished()).count() < 10
        {
            tokio::task::yield_now().await;
        }
        gate.wait();
        let mut served = 0;
        for task in tasks {
            served += usize::from(task.await.unwrap());
        }
        assert_eq!(served, AT_ONCE + WAITING);
        assert_eq!(most.load(Ordering::SeqCst), AT_ONCE);
        assert_eq!(hashing.inside.load(Ordering::Relaxed), 0);
        assert!(hashing.run(|| Ok(())).await.is_ok());
    }
}
