//! From a message to its answer: which form it has, which method it names, and who does that.

use actix_web::http::header::HeaderMap;
use actix_web::web::Data;

use super::protocol::{Era, Fault, Message, Params, Request, envelope, era, greeting};
use super::transport::Reply;
use super::{Mcp, bare, tools};
use crate::auth::Actor;

/// Answers the message of a body.
pub async fn answer(mcp: &Data<Mcp>, actor: &Actor, headers: &HeaderMap, body: &[u8]) -> Reply {
    match envelope::read(body) {
        Err((id, fault)) => Reply::fault(id, &fault),
        Ok(Message::Bare(message)) => bare::answer(mcp, actor, &message).await,
        Ok(Message::Notification) => match era::check_notification(headers) {
            Ok(()) => Reply::accepted(),
            Err(fault) => Reply::fault(None, &fault),
        },
        Ok(Message::Request(request)) => match framed(mcp, actor, headers, &request).await {
            Ok(reply) => reply,
            Err(fault) => Reply::fault(Some(request.id), &fault),
        },
    }
}

async fn framed(
    mcp: &Data<Mcp>,
    actor: &Actor,
    headers: &HeaderMap,
    request: &Request<'_>,
) -> Result<Reply, Fault> {
    let Request { id, method, params } = request;
    let era = era::decide(headers, method, params)?;
    let ok = |lead: &str, members: &[u8]| Ok(Reply::ok(envelope::result(id, lead, members)));
    match (era, &**method) {
        (_, "tools/call") => {
            let result = call(mcp, actor, params).await?;
            let lead = if era == Era::Modern { greeting::MODERN_LEAD } else { "" };
            let body = envelope::result(id, lead, result.members.as_bytes());
            Ok(Reply { outcome: result.outcome, ..Reply::ok(body) })
        }
        (_, "tools/list") => {
            check_cursor(params)?;
            let list = mcp.tools.current().list(actor);
            let lead = if era == Era::Modern { greeting::MODERN_LIST_LEAD } else { "" };
            ok(lead, &list.members)
        }
        (Era::Legacy, "initialize") => ok("", &mcp.greeting.initialize(params)?),
        (Era::Legacy, "ping") => ok("", b""),
        (Era::Modern, "server/discover") => ok("", &mcp.greeting.discover()),
        _ => Err(Fault::method_not_found(era, method)),
    }
}

/// Calls the tool that the parameters name.
///
/// # Errors
/// `-32602` if they name none.
pub async fn call(mcp: &Data<Mcp>, actor: &Actor, params: &Params<'_>) -> Result<tools::ToolResult, Fault> {
    let Some(name) = params.name.and_then(envelope::text) else {
        return Err(Fault::invalid_params("tools/call needs the name of a tool"));
    };
    tools::call(mcp, actor, &name, params.arguments).await
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
