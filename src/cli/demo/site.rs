//! The users, groups and tokens of the demonstration.

use chrono::TimeDelta;
use rand::distr::{Alphanumeric, SampleString};

use crate::auth::{Actor, PasswordHash, PlainToken};
use crate::clock::{Clock, UtcTime};
use crate::config::Config;
use crate::db::{Db, Tx, UserId};
use crate::error::{Error, Result};
use crate::services::tokens::{self, IssueToken, Secrets, TokenFilter};
use crate::services::users::{self, NewUser, UserFilter};
use crate::services::{Paging, groups};

const ADMIN: &str = "admin";
const OWNER: &str = "mara";
const GROUP: &str = "Editors";
const EDITOR_MODELS: [&str; 4] = ["article", "author", "comment", "tag"];

/// What the demonstration prints.
pub struct Site {
    /// The administrator's name.
    pub username: String,
    /// The administrator's password, made for this run.
    pub password: String,
    /// Name and secret of each token, the reading one first.
    pub tokens: Vec<(&'static str, PlainToken)>,
}

/// Insists that a database holds no users but those of an earlier demonstration.
///
/// # Errors
/// `Conflict` otherwise; database faults.
pub fn refuse_a_real_site(db: &Db) -> Result<()> {
    let found = db.read(|conn| users::list(conn, &Actor::cli(), &UserFilter::default(), Paging::ALL))?;
    // The name alone proves nothing: many a real site has a user "admin".
    if found.rows.iter().all(|user| user.email == address(&user.username)) {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "{} has users of its own; a demonstration wants an empty database",
        db.url()
    )))
}

/// Makes users, a group and tokens anew; what an earlier demonstration left is removed.
///
/// # Errors
/// Database faults.
pub fn make(db: &Db, clock: &Clock, config: &Config) -> Result<Site> {
    let now = clock.now();
    let password = Alphanumeric.sample_string(&mut rand::rng(), 24);
    let hash = users::prepare_password(&password, ADMIN)?;
    let tokens = db.write(|tx| {
        remove_earlier(tx, now)?;
        let admin = account(tx, now, ADMIN, Some(hash))?;
        let owner = account(tx, now, OWNER, None)?;
        issue_all(tx, admin, owner, now, config)
    })?;
    Ok(Site { username: ADMIN.into(), password, tokens })
}

/// The address by which a demonstration knows its own users; nobody can have it (RFC 2606).
fn address(username: &str) -> String {
    format!("{username}@demo.invalid")
}

/// Removes the tokens and the group of an earlier demonstration; its users are used again.
fn remove_earlier(tx: &mut Tx<'_>, now: UtcTime) -> Result<()> {
    let actor = Actor::cli();
    let earlier = tokens::list(tx, &actor, now, &TokenFilter::default(), Paging::ALL)?;
    for row in earlier.rows {
        tokens::delete(tx, &actor, now, row.token.id)?;
    }
    let groups = groups::list(tx, &actor, Some(GROUP), Paging::ALL)?.rows;
    for group in groups.iter().filter(|group| group.name == GROUP) {
        groups::delete(tx, &actor, now, group.id)?;
    }
    Ok(())
}

/// A superuser with this password, or an ordinary user without one.
fn account(tx: &mut Tx<'_>, now: UtcTime, username: &str, password: Option<PasswordHash>) -> Result<UserId> {
    let actor = Actor::cli();
    let filter = UserFilter { search: Some(username.into()), ..UserFilter::default() };
    let known = users::list(tx, &actor, &filter, Paging::ALL)?.rows;
    let Some(user) = known.into_iter().find(|user| user.username == username) else {
        let is_superuser = password.is_some();
        let new = NewUser {
            username: username.into(),
            email: address(username),
            password,
            is_active: true,
            is_staff: is_superuser,
            is_superuser,
        };
        return Ok(users::create(tx, &actor, now, &new)?.id);
    };
    if let Some(password) = password {
        users::set_password(tx, &actor, now, user.id, &password)?;
    }
    Ok(user.id)
}

fn issue_all(
    tx: &mut Tx<'_>,
    admin: UserId,
    owner: UserId,
    now: UtcTime,
    config: &Config,
) -> Result<Vec<(&'static str, PlainToken)>> {
    let actor = Actor::cli();
    let rules = config.token_rules();
    let group = groups::create(tx, &actor, now, GROUP)?;
    let editing: Vec<String> = EDITOR_MODELS
        .iter()
        .flat_map(|model| ["view", "add", "change", "delete"].map(|verb| format!("blog.{verb}_{model}")))
        .collect();
    groups::grant(tx, &actor, now, group.id, &editing)?;
    let reading = tokens::read_only(tx, "blog")?;
    let mut operating = Vec::new();
    for app in ["mcp", "auth", "admin"] {
        operating.extend(tokens::full_access(tx, app)?);
    }
    let with = |name: &str, user: UserId, permissions: &[String]| IssueToken {
        permissions: permissions.to_vec(),
        ..IssueToken::new(name, user)
    };
    let editor = IssueToken { groups: vec![group.id], ..IssueToken::new("Editor", owner) };
    let inactive = IssueToken { is_active: false, ..with("Inactive", owner, &reading) };
    // Issued so long ago that its ninety days are over.
    let long_ago = now.plus(-TimeDelta::days(100));
    let wanted = [
        ("reader", with("Reader", owner, &reading), now),
        ("editor", editor, now),
        ("operator", with("Operator", admin, &operating), now),
        ("none", with("No permissions", owner, &[]), now),
        ("expired", with("Expired", owner, &reading), long_ago),
        ("inactive", inactive, now),
    ];
    wanted
        .into_iter()
        .map(|(name, new, at)| {
            let secrets = Secrets { rng: &mut rand::rng(), rules: &rules };
            Ok((name, tokens::issue(tx, &actor, at, &new, secrets)?.plain))
        })
        .collect()
}
