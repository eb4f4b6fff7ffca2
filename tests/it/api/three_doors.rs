//! The API, the command line and the library are three doors to the same operations: each leaves the same
//! rows and the same lines in the audit log.

use chrono::TimeDelta;
use mcp_admin::auth::{Actor, TokenRules, ToolMode};
use mcp_admin::clock::UtcTime;
use mcp_admin::db::{Backend, Db, DbConnection, GroupId, TokenId, Tx, UserId};
use mcp_admin::error::Result;
use mcp_admin::models::log_entry::{self, LogEntry};
use mcp_admin::models::permission::{self, Permission};
use mcp_admin::models::{group, user};
use mcp_admin::services::tokens::{self, Expiry, IssueToken, Secrets, TokenFilter};
use mcp_admin::services::users::{self, NewUser, OwnedTokens, UserFilter};
use mcp_admin::services::{Paging, groups};
use serde_json::{Value, json};

use crate::harness::{TestApp, on_each};

/// What the operations are about. The operator, with a token, is there before.
const BOB: UserId = UserId(2);
const READERS: GroupId = GroupId(1);
const CI: TokenId = TokenId(2);

type Library = fn(&mut Tx<'_>, &Actor, UtcTime) -> Result<()>;

/// One operation through each of the doors.
struct Step {
    api: (&'static str, &'static str, Value),
    cli: &'static [&'static str],
    library: Library,
}

