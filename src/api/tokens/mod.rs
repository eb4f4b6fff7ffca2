//! `/api/v1/tokens`: the credentials of MCP clients.

mod create;
mod list;
mod show;
mod view;

use super::Endpoint;

/// The endpoints of this resource.
pub fn endpoints() -> Vec<Endpoint> {
    vec![list::endpoint(), create::endpoint(), show::endpoint()]
}
