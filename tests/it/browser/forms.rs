//! Forms that are sent by script: what was typed stays, whatever becomes of the session and of the record.

use chrono::TimeDelta;
use mcp_admin::auth::Actor;
use mcp_admin::services::{groups, users};
use serde_json::json;

use super::person::PATIENCE;
use super::{sign_in_again, start, user};
use crate::harness::eventually;

#[tokio::test]
async fn a_session_that_ends_while_a_token_is_described_costs_nothing_that_was_typed() {
    let (app, anna) = start().await;
    anna.open("/admin/tokens/new").await;
    anna.fill("Name", "half-way").await;
    anna.click("View Article").await;
    anna.see("1 permission.").await;
    anna.fill("Note", "typed before the session ended").await;
    app.advance(TimeDelta::minutes(31));
    anna.click("Create token").await;
    sign_in_again(&anna).await;
    assert_eq!(anna.value("Name").await, "half-way");
    anna.click("Create token").await;
    let agent = app.agent(&anna.secret().await);
    assert!(agent.tools().await.contains(&"list_article".to_owned()));
    anna.click("I have stored it").await;
    anna.see("typed before the session ended").await;
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn a_session_that_ends_while_a_record_is_edited_costs_nothing_that_was_typed() {
    let (app, anna) = start().await;
    anna.open("/admin/apps/blog/article/7").await;
    anna.fill("Title", "Typed before the session ended").await;
    app.advance(TimeDelta::minutes(31));
    anna.click("Save article").await;
    sign_in_again(&anna).await;
    assert_eq!(anna.value("Title").await, "Typed before the session ended");
    anna.click("Save article").await;
    anna.see("Saved the article “Typed before the session ended”").await;
    let agent = app.token(&["blog.view_article"]);
    assert_eq!(agent.ok("get_article", json!({"id": 7})).await["title"], "Typed before the session ended");
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn a_session_that_ends_while_people_are_given_permissions_costs_nothing_that_was_ticked() {
    let (app, anna) = start().await;
    let ben = user(&app, "ben", false);
    let now = app.clock.now();
    let group = app.write(|tx, actor| groups::create(tx, actor, now, "Editors")).id;
    anna.open(&format!("/admin/groups/{group}")).await;
    anna.fill("Name", "Readers").await;
    anna.click("View Article").await;
    app.advance(TimeDelta::minutes(31));
    anna.click("Save group").await;
    sign_in_again(&anna).await;
    anna.click("Save group").await;
    anna.see("Group saved").await;
    let saved = app.db.read(|conn| groups::show(conn, &Actor::cli(), group)).unwrap();
    assert_eq!(
        (saved.group.name.as_str(), saved.permissions),
        ("Readers", vec!["blog.view_article".to_owned()])
    );

    anna.open(&format!("/admin/users/{ben}")).await;
    anna.fill("Email", "ben@example.org").await;
    anna.click("Readers").await;
    app.advance(TimeDelta::minutes(31));
    anna.click("Save user").await;
    sign_in_again(&anna).await;
    assert_eq!(anna.value("Email").await, "ben@example.org");
    anna.click("Save user").await;
    anna.see("User saved").await;
    let of = app.db.read(|conn| users::groups(conn, &Actor::cli(), ben)).unwrap();
    assert_eq!(of.iter().map(|one| one.id).collect::<Vec<_>>(), [group]);
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn a_group_is_filled_by_presets_before_it_has_a_name() {
    let (_app, anna) = start().await;
    anna.open("/admin/groups/new").await;
    anna.click_preset("All models in Blog", "Read").await;
    let ticked = "return document.querySelectorAll('input[name=perm]:checked').length";
    let is_ticked = async || anna.browser.evaluate(ticked).await == 4;
    eventually("four are ticked", PATIENCE, is_ticked).await;
    anna.click("Create group").await;
    anna.has_focus("Name").await;
    assert_eq!(anna.browser.evaluate(ticked).await, 4);
    anna.fill("Name", "Readers").await;
    anna.click("Create group").await;
    anna.see("Group created").await;
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn whoever_was_slower_sees_both_versions_and_chooses() {
    let (app, anna) = start().await;
    anna.open("/admin/apps/blog/article/7").await;
    anna.fill("Title", "Mine").await;
    let agent = app.token(&["blog.view_article", "blog.change_article"]);
    agent.ok("update_article", json!({"id": 7, "data": {"title": "Theirs"}})).await;
    anna.click("Save article").await;
    anna.see("Theirs").await;
    anna.see("Mine").await;
    assert_eq!(agent.ok("get_article", json!({"id": 7})).await["title"], "Theirs");
    anna.click("Keep mine").await;
    anna.see("Saved the article “Mine”").await;
    assert_eq!(agent.ok("get_article", json!({"id": 7})).await["title"], "Mine");
    anna.fill("Title", "Once more").await;
    anna.click("Save and go to the list").await;
    // First what goes away by itself.
    anna.see("Saved the article “Once more”").await;
    anna.arrive("/admin/apps/blog/article").await;
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}
