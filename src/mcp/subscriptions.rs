//! `subscriptions/listen`: one long answer that tells when a list, or a resource, is no longer what it was.
//! It looks at intervals, so that it also sees what other replicas and other programs did, and ends when the
//! token no longer opens the door.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use rmcp::model::SubscriptionFilter;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::{MissedTickBehavior, interval};

use super::changes::Counts;
use super::exchange::Exchange;
use super::listing::Listing;
use super::prepared::Prepared;
use super::protocol::greeting::SERVER_META;
use super::protocol::{Era, Fault, Meta, Params, Request, envelope};
use super::stream::{Events, WAITING};
use super::transport::Arrival;
use super::{Mcp, json, resources};
use crate::auth::Actor;
use crate::db::TokenId;
use crate::guard::{Guard, Pass};

/// How often the lists are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// Every how many looks subscribed resources are read again.
const READ_EVERY: u32 = 8;
/// Streams of one token at once.
const SEATS_OF_A_TOKEN: usize = 8;
/// Streams of all tokens at once.
const SEATS: usize = 1_000;
/// Resources of one stream.
const RESOURCES: usize = 20;

#[derive(Deserialize)]
struct ListenParams {
    notifications: Map<String, Value>,
}

/// How many streams are open, by token.
#[derive(Default)]
pub struct Seats(Mutex<HashMap<TokenId, usize>>);

/// An open stream; the place is free again when this is dropped.
struct Seat {
    seats: Arc<Seats>,
    token: TokenId,
}

impl Seats {
    fn take(self: &Arc<Self>, token: TokenId) -> Option<Seat> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.get(&token).copied().unwrap_or_default();
        if own >= SEATS_OF_A_TOKEN || open.values().sum::<usize>() >= SEATS {
            return None;
        }
        open.insert(token, own + 1);
        Some(Seat { seats: Arc::clone(self), token })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.token) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(open.remove(&self.token)),
        }
    }
}

/// What a caller sees at one moment.
#[derive(PartialEq, Eq)]
struct View {
    tools: Prepared,
    listing: Arc<Listing>,
}

impl View {
    fn of(mcp: &Mcp, actor: &Actor) -> Self {
        let tools = mcp.tools.current();
        Self { tools: tools.list(actor).members.clone(), listing: mcp.listings.of(mcp, &tools, actor) }
    }
}

struct Subscription {
    mcp: Data<Mcp>,
    guard: Arc<Guard>,
    pass: Pass,
    actor: Actor,
    /// The id of the request, as it came; it names the subscription.
    id: String,
    filter: SubscriptionFilter,
    events: Sender<Vec<u8>>,
    _seat: Seat,
}

/// Opens a stream.
///
/// # Errors
/// `-32602` for parameters that are none; 406 if the client takes no stream, 429 if it has too many.
pub async fn open(
    mcp: &Data<Mcp>,
    actor: &Actor,
    arrival: &Arrival<'_>,
    request: &Request<'_>,
) -> Result<Events, Fault> {
    let ListenParams { notifications } = envelope::own_params(request.raw)?;
    let filter: SubscriptionFilter = serde_json::from_value(notifications.into())
        .map_err(|error| Fault::invalid_params(format!("notifications: {error}")))?;
    if !arrival.takes_events() {
        return Err(Fault::http(StatusCode::NOT_ACCEPTABLE, "Accept text/event-stream to listen"));
    }
    let (Some((guard, pass)), Some(token)) = (arrival.pass(), &actor.principal.token) else {
        return Err(Fault::http(StatusCode::SERVICE_UNAVAILABLE, "Nobody can listen here"));
    };
    let Some(seat) = mcp.seats.take(token.id) else {
        return Err(Fault::http(StatusCode::TOO_MANY_REQUESTS, "Too many streams are open: close one first"));
    };
    let (events, told) = channel(WAITING);
    let mut subscription = Subscription {
        mcp: mcp.clone(),
        guard,
        pass,
        actor: actor.clone(),
        id: request.id.to_owned(),
        filter,
        events,
        _seat: seat,
    };
    let wanted = subscription.filter.resource_subscriptions.take().unwrap_or_default();
    let mut resources = Vec::new();
    for uri in wanted.into_iter().take(RESOURCES) {
        if let Some(state) = subscription.state_of(&uri).await {
            resources.push((uri, Some(state)));
        }
    }
    if !resources.is_empty() {
        let uris = resources.iter().map(|(uri, _)| uri.clone()).collect();
        subscription.filter.resource_subscriptions = Some(uris);
    }
    let acknowledged = subscription.notification(
        "notifications/subscriptions/acknowledged",
        &format!("\"notifications\":{},", json(&subscription.filter)),
    );
    Ok(Events::new(&acknowledged, told, Box::pin(subscription.watch(resources))))
}

