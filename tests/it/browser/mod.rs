//! The pages in a real browser: what a person sees and does, and what must hold for every page.

mod driver;
mod forms;
mod inert;
mod journeys;
mod keyboard;
mod keys;
mod lists;
mod look;
mod pages;
mod person;
mod screenshots;
mod script;
mod site;
mod states;
mod undo;
mod without_scripts;

pub use person::{PASSWORD, Person};

use mcp_admin::db::UserId;
use mcp_admin::services::users::{self, NewUser};

use crate::harness::TestApp;

/// A user who may sign in with [`PASSWORD`].
pub fn user(app: &TestApp, username: &str, is_superuser: bool) -> UserId {
    let password = users::prepare_password(PASSWORD, username).unwrap();
    let new = NewUser {
        username: username.into(),
        email: format!("{username}@example.com"),
        password: Some(password),
        is_active: true,
        is_staff: true,
        is_superuser,
    };
    app.write(|tx, actor| users::create(tx, actor, app.clock.now(), &new)).id
}
