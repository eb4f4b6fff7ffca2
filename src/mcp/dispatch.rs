//! From a message to its answer: which form it has, which method it names, and who does that.

use std::sync::Arc;

use actix_web::web::Data;
use serde_json::value::RawValue;

use super::exchange::{Exchange, log_level};
use super::prepared::Prepared;
use super::protocol::{
    Era, Fault, Kind, Message, Meta, Notification, Outcome, Params, Request, envelope, era,
};
use super::stream::{Events, WAITING};
use super::transport::{Arrival, Reply};
use super::{Mcp, bare, completion, prompts, resources, subscriptions, tools};
use crate::auth::Actor;

/// Answers the message of a body.
pub async fn answer(mcp: &Data<Mcp>, actor: &Actor, arrival: &Arrival<'_>, body: &[u8]) -> Reply {
    match envelope::read(body) {
        Err((id, fault)) => Reply::fault(id, &fault),
        Ok(Message::Bare(message)) => bare::answer(mcp, actor, &message).await,
        Ok(Message::Notification(note)) => match era::check_notification(arrival.headers()) {
            Ok(()) => {
                heed(mcp, actor, &note);
                Reply::accepted()
            }
            Err(fault) => Reply::fault(None, &fault),
        },
        Ok(Message::Request(request)) => match framed(mcp, actor, arrival, &request).await {
            Ok(reply) => reply,
            Err(fault) => Reply::fault(Some(request.id), &fault),
        },
    }
}

/// The one notification that changes anything here.
fn heed(mcp: &Mcp, actor: &Actor, note: &Notification<'_>) {
    if note.method == "notifications/cancelled"
        && let (Some(token), Some(id)) = (&actor.principal.token, note.params.request_id)
    {
        mcp.running.cancel(token.id, id.get());
    }
}

async fn framed(
    mcp: &Data<Mcp>,
    actor: &Actor,
    arrival: &Arrival<'_>,
    request: &Request<'_>,
) -> Result<Reply, Fault> {
    let Request { id, method, params, raw } = request;
    let meta = Meta::read(params)?;
    let era = era::decide(arrival.headers(), method, params, &meta)?;
    let ok = |members: &[u8]| Ok(Reply::ok(envelope::result(id, "", members)));
    match (era, &**method) {
        (_, "tools/call") => call(mcp, actor, arrival, era, request, &meta).await,
        (_, "tools/list") => list(request, era, &mcp.tools.current().list(actor).members),
        (_, "resources/list") => list(request, era, &listing(mcp, actor).resources),
        (_, "resources/templates/list") => list(request, era, &listing(mcp, actor).templates),
        (_, "prompts/list") => list(request, era, &listing(mcp, actor).prompts),
        (_, "resources/read") => {
            let uri = text(params.uri, "resources/read needs the uri of a resource")?;
            let exchange = Exchange::new(mcp, actor, era, &uri, params, &meta)?;
            Ok(finished(id, era, &resources::read(mcp, &uri, &Arc::new(exchange)).await?))
        }
        (_, "prompts/get") => {
            let name = text(params.name, "prompts/get needs the name of a prompt")?;
            let exchange = Exchange::new(mcp, actor, era, &name, params, &meta)?;
            Ok(finished(id, era, &prompts::get(mcp, &name, params.arguments, &Arc::new(exchange)).await?))
        }
        (_, "completion/complete") => Ok(finished(id, era, &completion::complete(mcp, actor, *raw).await?)),
        (Era::Legacy, "initialize") => ok(&mcp.greeting.initialize(params)?),
        (Era::Legacy, "ping") => ok(b""),
        (Era::Legacy, "logging/setLevel") => {
            let level =
                params.level.ok_or_else(|| Fault::invalid_params("logging/setLevel needs a level"))?;
            mcp.log_levels.set(actor, log_level(level)?);
            ok(b"")
        }
        (Era::Legacy, "resources/subscribe" | "resources/unsubscribe") => {
            // There is no stream to tell it on in this era. What cannot be read is refused all the same.
            let uri = text(params.uri, "The uri of a resource is needed")?;
            let exchange = Exchange::new(mcp, actor, era, &uri, params, &meta)?;
            resources::read(mcp, &uri, &Arc::new(exchange)).await?;
            ok(b"")
        }
        (Era::Modern, "server/discover") => ok(&mcp.greeting.discover()),
        (Era::Modern, "subscriptions/listen") => {
            Ok(Reply::events(subscriptions::open(mcp, actor, arrival, request).await?))
        }
        _ => Err(Fault::method_not_found(era, method)),
    }
}

