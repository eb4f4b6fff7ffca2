//! Somebody with some power among people, groups and tokens with more; and what he can reach.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use mcp_admin::auth::{Origin, Surface};
use mcp_admin::db::{GroupId, TokenId, UserId};
use mcp_admin::models::{group, permission, token};
use mcp_admin::services::sessions::{self, Attempt, SignIn};
use mcp_admin::services::tokens::{self, IssueToken, TokenAccess};
use mcp_admin::services::{groups, users};
use serde_json::{Value, json};

use super::steps::{Step, What};
use crate::harness::{Agent, Answer, PASSWORD, TestApp};

pub const VIEW: &str = "blog.view_article";
pub const CHANGE: &str = "blog.change_article";

/// What he holds, and so could hand out, when he begins.
const MINE: [&str; 14] = [
    VIEW,
    "mcp.view_token",
    "mcp.add_token",
    "mcp.change_token",
    "mcp.delete_token",
    "auth.view_user",
    "auth.add_user",
    "auth.change_user",
    "auth.delete_user",
    "auth.view_group",
    "auth.add_group",
    "auth.change_group",
    "auth.delete_group",
    "auth.view_permission",
];
/// What he asks for, his own first.
const WANTED: [&str; 6] =
    [VIEW, "auth.view_user", "mcp.view_token", CHANGE, "mcp.introspect_token", "blog.delete_article"];

/// All that there is, by id, and what he knows of it.
pub struct World {
    url: String,
    name: String,
    me: UserId,
    main: TokenId,
    users: Vec<i64>,
    groups: Vec<i64>,
    tokens: Vec<i64>,
    /// Groups that he made.
    own_groups: BTreeSet<i64>,
    /// Credentials that he can present.
    known: Vec<Agent>,
    /// Names whose password he knows.
    accounts: BTreeSet<String>,
    made: usize,
}

impl World {
    /// He holds a token and an account of the same power. Around him: a colleague who may more, a sleeping account
    /// whose password he knows, groups that give less and more, and tokens that may more: one whose secret he does
    /// not know, and, with secrets that he does know, one that is off, one that expired, one that its owner caps,
    /// and one of the sleeper.
    pub fn new(app: &TestApp, n: usize) -> Self {
        let named = |what: &str| format!("{what}{n}");
        let [me, victor, sleeper] = [("mallory", &MINE[..]), ("victor", &[CHANGE]), ("sleeper", &[CHANGE])]
            .map(|(name, permissions)| app.account(&named(name), permissions));
        let session = app.session(&named("mallory"), PASSWORD);
        let group = |name: &str, permissions: &[&str]| {
            let permissions: Vec<String> = permissions.iter().map(ToString::to_string).collect();
            app.write(|tx, actor| {
                let now = app.clock.now();
                let group = groups::create(tx, actor, now, &named(name))?;
                groups::grant(tx, actor, now, group.id, &permissions)?;
                Ok(group.id.0)
            })
        };
        let groups = vec![group("small", &[VIEW]), group("large", &[VIEW, CHANGE])];
        let token = |owner: UserId, permissions: &[&str], change: fn(&mut IssueToken)| {
            app.token_with(permissions, |new| {
                new.user_id = owner;
                change(new);
            })
        };
        let main = token(me, &MINE, |_| {});
        let strong = token(victor, &[CHANGE], |_| {});
        let off = token(me, &[CHANGE], |new| new.is_active = false);
        let capped = token(me, &[VIEW, CHANGE], |new| new.limit_to_owner = true);
        let of_sleeper = token(sleeper, &[CHANGE], |_| {});
        let expired = token(me, &[CHANGE], |_| {});
        app.write(|tx, actor| {
            let now = app.clock.now();
            users::deactivate(tx, actor, now, sleeper)?;
            tokens::set_expiry(
                tx,
                actor,
                now.plus(-TimeDelta::days(2)),
                expired.id(),
                Some(now.plus(-TimeDelta::days(1))),
            )
        });
        let all = [&main, &strong, &off, &capped, &of_sleeper, &expired];
        Self {
            url: app.url.clone(),
            me,
            main: main.id(),
            users: vec![me.0, victor.0, sleeper.0],
            tokens: all.map(|agent| agent.id().0).to_vec(),
            known: vec![main, session, off, capped, of_sleeper, expired],
            accounts: [named("mallory"), named("sleeper")].into(),
            own_groups: BTreeSet::new(),
            name: named("w"),
            groups,
            made: 0,
        }
    }

    /// The token that he begins with.
    pub fn own_token(&self) -> TokenId {
        self.main
    }

    /// His account.
    pub fn own_user(&self) -> UserId {
        self.me
    }

