//! What the pages' own script does, and that they do without it.

use std::time::Duration;

use mcp_admin::db::Backend;
use thirtyfour::{By, Key};

use super::{PASSWORD, Person, user};
use crate::harness::{TestApp, eventually};

async fn app() -> TestApp {
    let app = TestApp::start(Backend::Sqlite).await;
    user(&app, "anna", true);
    app
}

async fn is_dark(person: &Person) -> bool {
    // Between two pages there is none to be found.
    person.browser.driver.find(By::Css("html.dark")).await.is_ok()
}

/// A page hears of the system's theme a moment after it changes.
async fn turns(person: &Person, dark: bool) {
    let what = if dark { "the page is dark" } else { "the page is light" };
    eventually(what, Duration::from_secs(10), async || is_dark(person).await == dark).await;
}

#[tokio::test]
async fn the_theme_follows_the_system_until_one_is_chosen_and_is_remembered() {
    let app = app().await;
    let anna = Person::signed_in(&app, "anna").await;
    turns(&anna, false).await;
    anna.browser.prefer("dark").await;
    turns(&anna, true).await;
    anna.click("anna").await;
    anna.click("Light").await;
    turns(&anna, false).await;
    anna.open("/admin/account").await;
    turns(&anna, false).await;
    anna.click("anna").await;
    anna.click("Dark").await;
    anna.browser.prefer("light").await;
    anna.open("/admin/account").await;
    turns(&anna, true).await;
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn without_scripts_one_can_sign_in_choose_a_theme_and_sign_out() {
    let app = app().await;
    let anna = Person::new(&app).await;
    anna.browser.scripts(false).await;
    anna.open("/admin/sign-in").await;
    anna.fill("Username", "anna").await;
    anna.fill("Password", "not the password at all").await;
    anna.click("Sign in").await;
    anna.see("The name and the password do not go together").await;
    anna.sign_in("anna", PASSWORD).await;
    anna.click("anna").await;
    anna.click("Dark").await;
    // The page after the choice has the address of the one before it.
    turns(&anna, true).await;
    anna.click("anna").await;
    anna.click("Sign out").await;
    anna.arrive("/admin/sign-in").await;
}

#[tokio::test]
async fn times_are_told_in_the_zone_of_the_reader_too() {
    let app = app().await;
    let anna = Person::new(&app).await;
    anna.browser.time_zone("Europe/Berlin").await;
    anna.sign_in("anna", PASSWORD).await;
    anna.open("/admin/account").await;
    let title = anna.browser.evaluate("return document.querySelector('time[title]').title").await;
    let title = title.as_str().unwrap();
    assert!(title.contains("UTC") && title.contains("in Europe/Berlin"), "{title}");
}

#[tokio::test]
async fn a_page_costs_few_files_and_bytes() {
    let app = app().await;
    let anna = Person::signed_in(&app, "anna").await;
    let weight = anna.weigh("/admin/account").await;
    assert!(weight.requests <= 10 && weight.bytes < 80_000, "{weight:?}");
}

#[tokio::test]
async fn keys_go_where_they_say_and_can_be_switched_off() {
    let app = app().await;
    let anna = Person::signed_in(&app, "anna").await;
    anna.press("?").await;
    anna.see("Keyboard shortcuts").await;
    anna.press(Key::Escape).await;
    anna.open("/admin/account").await;
    anna.press("gd").await;
    anna.arrive("/admin/").await;
    anna.see("Needs attention").await;
    anna.press(Key::Control + "k").await;
    let opened = async || anna.browser.driver.find(By::Css("#palette[open]")).await.is_ok();
    eventually("the palette is open", Duration::from_secs(30), opened).await;
    anna.press(Key::Escape).await;
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn what_the_walk_over_the_pages_looks_for_would_be_found() {
    const SPOIL: &str = "document.querySelector('main').insertAdjacentHTML('beforeend',
        '<button></button><img src=\"https://example.invalid/x.png\" style=\"width: 5px\" onerror=\"seenByTest.push(1)\">');
        const wide = document.createElement('p');
        wide.className = 'nowrap';
        wide.textContent = 'wide '.repeat(500);
        document.querySelector('main').append(wide);";
    let app = app().await;
    let anna = Person::signed_in(&app, "anna").await;
    assert_eq!(anna.barriers().await, [""; 0]);
    assert_eq!(anna.overflow().await, None);
    anna.browser.evaluate(SPOIL).await;
    let barriers = anna.barriers().await.join("\n");
    assert!(barriers.contains("button-name") && barriers.contains("image-alt"), "{barriers}");
    assert!(anna.overflow().await.is_some());
    let complaints = anna.browser.complaints().await.join("\n");
    assert!(complaints.contains("style-src") && complaints.contains("img-src"), "{complaints}");
}
