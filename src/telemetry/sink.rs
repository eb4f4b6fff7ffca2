//! Where log lines go: they are collected, and written out together some fifty times a second, because a
//! system call for each request costs more than the request. Warnings and errors are written at once, with
//! everything before them; when the other side does not take them, whoever logs waits: no line is dropped.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How long a line may wait.
const DELAY: Duration = Duration::from_millis(20);
/// Bytes that may wait.
const MOST: usize = 256 * 1024;

/// Collects lines. Clones share what they collect.
#[derive(Clone)]
pub struct Sink(Arc<Shared>);

struct Shared {
    waiting: Mutex<Vec<u8>>,
    /// Told when there is something after nothing was there.
    filled: Condvar,
    /// Held while lines are taken and written, so that they stay in order. The buffer goes to and fro.
    out: Mutex<Out>,
}

struct Out {
    to: Box<dyn Write + Send>,
    spare: Vec<u8>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sink {
    /// Writes to `to`, from a thread of its own that lives as long as the process.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(to: impl Write + Send + 'static) -> io::Result<Self> {
        let out = Out { to: Box::new(to), spare: Vec::new() };
        let sink = Self(Arc::new(Shared {
            waiting: Mutex::default(),
            filled: Condvar::new(),
            out: Mutex::new(out),
        }));
        let own = sink.clone();
        std::thread::Builder::new().name("log".into()).spawn(move || own.keep_flushing())?;
        Ok(sink)
    }

    fn keep_flushing(&self) {
        loop {
            let waiting = self.0.filled.wait_while(lock(&self.0.waiting), |waiting| waiting.is_empty());
            drop(waiting);
            std::thread::sleep(DELAY);
            self.flush();
        }
    }

    /// Writes everything out that was logged so far.
    pub fn flush(&self) {
        let mut out = lock(&self.0.out);
        let spare = std::mem::take(&mut out.spare);
        let mut lines = std::mem::replace(&mut *lock(&self.0.waiting), spare);
        // Nobody is left to be told when the log itself cannot be written.
        let _ = out.to.write_all(&lines).and_then(|()| out.to.flush());
        lines.clear();
        out.spare = lines;
    }

    fn add(&self, line: &[u8], is_urgent: bool) {
        let mut waiting = lock(&self.0.waiting);
        if waiting.is_empty() {
            self.0.filled.notify_one();
        }
        waiting.extend_from_slice(line);
        let is_full = waiting.len() > MOST;
        drop(waiting);
        if is_urgent || is_full {
            self.flush();
        }
    }
}

/// Takes the lines of one event.
pub struct Line<'s> {
    sink: &'s Sink,
    is_urgent: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.sink.add(line, self.is_urgent);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'s> MakeWriter<'s> for Sink {
    type Writer = Line<'s>;

    fn make_writer(&'s self) -> Line<'s> {
        Line { sink: self, is_urgent: true }
    }

    fn make_writer_for(&'s self, metadata: &Metadata<'_>) -> Line<'s> {
        Line { sink: self, is_urgent: *metadata.level() <= Level::WARN }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::testing::Memory;

    fn text(memory: &Memory) -> String {
        String::from_utf8(memory.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn r40_no_line_is_lost_or_overtaken() {
        let memory = Memory::default();
        let sink = Sink::start(memory.clone()).unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let sink = &sink;
                scope.spawn(move || {
                    (0..20_000).for_each(|n| sink.add(format!("{writer} {n}\n").as_bytes(), n % 500 == 0));
                });
            }
        });
        sink.flush();
        let text = text(&memory);
        for writer in ["0 ", "1 ", "2 ", "3 "] {
            let lines = text.lines().filter_map(|line| line.strip_prefix(writer));
            assert!(lines.eq((0..20_000).map(|n| n.to_string())), "{writer}");
        }
    }

    #[test]
    fn what_is_urgent_is_written_at_once_with_what_came_before() {
        let memory = Memory::default();
        let sink = Sink::start(memory.clone()).unwrap();
        sink.add(b"first\n", false);
        sink.add(b"urgent\n", true);
        assert_eq!(text(&memory), "first\nurgent\n");
        sink.add(b"later\n", false);
        while text(&memory).len() < 19 {
            std::thread::sleep(DELAY);
        }
        assert_eq!(text(&memory), "first\nurgent\nlater\n");
    }
}
