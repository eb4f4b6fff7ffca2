//! Clients that stall. The framework bounds the wait for the first head of a connection and for the first
//! byte of the next one; a body that trickles in, and the rest of a later head, it would await for ever.
//! Here a body has to keep a pace, and a connection that waits for its next request is closed in time.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Extensions, Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use actix_web::{HttpMessage, rt};
use futures_core::Stream;
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep_until};

/// How long nothing may come.
const PATIENCE: Duration = Duration::from_secs(8);
/// What is sent lengthens the patience by a second for each so many bytes, in either direction.
const PACE: u64 = 16 * 1024;
/// Most bytes of an answer that may be under way when its body has ended: buffers of both sides.
const UNDER_WAY: u64 = 4 * 1024 * 1024;
/// How long a client may take to read that it was too slow.
const FAREWELL: Duration = Duration::from_millis(500);
/// How often connections are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// A request is running; it is bounded elsewhere.
const BUSY: u64 = u64::MAX;

/// The connections of one server.
#[derive(Clone, Default)]
pub struct Connections(Arc<Mutex<Vec<Weak<Connection>>>>);

impl Connections {
    /// Takes note of a new connection: a callback for
    /// [`HttpServer::on_connect`](actix_web::HttpServer::on_connect).
    pub fn note(&self, io: &dyn std::any::Any, data: &mut Extensions) {
        let Some(stream) = io.downcast_ref::<rt::net::TcpStream>() else { return };
        // A second handle, because the first belongs to the framework.
        let Ok(handle) = stream.as_fd().try_clone_to_owned() else { return };
        let connection = Arc::new(Connection::new(handle.into()));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&connection));
        data.insert(connection);
    }

    /// Closes those that wait for too long, until it is dropped.
    pub async fn keep_closing(self) {
        let mut interval = tokio::time::interval(LOOK);
        loop {
            interval.tick().await;
            // One that is closed is forgotten here, but not yet by the framework.
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|connection| connection.upgrade().is_some_and(|c| c.is_in_time()));
        }
    }
}

/// One connection.
pub(super) struct Connection {
    socket: TcpStream,
    made: Instant,
    /// Milliseconds after `made` by which the next request has to be there, or [`BUSY`].
    due: AtomicU64,
    /// Whether the body of a request came too slowly.
    is_late: AtomicBool,
}

impl Connection {
    fn new(socket: TcpStream) -> Self {
        let is_late = AtomicBool::new(false);
        Self { socket, made: Instant::now(), due: AtomicU64::new(BUSY), is_late }
    }

    /// The connection that a request came on, if the server takes note of them. A request begins.
    pub fn begin(request: &ServiceRequest) -> Option<Arc<Self>> {
        let connection = request.conn_data::<Arc<Self>>()?;
        connection.due.store(BUSY, Ordering::Relaxed);
        Some(Arc::clone(connection))
    }

    /// An answer of so many bytes is on its way, and the next request may come.
    pub fn end(&self, bytes: u64) {
        let wait = if self.is_late() { FAREWELL } else { PATIENCE + Duration::from_secs(bytes / PACE) };
        let due = (self.made.elapsed() + wait).as_millis();
        self.due.store(u64::try_from(due).unwrap_or(BUSY - 1), Ordering::Relaxed);
    }

    /// Whether the body of the request came too slowly.
    pub fn is_late(&self) -> bool {
        self.is_late.load(Ordering::Relaxed)
    }

    /// False if it was closed.
    fn is_in_time(&self) -> bool {
        let due = self.due.load(Ordering::Relaxed);
        if u128::from(due) > self.made.elapsed().as_millis() {
            return true;
        }
        // It may be closed already.
        let _ = self.socket.shutdown(Shutdown::Both);
        false
    }
}

/// Has the body of a request come at a pace.
pub(super) fn pace(request: &mut ServiceRequest, connection: &Arc<Connection>) {
    let body = request.take_payload();
    if matches!(body, Payload::None) {
        return;
    }
    let (connection, started) = (Arc::clone(connection), Instant::now());
    let paced = Paced { body, connection, started, received: 0, timer: None };
    request.set_payload(Payload::Stream { payload: Box::pin(paced) });
}

/// The body of a request, which ends with an error if it comes too slowly.
struct Paced {
    body: Payload,
    connection: Arc<Connection>,
    started: Instant,
    received: u64,
    /// Only while something is awaited: most bodies are there when they are asked for.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stream for Paced {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(next) = Pin::new(&mut self.body).poll_next(cx) {
            if let Some(Ok(chunk)) = &next {
                self.received += chunk.len() as u64;
            }
            self.timer = None;
            return Poll::Ready(next);
        }
        let due = self.started + PATIENCE + Duration::from_secs(self.received / PACE);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due.into())));
        ready!(timer.as_mut().poll(cx));
        self.connection.is_late.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

pin_project! {
    /// The body of an answer in parts: the connection is busy until its end.
    pub(super) struct Parts<B> {
        #[pin]
        body: B,
        under_way: UnderWay,
    }
}

impl<B> Parts<B> {
    pub fn new(body: B, connection: Arc<Connection>) -> Self {
        Self { body, under_way: UnderWay { connection, bytes: 0 } }
    }
}

struct UnderWay {
    connection: Arc<Connection>,
    bytes: u64,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.connection.end(self.bytes.min(UNDER_WAY));
    }
}

impl<B: MessageBody> MessageBody for Parts<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        let this = self.project();
        let next = ready!(this.body.poll_next(cx));
        if let Some(Ok(chunk)) = &next {
            this.under_way.bytes += chunk.len() as u64;
        }
        Poll::Ready(next)
    }
}