fn step(api: (&'static str, &'static str, Value), cli: &'static [&'static str], library: Library) -> Step {
    Step { api, cli, library }
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

const LATER: &str = "2099-01-01T00:00:00Z";

/// People and groups come first.
fn beginning() -> Vec<Step> {
    vec![
        step(
            ("POST", "/users", json!({"username": "bob", "email": "bob@example.com"})),
            &["user", "create", "bob", "--email", "bob@example.com"],
            |tx, actor, now| {
                let new = NewUser {
                    username: "bob".into(),
                    email: "bob@example.com".into(),
                    is_active: true,
                    ..NewUser::default()
                };
                users::create(tx, actor, now, &new).map(drop)
            },
        ),
        step(
            ("POST", "/users/2/permissions", json!({"permissions": ["blog.view_tag"]})),
            &["user", "grant", "bob", "blog.view_tag"],
            |tx, actor, now| users::grant(tx, actor, now, BOB, &names(&["blog.view_tag"])),
        ),
        step(
            ("POST", "/groups", json!({"name": "Readers"})),
            &["group", "create", "Readers"],
            |tx, actor, now| groups::create(tx, actor, now, "Readers").map(drop),
        ),
        step(
            ("POST", "/groups/1/permissions", json!({"permissions": ["blog.view_tag", "blog.view_author"]})),
            &["group", "grant", "Readers", "blog.view_tag", "blog.view_author"],
            |tx, actor, now| {
                groups::grant(tx, actor, now, READERS, &names(&["blog.view_tag", "blog.view_author"]))
            },
        ),
        step(
            ("DELETE", "/groups/1/permissions", json!({"permissions": ["blog.view_author"]})),
            &["group", "revoke-perm", "Readers", "blog.view_author"],
            |tx, actor, now| groups::revoke(tx, actor, now, READERS, &names(&["blog.view_author"])),
        ),
        step(
            ("POST", "/groups/1/members", json!({"users": ["bob"]})),
            &["group", "members", "Readers", "--add", "bob"],
            |tx, actor, now| groups::add_member(tx, actor, now, READERS, BOB),
        ),
        step(
            ("PATCH", "/groups/1", json!({"name": "Visitors"})),
            &["group", "rename", "Readers", "Visitors"],
            |tx, actor, now| groups::rename(tx, actor, now, READERS, "Visitors").map(drop),
        ),
        step(
            (
                "POST",
                "/tokens",
                json!({"name": "CI", "user": "bob", "permissions": ["blog.view_article", "blog.add_article"], "groups": ["Visitors"], "expires_at": null, "note": "nightly"}),
            ),
            &[
                "token",
                "create",
                "--name",
                "CI",
                "--user",
                "bob",
                "--perm",
                "blog.view_article",
                "--perm",
                "blog.add_article",
                "--group",
                "Visitors",
                "--never",
                "--note",
                "nightly",
            ],
            |tx, actor, now| {
                let new = IssueToken {
                    permissions: names(&["blog.view_article", "blog.add_article"]),
                    groups: vec![READERS],
                    expiry: Expiry::Never,
                    note: "nightly".into(),
                    ..IssueToken::new("CI", BOB)
                };
                tokens::issue(tx, actor, now, &new, secrets(&mut rand::rng())).map(drop)
            },
        ),
    ]
}

/// The life of a token.
fn middle() -> Vec<Step> {
    vec![
        step(
            ("POST", "/tokens/2/permissions", json!({"permissions": ["blog.change_article"]})),
            &["token", "grant", "CI", "blog.change_article"],
            |tx, actor, now| tokens::grant(tx, actor, now, CI, &names(&["blog.change_article"])).map(drop),
        ),
        step(
            ("POST", "/tokens/2/permissions", json!({"read_only": "blog"})),
            &["token", "grant", "CI", "--read-only", "blog"],
            |tx, actor, now| {
                let names = tokens::read_only(tx, "blog")?;
                tokens::grant(tx, actor, now, CI, &names).map(drop)
            },
        ),
        step(
            ("DELETE", "/tokens/2/permissions", json!({"permissions": ["blog.add_article"]})),
            &["token", "revoke-perm", "CI", "blog.add_article"],
            |tx, actor, now| tokens::revoke(tx, actor, now, CI, &names(&["blog.add_article"])).map(drop),
        ),
        step(
            ("PATCH", "/tokens/2", json!({"expires_at": LATER})),
            &["token", "set-expiry", "CI", "--expires-at", LATER],
            |tx, actor, now| tokens::set_expiry(tx, actor, now, CI, UtcTime::parse_rfc3339(LATER)).map(drop),
        ),
        step(
            ("PATCH", "/tokens/2", json!({"tool_mode": "compact"})),
            &["token", "set-tool-mode", "CI", "compact"],
            |tx, actor, now| tokens::set_tool_mode(tx, actor, now, CI, ToolMode::Compact).map(drop),
        ),
        step(
            ("POST", "/tokens/2/deactivate", Value::Null),
            &["token", "deactivate", "CI"],
            |tx, actor, now| tokens::deactivate(tx, actor, now, CI).map(drop),
        ),
        step(("POST", "/tokens/2/activate", Value::Null), &["token", "activate", "CI"], |tx, actor, now| {
            tokens::activate(tx, actor, now, CI).map(drop)
        }),
        step(
            ("POST", "/tokens/2/rotate", json!({"grace": "1h"})),
            &["token", "rotate", "CI", "--grace", "1h"],
            |tx, actor, now| {
                tokens::rotate(tx, actor, now, CI, TimeDelta::hours(1), secrets(&mut rand::rng())).map(drop)
            },
        ),
        step(
            ("POST", "/tokens/2/copy", json!({"expires_at": LATER})),
            &["token", "copy", "CI", "--expires-at", LATER],
            |tx, actor, now| {
                let expiry = Expiry::of(Some(UtcTime::parse_rfc3339(LATER)));
                tokens::copy(tx, actor, now, CI, None, expiry, secrets(&mut rand::rng())).map(drop)
            },
        ),
        step(
            ("POST", "/users/2/deactivate", Value::Null),
            &["user", "deactivate", "bob"],
            |tx, actor, now| users::deactivate(tx, actor, now, BOB).map(drop),
        ),
    ]
}

/// All of it goes again.
fn end() -> Vec<Step> {
    vec![
        step(("POST", "/users/2/activate", Value::Null), &["user", "activate", "bob"], |tx, actor, now| {
            users::activate(tx, actor, now, BOB).map(drop)
        }),
        step(("DELETE", "/tokens/2", Value::Null), &["token", "delete", "2"], |tx, actor, now| {
            tokens::delete(tx, actor, now, CI)
        }),
        step(("DELETE", "/groups/1", Value::Null), &["group", "delete", "Visitors"], |tx, actor, now| {
            groups::delete(tx, actor, now, READERS)
        }),
        step(
            ("DELETE", "/users/2?tokens=delete", Value::Null),
            &["user", "delete", "bob", "--delete-tokens"],
            |tx, actor, now| users::delete(tx, actor, now, BOB, OwnedTokens::Delete, &TokenRules::default()),
        ),
    ]
}

fn secrets(rng: &mut rand::rngs::ThreadRng) -> Secrets<'_, rand::rngs::ThreadRng> {
    static RULES: std::sync::OnceLock<TokenRules> = std::sync::OnceLock::new();
    Secrets { rng, rules: RULES.get_or_init(TokenRules::default) }
}

/// Everything that may be compared of what is stored: no secrets, no times of the test itself.
fn rows(db: &Db) -> Vec<String> {
    db.read(|conn| {
        let cli = Actor::cli();
        let mut rows = Vec::new();
        for user in users::list(conn, &cli, &UserFilter::default(), Paging::ALL)?.rows {
            let groups = group::list_of_user(conn, user.id)?;
            let held = full_names(&permission::list_direct_of_user(conn, user.id)?);
            let flags = (user.is_active, user.is_staff, user.is_superuser);
            let password = user::find_password_hash(conn, user.id)?.is_some();
            rows.push(format!(
                "user {} {} {} {flags:?} {password} {groups:?} {held:?}",
                user.id, user.username, user.email
            ));
        }
        for group in groups::list(conn, &cli, None, Paging::ALL)?.rows {
            rows.push(format!("{group:?} {:?}", full_names(&permission::list_of_group(conn, group.id)?)));
        }
        rows.extend(token_rows(conn)?);
        Ok(rows)
    })
    .unwrap()
}

