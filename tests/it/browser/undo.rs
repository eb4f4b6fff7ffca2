//! Dialogs over a page and messages with a way back, with the mouse.

use thirtyfour::By;

use super::look::{Examiner, Frame, Looker};
use super::person::PATIENCE;
use super::{PASSWORD, sign_in_again, start};
use crate::harness::eventually;

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
    let mut examiner = Examiner::default();
    examiner.look(&anna, "rotation", Frame::Window).await;
    assert!(examiner.wrong.is_empty(), "{:?}", examiner.wrong);
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
    sign_in_again(&anna).await;
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
