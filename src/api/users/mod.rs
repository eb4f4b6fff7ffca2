//! `/api/v1/users`: administrators, and owners of tokens.

mod change;
mod create;
mod delete;
mod groups;
mod list;
mod password;
mod permissions;
mod show;
mod state;
mod view;

pub use view::UserView;

use super::Endpoint;

/// The endpoints of this resource.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        list::endpoint(),
        create::endpoint(),
        show::endpoint(),
        change::patch(),
        change::put(),
        delete::endpoint(),
        state::activate(),
        state::deactivate(),
        password::endpoint(),
    ];
    all.extend(permissions::endpoints());
    all.extend(groups::endpoints());
    all
}