fn token_rows(conn: &mut DbConnection) -> Result<Vec<String>> {
    let all =
        tokens::list(conn, &Actor::cli(), UtcTime::from_micros(0), &TokenFilter::default(), Paging::ALL)?;
    let of = |row: tokens::TokenRow| {
        let token = row.token;
        let held = full_names(&permission::list_direct_of_token(conn, token.id)?);
        let groups = group::list_of_token(conn, token.id)?;
        let expires_at = token.expires_at.map(|at| at.to_string()).filter(|at| at == LATER);
        let flags =
            (token.is_active, token.limit_to_owner, token.tool_mode, token.previous_expires_at.is_some());
        Ok(format!(
            "token {} {} {} {} {flags:?} {expires_at:?} {groups:?} {held:?}",
            token.id, token.name, row.owner, token.note
        ))
    };
    all.rows.into_iter().map(of).collect()
}

fn full_names(permissions: &[Permission]) -> Vec<String> {
    permissions.iter().map(Permission::full_name).collect()
}

/// Lines of the log after `begun`, the oldest first, without who, when and from where.
fn lines(entries: &[LogEntry]) -> Vec<String> {
    let of = |entry: &LogEntry| {
        let LogEntry { action, app_label, model, object_id, object_repr, outcome, .. } = entry;
        let changes = comparable(serde_json::from_str(&entry.changes).unwrap());
        format!("{action} {app_label}.{model} {object_id} {object_repr} {outcome} {changes}")
    };
    entries.iter().map(of).collect()
}

/// Without what differs by chance or by time.
fn comparable(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with("mcp_") => "a prefix".into(),
        Value::String(text) if text != LATER && UtcTime::parse_rfc3339(&text).is_some() => "a time".into(),
        Value::Array(items) => items.into_iter().map(comparable).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, comparable(value))).collect()
        }
        other => other,
    }
}

fn entries(db: &Db) -> Vec<LogEntry> {
    let mut entries = db.read(|conn| Ok(log_entry::list_recent(conn, 1000)?)).unwrap();
    entries.reverse();
    entries
}

/// What was stored at three moments, and what the log says of it.
struct Left {
    rows: Vec<Vec<String>>,
    log: Vec<LogEntry>,
}

/// Does everything through a door, on a site of its own.
async fn through(backend: Backend, mut door: impl AsyncFnMut(&TestApp, &str, Step)) -> Left {
    let app = TestApp::start(backend).await;
    let all = app.site.cli(&["permission", "list"]);
    let all: Vec<&str> = all.as_array().unwrap().iter().map(|p| p["permission"].as_str().unwrap()).collect();
    let operator = app.token(&all).token;
    let before = entries(&app.db).len();
    let mut left = Left { rows: Vec::new(), log: Vec::new() };
    for steps in [beginning(), middle(), end()] {
        for step in steps {
            door(&app, &operator, step).await;
        }
        left.rows.push(rows(&app.db));
    }
    left.log = entries(&app.db).split_off(before);
    left
}

async fn api(app: &TestApp, operator: &str, step: Step) {
    let (method, path, body) = step.api;
    let body = (!body.is_null()).then_some(&body);
    let answer = app.agent(operator).rest(method, &format!("/api/v1{path}"), body).await;
    assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text);
}

on_each! {
    async fn the_api_the_command_line_and_the_library_leave_the_same_behind(backend) {
        let by_api = through(backend, api).await;
        let by_cli = through(backend, async |app: &TestApp, _: &str, step: Step| drop(app.site.cli(step.cli))).await;
        let by_library = through(backend, async |app: &TestApp, _: &str, step: Step| {
            app.write(|tx, actor| (step.library)(tx, actor, app.clock.now()));
        })
        .await;
        assert!(by_api.rows[1].iter().any(|row| row.contains("CI v2")), "{:#?}", by_api.rows[1]);
        assert_eq!(by_api.rows, by_library.rows);
        assert_eq!(by_cli.rows, by_library.rows);
        assert!(by_library.log.len() >= beginning().len() + middle().len() + end().len());
        assert_eq!(lines(&by_api.log), lines(&by_library.log));
        assert_eq!(lines(&by_cli.log), lines(&by_library.log));
        let by = |entry: &LogEntry| (entry.surface.clone(), entry.actor_label.clone(), entry.token_label.clone());
        assert!(by_api.log.iter().all(|entry| by(entry) == ("api".into(), "ada".into(), Some("Agent".into()))));
        assert!(by_cli.log.iter().all(|entry| by(entry) == ("cli".into(), "command line".into(), None)));
    }
}