impl Subscription {
    /// Tells what changes until the server stops, the token is no longer good or the client is gone; then
    /// the result of the request.
    async fn watch(mut self, mut resources: Vec<(String, Option<u64>)>) -> Vec<u8> {
        let mut changes = self.mcp.changes.subscribe();
        let mut counts: Counts = *changes.borrow_and_update();
        let mut view = View::of(&self.mcp, &self.actor);
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = 0_u32;
        loop {
            tokio::select! {
                _ = ticks.tick() => looks = looks.wrapping_add(1),
                rung = changes.changed() => if rung.is_err() { break },
            }
            let now = *changes.borrow_and_update();
            // Who cannot be looked up hears nothing.
            let holder = self.guard.holder(&self.pass).await.ok().flatten();
            let Some(principal) = holder.filter(|_| !now.is_stopping) else { break };
            self.actor.principal = principal;
            let fresh = View::of(&self.mcp, &self.actor);
            self.tell_lists(&view, &fresh, counts, now);
            (view, counts) = (fresh, now);
            if looks.is_multiple_of(READ_EVERY) {
                self.tell_resources(&mut resources).await;
            }
        }
        let meta = format!("{SERVER_META},\"io.modelcontextprotocol/subscriptionId\":{}", self.id);
        let members = format!("\"resultType\":\"complete\",\"_meta\":{{{meta}}}");
        envelope::result(&self.id, "", members.as_bytes())
    }

    fn tell_lists(&self, old: &View, new: &View, before: Counts, now: Counts) {
        let (was, is) = (&old.listing, &new.listing);
        let lists = [
            (self.filter.tools_list_changed, old.tools != new.tools || before.tools != now.tools, "tools"),
            (
                self.filter.prompts_list_changed,
                was.prompts != is.prompts || before.prompts != now.prompts,
                "prompts",
            ),
            (
                self.filter.resources_list_changed,
                was.resources != is.resources
                    || was.templates != is.templates
                    || before.resources != now.resources,
                "resources",
            ),
        ];
        for (is_wanted, is_changed, list) in lists {
            if is_wanted == Some(true) && is_changed {
                self.tell(&format!("notifications/{list}/list_changed"), "");
            }
        }
    }

    async fn tell_resources(&self, resources: &mut [(String, Option<u64>)]) {
        for (uri, known) in resources {
            let state = self.state_of(uri).await;
            if state != *known {
                *known = state;
                self.tell("notifications/resources/updated", &format!("\"uri\":{},", json(uri)));
            }
        }
    }

    /// A number that differs when the resource does; `None` if it cannot be read.
    async fn state_of(&self, uri: &str) -> Option<u64> {
        let exchange =
            Exchange::new(&self.mcp, &self.actor, Era::Modern, uri, &Params::default(), &Meta::default())
                .ok()?;
        let read = resources::read(&self.mcp, uri, &Arc::new(exchange)).await.ok()?;
        let mut hasher = DefaultHasher::new();
        read.members.hash(&mut hasher);
        Some(hasher.finish())
    }

    /// What a client does not take in time is left out; it looks at the whole list anyway.
    fn tell(&self, method: &str, members: &str) {
        let _ = self.events.try_send(self.notification(method, members));
    }

    fn notification(&self, method: &str, members: &str) -> Vec<u8> {
        let id = &self.id;
        let meta = format!("\"_meta\":{{\"io.modelcontextprotocol/subscriptionId\":{id}}}");
        envelope::notification(method, &format!("{{{members}{meta}}}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r53_seats_are_counted_and_given_back() {
        let seats = Arc::<Seats>::default();
        let mut own: Vec<Seat> = (0..SEATS_OF_A_TOKEN).map(|_| seats.take(TokenId(1)).unwrap()).collect();
        assert!(seats.take(TokenId(1)).is_none());
        assert!(seats.take(TokenId(2)).is_some());
        own.pop();
        assert!(seats.take(TokenId(1)).is_some());
        own.clear();
        assert!(seats.0.lock().unwrap().is_empty(), "nothing is remembered of closed streams");
        let all: Vec<Seat> = (0..).map(TokenId).map_while(|token| seats.take(token)).collect();
        assert_eq!(all.len(), SEATS);
        assert!(seats.take(TokenId(-1)).is_none());
    }
}
