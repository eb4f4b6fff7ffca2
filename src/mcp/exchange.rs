//! One request as a tool sees it beside its arguments: what the client can do and answered before, and how
//! to talk to it meanwhile, with progress and log messages, where it asked for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::web::Data;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::Sender;

use super::Mcp;
use super::protocol::{Era, Fault, Meta, Params, Seal, envelope};
use crate::auth::Actor;
use crate::clock::Clock;
use crate::error::Error;
use crate::services::records::Watch;

/// How severe a log message is (RFC 5424), from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// For finding faults.
    Debug,
    /// Of general interest.
    Info,
    /// Normal, and worth a look.
    Notice,
    /// Something may be wrong.
    Warning,
    /// Something is wrong.
    Error,
    /// A part does not work.
    Critical,
    /// Something has to be done at once.
    Alert,
    /// Nothing works.
    Emergency,
}

impl LogLevel {
    /// As clients write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Alert => "alert",
            Self::Emergency => "emergency",
        }
    }
}

/// What is known of one request for the length of its call.
pub struct Exchange {
    actor: Actor,
    era: Era,
    /// For what a state is sealed: the method and what it names.
    subject: String,
    capabilities: Option<Box<RawValue>>,
    responses: Option<Map<String, Value>>,
    state: Option<Value>,
    progress_token: Option<Box<RawValue>>,
    log_level: Option<LogLevel>,
    events: Option<Sender<Vec<u8>>>,
    is_cancelled: AtomicBool,
    seal: Option<Seal>,
    clock: Clock,
}

impl Exchange {
    /// Reads what a request says beside its arguments. `name` is what it names: a tool, prompt or resource.
    ///
    /// # Errors
    /// `-32602` for answers that are no object, and for a state that was changed, belongs to another call
    /// or came too late.
    pub(super) fn new(
        mcp: &Data<Mcp>,
        actor: &Actor,
        era: Era,
        name: &str,
        params: &Params<'_>,
        meta: &Meta<'_>,
    ) -> Result<Self, Fault> {
        let log_level = match era {
            Era::Modern => meta.log_level.map(log_level).transpose()?,
            Era::Legacy => mcp.log_levels.of(actor),
        };
        let mut exchange = Self {
            actor: actor.clone(),
            era,
            subject: name.to_owned(),
            capabilities: meta.capabilities.map(ToOwned::to_owned),
            responses: None,
            state: None,
            progress_token: meta.progress_token.map(progress_token).transpose()?,
            log_level,
            events: None,
            is_cancelled: AtomicBool::new(false),
            seal: mcp.seal.clone(),
            clock: mcp.clock.clone(),
        };
        if era == Era::Modern {
            exchange.responses = params.input_responses.map(responses).transpose()?;
            exchange.state = params.request_state.map(|raw| exchange.opened(raw)).transpose()?;
        }
        Ok(exchange)
    }

    /// The exchange of a message in the bare form, which has none of this.
    pub(super) fn bare(mcp: &Data<Mcp>, actor: &Actor) -> Self {
        Self {
            actor: actor.clone(),
            era: Era::Legacy,
            subject: String::new(),
            capabilities: None,
            responses: None,
            state: None,
            progress_token: None,
            log_level: None,
            events: None,
            is_cancelled: AtomicBool::new(false),
            seal: None,
            clock: mcp.clock.clone(),
        }
    }

    fn opened(&self, raw: &RawValue) -> Result<Value, Fault> {
        let text = envelope::text(raw);
        let opened = text
            .zip(self.seal.as_ref())
            .and_then(|(text, seal)| seal.open(&self.sealed_for(), self.clock.now(), &text).ok());
        opened.ok_or_else(|| {
            Fault::invalid_params("requestState is not what was given out for this call, or came too late")
        })
    }

    fn sealed_for(&self) -> String {
        let token = self.actor.principal.token.as_ref().map(|token| token.id.0);
        format!("{} {}", token.unwrap_or_default(), self.subject)
    }

