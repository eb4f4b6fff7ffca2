//! What the first page of the admin tells: how the tokens are, how much they are used, what needs a look.
//! Only what the visitor may see is asked for, with a fixed number of queries.

use chrono::TimeDelta;

use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::DbConnection;
use crate::error::Result;
use crate::models::content_type::{self, ContentTypeFilter, ContentTypeOrder};
use crate::models::log_entry::{self, LogEntry, LogFilter};
use crate::models::token::{self, StatusFilter, TokenFilter, TokenOrder};
use crate::models::{Slice, overview, usage};

pub use crate::models::content_type::ContentType;
pub use crate::models::overview::{Conspicuous, TokenNumbers};
pub use crate::models::token::{EXPIRING_WITHIN, TokenRow};
pub use crate::models::usage::Total;

/// After how long without a use a token is shown.
pub const UNUSED: TimeDelta = TimeDelta::days(30);
/// Things of one kind that are named.
const NAMED: i64 = 3;
/// Entries of the audit log that are shown.
const LATEST: i64 = 6;

/// The first page; what the visitor may not see is `None`.
#[derive(Debug)]
pub struct Overview {
    /// Of tokens and their use.
    pub tokens: Option<TokenOverview>,
    /// Models whose table has vanished: some of them, and how many there are.
    pub stale: Option<(Vec<ContentType>, i64)>,
    /// The newest entries of the audit log.
    pub latest: Option<Vec<LogEntry>>,
}

/// How the tokens are.
#[derive(Debug)]
pub struct TokenOverview {
    /// How many there are of each kind.
    pub numbers: TokenNumbers,
    /// What all of them did in each of the last 48 hours.
    pub hours: Vec<Total>,
    /// Those that were denied most in the last 24 hours.
    pub denied: Vec<Conspicuous>,
    /// Those that expire soonest.
    pub expiring: Vec<TokenRow>,
    /// Those that never expire and hold all permissions of an app.
    pub unlimited: Vec<Conspicuous>,
    /// Those that are refused because their owner is switched off.
    pub ownerless: Vec<Conspicuous>,
}

/// The hour in which the last 24 hours begin, the one that runs being the last of them.
#[must_use]
pub fn a_day_ago(now: UtcTime) -> UtcTime {
    const HOUR: i64 = 3_600_000_000;
    UtcTime::from_micros(now.micros().div_euclid(HOUR) * HOUR).plus(-TimeDelta::hours(23))
}

/// Reads as much of it as `actor` may see: of tokens with `mcp.view_token`, of models with
/// `auth.view_permission`, of the log with `admin.view_logentry`.
///
/// # Errors
/// Database faults.
pub fn read(conn: &mut DbConnection, actor: &Actor, now: UtcTime) -> Result<Overview> {
    let tokens = actor.has_perm("mcp.view_token").then(|| of_tokens(conn, now)).transpose()?;
    let stale = actor.has_perm("auth.view_permission").then(|| stale(conn)).transpose()?;
    let newest = Slice::first(LATEST);
    let latest = actor
        .has_perm("admin.view_logentry")
        .then(|| log_entry::slice(conn, &LogFilter::default(), true, &newest))
        .transpose()?;
    Ok(Overview { tokens, stale, latest: latest.map(|found| found.rows) })
}

fn of_tokens(conn: &mut DbConnection, now: UtcTime) -> Result<TokenOverview> {
    let soon = now.plus(EXPIRING_WITHIN);
    let day = a_day_ago(now);
    let expiring = TokenFilter {
        status: Some(StatusFilter::Active),
        expires_before: Some(soon),
        ..TokenFilter::default()
    };
    let expiring = token::slice(conn, &expiring, now, TokenOrder::ExpiresAt, false, &Slice::first(NAMED))?;
    Ok(TokenOverview {
        numbers: overview::token_numbers(conn, now, soon, now.plus(-UNUSED))?,
        hours: usage::totals(conn, day.plus(-TimeDelta::hours(24)))?,
        denied: overview::most_denied(conn, day, NAMED)?,
        expiring: expiring.rows,
        unlimited: overview::unlimited(conn, NAMED)?,
        ownerless: overview::of_inactive_owners(conn, now, NAMED)?,
    })
}

