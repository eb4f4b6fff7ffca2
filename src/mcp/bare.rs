//! The unframed form: a method and its parameters in, the result itself out. An error is
//! `{"error": …, "code": …}` with a status that tells it from a result.

use std::sync::Arc;

use actix_web::web::Data;
use serde_json::json;

use super::dispatch::{check_cursor, tool_name};
use super::exchange::Exchange;
use super::protocol::{Bare, Era, Fault};
use super::transport::{Body, Reply};
use super::{Mcp, tools};
use crate::auth::Actor;

/// Answers a bare message.
pub async fn answer(mcp: &Data<Mcp>, actor: &Actor, message: &Bare<'_>) -> Reply {
    match result(mcp, actor, message).await {
        Ok(reply) => reply,
        Err(fault) => {
            let body = json!({ "error": fault.message(), "code": fault.name() }).to_string();
            Reply { status: fault.bare_status(), body: Body::Json(body.into()), outcome: Some(fault.outcome) }
        }
    }
}

async fn result(mcp: &Data<Mcp>, actor: &Actor, message: &Bare<'_>) -> Result<Reply, Fault> {
    match &*message.method {
        "tools/list" => {
            check_cursor(&message.params)?;
            let members = mcp.tools.current().list(actor).members.clone();
            Ok(Reply::prepared(b"{".to_vec(), members, b"}"))
        }
        "tools/call" => {
            let name = tool_name(&message.params)?;
            let exchange = Arc::new(Exchange::bare(mcp, actor));
            let result = tools::call(mcp, &name, message.params.arguments, &exchange).await?;
            Ok(Reply { outcome: result.counted, ..Reply::ok(object(result.members.as_bytes())) })
        }
        other => Err(Fault::method_not_found(Era::Legacy, other)),
    }
}

fn object(members: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(members.len() + 2);
    body.push(b'{');
    body.extend_from_slice(members);
    body.push(b'}');
    body
}
