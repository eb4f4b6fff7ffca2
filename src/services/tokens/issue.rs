//! New secrets: issuing a token, rotating one, making a "v2" of one.

use chrono::TimeDelta;
use rand::CryptoRng;
use serde_json::json;

use super::{load, notices, quota, record, snapshot};
use crate::auth::{Actor, PlainToken, TokenDigest, TokenRules, ToolMode};
use crate::clock::UtcTime;
use crate::db::{GroupId, TokenId, Tx, UserId};
use crate::error::{Error, FieldErrors, Result};
use crate::models::group::{self, Group};
use crate::models::memberships;
use crate::models::permission::{self, Permission};
use crate::models::token::{self, NewSecret, NewToken, Token, TokenChanges};
use crate::services::audit::Action;
use crate::services::{begin, grants, input};

/// The longest grace period of a rotation.
pub const MAX_GRACE: TimeDelta = TimeDelta::days(7);
const DEFAULT_LIFETIME: TimeDelta = TimeDelta::days(90);
/// In seconds since the Unix epoch.
const YEAR_10000: i64 = 253_402_300_800;

/// Where secrets come from, and the rules of this site.
pub struct Secrets<'a, R: CryptoRng> {
    /// Cryptographically secure.
    pub rng: &'a mut R,
    /// From the configuration.
    pub rules: &'a TokenRules,
}

impl<R: CryptoRng> Secrets<'_, R> {
    /// A new secret, its digest, and how that was made.
    fn make(self) -> (PlainToken, TokenDigest, &'static str) {
        let plain = PlainToken::generate(self.rng);
        let digest = plain.digest(&self.rules.hasher);
        (plain, digest, self.rules.hasher.algorithm())
    }
}

/// When a new token expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expiry {
    /// 90 days from now.
    #[default]
    Default,
    /// Never.
    Never,
    /// At this moment, which has to be in the future.
    At(UtcTime),
}

impl Expiry {
    /// From what a caller said: nothing, null or a time.
    #[must_use]
    pub fn of(said: Option<Option<UtcTime>>) -> Self {
        match said {
            None => Self::Default,
            Some(None) => Self::Never,
            Some(Some(at)) => Self::At(at),
        }
    }

    /// The moment, for a token that is made at `now`; `None` = never.
    #[must_use]
    pub fn at(self, now: UtcTime) -> Option<UtcTime> {
        match self {
            Self::Default => Some(now.plus(DEFAULT_LIFETIME)),
            Self::Never => None,
            Self::At(at) => Some(at),
        }
    }
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct IssueToken {
    /// Descriptive, 1 to 200 characters, need not be unique.
    pub name: String,
    /// The owner.
    pub user_id: UserId,
    /// When it expires.
    pub expiry: Expiry,
    /// Whether it is accepted at once.
    pub is_active: bool,
    /// Free text, at most 2,000 characters.
    pub note: String,
    /// Whether it can do only what its owner can do as well.
    pub limit_to_owner: bool,
    /// Which set of tools it gets over MCP.
    pub tool_mode: ToolMode,
    /// Names of direct permissions, e.g. `blog.view_article`.
    pub permissions: Vec<String>,
    /// Groups whose permissions it has.
    pub groups: Vec<GroupId>,
}

impl IssueToken {
    /// An active token of `user_id` with the default expiry and no permissions.
    pub fn new(name: impl Into<String>, user_id: UserId) -> Self {
        Self {
            name: name.into(),
            user_id,
            expiry: Expiry::Default,
            is_active: true,
            note: String::new(),
            limit_to_owner: false,
            tool_mode: ToolMode::default(),
            permissions: Vec::new(),
            groups: Vec::new(),
        }
    }
}

/// A token and its secret. The plaintext exists only in this value.
#[derive(Debug)]
pub struct Issued {
    /// What is stored.
    pub token: Token,
    /// To be shown once.
    pub plain: PlainToken,
}

/// Issues a token. The plaintext exists only in the returned value.
///
/// # Errors
/// `Forbidden` without `mcp.add_token`, or for a permission, given directly or by a group, that the actor
/// does not hold; `Invalid` for each kind of wrong value; database faults.
pub fn issue<R: CryptoRng>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    new: &IssueToken,
    secrets: Secrets<'_, R>,
) -> Result<Issued> {
    begin(tx, actor, "mcp.add_token")?;
    actor.may_grant(new.permissions.iter().map(String::as_str))?;
    let mut errors = FieldErrors::default();
    let permissions = errors.check(grants::permissions_to_grant(tx, &new.permissions))?.unwrap_or_default();
    let groups = errors.check(grants::groups(tx, &new.groups))?.unwrap_or_default();
    grants::may_give_groups(tx, actor, &groups)?;
    let checked = errors.finish(check(tx, now, new, secrets.rules))?;
    create(tx, actor, now, (new, checked), (&permissions, &groups), None, secrets)
}

/// Gives a token a new secret and leaves everything else as it is, its expiry too. The old secret is
/// refused at once, or after `grace`; a secret from an earlier rotation is refused at once in any case.
///
/// # Errors
/// `Forbidden` without `mcp.change_token`, or for a permission of the token that the actor does not hold;
/// `NotFound`; `Invalid` for a grace period that is negative or longer than [`MAX_GRACE`]; database faults.
pub fn rotate<R: CryptoRng>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    grace: TimeDelta,
    secrets: Secrets<'_, R>,
) -> Result<Issued> {
    begin(tx, actor, "mcp.change_token")?;
    let before = load(tx, id)?;
    grants::may_give_held(actor, &permission::list_held_by_token(tx, id)?)?;
    if grace < TimeDelta::zero() || grace > MAX_GRACE {
        return Err(Error::invalid("grace", "the grace period is between 0 and 7 days"));
    }
    let (plain, digest, hash_alg) = secrets.make();
    let secret = NewSecret {
        prefix: plain.prefix(),
        digest,
        hash_alg,
        previous_expires_at: (grace > TimeDelta::zero()).then(|| now.plus(grace)),
    };
    token::update_secret(tx, id, &secret)?;
    let token = load(tx, id)?;
    let changes = json!({
        "before": { "prefix": before.prefix },
        "after": { "prefix": token.prefix, "previous_expires_at": token.previous_expires_at },
        "rotated": true,
    });
    record(tx, actor, now, Action::Changed, &token, &changes)?;
    Ok(Issued { token, plain })
}

