//! What a person does in a browser: looks for words, clicks what carries a name, fills in what has a
//! label. Elements are found as assistive technology finds them.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::error::{WebDriverErrorInner, WebDriverResult};
use thirtyfour::{By, Key, TypingData, WebElement};

use super::driver::Browser;
use crate::harness::{TestApp, eventually, tool};

/// Within this everything has to happen; two cores may be shared with much else.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A password that the rules take.
pub const PASSWORD: &str = "a long enough passphrase";

/// Somebody at a browser in front of a site.
pub struct Person {
    /// The browser.
    pub browser: Browser,
    site: String,
    clicks: AtomicU32,
}

/// What a page cost to load.
#[derive(Debug)]
pub struct Weight {
    /// Files, the page included.
    pub requests: u64,
    /// Bytes over the wire.
    pub bytes: u64,
}

impl Person {
    /// In front of the site, not signed in; a window of 1280 px.
    pub async fn new(app: &TestApp) -> Self {
        Self::at(&app.url).await
    }

    /// The same in front of the site at `url`.
    pub async fn at(url: &str) -> Self {
        let browser = Browser::start().await;
        browser.viewport(1280, 1000).await;
        browser.prefer("light").await;
        Self { browser, site: url.into(), clicks: AtomicU32::new(0) }
    }

    /// The same, signed in through the form.
    pub async fn signed_in(app: &TestApp, username: &str) -> Self {
        let person = Self::new(app).await;
        person.sign_in(username, PASSWORD).await;
        person
    }

    /// Opens a page of the site.
    pub async fn open(&self, path: &str) {
        self.browser.driver.goto(format!("{}{path}", self.site)).await.unwrap();
    }

    /// Signs in.
    pub async fn sign_in(&self, username: &str, password: &str) {
        self.open("/admin/sign-in").await;
        self.fill("Username", username).await;
        self.fill("Password", password).await;
        self.click("Sign in").await;
        self.arrive("/admin/").await;
    }

    /// Clicks, with the mouse, the link, button, summary, box or label of this name.
    pub async fn click(&self, name: &str) {
        let text = literal(name);
        let path = format!(
            "//*[self::a or self::button or self::summary or @role='option' or self::input]\
             [normalize-space(.)={text} or normalize-space(@aria-label)={text} or span[normalize-space(.)={text}] \
             or text()[normalize-space(.)={text}]] | \
             //label[normalize-space(.)={text} or .//*[contains(@class, 'strong')][normalize-space(.)={text}]]"
        );
        self.with(&path, name, async |element| element.click().await).await;
        self.clicks.fetch_add(1, Ordering::Relaxed);
    }

    /// Clicks the button whose name begins like this.
    pub async fn click_beginning(&self, beginning: &str) {
        let path = format!("//button[starts-with(concat(normalize-space(.), ' '), {})]", literal(beginning));
        self.with(&path, beginning, async |element| element.click().await).await;
        self.clicks.fetch_add(1, Ordering::Relaxed);
    }

    /// Clicks a button of a group of them.
    pub async fn click_preset(&self, group: &str, name: &str) {
        let (group, text) = (literal(group), literal(name));
        let path = format!("//*[@role='group'][@aria-label={group}]//button[normalize-space(.)={text}]");
        self.with(&path, name, async |element| element.click().await).await;
        self.clicks.fetch_add(1, Ordering::Relaxed);
    }

    /// Opens everything that is folded, so that it can be read.
    pub async fn open_details(&self) {
        self.browser
            .evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")
            .await;
    }

    /// The secret on the page that shows one.
    pub async fn secret(&self) -> String {
        self.see("Store this token now").await;
        let shown = self.browser.evaluate("return document.getElementById('secret').value").await;
        shown.as_str().unwrap().to_owned()
    }

    /// What is pasted into a field of another page.
    pub async fn pasted(&self) -> String {
        let driver = &self.browser.driver;
        driver.goto("data:text/html,<input id=paste autofocus>").await.unwrap();
        let field = driver.find(By::Id("paste")).await.unwrap();
        field.send_keys(Key::Control + "v").await.unwrap();
        field.prop("value").await.unwrap().unwrap_or_default()
    }

    /// How often it was clicked since the last time that this was asked.
    pub fn clicks(&self) -> u32 {
        self.clicks.swap(0, Ordering::Relaxed)
    }

    /// Types into the field of this label, over what was there.
    pub async fn fill(&self, label: &str, text: &str) {
        let fill = async |field: WebElement| {
            field.clear().await?;
            field.send_keys(text).await
        };
        self.with(&field_path(label), label, fill).await;
    }

    /// Does something with the first element of this path that is seen; once more where the page was just
    /// being replaced, or something moved over it.
    async fn with(&self, path: &str, name: &str, act: impl AsyncFn(WebElement) -> WebDriverResult<()>) {
        let once = async |element: WebElement| {
            // To the middle, as one scrolls: bars stick to the edges.
            element.scroll_into_view().await?;
            act(element).await
        };
        let attempt = async || match once(self.visible(path, name).await).await {
            Ok(()) => true,
            Err(error) => match error.as_inner() {
                WebDriverErrorInner::StaleElementReference(_)
                | WebDriverErrorInner::NoSuchElement(_)
                | WebDriverErrorInner::ElementClickIntercepted(_)
                | WebDriverErrorInner::ElementNotInteractable(_) => false,
                _ => panic!("“{name}”: {error}"),
            },
        };
        eventually(&format!("“{name}” can be used"), PATIENCE, attempt).await;
    }

