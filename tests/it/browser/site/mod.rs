//! A site as it is after half a year of use: people, groups, tokens in every state, and what they did. Its
//! past happened as the present does, with the server's clock set back and moved on.

mod apps;
mod history;
mod people;
mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use mcp_admin::auth::{Actor, Origin, PermissionSet, Principal, Surface};
use mcp_admin::clock::UtcTime;
use mcp_admin::db::{Backend, GroupId, TokenId, Tx, UserId};
use mcp_admin::error::Result;
use mcp_admin::models::content_type;
use serde_json::{Value, json};

use super::person::{PASSWORD, PATIENCE, Person};
use crate::harness::{Agent, Site, TestApp, eventually, open};

/// The article that has a history.
pub const ARTICLE: i64 = 7;
/// Where people sit, as documentation may call it (RFC 5737).
const OFFICE: &str = "192.0.2.24";

/// A site with something on every page.
pub struct Filled {
    /// The server.
    pub app: TestApp,
    present: UtcTime,
    users: BTreeMap<&'static str, UserId>,
    groups: BTreeMap<&'static str, GroupId>,
    agents: BTreeMap<&'static str, Agent>,
}

impl Filled {
    /// Makes it. `anna` administers it, `lena` edits articles; both have [`PASSWORD`].
    pub async fn start() -> Self {
        let databases = Site::new(Backend::Sqlite);
        let mut config = databases.config();
        apps::attach(&databases, &mut config);
        let attached = config.apps;
        let app = TestApp::on(databases, |config| {
            config.apps = attached;
            config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        });
        let present = app.clock.now();
        let mut site =
            Self { app, present, users: BTreeMap::new(), groups: BTreeMap::new(), agents: BTreeMap::new() };
        site.live().await;
        site
    }

    /// From the first user to now.
    async fn live(&mut self) {
        people::arrive(self);
        history::happen(self).await;
        self.go(TimeDelta::zero());
        tokens::count_uses(self);
        self.app.invalidate();
    }

    /// Somebody in front of it, behind the proxy of the office.
    pub async fn person(&self) -> Person {
        let person = Person::new(&self.app).await;
        person.browser.comes_from(OFFICE).await;
        person
    }

    /// The same, signed in.
    pub async fn signed_in(&self, username: &str) -> Person {
        let person = self.person().await;
        person.sign_in(username, PASSWORD).await;
        person
    }

    /// A page of a token, e.g. `/edit`.
    pub fn token_path(&self, name: &str, rest: &str) -> String {
        format!("/admin/tokens/{}{rest}", self.token(name))
    }

    /// The id of a token.
    pub fn token(&self, name: &str) -> TokenId {
        self.agents[name].id()
    }

    /// The id of a user.
    pub fn user(&self, name: &str) -> UserId {
        self.users[name]
    }

    /// The id of a group.
    pub fn group(&self, name: &str) -> GroupId {
        self.groups[name]
    }

    /// The content type of a table that has vanished.
    pub fn stale(&self) -> i64 {
        let all = self.app.db.read(|conn| Ok(content_type::list(conn)?)).unwrap();
        all.iter().find(|found| found.is_stale).unwrap().id.0
    }

    /// The newest entry of the audit log that tells what was changed of the article.
    pub fn entry(&self) -> i64 {
        let log = self.app.log();
        let of_article =
            log.iter().find(|entry| entry.model == "article" && entry.object_id == ARTICLE.to_string());
        of_article.unwrap().id.0
    }

    /// Renames a table of the shop behind the back of the server.
    pub fn lose_the_products(&self) {
        let shop = open(self.app.site.file(apps::SHOP_FILE).to_str().unwrap());
        shop.execute_script("ALTER TABLE shop_product RENAME TO shop_article").unwrap();
    }

    /// Goes to a moment so long before the present.
    fn go(&self, ago: TimeDelta) {
        let moment = self.present.plus(-ago).micros();
        self.app.advance(TimeDelta::microseconds(moment - self.app.clock.now().micros()));
    }

    /// Lets a superuser of this name do something in the admin.
    fn act<T>(&self, username: &str, work: impl FnOnce(&mut Tx<'_>, &Actor, UtcTime) -> Result<T>) -> T {
        let principal = Principal {
            user_id: Some(self.users[username]),
            label: username.into(),
            token: None,
            is_superuser: true,
            permissions: PermissionSet::empty(),
        };
        let request_id = format!("{:016x}", self.app.clock.now().micros());
        let origin = Origin {
            surface: Surface::Admin,
            ip: Some(OFFICE.parse().unwrap()),
            request_id: Some(request_id.into()),
        };
        let actor = Actor { principal: Arc::new(principal), origin };
        let done = self.app.db.write(|tx| work(tx, &actor, self.app.clock.now())).unwrap();
        self.app.invalidate();
        done
    }

    /// Lets a token call a tool; whether that succeeded. A machine that has much else to do may answer 503,
    /// which means to try again.
    async fn call(&self, token: &str, tool: &str, arguments: Value) -> bool {
        let agent = &self.agents[token];
        let body = json!({"method": "tools/call", "name": tool, "arguments": arguments}).to_string();
        let mut answered = None;
        let ask = async || {
            let request = agent.request().header("x-forwarded-for", tokens::address(token));
            let answer = agent.send(request.body(body.clone())).await;
            let is_late = answer.status == 503;
            answered = Some(answer);
            !is_late
        };
        eventually(&format!("{token} calls {tool}"), PATIENCE, ask).await;
        let answer = answered.unwrap();
        assert_eq!(answer.status, 200, "{token} {tool}: {}", answer.text);
        !answer.is_error()
    }

    /// The same of a call that has to succeed.
    async fn done(&self, token: &str, tool: &str, arguments: Value) {
        assert!(self.call(token, tool, arguments).await, "{token} {tool}");
    }
}
