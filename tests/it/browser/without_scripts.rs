//! The admin in a browser that runs no scripts: everything is there, by links and forms alone.

use mcp_admin::db::Backend;
use serde_json::json;

use super::{Person, user};
use crate::harness::TestApp;

async fn anna(app: &TestApp) -> Person {
    user(app, "anna", true);
    let anna = Person::new(app).await;
    anna.browser.scripts(false).await;
    anna.sign_in("anna", super::PASSWORD).await;
    anna
}

#[tokio::test]
async fn a_token_is_made_listed_changed_and_deleted_without_scripts() {
    let app = TestApp::start(Backend::Sqlite).await;
    let anna = anna(&app).await;
    anna.click("New token").await;
    anna.fill("Name", "plain").await;
    anna.click("View Article").await;
    anna.click_preset("Tag", "Read").await;
    anna.see("The preset is applied. Nothing is saved yet.").await;
    assert_eq!(anna.value("Name").await, "plain");
    anna.see("2 permissions.").await;
    anna.click("Create token").await;
    anna.see("Store this token now").await;
    let secret = anna.value("Token for plain").await;
    let agent = app.agent(&secret);
    let tools = agent.tools().await;
    assert!(tools.contains(&"list_article".into()) && tools.contains(&"list_tag".into()), "{tools:?}");
    anna.click("I have stored it").await;
    anna.see("Effective permissions").await;

    anna.click("Tokens").await;
    anna.fill("Search tokens", "pla").await;
    anna.click("Search").await;
    anna.arrive("/admin/tokens").await;
    anna.click("plain").await;
    anna.click("Edit").await;
    anna.fill("Name", "plain and simple").await;
    anna.click("Delete Article").await;
    anna.click("Save token").await;
    anna.see("plain and simple").await;
    assert!(agent.tools().await.contains(&"delete_article".into()));

    anna.click("More actions").await;
    anna.click("Delete…").await;
    anna.fill("It was used in the last 24 hours. To confirm, type plain and simple", "something else").await;
    anna.click("Delete the token").await;
    anna.see("The token was not deleted").await;
    anna.fill("It was used in the last 24 hours. To confirm, type plain and simple", "plain and simple")
        .await;
    anna.click("Delete the token").await;
    anna.see("plain and simple was deleted").await;
    assert_eq!(agent.status().await, 401);
}

#[tokio::test]
async fn a_record_is_made_listed_changed_and_deleted_without_scripts() {
    let app = TestApp::start(Backend::Sqlite).await;
    let agent = app.token(&["blog.view_tag"]);
    let taken = agent.ok("get_tag", json!({"id": 1})).await;
    let anna = anna(&app).await;
    anna.open("/admin/apps/blog/tag").await;
    anna.click("New tag").await;
    anna.fill("Name", "Scriptless").await;
    anna.fill("Slug", "scriptless").await;
    anna.click("Create tag").await;
    anna.see("Created the tag “Scriptless”").await;
    let path = anna.path().await;
    let id: i64 = path.rsplit('/').next().unwrap().parse().unwrap();
    anna.fill("Slug", taken["slug"].as_str().unwrap()).await;
    anna.click("Save tag").await;
    anna.see("The tag was not saved").await;
    anna.fill("Slug", "without-scripts").await;
    anna.fill("Name", "Without scripts").await;
    anna.click("Save tag").await;
    anna.see("Saved the tag “Without scripts”").await;
    assert_eq!(agent.ok("get_tag", json!({ "id": id })).await["name"], "Without scripts");

    anna.open("/admin/apps/blog/tag").await;
    anna.click("Without scripts").await;
    anna.arrive(&path).await;
    anna.click("More actions").await;
    anna.click("Delete…").await;
    anna.click("Delete 1 record").await;
    anna.see("Deleted the tag “Without scripts”").await;
    agent.refused("get_tag", json!({ "id": id })).await;
}
