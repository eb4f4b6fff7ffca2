//! What pages do by script where one lists, chooses and types: selecting, filtering, the palette, errors.

use thirtyfour::{By, Key};

use super::person::PATIENCE;
use super::{Person, start};
use crate::harness::eventually;

/// How many elements of a kind are seen.
async fn seen(person: &Person, selector: &str) -> u64 {
    let script = format!(
        "return [...document.querySelectorAll('{selector}')].filter((e) => e.checkVisibility()).length"
    );
    person.browser.evaluate(&script).await.as_u64().unwrap()
}

async fn shows(person: &Person, selector: &str, count: u64) {
    let what = format!("{count} × {selector}");
    eventually(&what, PATIENCE, async || seen(person, selector).await == count).await;
}

#[tokio::test]
async fn one_box_selects_all_rows_and_says_when_only_some_are() {
    let (app, anna) = start().await;
    for n in 0..3 {
        app.token_with(&[], |new| new.name = format!("agent {n}"));
    }
    anna.open("/admin/tokens").await;
    shows(&anna, ".bulk", 0).await;
    anna.click("Select all on this page").await;
    anna.see("3 selected").await;
    shows(&anna, "input[name=ids]:checked", 3).await;
    shows(&anna, ".bulk", 1).await;
    anna.click("Select agent 1").await;
    anna.see("2 selected").await;
    shows(&anna, "[data-check-all]:indeterminate", 1).await;
    anna.click("Select all on this page").await;
    anna.see("3 selected").await;
    anna.click("Select all on this page").await;
    anna.see("0 selected").await;
    shows(&anna, ".bulk", 0).await;
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn the_picker_is_filtered_while_one_types_and_enter_sends_nothing() {
    let (_app, anna) = start().await;
    anna.open("/admin/tokens/new").await;
    let all = seen(&anna, ".perm-app .perm").await;
    assert!(all >= 4, "{all}");
    anna.fill("Filter permissions", "comm").await;
    shows(&anna, ".perm-app .perm", 1).await;
    anna.press(Key::Enter).await;
    anna.click("View Comment").await;
    anna.see("1 permission.").await;
    // The picker was drawn anew, and is still filtered.
    shows(&anna, ".perm-app .perm", 1).await;
    anna.fill("Filter permissions", "no such model").await;
    shows(&anna, ".perm-app .perm", 0).await;
    anna.fill("Filter permissions", "").await;
    anna.press(" ").await;
    shows(&anna, ".perm-app .perm", all).await;
    assert_eq!(anna.path().await, "/admin/tokens/new");
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn after_a_refusal_the_first_bad_field_has_the_focus() {
    let (_app, anna) = start().await;
    anna.open("/admin/tokens/new").await;
    anna.fill("Note", "stays").await;
    anna.click("Create token").await;
    anna.see("The token was not created").await;
    anna.has_focus("Name").await;
    assert_eq!(anna.value("Note").await, "stays");
    assert_eq!(anna.path().await, "/admin/tokens/new");
    anna.open("/admin/apps/blog/article/new").await;
    anna.fill("Body", "stays").await;
    anna.click("Create article").await;
    anna.see("The article was not created").await;
    anna.has_focus("Author").await;
    assert_eq!(anna.value("Body").await, "stays");
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn the_palette_opens_by_keys_and_arrows_and_enter_go_where_one_wants() {
    let (app, anna) = start().await;
    app.token_with(&[], |new| new.name = "palette one".into());
    let two = app.token_with(&[], |new| new.name = "palette two".into()).id();
    let opened = async || anna.browser.driver.find(By::Css("#palette[open]")).await.is_ok();
    anna.open("/admin/account").await;
    anna.keys("/").await;
    eventually("the palette is open", PATIENCE, opened).await;
    anna.has_focus("Go to").await;
    anna.keys("palette").await;
    shows(&anna, "#palette-results a", 2).await;
    anna.keys(Key::Down).await;
    let first = anna.stop().await.unwrap();
    anna.keys(Key::Down).await;
    let second = anna.stop().await.unwrap();
    assert!(first != second && second.is_marked, "{first:?} {second:?}");
    anna.keys(Key::Up).await;
    assert_eq!(anna.stop().await, Some(first));
    anna.keys(Key::Up).await;
    anna.has_focus("Go to").await;
    anna.keys(" two").await;
    shows(&anna, "#palette-results a", 1).await;
    anna.keys(Key::Enter).await;
    anna.arrive(&format!("/admin/tokens/{two}")).await;
    anna.see("Effective permissions").await;

    anna.press(Key::Control + "k").await;
    eventually("the palette is open again", PATIENCE, opened).await;
    anna.keys(Key::Escape).await;
    eventually("the palette is closed", PATIENCE, async || !opened().await).await;
    assert_eq!(anna.browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn single_letters_do_nothing_where_one_types() {
    let (app, anna) = start().await;
    // Before the first token there is nothing to search.
    app.token(&[]);
    anna.open("/admin/tokens").await;
    anna.see("What AI agents use to sign in").await;
    // The page has a search of its own.
    anna.keys("/").await;
    anna.has_focus("Search tokens").await;
    anna.keys("/n?gd").await;
    assert_eq!(anna.value("Search tokens").await, "/n?gd");
    let opened = anna.browser.driver.find_all(By::Css("dialog[open]")).await.unwrap();
    assert!(opened.is_empty());
    assert_eq!(anna.path().await, "/admin/tokens");
    anna.open("/admin/tokens").await;
    anna.keys("n").await;
    anna.arrive("/admin/tokens/new").await;
    anna.open("/admin/tokens/new").await;
    anna.has_focus("Name").await;
    anna.keys("n").await;
    assert_eq!(anna.value("Name").await, "n");
}
