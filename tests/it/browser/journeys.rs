//! What people come to the admin for, from end to end, with the mouse; and with how many clicks.

use chrono::TimeDelta;
use mcp_admin::auth::TokenRules;
use mcp_admin::db::{Backend, TokenId};
use mcp_admin::services::tokens::{self, IssueToken, Secrets};
use serde_json::json;

use super::person::PATIENCE;
use super::{PASSWORD, Person, anna};
use crate::harness::{
    Agent, PASSWORD as STAFF_PASSWORD, Process, Site, TestApp, eventually, on_both, on_each,
};

/// What the token of the first journey is given besides what its group gives.
const FIVE: [&str; 5] = ["View Article", "Add Article", "Change Article", "View Author", "View Comment"];

/// A token that was made some days ago.
fn issue(app: &TestApp, name: &str, permissions: &[&str], days_ago: i64) -> Agent {
    let mut new = IssueToken::new(name, app.user("ada"));
    new.permissions = permissions.iter().map(ToString::to_string).collect();
    let at = app.clock.now().plus(-TimeDelta::days(days_ago));
    let rules = TokenRules::default();
    let issued = app.write(|tx, actor| {
        tokens::issue(tx, actor, at, &new, Secrets { rng: &mut rand::rng(), rules: &rules })
    });
    Agent::new(&app.url, issued.plain.reveal(), Some(issued.token.id))
}

on_each! {
    async fn the_first_administrator_makes_a_token_in_eight_clicks_and_it_works(backend) {
        let site = Site::new(backend);
        site.cli(&["group", "create", "Editors"]);
        site.cli(&["group", "grant", "Editors", "blog.view_tag", "blog.add_tag"]);
        let process = Process::serve(&site, "");
        let boss = Person::at(&process.url).await;
        boss.open(&process.setup_path()).await;
        boss.fill("Username", "boss").await;
        boss.fill("Email", "boss@example.com").await;
        boss.fill("Password", PASSWORD).await;
        boss.fill("Repeat the password", PASSWORD).await;
        boss.click("Create administrator").await;
        boss.arrive("/admin/").await;
        boss.clicks();

        boss.click("New token").await;
        boss.arrive("/admin/tokens/new").await;
        boss.has_focus("Name").await;
        boss.press("ci-deploy").await;
        boss.click("Editors").await;
        boss.see("2 permissions: 0 direct, 2 from Editors").await;
        for (n, tick) in FIVE.iter().enumerate() {
            boss.click(tick).await;
            boss.see(&format!("{} permissions: {} direct, 2 from Editors", n + 3, n + 1)).await;
        }
        boss.click("Create token").await;
        let secret = boss.secret().await;
        let clicks = boss.clicks();
        assert!(clicks <= 8, "{clicks} clicks and the name");

        boss.click("Copy token").await;
        boss.see("Copied").await;
        assert_eq!(boss.pasted().await, secret);
        let agent = Agent::new(&process.url, &secret, None);
        let tools = agent.tools().await;
        for may in ["list_article", "create_article", "update_article", "get_author", "list_comment", "create_tag"] {
            assert!(tools.iter().any(|tool| tool == may), "{may}: {tools:?}");
        }
        for not in ["delete_article", "create_author", "create_comment", "update_tag"] {
            assert!(!tools.iter().any(|tool| tool == not), "{not}: {tools:?}");
        }
        agent.ok("create_tag", json!({"data": {"name": "Made by an agent", "slug": "made"}})).await;
        boss.open("/admin/apps/blog/tag").await;
        boss.see("Made by an agent").await;
        assert_eq!(boss.browser.complaints().await, [""; 0]);
    }
}

