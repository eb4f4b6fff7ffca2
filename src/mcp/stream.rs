//! Answers that come in parts, as server-sent events: what is told while a call runs, then its result.
//! A client that asked for nothing of this never gets one.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Events that wait for a slow client.
pub const WAITING: usize = 64;
/// How often something is sent where there is nothing to tell, so that a client that is gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Work that ends with the last message of a stream.
pub type Work = Pin<Box<dyn Future<Output = Vec<u8>>>>;

/// The body of an answer in parts. Dropping it, as happens when the client hangs up, drops the work.
pub struct Events {
    waiting: VecDeque<Bytes>,
    told: Receiver<Vec<u8>>,
    work: Option<Work>,
    heartbeat: Interval,
}

impl Events {
    /// Everything that comes out of `told`, beginning with `first`, and then what `work` ends with.
    pub fn new(first: &[u8], told: Receiver<Vec<u8>>, work: Work) -> Self {
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        Self { waiting: VecDeque::from([event(first)]), told, work: Some(work), heartbeat }
    }
}

impl MessageBody for Events {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        if let Some(next) = self.waiting.pop_front() {
            return Poll::Ready(Some(Ok(next)));
        }
        let Some(work) = &mut self.work else { return Poll::Ready(None) };
        // The work is asked first, so that what it told before it ended is not overtaken by its end.
        if let Poll::Ready(last) = work.as_mut().poll(cx) {
            self.work = None;
            while let Ok(told) = self.told.try_recv() {
                self.waiting.push_back(event(&told));
            }
            self.waiting.push_back(event(&last));
            return Poll::Ready(self.waiting.pop_front().map(Ok));
        }
        if let Poll::Ready(Some(told)) = self.told.poll_recv(cx) {
            return Poll::Ready(Some(Ok(event(&told))));
        }
        if self.heartbeat.poll_tick(cx).is_ready() {
            return Poll::Ready(Some(Ok(Bytes::from_static(b":\n\n"))));
        }
        Poll::Pending
    }
}

/// One message as an event. JSON has no line breaks of its own here.
fn event(message: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(message.len() + 24);
    out.extend_from_slice(b"event: message\ndata: ");
    out.extend(message.iter().filter(|byte| !matches!(byte, b'\n' | b'\r')));
    out.extend_from_slice(b"\n\n");
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        assert_eq!(event(b"{\"a\":\n1}"), "event: message\ndata: {\"a\":1}\n\n");
    }

    #[actix_web::test]
    async fn what_was_told_comes_before_the_end() {
        let (tell, told) = tokio::sync::mpsc::channel(WAITING);
        let work = Box::pin(async move {
            for message in ["one", "two"] {
                tell.try_send(message.into()).unwrap();
            }
            b"end".to_vec()
        });
        let body = actix_web::body::to_bytes(Events::new(b"first", told, work)).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let data: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        assert_eq!(data, ["first", "one", "two", "end"]);
    }
}
