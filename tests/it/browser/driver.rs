//! A real Chromium: started for a test, at most two at once, and gone when this process is, however it
//! ends.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities;
use thirtyfour::{ChromeCapabilities, WebDriver};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::harness::tool;

/// Runs chromedriver and, once its own standard input is closed, ends it with every browser that it
/// started and removes their files. The kernel closes that pipe when the test process ends. The browsers
/// are known by the folder of their profiles, which nothing else names.
const KEEPER: &str = r#"
"$@" </dev/null 2>/dev/null &
pid=$!
cat >/dev/null
kill "$pid" 2>/dev/null
for command in /proc/[0-9]*/cmdline; do
  if (tr '\0' '\n' <"$command") 2>/dev/null | grep -qF -e "--user-data-dir=$DIR/"; then
    other=${command#/proc/}
    kill -KILL "${other%/cmdline}" 2>/dev/null
  fi
done
wait "$pid"
rm -rf "$DIR"
"#;

/// What keeps a browser from asking the network for anything but our pages.
const QUIET: [&str; 12] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--lang=en-GB",
];

/// Browsers that may run at the same time.
static PLACES: Semaphore = Semaphore::const_new(2);

/// A chromedriver of one browser's own; its keeper ends when its standard input is closed.
struct Chromedriver {
    port: u16,
    folder: PathBuf,
    keeper: Child,
}

impl Chromedriver {
    fn start() -> Self {
        let dir = tempfile::Builder::new().prefix("mcp-admin-browser-").tempdir().map(TempDir::keep).unwrap();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(tool("chromedriver"))
            .args(["--port=0", "--allowed-ips=127.0.0.1"])
            .env("DIR", &dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(keeper.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.rsplit_once("successfully on port ")?.1.trim_end_matches('.').parse().ok())
            .expect("chromedriver says where it listens");
        // What it says later is of no interest, but the pipe must not fill up.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { port, folder: dir, keeper }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A browser with an empty profile.
pub struct Browser {
    _chromedriver: Chromedriver,
    /// Its session.
    pub driver: WebDriver,
    _place: SemaphorePermit<'static>,
}

impl Browser {
    /// Starts one, as soon as there is room.
    pub async fn start() -> Self {
        let place = PLACES.acquire().await.unwrap();
        let chromedriver = Chromedriver::start();
        let mut wishes = ChromeCapabilities::new();
        wishes.set_binary(tool("chromium").to_str().unwrap()).unwrap();
        for argument in QUIET {
            wishes.add_arg(argument).unwrap();
        }
        let profile = chromedriver.folder.join("profile");
        wishes.add_arg(&format!("--user-data-dir={}", profile.display())).unwrap();
        let mut wishes: thirtyfour::Capabilities = wishes.into();
        wishes.set("goog:loggingPrefs", json!({"browser": "ALL"})).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{}", chromedriver.port), wishes).await.unwrap();
        let browser = Self { _chromedriver: chromedriver, driver, _place: place };
        browser.driver.set_script_timeout(Duration::from_mins(1)).await.unwrap();
        let watch = json!({"source": WATCH});
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", watch).await;
        browser
    }

    /// A command of the `DevTools` protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(command, parameters).await.unwrap()
    }

    /// Width and height of what is seen of a page.
    pub async fn viewport(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// What the system prefers: dark or light, and no motion, so that nothing is looked at half-way.
    pub async fn prefer(&self, theme: &str) {
        let features = json!([
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Whether pages may run scripts.
    pub async fn scripts(&self, on: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({"value": !on})).await;
    }

    /// The address that a proxy would tell of it, and the name of an ordinary browser.
    pub async fn comes_from(&self, ip: &str) {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.setExtraHTTPHeaders", json!({"headers": {"X-Forwarded-For": ip}})).await;
        self.devtools("Emulation.setUserAgentOverride", json!({"userAgent": firefox})).await;
    }

    /// Where the browser is, e.g. `Europe/Berlin`.
    pub async fn time_zone(&self, name: &str) {
        self.devtools("Emulation.setTimezoneOverride", json!({"timezoneId": name})).await;
    }

    /// Everything that was complained of since the last time: errors on the console, breaches of the
    /// Content-Security-Policy, uncaught exceptions. That an answer had a status of 4xx is no complaint.
    pub async fn complaints(&self) -> Vec<String> {
        let mut found: Vec<String> = self.log().await;
        let seen = self.evaluate("return (window.seenByTest || []).splice(0)").await;
        found.extend(seen.as_array().into_iter().flatten().map(|line| line.as_str().unwrap().to_owned()));
        found
    }

    async fn log(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.unwrap();
        entries
            .iter()
            .map(|entry| serde_json::to_value(entry).unwrap())
            .filter(|entry| entry["level"] == "SEVERE" && entry["source"] != "network")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// What a script of the test's own returns.
    pub async fn evaluate(&self, script: &str) -> Value {
        self.driver.execute(script, Vec::new()).await.unwrap().json().clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Nobody has to wait for the browser to close in good order: its keeper ends it.
        let _ = self.driver.clone().leak();
    }
}

/// Runs before the scripts of a page.
const WATCH: &str = r"
window.seenByTest = [];
document.addEventListener('securitypolicyviolation', (event) =>
  seenByTest.push(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
addEventListener('error', (event) => seenByTest.push(`error: ${event.message}`));
addEventListener('unhandledrejection', (event) => seenByTest.push(`rejection: ${event.reason}`));
";
