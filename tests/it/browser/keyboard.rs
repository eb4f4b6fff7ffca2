//! The keyboard alone: everything can be reached, one sees where one is, and nothing holds one fast.

use mcp_admin::db::Backend;
use mcp_admin::services::groups;
use thirtyfour::Key;

use super::{PASSWORD, Person, user};
use crate::harness::TestApp;

async fn app() -> TestApp {
    let app = TestApp::start(Backend::Sqlite).await;
    user(&app, "anna", true);
    app.write(|tx, actor| {
        let group = groups::create(tx, actor, app.clock.now(), "Editors")?.id;
        groups::grant(tx, actor, app.clock.now(), group, &["blog.view_tag".into(), "blog.add_tag".into()])
    });
    app
}

#[tokio::test]
async fn the_keyboard_alone_signs_in_and_makes_a_token() {
    let app = app().await;
    let anna = Person::new(&app).await;
    anna.open("/admin/").await;
    anna.has_focus("Username").await;
    anna.keys("anna").await;
    anna.tab_to("Password").await;
    anna.keys(PASSWORD).await;
    anna.keys(Key::Enter).await;
    anna.arrive("/admin/").await;
    anna.see("Needs attention").await;

    anna.tab_to("Skip to content").await;
    anna.keys(Key::Enter).await;
    anna.tab_to("New token").await;
    anna.keys(Key::Enter).await;
    anna.arrive("/admin/tokens/new").await;
    anna.has_focus("Name").await;
    anna.keys("by keyboard").await;
    anna.tab_to("Editors").await;
    anna.keys(" ").await;
    anna.see("2 permissions: 0 direct, 2 from Editors").await;
    let five = ["View Article", "Add Article", "Change Article", "View Author", "View Comment"];
    for (n, tick) in five.iter().enumerate() {
        anna.tab_to(tick).await;
        anna.keys(" ").await;
        anna.see(&format!("{} permissions: {} direct, 2 from Editors", n + 3, n + 1)).await;
        // The picker was drawn anew meanwhile; the focus is where it was.
        anna.has_focus(tick).await;
    }
    anna.tab_to("Create token").await;
    anna.keys(Key::Enter).await;
    anna.see("Store this token now").await;
    let secret = anna.value("Token for by keyboard").await;
    let tools = app.agent(&secret).tools().await;
    assert!(tools.contains(&"update_article".into()) && tools.contains(&"create_tag".into()), "{tools:?}");
    anna.tab_to("Copy token").await;
    anna.keys(Key::Enter).await;
    anna.see("Copied").await;
    anna.tab_to("I have stored it").await;
    anna.keys(Key::Enter).await;
    anna.see("Effective permissions").await;
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn tab_goes_everywhere_on_a_page_and_is_seen_and_held_nowhere() {
    let app = app().await;
    let anna = Person::signed_in(&app, "anna").await;
    for path in
        ["/admin/", "/admin/tokens/new", "/admin/tokens", "/admin/apps/blog/article/1", "/admin/account"]
    {
        anna.open(path).await;
        anna.browser.evaluate("document.activeElement.blur(); scrollTo(0, 0)").await;
        let stops = anna.round().await;
        assert_eq!(stops.len(), anna.stops().await, "{path}: {stops:?}");
    }
}
