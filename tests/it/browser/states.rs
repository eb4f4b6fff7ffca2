//! What pages look like after something went wrong or waits for a decision: looked at like every page.

use std::time::Duration;

use mcp_admin::db::Backend;
use serde_json::json;
use thirtyfour::By;

use super::pages::{Filled, examine};
use super::{PASSWORD, Person};
use crate::admin::setup::fresh;
use crate::harness::eventually;

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
async fn r29_errors_questions_and_secrets_have_no_barrier_either() {
    let mut wrong = Vec::new();
    {
        let (_site, process, path) = fresh(Backend::Sqlite);
        let first = Person::at(&process.url).await;
        first.open(&path).await;
        examine(&first, "set-up", &mut wrong).await;
        send(&first, &path, &[("username", "boss"), ("password", "short"), ("password2", "other")]).await;
        examine(&first, "set-up refused", &mut wrong).await;
    }
    let site = Filled::start().await;
    let person = Person::new(&site.app).await;
    person.open("/admin/sign-in").await;
    send(&person, "/admin/sign-in", &[("username", "anna"), ("password", "not hers")]).await;
    examine(&person, "sign-in refused", &mut wrong).await;
    person.sign_in("ben", PASSWORD).await;
    person.open("/admin/tokens").await;
    person.see("You may not do this").await;
    examine(&person, "403", &mut wrong).await;
    person.browser.driver.delete_all_cookies().await.unwrap();
    person.sign_in("anna", PASSWORD).await;
    let (bulk, action) = ("/admin/tokens/bulk", "/admin/apps/blog/article/action");
    let (token, tag) = (site.token_path("/edit"), "/admin/apps/blog/tag/1");
    let stale = [("version", "another"), ("name", "Another name"), ("slug", "another")];
    for (name, page, to, fields, words) in [
        ("token refused", "/admin/tokens/new", "/admin/tokens/new", &[("name", "")][..], ""),
        ("token edit refused", &token, &token, &[("name", "")], ""),
        ("group refused", "/admin/groups/new", "/admin/groups/new", &[("name", "")], ""),
        ("user refused", "/admin/users/new", "/admin/users/new", &[("username", "")], ""),
        ("password refused", "/admin/account", "/admin/account/password", &[], ""),
        ("record refused", "/admin/apps/blog/article/new", "/admin/apps/blog/article/new", &[], ""),
        ("secret", "/admin/tokens/new", "/admin/tokens/new", &[("name", "Nightly")], "Nightly"),
        ("delete tokens", "/admin/tokens", bulk, &[("ids", "1"), ("ids", "2"), ("do", "delete")], "Delete"),
        ("expiry of tokens", "/admin/tokens", bulk, &[("ids", "1"), ("ids", "2"), ("do", "expiry")], "xpir"),
        (
            "delete records",
            "/admin/apps/blog/article",
            action,
            &[("ids", "1"), ("ids", "2"), ("do", "delete_selected")],
            "Delete",
        ),
        ("conflict", tag, tag, &stale, "Somebody else changed this"),
    ] {
        person.open(page).await;
        send(&person, to, fields).await;
        person.see(words).await;
        examine(&person, name, &mut wrong).await;
    }
    person.open("/admin/tokens/new").await;
    person.browser.driver.delete_all_cookies().await.unwrap();
    person.browser.evaluate("document.querySelector('#picker button[name=preset]').click()").await;
    person.see("You were signed out").await;
    assert!(person.browser.driver.find(By::Css("#expired[open]")).await.is_ok());
    examine(&person, "expired session", &mut wrong).await;
    person.sign_in("anna", PASSWORD).await;
    site.app.db.execute_script("ALTER TABLE log_entries RENAME TO elsewhere").unwrap();
    person.open("/admin/audit").await;
    person.see("Try again in a moment").await;
    examine(&person, "503", &mut wrong).await;
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