    /// Who calls.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(super) fn era(&self) -> Era {
        self.era
    }

    /// Whether a question can be answered: only since 2026-07-28, and only by a client that says that it
    /// has `capability`, such as `elicitation`.
    pub fn can(&self, capability: &str) -> bool {
        let declared = self.capabilities.as_deref().map(RawValue::get).unwrap_or_default();
        let declared: Option<Map<String, Value>> = serde_json::from_str(declared).ok();
        self.era == Era::Modern
            && declared.is_some_and(|all| all.get(capability).is_some_and(Value::is_object))
    }

    /// What the client answered to the question `key`; whatever is no object is no answer.
    pub fn response(&self, key: &str) -> Option<&Map<String, Value>> {
        self.responses.as_ref()?.get(key)?.as_object()
    }

    /// What was sealed for this call, unchanged.
    pub fn state(&self) -> Option<&Value> {
        self.state.as_ref()
    }

    /// Seals `state` for the next request of this call; `None` where states cannot be sealed.
    pub fn seal(&self, state: &Value) -> Option<String> {
        Some(self.seal.as_ref()?.close(&self.sealed_for(), self.clock.now(), state))
    }

    /// Whether the client asked to hear of the call before it ends.
    pub(super) fn wants_events(&self) -> bool {
        self.progress_token.is_some() || self.log_level.is_some()
    }

    /// Where what is told meanwhile goes to.
    pub(super) fn send_events_to(&mut self, events: Sender<Vec<u8>>) {
        self.events = Some(events);
    }

    /// Tells how far the work is, if the client asked for that. What a slow client cannot take is left out.
    pub fn progress(&self, done: u64, total: u64, message: &str) {
        let (Some(events), Some(token)) = (&self.events, &self.progress_token) else { return };
        let params = json!({ "progressToken": token, "progress": done, "total": total, "message": message });
        let _ = events.try_send(envelope::notification("notifications/progress", &params.to_string()));
    }

    /// Tells what happens, if the client asked for messages of this level.
    pub fn log(&self, level: LogLevel, logger: &str, data: &Value) {
        let Some(events) = self.events.as_ref().filter(|_| self.log_level.is_some_and(|l| level >= l)) else {
            return;
        };
        let params = json!({ "level": level.as_str(), "logger": logger, "data": data });
        let _ = events.try_send(envelope::notification("notifications/message", &params.to_string()));
    }

    /// Whether nobody waits for the answer any more. Long work looks now and then, and gives up.
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }

    /// Nobody waits any more.
    pub(super) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }
}

impl Watch for Exchange {
    fn step(&self, done: usize, total: usize) -> crate::error::Result<()> {
        if self.is_cancelled() {
            return Err(Error::Conflict("The call was given up, so nothing was changed".into()));
        }
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        self.progress(count(done), count(total), "records written");
        Ok(())
    }
}

/// Cancels a call whose future is dropped before it ended: the client hung up. Until 2025-11-25 hanging up
/// did not mean that (basic/transports, "disconnection").
pub(super) struct HangUp(Option<Arc<Exchange>>);

impl HangUp {
    pub(super) fn watch(exchange: &Arc<Exchange>) -> Self {
        Self((exchange.era == Era::Modern).then(|| Arc::clone(exchange)))
    }

    /// The call has ended.
    pub(super) fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for HangUp {
    fn drop(&mut self) {
        if let Some(exchange) = &self.0 {
            exchange.cancel();
        }
    }
}

/// Reads a level.
///
/// # Errors
/// `-32602` for anything else.
pub(super) fn log_level(raw: &RawValue) -> Result<LogLevel, Fault> {
    serde_json::from_str(raw.get()).map_err(|_| Fault::invalid_params("This is not a level of log messages"))
}

fn progress_token(raw: &RawValue) -> Result<Box<RawValue>, Fault> {
    let is_one = matches!(serde_json::from_str(raw.get()), Ok(Value::String(_) | Value::Number(_)));
    if is_one {
        Ok(raw.to_owned())
    } else {
        Err(Fault::invalid_params("A progressToken is a string or number"))
    }
}

fn responses(raw: &RawValue) -> Result<Map<String, Value>, Fault> {
    serde_json::from_str(raw.get()).map_err(|_| Fault::invalid_params("inputResponses must be an object"))
}
