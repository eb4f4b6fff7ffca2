//! What pages look like before there is anything, after something went wrong, while something is chosen, and
//! when they wait for a decision: looked at like every page.

use std::time::Duration;

use mcp_admin::db::Backend;
use serde_json::json;
use thirtyfour::{By, Key};

use super::look::{Examiner, Frame, Looker};
use super::site::{ARTICLE, Filled};
use super::{PASSWORD, Person};
use crate::admin::setup::fresh;
use crate::harness::{Visitor, eventually};

/// Shows all of them.
pub async fn walk(looker: &mut impl Looker) {
    before_anything(looker).await;
    let site = Filled::start().await;
    let person = site.person().await;
    at_the_door(looker, &site, &person).await;
    tokens(looker, &site, &person).await;
    many_tokens(looker, &person).await;
    over_the_page(looker, &person).await;
    forms(looker, &site, &person).await;
    secrets(looker, &person).await;
    at_the_end(looker, &site, &person).await;
}

/// The set-up, and a site with nothing in it.
async fn before_anything(looker: &mut impl Looker) {
    let (_site, process, path) = fresh(Backend::Sqlite);
    let first = Person::at(&process.url).await;
    first.open(&path).await;
    looker.look(&first, "set-up", Frame::Page).await;
    let short =
        [("username", "anna"), ("email", "anna.keller"), ("password", "short"), ("password2", "other")];
    send(&first, &path, &short).await;
    looker.look(&first, "set-up-refused", Frame::Page).await;
    let right = [("email", "anna.keller@example.com"), ("password", PASSWORD), ("password2", PASSWORD)];
    send(&first, &path, &right).await;
    first.arrive("/admin/").await;
    looker.look(&first, "dashboard-first", Frame::Page).await;
    for (name, path) in [("tokens-first", "/admin/tokens"), ("groups-first", "/admin/groups")] {
        first.open(path).await;
        looker.look(&first, name, Frame::Page).await;
    }
}

/// Refusals to come in, and to go further.
async fn at_the_door(looker: &mut impl Looker, site: &Filled, person: &Person) {
    person.open("/admin/sign-in").await;
    send(person, "/admin/sign-in", &[("username", "anna"), ("password", "not hers")]).await;
    looker.look(person, "sign-in-refused", Frame::Page).await;
    let again = Visitor::new(&site.app.url);
    while again.post("/admin/sign-in", &[("username", "tomas"), ("password", "guessed")]).await.status != 429
    {
    }
    person.open("/admin/sign-in").await;
    send(person, "/admin/sign-in", &[("username", "tomas"), ("password", "guessed")]).await;
    person.see("Too many attempts").await;
    looker.look(person, "sign-in-throttled", Frame::Page).await;
    person.sign_in("lena", PASSWORD).await;
    person.open("/admin/apps/blog/author/3/delete").await;
    person.see("blog.delete_author").await;
    looker.look(person, "403", Frame::Page).await;
    person.browser.driver.delete_all_cookies().await.unwrap();
    person.sign_in("anna", PASSWORD).await;
    for (name, path) in [("404", "/admin/no-such-page"), ("404-record", "/admin/apps/blog/article/99999")] {
        person.open(path).await;
        looker.look(person, name, Frame::Page).await;
    }
}

/// The form of a token and what follows from it, but for its secret.
async fn tokens(looker: &mut impl Looker, site: &Filled, person: &Person) {
    person.open("/admin/tokens/new").await;
    person.click("On a date").await;
    person.fill("Last day (UTC)", "31012026").await;
    person.click("Create token").await;
    person.see("The token was not created").await;
    looker.look(person, "token-new-refused", Frame::Page).await;
    let edit = site.token_path("ci-deploy", "/edit");
    person.open(&edit).await;
    send(person, &edit, &[("name", "")]).await;
    looker.look(person, "token-edit-refused", Frame::Page).await;
    person.open(&edit).await;
    person.fill("Note", "Deploy job of the docs site, and of its preview").await;
    person.click("Save token").await;
    person.see("saved").await;
    hold_messages(person).await;
    looker.look(person, "token-saved", Frame::Window).await;
    person.open(&site.token_path("ci-deploy", "")).await;
    person.click("Rotate…").await;
    person.see("How long does the old secret keep working?").await;
    looker.look(person, "token-rotate-dialog", Frame::Window).await;
    for (name, tool) in [("token-can", "update_article"), ("token-cannot", "delete_article")] {
        person.open(&site.token_path("ci-deploy", &format!("?can={tool}"))).await;
        looker.look(person, name, Frame::Page).await;
    }
}

