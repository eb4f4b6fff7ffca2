//! Somebody at the admin with a browser that has no JavaScript.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::SET_COOKIE;

use super::agent::Answer;
use super::{PASSWORD, TestApp};

/// A browser without JavaScript: cookies are kept, redirections are not followed.
pub struct Visitor {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    http: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Visitor {
    /// A browser that was never there.
    pub fn new(url: &str) -> Self {
        let http = super::client().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { url: url.into(), http, cookies: Mutex::default() }
    }

    /// A request with the cookies and nothing else, to be completed.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let cookies = self.cookies.lock().unwrap();
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.url));
        if cookies.is_empty() {
            return request;
        }
        let line: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header("cookie", line.join("; "))
    }

    /// Sends what [`request`](Self::request) began, and keeps the cookies of the answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = Answer::read(request.send().await.unwrap()).await;
        let mut cookies = self.cookies.lock().unwrap();
        for line in answer.headers.get_all(SET_COOKIE) {
            let (pair, attributes) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() || attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.into(), value.into());
            }
        }
        drop(cookies);
        answer
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    /// Opens a page that has to be there; its text.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.text
    }

    /// Sends a form from a page of ours.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.form(path, fields)).await
    }

    /// Sends a form that has to be accepted; where it leads.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, 303, "{path}: {}", answer.text);
        answer.header("location").to_owned()
    }

    /// A form from a page of ours, to be completed.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        self.request("POST", path)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(fields))
    }

    /// Opens a page as htmx does.
    pub async fn htmx_get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).header("hx-request", "true")).await
    }

    /// Sends a form as htmx does.
    pub async fn htmx_post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.form(path, fields).header("hx-request", "true")).await
    }

    /// Signs in with the password that every visitor has.
    pub async fn sign_in(&self, username: &str) -> Answer {
        self.post("/admin/sign-in", &[("username", username), ("password", PASSWORD)]).await
    }

    /// A cookie that the server gave.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Sets a cookie, or takes it away.
    pub fn set_cookie(&self, name: &str, value: Option<&str>) {
        let mut cookies = self.cookies.lock().unwrap();
        match value {
            Some(value) => cookies.insert(name.into(), value.into()),
            None => cookies.remove(name),
        };
    }
}

/// `name=value&…`
fn encoded(fields: &[(&str, &str)]) -> String {
    serde_html_form::to_string(fields).unwrap()
}

impl TestApp {
    /// A staff user with these permissions, signed in.
    pub async fn visitor(&self, username: &str, permissions: &[&str]) -> Visitor {
        self.account(username, permissions);
        self.signed_in(username).await
    }

    /// A superuser, signed in.
    pub async fn administrator(&self, username: &str) -> Visitor {
        self.with_password(username, |new| (new.is_staff, new.is_superuser) = (true, true));
        self.signed_in(username).await
    }

    async fn signed_in(&self, username: &str) -> Visitor {
        let visitor = Visitor::new(&self.url);
        let answer = visitor.sign_in(username).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        visitor
    }
}
