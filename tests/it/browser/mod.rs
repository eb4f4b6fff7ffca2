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

use mcp_admin::db::{Backend, UserId};
use mcp_admin::services::users::{self, NewUser};
use person::PATIENCE;
use thirtyfour::Key;

use crate::harness::{TestApp, eventually};

/// A site with its administrator, signed in.
pub async fn start() -> (TestApp, Person) {
    let app = TestApp::start(Backend::Sqlite).await;
    let anna = anna(&app).await;
    (app, anna)
}

/// An administrator of a site, signed in.
pub async fn anna(app: &TestApp) -> Person {
    user(app, "anna", true);
    Person::signed_in(app, "anna").await
}

/// Signs anna in again in the dialog that says that her session has ended.
pub async fn sign_in_again(person: &Person) {
    person.see("You were signed out").await;
    person.has_focus("Username").await;
    person.press("anna").await;
    person.press(Key::Tab).await;
    person.press(PASSWORD).await;
    person.click("Sign in and go on").await;
    let closed = async || !person.text().await.contains("You were signed out");
    eventually("the dialog is closed", PATIENCE, closed).await;
}

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