/// The list of tokens while some of them are chosen.
async fn many_tokens(looker: &mut impl Looker, person: &Person) {
    person.open("/admin/tokens?q=payments").await;
    looker.look(person, "tokens-no-match", Frame::Page).await;
    person.open("/admin/tokens").await;
    for name in ["backup-verifier", "support-triage", "onboarding-trial"] {
        person.click(&format!("Select {name}")).await;
    }
    person.see("3 selected").await;
    looker.look(person, "tokens-selected", Frame::Window).await;
    person.open("/admin/tokens").await;
    for (button, words, name) in [
        ("Actions for reporting-agent", "View history", "tokens-menu"),
        ("Deactivate", "reporting-agent is inactive", "tokens-deactivated"),
    ] {
        person.click(button).await;
        person.see(words).await;
        looker.look(person, name, Frame::Window).await;
    }
    person.click("Undo").await;
    person.see("reporting-agent is active again").await;
    for (name, what, words) in [("tokens-delete", "delete", "Delete"), ("tokens-expiry", "expiry", "expire")]
    {
        person.open("/admin/tokens").await;
        send(person, "/admin/tokens/bulk", &[("ids", "2"), ("ids", "3"), ("ids", "7"), ("do", what)]).await;
        person.see(words).await;
        looker.look(person, name, Frame::Page).await;
    }
}

/// What lies over a page.
async fn over_the_page(looker: &mut impl Looker, person: &Person) {
    person.open("/admin/").await;
    person.press(Key::Control + "k").await;
    person.has_focus("Go to").await;
    person.keys("ar").await;
    person.see("Articles").await;
    looker.look(person, "palette-open", Frame::Window).await;
    person.open("/admin/").await;
    person.press("?").await;
    person.see("Keyboard shortcuts").await;
    looker.look(person, "shortcuts", Frame::Window).await;
    person.open("/admin/").await;
    person.click("anna").await;
    person.see("Sign out").await;
    looker.look(person, "account-menu", Frame::Desk).await;
    person.open("/admin/tokens").await;
    person.browser.viewport(390, 844).await;
    person.click("Open menu").await;
    person.see("Audit log").await;
    looker.look(person, "navigation", Frame::Phone).await;
}

/// Forms that were refused, and questions about records.
async fn forms(looker: &mut impl Looker, site: &Filled, person: &Person) {
    let (articles, action) = ("/admin/apps/blog/article", "/admin/apps/blog/article/action");
    let tag = "/admin/apps/blog/tag/1";
    let new = format!("{articles}/new");
    let user = format!("/admin/users/{}", site.user("priya"));
    let stale = [("version", "another"), ("d.name", "Sourdough bread"), ("d.slug", "sourdough-bread")];
    let two = [("ids", "11"), ("ids", "12"), ("do", "delete_selected")];
    for (name, page, to, fields, words) in [
        ("group-refused", "/admin/groups/new", "/admin/groups/new", &[("name", "Editors")][..], ""),
        ("user-refused", "/admin/users/new", "/admin/users/new", &[("username", ""), ("email", "lena")], ""),
        ("user-edit-refused", &user, &user, &[("username", "anna")], ""),
        ("password-refused", "/admin/account", "/admin/account/password", &[], ""),
        ("record-refused", &new, &new, &[("d.title", ""), ("d.word_count", "12.5")], ""),
        ("records-delete", articles, action, &two, "Delete"),
        ("conflict", tag, tag, &stale, "Somebody else changed this"),
    ] {
        person.open(page).await;
        send(person, to, fields).await;
        person.see(words).await;
        looker.look(person, name, Frame::Page).await;
    }
    for (name, path) in [
        ("records-empty", format!("{articles}?q=steam+engines")),
        ("record-delete-kept", "/admin/apps/blog/author/3/delete".into()),
    ] {
        person.open(&path).await;
        looker.look(person, name, Frame::Page).await;
    }
    person.open(&format!("{articles}/{ARTICLE}/history")).await;
    person.open_details().await;
    looker.look(person, "record-history-open", Frame::Page).await;
}