    /// Makes one call, and remembers what it put into his hands.
    pub async fn take(&mut self, step: &Step) -> Answer {
        self.made += 1;
        // The first two are those that can do something from the start.
        let who = if step.who < 5 { step.who % 2 } else { step.who % self.known.len() };
        let agent = self.known[who].clone();
        let (method, path, body) = self.call(step);
        let answer = agent.rest(method, &format!("/api/v1{path}"), Some(&body)).await;
        if answer.status < 300 {
            self.remember(&path, &body, &answer);
        }
        answer
    }

    fn remember(&mut self, path: &str, body: &Value, answer: &Answer) {
        let id = answer.body["id"].as_i64();
        if let (Some(secret), Some(id)) = (answer.body["token"].as_str(), id) {
            self.known.push(Agent::new(&self.url, secret, Some(TokenId(id))));
            self.tokens.push(id);
        }
        match (path, id) {
            ("/groups", Some(id)) => {
                self.groups.push(id);
                self.own_groups.insert(id);
            }
            ("/users", Some(id)) => self.users.push(id),
            _ => {}
        }
        let given = body["password"].is_string().then(|| body["username"].as_str()).flatten();
        self.accounts.extend(given.map(str::to_owned));
        let taken_over = path.strip_suffix("/password").and_then(|path| path.rsplit('/').next());
        self.accounts.extend(taken_over.map(|id| format!("#{id}")));
    }

    /// Method, path below the API, body.
    fn call(&self, step: &Step) -> (&'static str, String, Value) {
        let pick = |list: &[i64], n: usize| list[n % list.len()];
        let (token, group, user) =
            (pick(&self.tokens, step.target), pick(&self.groups, step.group), pick(&self.users, step.user));
        // Whoever takes his own power away can try nothing more.
        let (other_token, other_user) =
            (pick(&self.tokens[1..], step.target), pick(&self.users[1..], step.user));
        let wanted = WANTED[step.permission % WANTED.len()];
        let permissions = json!({"permissions": [wanted]});
        let name = format!("{}x{}", self.name, self.made);
        let whole_user = json!({"username": name, "password": PASSWORD, "is_staff": true, "permissions": [wanted], "groups": [group]});
        let of_token = |suffix: &str| format!("/tokens/{token}{suffix}");
        let of_group = |suffix: &str| format!("/groups/{group}{suffix}");
        let of_user = |suffix: &str| format!("/users/{user}{suffix}");
        match step.what {
            What::IssueToken => {
                let groups = if step.target.is_multiple_of(3) { json!([group]) } else { json!([]) };
                (
                    "POST",
                    "/tokens".into(),
                    json!({"name": name, "user": user, "permissions": [wanted], "groups": groups}),
                )
            }
            What::IssueCappedToken => (
                "POST",
                "/tokens".into(),
                json!({"name": name, "user": user, "permissions": [wanted, CHANGE], "limit_to_owner": true}),
            ),
            What::PatchTokenPermissions => {
                ("PATCH", format!("/tokens/{other_token}"), json!({"permissions": [wanted, VIEW]}))
            }
            What::PatchTokenGroups => ("PATCH", of_token(""), json!({"groups": [group]})),
            What::PatchTokenOwner => ("PATCH", of_token(""), json!({"user": user})),
            What::ReviveToken => ("PATCH", of_token(""), json!({"is_active": true, "expires_at": null})),
            What::UncapToken => ("PATCH", of_token(""), json!({"limit_to_owner": false})),
            What::PutToken => (
                "PUT",
                format!("/tokens/{other_token}"),
                json!({"name": name, "user": user, "permissions": [wanted], "groups": [group]}),
            ),
            What::Rotate => ("POST", of_token("/rotate"), json!({"grace": "1h"})),
            What::Copy => ("POST", of_token("/copy"), json!({})),
            What::Activate => ("POST", of_token("/activate"), json!({})),
            What::GrantToken => ("POST", of_token("/permissions"), permissions),
            What::SetTokenPermissions => ("PUT", format!("/tokens/{other_token}/permissions"), permissions),
            What::FullAccess => ("POST", of_token("/permissions"), json!({"full_access": "blog"})),
            What::AddTokenGroup => ("POST", of_token("/groups"), json!({"groups": [group]})),
            What::BulkActivate => {
                ("POST", "/tokens/bulk".into(), json!({"operation": "activate", "ids": self.tokens}))
            }
            What::BulkExpiry => (
                "POST",
                "/tokens/bulk".into(),
                json!({"operation": "set_expiry", "ids": self.tokens, "expires_at": null}),
            ),
            What::NarrowToken => ("DELETE", of_token("/permissions"), json!({"permissions": [CHANGE]})),
            What::CreateGroup => ("POST", "/groups".into(), json!({"name": name, "permissions": [wanted]})),
            What::PutGroup => ("PUT", of_group(""), json!({"name": name, "permissions": [wanted]})),
            What::GrantGroup => ("POST", of_group("/permissions"), permissions),
            What::SetGroupPermissions => ("PUT", of_group("/permissions"), permissions),
            What::AddMember => ("POST", of_group("/members"), json!({"users": [user]})),
            What::SetMembers => ("PUT", of_group("/members"), json!({"users": [self.me, user]})),
            What::DeleteGroup => ("DELETE", of_group(""), json!({})),
            What::CreateUser => ("POST", "/users".into(), whole_user),
            What::CreateSuperuser => (
                "POST",
                "/users".into(),
                json!({"username": name, "password": PASSWORD, "is_staff": true, "is_superuser": true}),
            ),
            What::Promote => ("PATCH", of_user(""), json!({"is_superuser": true})),
            What::PutUser => ("PATCH", of_user(""), json!({"is_staff": true, "is_active": true})),
            What::ActivateUser => ("POST", of_user("/activate"), json!({})),
            What::SetPassword => ("POST", of_user("/password"), json!({"password": PASSWORD})),
            What::GrantUser => ("POST", of_user("/permissions"), permissions),
            What::SetUserPermissions => ("PUT", format!("/users/{other_user}/permissions"), permissions),
            What::AddUserGroup => ("POST", of_user("/groups"), json!({"groups": [group]})),
            What::DeleteUser => {
                ("DELETE", format!("/users/{other_user}?tokens=transfer:{}", self.me), json!({}))
            }
        }
    }