    /// The field of this label.
    pub async fn field(&self, label: &str) -> WebElement {
        self.visible(&field_path(label), label).await
    }

    /// What is in the field of this label.
    pub async fn value(&self, label: &str) -> String {
        self.field(label).await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Sends keys to what has the focus: text, or one of `thirtyfour::Key`.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        // Between two pages nothing has the focus.
        let focused = async || self.browser.driver.active_element().await.is_ok();
        eventually("something has the focus", PATIENCE, focused).await;
        let focused = self.browser.driver.active_element().await.unwrap();
        focused.send_keys(keys).await.unwrap();
    }

    /// Waits until the page shows these words.
    pub async fn see(&self, words: &str) {
        let started = Instant::now();
        loop {
            let text = self.text().await;
            if text.contains(words) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "no “{words}” on {}:\n{text}", self.path().await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the browser is at this path, whatever its query.
    pub async fn arrive(&self, path: &str) {
        eventually(path, PATIENCE, async || self.path().await == path).await;
    }

    /// Waits until the browser is at this path and query.
    pub async fn arrive_at(&self, path: &str) {
        let there = async || {
            let url = self.browser.driver.current_url().await.unwrap();
            url.as_str().strip_prefix(&self.site) == Some(path)
        };
        eventually(path, PATIENCE, there).await;
    }

    /// The path of the page.
    pub async fn path(&self) -> String {
        self.browser.driver.current_url().await.unwrap().path().to_owned()
    }

    /// The words of the page that are seen.
    pub async fn text(&self) -> String {
        let Ok(body) = self.browser.driver.find(By::Tag("body")).await else { return String::new() };
        // Between two pages there is none.
        body.text().await.unwrap_or_default()
    }

    async fn visible(&self, path: &str, name: &str) -> WebElement {
        let mut found = None;
        let look = async || {
            for element in self.browser.driver.find_all(By::XPath(path)).await.unwrap_or_default() {
                if element.is_displayed().await.unwrap_or(false) {
                    found = Some(element);
                    break;
                }
            }
            found.is_some()
        };
        let what = format!("“{name}” on {}", self.path().await);
        eventually(&what, PATIENCE, look).await;
        found.unwrap()
    }

    /// What axe finds wrong with the page as it stands.
    pub async fn barriers(&self) -> Vec<String> {
        const RUN: &str = "const done = arguments[arguments.length - 1];
            axe.run(document, {resultTypes: ['violations']}).then((result) => done(result.violations.map((rule) =>
              `${rule.id}: ${rule.help}: ${rule.nodes.slice(0, 4).map((node) => node.html.slice(0, 160) + ' ' +
                node.any.concat(node.all).map((check) => check.message).join('; ')).join(' | ')}`)),
              (error) => done([String(error)]));";
        let axe = std::fs::read_to_string(axe_source()).unwrap();
        let driver = &self.browser.driver;
        driver.execute(format!("if (!window.axe) {{ {axe} }}"), Vec::new()).await.unwrap();
        let found: Vec<String> = driver.execute_async(RUN, Vec::new()).await.unwrap().convert().unwrap();
        found
    }

    /// What sticks out at the right of the window, if something does.
    pub async fn overflow(&self) -> Option<String> {
        const LOOK: &str = "const page = document.scrollingElement;
            if (page.scrollWidth <= innerWidth) return null;
            const wide = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1);
            return `${page.scrollWidth} > ${innerWidth}: ` + wide.slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(' | ');";
        self.browser.evaluate(LOOK).await.as_str().map(ToOwned::to_owned)
    }

    /// What loading a page costs a browser that has nothing of it yet.
    pub async fn weigh(&self, path: &str) -> Weight {
        const COUNT: &str = "const files = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
            return [files.length, files.reduce((sum, file) => sum + file.transferSize, 0)];";
        self.browser.devtools("Network.enable", json!({})).await;
        self.browser.devtools("Network.setCacheDisabled", json!({"cacheDisabled": true})).await;
        self.open(path).await;
        let counted: Value = self.browser.evaluate(COUNT).await;
        self.browser.devtools("Network.setCacheDisabled", json!({"cacheDisabled": false})).await;
        Weight { requests: counted[0].as_u64().unwrap(), bytes: counted[1].as_u64().unwrap() }
    }
}

fn field_path(label: &str) -> String {
    let text = literal(label);
    format!(
        "//*[@id=//label[normalize-space(text()[1])={text} or normalize-space(.)={text}]/@for] | \
         //*[self::input or self::select or self::textarea][@aria-label={text}] | \
         //label[.//*[normalize-space(text())={text}]]//input"
    )
}

/// A text of `XPath`, whatever quotes are in it.
fn literal(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}

fn axe_source() -> std::path::PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules/axe-core/axe.min.js");
    assert!(file.exists() && tool("chromium").exists(), "axe is missing: run `make tools` once");
    file
}