/// A new token with much that is ticked, and its secret, which is shown once.
async fn secrets(looker: &mut impl Looker, person: &Person) {
    const KEY: &str = "return document.querySelector('[name=once]').value";
    person.open("/admin/tokens/new").await;
    let key = person.browser.evaluate(KEY).await.as_str().unwrap().to_owned();
    person.fill("Name", "docs-assistant").await;
    person.fill("Note", "Keeps the articles about the product up to date").await;
    person.click("Editors").await;
    person.see("from Editors").await;
    person.click_preset("Tag", "Full").await;
    person.see("everything").await;
    person.open_details().await;
    person.click("View Order").await;
    person.click("Change Order").await;
    person.see("Order: view, change").await;
    looker.look(person, "token-new-filled", Frame::Page).await;
    person.click("Create token").await;
    person.secret().await;
    looker.look(person, "token-secret", Frame::Page).await;
    send(person, "/admin/tokens/new", &[("name", "docs-assistant"), ("once", &key)]).await;
    person.see("already shown").await;
    looker.look(person, "token-secret-again", Frame::Page).await;
}

/// A session that has ended, and a table that is not there any more.
async fn at_the_end(looker: &mut impl Looker, site: &Filled, person: &Person) {
    person.open(&format!("/admin/apps/blog/article/{ARTICLE}")).await;
    person.browser.driver.delete_all_cookies().await.unwrap();
    person.click("Save article").await;
    person.see("You were signed out").await;
    assert!(person.browser.driver.find(By::Css("#expired[open]")).await.is_ok());
    looker.look(person, "session-expired", Frame::Window).await;
    person.sign_in("anna", PASSWORD).await;
    site.lose_the_products();
    person.open("/admin/apps/shop/product").await;
    person.see("Try again in a moment").await;
    looker.look(person, "503", Frame::Page).await;
}

/// Keeps messages where they are, as a pointer over them does.
async fn hold_messages(person: &Person) {
    const HOLD: &str = "document.getElementById('toaster').dispatchEvent(new MouseEvent('mouseenter'))";
    person.browser.evaluate(HOLD).await;
}

/// Sends the form of the open page that leads to an address, with other values; what it does not have is
/// added. It is sent as without scripts, so that a whole page comes back.
async fn send(person: &Person, action: &str, fields: &[(&str, &str)]) {
    const SEND: &str = "window.isOld = true;
        const [action, fields] = ARGUMENTS;
        let form = [...document.forms].find((form) => form.method === 'post' && form.getAttribute('action') === action);
        if (!form) {
          form = Object.assign(document.createElement('form'), {method: 'post', action});
          document.body.append(form);
        }
        for (const [name, value] of fields) {
          const found = form.elements.namedItem(name);
          if (found?.matches?.('input:not([type=checkbox]), textarea, select')) { found.value = value; continue; }
          form.append(Object.assign(document.createElement('input'), {type: 'hidden', name, value}));
        }
        HTMLFormElement.prototype.submit.call(form);";
    const IS_NEW: &str = "return window.isOld !== true && document.readyState === 'complete'";
    let script = SEND.replace("ARGUMENTS", &json!([action, fields]).to_string());
    person.browser.evaluate(&script).await;
    let has_come = async || person.browser.evaluate(IS_NEW).await == true;
    eventually("the answer to a form is there", Duration::from_secs(30), has_come).await;
}

#[tokio::test]
async fn r29_no_state_of_a_page_breaks_the_policy_has_a_barrier_or_sticks_out() {
    let mut examiner = Examiner::default();
    walk(&mut examiner).await;
    assert!(examiner.wrong.is_empty(), "\n{}", examiner.wrong.join("\n"));
}
