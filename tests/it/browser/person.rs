//! What a person does in a browser: looks for words, clicks what carries a name, fills in what has a
//! label. Elements are found as assistive technology finds them.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::{By, TypingData, WebElement};

use super::driver::Browser;
use crate::harness::{TestApp, eventually, tool};

/// Within this everything has to happen; two cores may be shared with much else.
const PATIENCE: Duration = Duration::from_secs(30);

/// A password that the rules take.
pub const PASSWORD: &str = "a long enough passphrase";

/// Somebody at a browser in front of a site.
pub struct Person {
    /// The browser.
    pub browser: Browser,
    site: String,
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
        let browser = Browser::start().await;
        browser.viewport(1280, 1000).await;
        browser.prefer("light").await;
        Self { browser, site: app.url.clone() }
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

    /// Clicks the link, button or summary of this name.
    pub async fn click(&self, name: &str) {
        let text = literal(name);
        let path = format!(
            "//*[self::a or self::button or self::summary or @role='option']\
             [normalize-space(.)={text} or normalize-space(@aria-label)={text} or span[normalize-space(.)={text}]] | \
             //label[normalize-space(.)={text}]"
        );
        self.visible(&path, name).await.click().await.unwrap();
    }

    /// Types into the field of this label, over what was there.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// The field of this label.
    pub async fn field(&self, label: &str) -> WebElement {
        let text = literal(label);
        let path = format!(
            "//*[@id=//label[normalize-space(text()[1])={text} or normalize-space(.)={text}]/@for] | \
             //*[self::input or self::select or self::textarea][@aria-label={text}] | \
             //label[.//*[normalize-space(text())={text}]]//input"
        );
        self.visible(&path, label).await
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
        let what = format!("“{words}” on {}", self.path().await);
        eventually(&what, PATIENCE, async || self.text().await.contains(words)).await;
    }

    /// Waits until the browser is at this path, whatever its query.
    pub async fn arrive(&self, path: &str) {
        eventually(path, PATIENCE, async || self.path().await == path).await;
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
        let found = async || {
            for element in self.browser.driver.find_all(By::XPath(path)).await.unwrap_or_default() {
                if element.is_displayed().await.unwrap_or(false) {
                    return Some(element);
                }
            }
            None
        };
        let what = format!("“{name}” on {}", self.path().await);
        eventually(&what, PATIENCE, async || found().await.is_some()).await;
        found().await.unwrap()
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

    /// A picture of the whole page.
    pub async fn picture(&self, file: &Path, width: u32) {
        const TALL: &str = "return Math.ceil(document.documentElement.getBoundingClientRect().height)";
        self.browser.viewport(width, 800).await;
        let height = self.browser.evaluate(TALL).await.as_u64().unwrap_or(800).clamp(600, 4000);
        self.browser.viewport(width, u32::try_from(height).unwrap()).await;
        self.browser.driver.screenshot(file).await.unwrap();
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

/// A text of `XPath`, whatever quotes are in it.
fn literal(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}

fn axe_source() -> std::path::PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules/axe-core/axe.min.js");
    assert!(file.exists() && tool("chromium").exists(), "axe is missing: run `make tools` once");
    file
}