fn stale(conn: &mut DbConnection) -> Result<(Vec<ContentType>, i64)> {
    let filter = ContentTypeFilter { is_stale: Some(true), ..ContentTypeFilter::default() };
    let first = Slice { count: true, ..Slice::first(NAMED) };
    let found = content_type::slice(conn, &filter, (ContentTypeOrder::Model, false), &first)?;
    Ok((found.rows, found.total.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::TokenRules;
    use crate::db::TokenId;
    use crate::models::usage::Bucket;
    use crate::services::testing::{TestDb, actor_with};
    use crate::services::tokens::{self, Expiry, IssueToken, Secrets};
    use crate::services::users;

    fn issue(test: &TestDb, name: &str, change: impl FnOnce(&mut IssueToken), owner: &str) -> TokenId {
        let mut new = IssueToken::new(name, test.user(owner));
        change(&mut new);
        let rules = TokenRules::default();
        let secrets = Secrets { rng: &mut rand::rng(), rules: &rules };
        test.write(|tx| tokens::issue(tx, &Actor::cli(), test.clock.now(), &new, secrets)).unwrap().token.id
    }

    fn read_all(test: &TestDb) -> TokenOverview {
        let actor = actor_with(&["mcp.view_token"]);
        test.db.read(|conn| read(conn, &actor, test.clock.now())).unwrap().tokens.unwrap()
    }

    #[test]
    fn the_numbers_and_what_needs_a_look_follow_the_tokens() {
        let test = TestDb::new();
        let empty = read_all(&test).numbers;
        assert_eq!((empty.total, empty.active, empty.next_expiry), (0, 0, None));

        let all: Vec<String> = ["view", "add", "change", "delete", "publish"]
            .map(|verb| format!("blog.{verb}_article"))
            .to_vec();
        issue(&test, "full", |new| (new.permissions, new.expiry) = (all.clone(), Expiry::Never), "ada");
        issue(
            &test,
            "reader",
            |new| (new.permissions, new.expiry) = (all[..1].to_vec(), Expiry::Never),
            "bob",
        );
        let soon = issue(
            &test,
            "soon",
            |new| new.expiry = Expiry::At(test.clock.now().plus(TimeDelta::days(9))),
            "cy",
        );
        issue(&test, "off", |new| new.is_active = false, "dan");
        issue(&test, "orphan", |_| {}, "eve");
        let now = test.clock.now();
        let eve = test.db.read(|conn| users::resolve(conn, &Actor::cli(), "eve")).unwrap().id;
        test.write(|tx| users::deactivate(tx, &Actor::cli(), now, eve)).unwrap();
        let hour = a_day_ago(now).plus(TimeDelta::hours(5));
        let bucket = |token_id, hour, calls, denials| Bucket { token_id, hour, calls, denials, errors: 0 };
        let buckets = [
            bucket(soon, hour, 10, 4),
            bucket(soon, hour.plus(TimeDelta::hours(1)), 5, 0),
            bucket(soon, hour.plus(-TimeDelta::hours(24)), 7, 7),
        ];
        test.write(|tx| Ok(usage::add_to_buckets(tx, &buckets)?)).unwrap();

        let told = read_all(&test);
        let TokenNumbers { total, active, expiring, next_expiry, unused, never_used } = told.numbers;
        assert_eq!((total, active, expiring, unused, never_used), (5, 3, 1, 5, 5));
        assert_eq!(next_expiry, told.expiring[0].token.expires_at);
        let names = |list: &[Conspicuous]| list.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&told.unlimited), ["full"]);
        assert_eq!(told.unlimited[0].detail, "blog");
        assert_eq!(names(&told.ownerless), ["orphan"]);
        assert_eq!((names(&told.denied), told.denied[0].denials), (vec!["soon".to_owned()], 4));
        assert_eq!(
            told.hours.iter().map(|total| (total.calls, total.denials)).collect::<Vec<_>>(),
            [(7, 7), (10, 4), (5, 0)]
        );
    }

    #[test]
    fn nothing_is_told_that_a_permission_protects() {
        let test = TestDb::new();
        let told = test.db.read(|conn| read(conn, &actor_with(&[]), test.clock.now())).unwrap();
        assert!(told.tokens.is_none() && told.stale.is_none() && told.latest.is_none());
    }
}
