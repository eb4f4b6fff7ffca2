//! `/api/v1/log-entries`: the audit log.

mod export;
mod list;
mod view;

use super::Endpoint;

/// The endpoints of this resource.
pub fn endpoints() -> [Endpoint; 2] {
    [list::list_endpoint(), list::show_endpoint()]
}