/// Makes a second token like `id`: the same owner, groups, permissions and note; a new secret, `name` or
/// else the old name with a version (`CI` → `CI v2` → `CI v3`), and an expiry of its own.
///
/// # Errors
/// `Forbidden` without `mcp.add_token`, or for a permission of the token that the actor does not hold;
/// `NotFound`; `Invalid` for the name or the expiry; database faults.
pub fn copy<R: CryptoRng>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    id: TokenId,
    name: Option<&str>,
    expiry: Expiry,
    secrets: Secrets<'_, R>,
) -> Result<Issued> {
    begin(tx, actor, "mcp.add_token")?;
    let original = load(tx, id)?;
    grants::may_give_held(actor, &permission::list_held_by_token(tx, id)?)?;
    let permissions = permission::list_direct_of_token(tx, id)?;
    let groups = group::list_of_token(tx, id)?;
    let new = IssueToken {
        expiry,
        note: original.note,
        limit_to_owner: original.limit_to_owner,
        tool_mode: original.tool_mode,
        ..IssueToken::new(name.map_or_else(|| next_version(&original.name), str::to_owned), original.user_id)
    };
    let checked = check(tx, now, &new, secrets.rules)?;
    create(tx, actor, now, (&new, checked), (&permissions, &groups), Some(id), secrets)
}

/// The values of a new token, as they are stored.
struct Checked {
    name: String,
    note: String,
    expires_at: Option<UtcTime>,
}

/// Checks the values of a new token, all at once.
fn check(tx: &mut Tx<'_>, now: UtcTime, new: &IssueToken, rules: &TokenRules) -> Result<Checked> {
    let mut errors = FieldErrors::default();
    let name = errors.check(input::name("name", &new.name, 200))?.unwrap_or_default();
    let note = errors.check(input::text("note", &new.note, 2000))?.unwrap_or_default();
    errors.check(quota::leave_room(tx, new.user_id, rules))?;
    let expires_at = errors.finish(new.expiry.at(now).map(|at| in_future(at, now)).transpose())?;
    Ok(Checked { name, note, expires_at })
}

/// Stores a token that the actor may make.
fn create<R: CryptoRng>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    (new, checked): (&IssueToken, Checked),
    (permissions, groups): (&[Permission], &[Group]),
    copied_from: Option<TokenId>,
    secrets: Secrets<'_, R>,
) -> Result<Issued> {
    let (plain, digest, hash_alg) = secrets.make();
    let row = NewToken {
        name: &checked.name,
        user_id: new.user_id,
        prefix: plain.prefix(),
        digest,
        hash_alg,
        is_active: new.is_active,
        created_at: now,
        expires_at: checked.expires_at,
        note: &checked.note,
        limit_to_owner: new.limit_to_owner,
        noticed_expiry: checked.expires_at.filter(|at| notices::is_known(*at, now)),
    };
    let id = token::insert(tx, &row)?;
    if new.tool_mode != ToolMode::default() {
        let changes = TokenChanges { tool_mode: Some(new.tool_mode), ..TokenChanges::default() };
        token::update(tx, id, &changes)?;
    }
    for permission in permissions {
        memberships::insert_token_permission(tx, id, permission.id)?;
    }
    for group in groups {
        memberships::insert_token_group(tx, id, group.id)?;
    }
    let token = load(tx, id)?;
    let mut changes = json!({ "after": snapshot(tx, id)? });
    if let Some(original) = copied_from {
        changes["copied_from"] = json!(original);
    }
    record(tx, actor, now, Action::Added, &token, &changes)?;
    Ok(Issued { token, plain })
}

/// An expiry has to lie ahead, and within the years that both databases can order.
pub(super) fn in_future(at: UtcTime, now: UtcTime) -> Result<UtcTime> {
    if at <= now {
        return Err(Error::invalid("expires_at", "choose a time in the future, or null for never"));
    }
    if at.naive().and_utc().timestamp() >= YEAR_10000 {
        return Err(Error::invalid("expires_at", "choose a time before the year 10000, or null for never"));
    }
    Ok(at)
}

/// `CI` → `CI v2` → `CI v3`; a name that would become too long is cut.
fn next_version(name: &str) -> String {
    let numbered = name.rsplit_once(" v").and_then(|(stem, n)| Some((stem, n.parse::<u32>().ok()?)));
    let (stem, version) = numbered.map_or((name, 2), |(stem, n)| (stem, n.saturating_add(1)));
    let suffix = format!(" v{version}");
    let stem: String = stem.chars().take(200 - suffix.len()).collect();
    format!("{stem}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::next_version;

    #[test]
    fn copies_count_versions() {
        assert_eq!(next_version("CI"), "CI v2");
        assert_eq!(next_version("CI v2"), "CI v3");
        assert_eq!(next_version("CI vNext"), "CI vNext v2");
        assert_eq!(next_version(&"x".repeat(200)).len(), 200);
    }
}
