//! Reading a resource: the operation that its address stands for, with the same permission and the same
//! entry in the audit log when it is refused.

use std::sync::Arc;

use actix_web::web::Data;
use serde_json::{Map, Value, json};

use super::uri::{self, ResourceUri};
use crate::error::Error;
use crate::mcp::exchange::Exchange;
use crate::mcp::extension::{self, Question};
use crate::mcp::protocol::{Fault, Kind, Outcome};
use crate::mcp::tools::arguments::Arguments;
use crate::mcp::tools::definition::Viewer;
use crate::mcp::tools::operation::Operation;
use crate::mcp::tools::registry::{Place, Tools};
use crate::mcp::tools::{call, perform_operation};
use crate::mcp::{Mcp, json as to_json};

/// The method, as refusals name it in the audit log.
const METHOD: &str = "resources/read";

/// Reads a resource.
///
/// # Errors
/// `-32602` (`-32002` in the older era) for what is not there or may not be known of, `-32602` for a
/// refusal that may be explained.
pub async fn read(mcp: &Data<Mcp>, address: &str, exchange: &Arc<Exchange>) -> Result<Outcome, Fault> {
    let not_found = || Fault::resource_not_found(exchange.era(), address);
    let Some(parsed) = ResourceUri::parse(address) else {
        let asked = extension::ask(mcp, Question::Resource(address.to_owned()), exchange).await;
        return asked.unwrap_or_else(|| Err(not_found()));
    };
    let tools = mcp.tools.current();
    let (place, arguments) = target(&tools, &parsed).ok_or_else(not_found)?;
    let viewer = Viewer { actor: exchange.actor(), catalog: &tools.catalog, settings: &mcp.settings };
    if let Some(permission) = place.operation.missing(&viewer, &place.model) {
        call::note(mcp, exchange.actor(), METHOD, permission);
        if !mcp.settings.explain_denials {
            return Err(not_found().denied());
        }
        return Err(Fault::refused(&call::explained(mcp, &[permission.to_owned()]).await));
    }
    match perform_operation(mcp, &tools, place, METHOD, Arguments::new(arguments), exchange).await {
        Ok(result) => {
            let text = result.text().unwrap_or_default();
            let contents = json!([{ "uri": address, "mimeType": "application/json", "text": text }]);
            let members = format!("\"contents\":{}", to_json(&contents));
            Ok(Outcome { members, kind: Kind::Cacheable, counted: None })
        }
        Err(Error::NotFound(_)) => Err(not_found()),
        Err(Error::Internal(source)) => {
            tracing::error!(error = %source, "a resource could not be read");
            Err(Fault::internal(Error::Internal(source).to_string()))
        }
        Err(Error::Unavailable(message)) => Err(Fault::internal(message)),
        Err(error) => Err(Fault::invalid_params(error.to_string())),
    }
}

/// The operation that an address stands for, with its arguments.
fn target(tools: &Tools, parsed: &ResourceUri) -> Option<(Place, Map<String, Value>)> {
    match parsed {
        ResourceUri::Schema { .. } => Some((tools.place(Operation::Describe, &parsed.label())?, Map::new())),
        ResourceUri::Record { key, .. } => {
            let place = tools.place(Operation::Get, &parsed.label())?;
            let id = uri::id(&place.model, key)?;
            Some((place, Map::from_iter([("id".to_owned(), id)])))
        }
    }
}
