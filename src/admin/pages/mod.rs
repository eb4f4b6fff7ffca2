//! One file for each page or form; a folder for what belongs together.

mod account;
mod apps;
mod audit;
mod dashboard;
mod groups;
mod palette;
mod permissions;
mod preferences;
mod records;
mod setup;
pub mod sign_in;
mod tokens;
mod users;

use super::routes::Table;

/// Every page and form.
pub fn routes(table: &mut Table) {
    sign_in::routes(table);
    setup::routes(table);
    preferences::routes(table);
    dashboard::routes(table);
    account::routes(table);
    palette::routes(table);
    apps::routes(table);
    records::routes(table);
    audit::routes(table);
    groups::routes(table);
    users::routes(table);
    permissions::routes(table);
    tokens::routes(table);
}
