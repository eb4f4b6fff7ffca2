//! Dialogs over a page and messages with a way back, with the mouse.

use mcp_admin::db::Backend;
use thirtyfour::By;

use super::{PASSWORD, Person, user};
use crate::harness::{TestApp, eventually};

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

async fn start() -> (TestApp, Person) {
    let app = TestApp::start(Backend::Sqlite).await;
    user(&app, "anna", true);
    let anna = Person::signed_in(&app, "anna").await;
    (app, anna)
}

#[tokio::test]
async fn a_token_that_was_switched_off_comes_back_with_one_click() {
    let (app, anna) = start().await;
    let agent = app.token(&["blog.view_tag"]);
    anna.open("/admin/tokens").await;
    anna.click("Actions for Agent").await;
    anna.click("Deactivate").await;
    anna.see("Agent is inactive").await;
    assert_eq!(agent.status().await, 401);
    assert!(anna.barriers().await.is_empty(), "{:?}", anna.barriers().await);
    anna.click("Undo").await;
    anna.see("Agent is active again").await;
    anna.arrive("/admin/tokens").await;
    assert_eq!(agent.status().await, 200);
    anna.click("Dismiss").await;
    let is_gone = async || anna.browser.driver.find(By::Css(".toast:not([aria-hidden])")).await.is_err();
    eventually("the message is gone", PATIENCE, is_gone).await;
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn the_dialog_of_a_rotation_begins_with_what_stops_nothing_and_can_be_closed() {
    let (app, anna) = start().await;
    let agent = app.token(&["blog.view_tag"]);
    anna.open(&format!("/admin/tokens/{}", agent.id())).await;
    anna.click("Rotate…").await;
    anna.see("How long does the old secret keep working?").await;
    let focused = "return document.activeElement.value";
    eventually("24 hours has the focus", PATIENCE, async || anna.browser.evaluate(focused).await == "24h")
        .await;
    for theme in ["light", "dark"] {
        anna.browser.prefer(theme).await;
        for width in [1280, 390] {
            anna.browser.viewport(width, 900).await;
            let found = anna.barriers().await;
            assert!(found.is_empty(), "{theme} {width}: {found:?}");
            assert_eq!(anna.overflow().await, None, "{theme} {width}");
        }
    }
    anna.click("Cancel").await;
    let is_closed = async || anna.browser.driver.find(By::Css("dialog[open]")).await.is_err();
    eventually("the dialog is closed", PATIENCE, is_closed).await;
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn a_session_that_ends_before_a_password_is_sent_asks_over_the_page_and_keeps_no_password() {
    let (app, anna) = start().await;
    let ada = app.user("ada");
    anna.open(&format!("/admin/users/{ada}")).await;
    anna.fill("Email", "ada@example.com").await;
    anna.fill("New password", PASSWORD).await;
    anna.fill("Repeat the new password", PASSWORD).await;
    anna.browser.driver.delete_all_cookies().await.unwrap();
    anna.click("Set password").await;
    anna.see("You were signed out").await;
    assert_eq!(anna.value("Email").await, "ada@example.com");
    let kept = "return [...document.querySelectorAll('main input[type=password]')].map((field) => field.value).join('')";
    assert_eq!(anna.browser.evaluate(kept).await, "");
    anna.browser.evaluate("document.getElementById('again-username').value = 'anna'").await;
    anna.browser.evaluate(&format!("document.getElementById('again-password').value = '{PASSWORD}'")).await;
    anna.click("Sign in and go on").await;
    let is_closed = async || anna.browser.driver.find(By::Css("dialog[open]")).await.is_err();
    eventually("the dialog is closed", PATIENCE, is_closed).await;
    anna.fill("New password", PASSWORD).await;
    anna.fill("Repeat the new password", PASSWORD).await;
    anna.click("Set password").await;
    anna.see("Password set").await;
}

#[tokio::test]
async fn what_saving_a_group_would_change_is_told_while_one_ticks() {
    let (_app, anna) = start().await;
    anna.open("/admin/groups/new").await;
    anna.fill("Name", "Editors").await;
    anna.click("View Article").await;
    anna.click("Create group").await;
    anna.see("No permission is added or removed.").await;
    anna.click("Delete Article").await;
    anna.see("Adds delete for Article").await;
    anna.click("View Article").await;
    anna.see("Removes view for Article").await;
    anna.click_preset("Tag", "Full").await;
    anna.see("Adds view, add, change and delete for Tag").await;
    anna.click("Save group").await;
    anna.see("Its members can now also").await;
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}
