//! `/api/v1/tokens`: the credentials of MCP clients.

mod bulk;
mod change;
mod check;
mod create;
mod delete;
mod export;
mod groups;
mod list;
mod permissions;
mod secret;
mod show;
mod state;
mod usage;
mod view;

use super::Endpoint;

/// The endpoints of this resource.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        list::endpoint(),
        create::endpoint(),
        bulk::endpoint(),
        show::endpoint(),
        change::patch(),
        change::put(),
        delete::endpoint(),
        secret::rotate(),
        secret::copy(),
        state::activate(),
        state::deactivate(),
        check::endpoint(),
        usage::endpoint(),
    ];
    all.extend(permissions::endpoints());
    all.extend(groups::endpoints());
    all
}