fn listing(mcp: &Mcp, actor: &Actor) -> Arc<super::listing::Listing> {
    mcp.listings.of(mcp, &mcp.tools.current(), actor)
}

fn list(request: &Request<'_>, era: Era, members: &Prepared) -> Result<Reply, Fault> {
    check_cursor(&request.params)?;
    let before = envelope::before_result(request.id, Kind::Cacheable.lead(era));
    Ok(Reply::prepared(before, members.clone(), envelope::AFTER_RESULT))
}

fn finished(id: &str, era: Era, outcome: &Outcome) -> Reply {
    let body = envelope::result(id, outcome.kind.lead(era), outcome.members.as_bytes());
    Reply { outcome: outcome.counted, ..Reply::ok(body) }
}

/// Calls a tool. A client that wants to hear of it meanwhile gets an answer in parts, but only if there is
/// something to hear before the end.
async fn call(
    mcp: &Data<Mcp>,
    actor: &Actor,
    arrival: &Arrival<'_>,
    era: Era,
    request: &Request<'_>,
    meta: &Meta<'_>,
) -> Result<Reply, Fault> {
    let params = &request.params;
    let name = tool_name(params)?;
    let mut exchange = Exchange::new(mcp, actor, era, &name, params, meta)?;
    if !exchange.wants_events() || !arrival.takes_events() {
        let outcome = tools::call(mcp, &name, params.arguments, &Arc::new(exchange)).await?;
        return Ok(finished(request.id, era, &outcome));
    }
    let (tell, mut told) = tokio::sync::mpsc::channel(WAITING);
    exchange.send_events_to(tell);
    let exchange = Arc::new(exchange);
    let mut work = Box::pin({
        let (mcp, id, name) = (mcp.clone(), request.id.to_owned(), name.into_owned());
        let arguments: Option<Box<RawValue>> = params.arguments.map(ToOwned::to_owned);
        async move {
            let _running = (era == Era::Legacy).then(|| mcp.running.enter(&id, &exchange));
            match tools::call(&mcp, &name, arguments.as_deref(), &exchange).await {
                Ok(outcome) => finished(&id, era, &outcome),
                Err(fault) => Reply::fault(Some(&id), &fault),
            }
        }
    });
    tokio::select! {
        biased;
        reply = &mut work => Ok(match told.try_recv() {
            Ok(first) => {
                let outcome = reply.outcome;
                let last = Box::pin(std::future::ready(reply.into_bytes()));
                Reply { outcome, ..Reply::events(Events::new(&first, told, last)) }
            }
            Err(_) => reply,
        }),
        Some(first) = told.recv() => {
            let last = Box::pin(async move { work.await.into_bytes() });
            Ok(Reply::events(Events::new(&first, told, last)))
        }
    }
}

/// The tool that the parameters name.
///
/// # Errors
/// `-32602` if they name none.
pub fn tool_name<'a>(params: &Params<'a>) -> Result<std::borrow::Cow<'a, str>, Fault> {
    text(params.name, "tools/call needs the name of a tool")
}

fn text<'a>(raw: Option<&'a RawValue>, otherwise: &'static str) -> Result<std::borrow::Cow<'a, str>, Fault> {
    raw.and_then(envelope::text).ok_or_else(|| Fault::invalid_params(otherwise))
}

/// Lists have one page, so no cursor was ever given out.
///
/// # Errors
/// `-32602` for any cursor.
pub fn check_cursor(params: &Params<'_>) -> Result<(), Fault> {
    match params.cursor {
        Some(cursor) if cursor.get() != "null" => Err(Fault::invalid_params("Invalid cursor")),
        _ => Ok(()),
    }
}
