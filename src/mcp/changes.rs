//! Telling open streams that something changed, or that the server stops; and what clients of the older
//! era said about log messages.

use quick_cache::sync::Cache;
use tokio::sync::watch;

use super::exchange::LogLevel;
use crate::auth::Actor;
use crate::db::TokenId;

/// For how many tokens a level is remembered.
const REMEMBERED: usize = 10_000;

/// How often each list was changed by something else than permissions and models.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// `tools/list`
    pub tools: u64,
    /// `prompts/list`
    pub prompts: u64,
    /// `resources/list`
    pub resources: u64,
    /// Whether streams have to end.
    pub is_stopping: bool,
}

/// Rings at every open stream; clones ring at the same ones.
#[derive(Debug, Clone, Default)]
pub struct Changes(watch::Sender<Counts>);

impl Changes {
    /// The tools of an extension changed.
    pub fn tools_changed(&self) {
        self.0.send_modify(|counts| counts.tools += 1);
    }

    /// The prompts of an extension changed.
    pub fn prompts_changed(&self) {
        self.0.send_modify(|counts| counts.prompts += 1);
    }

    /// The resources of an extension changed.
    pub fn resources_changed(&self) {
        self.0.send_modify(|counts| counts.resources += 1);
    }

    /// Ends every stream, and those that are opened from now on.
    pub(super) fn stop(&self) {
        self.0.send_modify(|counts| counts.is_stopping = true);
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Counts> {
        self.0.subscribe()
    }
}

/// What `logging/setLevel` said, by token: there are no sessions to keep it in. A level that was forgotten
/// means no messages, as before it was said.
pub struct LogLevels(Cache<TokenId, LogLevel>);

impl Default for LogLevels {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl LogLevels {
    /// The caller wants to hear what is at least this severe.
    pub fn set(&self, actor: &Actor, level: LogLevel) {
        if let Some(token) = &actor.principal.token {
            self.0.insert(token.id, level);
        }
    }

    /// What the caller wants to hear.
    pub fn of(&self, actor: &Actor) -> Option<LogLevel> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&actor.principal.token.as_ref()?.id)
    }
}
