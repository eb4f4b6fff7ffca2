//! `/api/v1/apps`: attached databases, and the records in them.

mod list;
mod sync;
mod view;

use super::Endpoint;

/// The endpoints of this resource.
pub fn endpoints() -> [Endpoint; 3] {
    [list::list_endpoint(), list::show_endpoint(), sync::endpoint()]
}
