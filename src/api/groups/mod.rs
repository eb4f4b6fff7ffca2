//! `/api/v1/groups`: bundles of permissions for users and tokens.

mod change;
mod create;
mod delete;
mod list;
mod members;
mod permissions;
mod show;
mod view;

use super::Endpoint;
use view::GroupView;

/// The endpoints of this resource.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        list::endpoint(),
        create::endpoint(),
        show::endpoint(),
        change::patch(),
        change::put(),
        delete::endpoint(),
    ];
    all.extend(permissions::endpoints());
    all.extend(members::endpoints());
    all
}