on_both! {
    async fn unused_tokens_are_found_and_deactivated_in_four_clicks(app) {
        let unused = ["old one", "old two", "old three"].map(|name| issue(&app, name, &[], 60));
        let busy = issue(&app, "busy", &["blog.view_tag"], 60);
        assert_eq!(busy.status().await, 200);
        let is_noted = async || app.stored(busy.id()).last_used_at.is_some();
        eventually("the use is written down", PATIENCE, is_noted).await;
        let anna = anna(&app).await;
        anna.clicks();

        anna.click("Tokens").await;
        anna.click("Unused > 30 days").await;
        anna.arrive_at("/admin/tokens?status=unused").await;
        anna.click("Select all on this page").await;
        anna.see("3 selected").await;
        anna.click("Deactivate").await;
        anna.see("3 tokens deactivated").await;
        let clicks = anna.clicks();
        assert!(clicks <= 4, "{clicks}");
        for agent in &unused {
            assert!(!app.stored(agent.id()).is_active);
            assert_eq!(agent.status().await, 401);
        }
        assert_eq!(busy.status().await, 200);
        assert_eq!(anna.browser.complaints().await, [""; 0]);
    }

    async fn a_token_is_rotated_with_grace_in_three_clicks(app) {
        let old = issue(&app, "ci-deploy", &["blog.view_tag"], 3);
        let anna = anna(&app).await;
        anna.open(&format!("/admin/tokens/{}", old.id())).await;
        anna.clicks();

        anna.click("Rotate…").await;
        anna.click("24 hours").await;
        anna.click("Rotate and show the new secret").await;
        let secret = anna.secret().await;
        let clicks = anna.clicks();
        assert!(clicks <= 3, "{clicks}");
        let new = app.agent(&secret);
        assert_ne!(new.token, old.token);
        assert_eq!((new.tools().await, new.status().await), (old.tools().await, 200));
        anna.click("I have stored it").await;
        anna.see("Old secret").await;
        app.advance(TimeDelta::hours(25));
        app.invalidate();
        assert_eq!((new.status().await, old.status().await), (200, 401));
    }

    async fn an_article_is_edited_looked_up_in_its_history_and_deleted_with_its_comments(app) {
        let agent = app.token(&["blog.view_article", "blog.view_comment"]);
        let comments = agent.ok("list_comment", json!({"limit": 1})).await;
        let article = comments["results"][0]["article_id"].as_i64().unwrap();
        let before = agent.ok("get_article", json!({ "id": article })).await;
        let anna = anna(&app).await;
        let path = format!("/admin/apps/blog/article/{article}");
        anna.open(&path).await;
        anna.fill("Title", "Green tea & biscuits").await;
        anna.click("Save article").await;
        anna.see("Saved the article “Green tea & biscuits”").await;
        assert_eq!(agent.ok("get_article", json!({ "id": article })).await["title"], "Green tea & biscuits");

        anna.click("More actions").await;
        anna.click("History").await;
        anna.arrive(&format!("{path}/history")).await;
        anna.open_details().await;
        anna.see(before["title"].as_str().unwrap()).await;
        anna.see("Green tea & biscuits").await;

        anna.open(&path).await;
        anna.click("More actions").await;
        anna.click("Delete…").await;
        anna.arrive(&format!("{path}/delete")).await;
        anna.see("What goes with it").await;
        anna.see("Comment").await;
        let there = agent.ok("list_comment", json!({"filters": {"article_id": article}, "limit": 100})).await;
        let there = there["results"].as_array().unwrap().len();
        assert!(there > 0);
        anna.click_beginning("Delete ").await;
        anna.see("Deleted the article “Green tea & biscuits”").await;
        agent.refused("get_article", json!({ "id": article })).await;
        let left = agent.ok("list_comment", json!({"filters": {"article_id": article}, "limit": 100})).await;
        assert_eq!(left["results"], json!([]));
        assert_eq!(anna.browser.complaints().await, [""; 0]);
    }
}

/// Sends a form from the page that is open, as its own script could; the status.
async fn send_by_hand(person: &Person, path: &str, fields: &str) -> i64 {
    let script = format!(
        "const done = arguments[arguments.length - 1];
         fetch('{path}', {{method: 'POST', redirect: 'manual', body: new URLSearchParams('{fields}')}})
           .then((answer) => done(answer.type === 'opaqueredirect' ? 303 : answer.status), (error) => done(String(error)));"
    );
    let answer = person.browser.driver.execute_async(script, Vec::new()).await.unwrap();
    answer.json().as_i64().unwrap_or_else(|| panic!("{:?}", answer.json()))
}

/// The pages where a token could be deleted, each with what it hides unfolded, and whether the word is there.
async fn offers_of_deletion(person: &Person, token: TokenId) -> Vec<bool> {
    const LOOK: &str = "return /delete/i.test(document.getElementById('main').textContent)";
    let mut found = Vec::new();
    person.open("/admin/tokens").await;
    person.click("Select busy").await;
    person.see("Set expiry…").await;
    person.click("Actions for busy").await;
    person.see("View history").await;
    found.push(person.browser.evaluate(LOOK).await == true);
    person.open(&format!("/admin/tokens/{token}")).await;
    person.click("More actions").await;
    person.see("Deactivate").await;
    found.push(person.browser.evaluate(LOOK).await == true);
    found
}

#[tokio::test]
async fn r15_who_may_not_delete_tokens_is_offered_no_deletion_and_refused_one() {
    let app = TestApp::start(Backend::Sqlite).await;
    let token = issue(&app, "busy", &["blog.view_tag"], 3).id();
    app.account("carla", &["mcp.view_token", "mcp.add_token", "mcp.change_token", "blog.view_tag"]);
    let carla = Person::new(&app).await;
    carla.sign_in("carla", STAFF_PASSWORD).await;
    assert_eq!(offers_of_deletion(&carla, token).await, [false, false]);
    let delete = format!("/admin/tokens/{token}/delete");
    assert_eq!(send_by_hand(&carla, &delete, "").await, 403);
    let many = format!("ids={token}&do=delete&sure=on");
    assert_eq!(send_by_hand(&carla, "/admin/tokens/bulk", &many).await, 403);
    carla.open(&delete).await;
    carla.see("mcp.delete_token").await;
    assert!(app.stored(token).is_active);
    drop(carla);

    let anna = anna(&app).await;
    assert_eq!(offers_of_deletion(&anna, token).await, [true, true]);
    assert_eq!(send_by_hand(&anna, &delete, "").await, 303);
    assert!(app.db.read(|conn| Ok(mcp_admin::models::token::find(conn, token)?)).unwrap().is_none());
}