    /// What is within his reach now and was not his to give: by the secrets and passwords that he knows, as the
    /// server itself tells; of his tokens, whether he knows their secrets or not; of his groups.
    pub async fn reached_beyond(&self, app: &TestApp) -> Vec<String> {
        let mut reached = Vec::new();
        for agent in &self.known {
            reached.extend(self.shown_to(agent).await.into_iter().map(|p| ("a secret", p)));
        }
        for username in &self.accounts {
            if let Some(session) = sign_in(app, username) {
                reached.extend(self.shown_to(&session).await.into_iter().map(|p| ("an account", p)));
            }
        }
        let now = app.clock.now();
        let held = app.db.read(|conn| {
            let mut held = Vec::new();
            let joined = group::list_of_user(conn, self.me)?.into_iter().map(|group| group.id);
            for id in joined.chain(self.own_groups.iter().map(|id| GroupId(*id))) {
                let permissions = permission::list_of_group(conn, id)?;
                held.extend(permissions.into_iter().map(|p| ("a group", p.full_name())));
            }
            for token in token::list_of_user(conn, self.me)? {
                let access = TokenAccess::find(conn, token.id)?;
                if access.is_valid(now) {
                    held.extend(access.get_all_permissions().iter().map(|p| ("a token", p.to_owned())));
                }
            }
            Ok(held)
        });
        reached.extend(held.unwrap());
        let beyond: BTreeSet<String> = reached
            .into_iter()
            .filter(|(_, permission)| !MINE.contains(&permission.as_str()))
            .map(|(by, permission)| format!("{by}: {permission}"))
            .collect();
        beyond.into_iter().collect()
    }

    /// What a credential may do, if it is accepted.
    async fn shown_to(&self, agent: &Agent) -> Vec<String> {
        let me = agent.rest("GET", "/api/v1/me", None).await;
        assert!([200, 401].contains(&me.status), "{}", me.text);
        let permissions = me.body["permissions"].as_array().into_iter().flatten();
        let everything = me.body["is_superuser"] == true;
        permissions
            .map(|p| p.as_str().unwrap().to_owned())
            .chain(everything.then(|| "everything".to_owned()))
            .collect()
    }
}

/// A session, if the password is right and the user may sign in. An account is a name, or an id behind `#`.
fn sign_in(app: &TestApp, account: &str) -> Option<Agent> {
    let username = match account.strip_prefix('#') {
        Some(id) => {
            let id = UserId(id.parse().unwrap());
            app.db.read(|conn| Ok(mcp_admin::models::user::find(conn, id)?)).unwrap()?.username
        }
        None => account.to_owned(),
    };
    let origin = Origin { surface: Surface::Admin, ip: None, request_id: None };
    let attempt =
        Attempt { username: &username, password: PASSWORD, origin, user_agent: None, replaces: None };
    let opened = sessions::sign_in(&app.db, app.clock.now(), &SignIn::default(), &attempt, &mut rand::rng());
    opened.ok().map(|opened| Agent::signed_in(&app.url, format!("mcp-admin-local={}", opened.key.reveal())))
}
