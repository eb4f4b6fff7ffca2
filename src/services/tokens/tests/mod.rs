mod audit;
mod escalation;

use super::*;
use crate::auth::{PlainToken, TokenDigest, TokenHasher, TokenRules};
use crate::db::{GroupId, UserId};
use crate::models::Paging;
use crate::services::testing::{TestDb, actor_with};
use crate::services::{groups, users};
use chrono::TimeDelta;

const VIEW: &str = "blog.view_article";
const CHANGE: &str = "blog.change_article";

fn names(permissions: &[&str]) -> Vec<String> {
    permissions.iter().map(|&p| p.to_owned()).collect()
}

fn try_issue(test: &TestDb, actor: &Actor, new: &IssueToken) -> Result<Issued> {
    let (now, rules) = (test.clock.now(), TokenRules::default());
    test.write(|tx| issue(tx, actor, now, new, Secrets { rng: &mut rand::rng(), rules: &rules }))
}

fn issued(test: &TestDb, owner: UserId, permissions: &[&str]) -> Issued {
    let new = IssueToken { permissions: names(permissions), ..IssueToken::new("CI", owner) };
    try_issue(test, &Actor::cli(), &new).unwrap()
}

fn try_rotate(test: &TestDb, actor: &Actor, id: TokenId, grace: TimeDelta) -> Result<Issued> {
    let (now, rules) = (test.clock.now(), TokenRules::default());
    test.write(|tx| rotate(tx, actor, now, id, grace, Secrets { rng: &mut rand::rng(), rules: &rules }))
}

fn group_with(test: &TestDb, name: &str, permissions: &[&str]) -> GroupId {
    let now = test.clock.now();
    test.write(|tx| {
        let group = groups::create(tx, &Actor::cli(), now, name)?;
        groups::grant(tx, &Actor::cli(), now, group.id, &names(permissions))?;
        Ok(group.id)
    })
    .unwrap()
}

fn access(test: &TestDb, id: TokenId) -> TokenAccess {
    test.db.read(|conn| TokenAccess::load(conn, &Actor::cli(), id)).unwrap()
}

fn check(test: &TestDb, id: TokenId, permission: &str) -> String {
    let access = access(test, id);
    let verdict = test.db.read(|conn| access.check(conn, permission, test.clock.now())).unwrap();
    format!("{} {}", if verdict.allowed { "yes" } else { "no" }, verdict.reason)
}

/// Current and previous digest as they are stored.
fn stored_digests(test: &TestDb, id: TokenId) -> (TokenDigest, Option<TokenDigest>) {
    test.db.read(|conn| Ok(token::digests(conn, id)?)).unwrap()
}

fn digest(plain: &PlainToken) -> TokenDigest {
    plain.digest(&TokenHasher::sha256())
}

#[test]
fn r03_only_digest_and_prefix_are_stored() {
    let test = TestDb::new();
    let owner = test.user("ada");
    let Issued { token, plain } = issued(&test, owner, &[VIEW]);
    assert_eq!(token.prefix, plain.reveal()[..12]);
    assert_eq!(stored_digests(&test, token.id), (digest(&plain), None));
}

#[test]
fn r02_the_plaintext_is_nowhere_in_the_database_files() {
    let test = TestDb::new();
    let owner = test.user("ada");
    let first = issued(&test, owner, &[VIEW]);
    let second = try_rotate(&test, &Actor::cli(), first.token.id, TimeDelta::days(1)).unwrap();
    let path = std::path::Path::new(test.db.url().target());
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [&first.plain, &second.plain] {
            let tail = &secret.reveal().as_bytes()[12..];
            assert!(!bytes.windows(tail.len()).any(|window| window == tail));
        }
    }
}

#[test]
fn r07_expiry_is_90_days_by_default_never_for_null_and_never_in_the_past() {
    let test = TestDb::new();
    let owner = test.user("ada");
    let expiring =
        |expiry| try_issue(&test, &Actor::cli(), &IssueToken { expiry, ..IssueToken::new("CI", owner) });
    let default = expiring(Expiry::Default).unwrap().token;
    assert_eq!(default.expires_at, Some(default.created_at.plus(TimeDelta::days(90))));
    assert_eq!(expiring(Expiry::Never).unwrap().token.expires_at, None);
    let now = test.clock.now();
    for past in [now, now.plus(-TimeDelta::days(1)), UtcTime::from_micros(i64::MAX)] {
        let error = expiring(Expiry::At(past)).unwrap_err().to_string();
        assert!(error.starts_with("expires_at: "), "{error}");
    }
}

#[test]
fn r07_a_token_expires_exactly_at_its_expiry() {
    let test = TestDb::new();
    let token = issued(&test, test.user("ada"), &[]).token;
    let expiry = token.expires_at.unwrap();
    let before = expiry.plus(-TimeDelta::milliseconds(1));
    assert_eq!(token.status(before), TokenStatus::Expiring);
    assert!(token.is_valid(true, before) && !token.is_valid(false, before));
    assert_eq!(token.status(expiry), TokenStatus::Expired);
    assert!(!token.is_valid(true, expiry));
    assert_eq!(token.status(expiry.plus(-TimeDelta::days(14))), TokenStatus::Expiring);
    assert_eq!(token.status(expiry.plus(-TimeDelta::days(15))), TokenStatus::Active);
}

#[test]
fn r09_a_token_has_its_own_permissions_whatever_its_owner_has() {
    let test = TestDb::new();
    let now = test.clock.now();
    let root =
        users::NewUser { username: "root".into(), is_active: true, is_superuser: true, ..Default::default() };
    let root = test.write(|tx| users::create(tx, &Actor::cli(), now, &root)).unwrap().id;
    let plain = test.user("plain");
    let holder = test.user("holder");
    test.write(|tx| users::grant(tx, &Actor::cli(), now, holder, &names(&[VIEW, CHANGE]))).unwrap();
    for owner in [root, plain, holder] {
        for own in [&[][..], &[VIEW], &[CHANGE], &[VIEW, CHANGE]] {
            let access = access(&test, issued(&test, owner, own).token.id);
            let all: Vec<_> = access.get_all_permissions().iter().collect();
            let mut expected = own.to_vec();
            expected.sort_unstable();
            assert_eq!(all, expected);
            assert_eq!(access.has_perm(VIEW), own.contains(&VIEW));
            assert_eq!(access.has_perms([VIEW, CHANGE]), own.len() == 2);
        }
    }
}

#[test]
fn a_token_limited_to_its_owner_loses_what_the_owner_lacks() {
    let test = TestDb::new();
    let now = test.clock.now();
    let owner = test.user("ada");
    test.write(|tx| users::grant(tx, &Actor::cli(), now, owner, &names(&[VIEW]))).unwrap();
    let new = IssueToken {
        permissions: names(&[VIEW, CHANGE]),
        limit_to_owner: true,
        ..IssueToken::new("capped", owner)
    };
    let id = try_issue(&test, &Actor::cli(), &new).unwrap().token.id;
    assert_eq!(check(&test, id, VIEW), "yes direct");
    assert_eq!(check(&test, id, CHANGE), "no not held by the owner");
}

#[test]
fn r11_what_a_group_gives_follows_the_group() {
    let test = TestDb::new();
    let now = test.clock.now();
    let group = group_with(&test, "Editors", &[CHANGE]);
    let id = issued(&test, test.user("ada"), &[VIEW]).token.id;
    assert_eq!(check(&test, id, CHANGE), "no not granted");
    test.write(|tx| add_groups(tx, &Actor::cli(), now, id, &[group])).unwrap();
    assert_eq!(check(&test, id, CHANGE), "yes group Editors");
    test.write(|tx| groups::revoke(tx, &Actor::cli(), now, group, &names(&[CHANGE]))).unwrap();
    assert_eq!(check(&test, id, CHANGE), "no not granted");
    test.write(|tx| groups::grant(tx, &Actor::cli(), now, group, &names(&[CHANGE]))).unwrap();
    test.write(|tx| groups::delete(tx, &Actor::cli(), now, group)).unwrap();
    assert_eq!(check(&test, id, CHANGE), "no not granted");
    assert_eq!(check(&test, id, VIEW), "yes direct");
}

#[test]
fn a_check_says_why() {
    let test = TestDb::new();
    let owner = test.user("ada");
    let id = issued(&test, owner, &[VIEW]).token.id;
    let now = test.clock.now();
    assert_eq!(check(&test, id, "blog.view_nothing"), "no no such permission");
    assert_eq!(check(&test, id, "view_article"), "no no such permission");
    test.write(|tx| users::deactivate(tx, &Actor::cli(), now, owner)).unwrap();
    assert_eq!(check(&test, id, VIEW), "no owner inactive");
    test.days(90);
    assert_eq!(check(&test, id, VIEW), "no expired");
    test.write(|tx| deactivate(tx, &Actor::cli(), now, id)).unwrap();
    assert_eq!(check(&test, id, VIEW), "no inactive");
}

#[test]
fn r13_rotation_keeps_everything_but_the_secret() {
    let test = TestDb::new();
    let group = group_with(&test, "Editors", &[CHANGE]);
    let new = IssueToken {
        permissions: names(&[VIEW]),
        groups: vec![group],
        ..IssueToken::new("CI", test.user("ada"))
    };
    let first = try_issue(&test, &Actor::cli(), &new).unwrap();
    let id = first.token.id;

    let second = try_rotate(&test, &Actor::cli(), id, TimeDelta::zero()).unwrap();
    assert_eq!(stored_digests(&test, id), (digest(&second.plain), Some(digest(&first.plain))));
    assert_eq!(second.token.previous_expires_at, None);
    assert_eq!(second.token.expires_at, first.token.expires_at);
    assert_eq!(check(&test, id, VIEW), "yes direct");
    assert_eq!(check(&test, id, CHANGE), "yes group Editors");

    let third = try_rotate(&test, &Actor::cli(), id, TimeDelta::hours(24)).unwrap();
    assert_eq!(stored_digests(&test, id), (digest(&third.plain), Some(digest(&second.plain))));
    let until = third.token.previous_expires_at.unwrap();
    assert!(until > test.clock.now() && until <= test.clock.now().plus(TimeDelta::hours(24)));

    for wrong in [TimeDelta::days(7) + TimeDelta::milliseconds(1), -TimeDelta::seconds(1)] {
        let error = try_rotate(&test, &Actor::cli(), id, wrong).unwrap_err().to_string();
        assert!(error.starts_with("grace: "), "{error}");
    }
    assert_eq!(stored_digests(&test, id).0, digest(&third.plain));
}

#[test]
fn a_copy_has_everything_but_secret_name_and_expiry() {
    let test = TestDb::new();
    let group = group_with(&test, "Editors", &[CHANGE]);
    let new = IssueToken {
        permissions: names(&[VIEW]),
        groups: vec![group],
        note: "nightly build".into(),
        expiry: Expiry::Never,
        ..IssueToken::new("CI", test.user("ada"))
    };
    let original = try_issue(&test, &Actor::cli(), &new).unwrap();
    let (now, rules) = (test.clock.now(), TokenRules::default());
    let secrets = Secrets { rng: &mut rand::rng(), rules: &rules };
    let copied = test
        .write(|tx| copy(tx, &Actor::cli(), now, original.token.id, None, Expiry::Default, secrets))
        .unwrap();
    assert_eq!((copied.token.name.as_str(), copied.token.note.as_str()), ("CI v2", "nightly build"));
    assert_eq!(copied.token.user_id, original.token.user_id);
    assert!(copied.plain != original.plain && copied.token.expires_at.is_some());
    let (a, b) = (access(&test, original.token.id), access(&test, copied.token.id));
    assert_eq!((a.held, a.groups), (b.held, b.groups));
}

#[test]
fn tokens_are_found_by_id_prefix_or_unique_name() {
    let test = TestDb::new();
    let owner = test.user("ada");
    let one = issued(&test, owner, &[]);
    let find = |text: &str| test.db.read(|conn| resolve(conn, &Actor::cli(), text));
    assert_eq!(find(&one.token.id.to_string()).unwrap().id, one.token.id);
    assert_eq!(find(&one.token.prefix).unwrap().id, one.token.id);
    assert_eq!(find("CI").unwrap().id, one.token.id);
    assert_eq!(find(one.plain.reveal()).unwrap().id, one.token.id);
    assert!(matches!(find("nothing").unwrap_err(), Error::NotFound(_)));
    let unknown = PlainToken::generate(&mut rand::rng());
    assert!(!find(unknown.reveal()).unwrap_err().to_string().contains(&unknown.reveal()[12..]));
    let two = issued(&test, owner, &[]);
    let error = find("CI").unwrap_err();
    assert!(matches!(error, Error::Conflict(_)));
    assert!(error.to_string().contains(&format!("{}, {}", one.token.id, two.token.id)), "{error}");
}

#[test]
fn lists_are_filtered() {
    let test = TestDb::new();
    let (ada, bob) = (test.user("ada"), test.user("bob"));
    let now = test.clock.now();
    let group = group_with(&test, "Editors", &[]);
    let make = |name: &str, owner, expiry, is_active, groups| {
        let new = IssueToken { expiry, is_active, groups, ..IssueToken::new(name, owner) };
        try_issue(&test, &Actor::cli(), &new).unwrap().token.id
    };
    make("never", ada, Expiry::Never, true, vec![group]);
    make("soon_50%", ada, Expiry::At(now.plus(TimeDelta::days(3))), true, vec![]);
    make("later", bob, Expiry::Default, true, vec![]);
    make("off", bob, Expiry::Default, false, vec![]);
    let list = |filter: TokenFilter| {
        let page =
            test.db.read(|conn| list(conn, &Actor::cli(), test.clock.now(), &filter, Paging::ALL)).unwrap();
        assert_eq!(page.total, i64::try_from(page.rows.len()).unwrap());
        page.rows.into_iter().map(|row| row.token.name).collect::<Vec<_>>().join(" ")
    };
    let status = |status| list(TokenFilter { status: Some(status), ..Default::default() });
    assert_eq!(status(StatusFilter::Active), "later soon_50% never");
    assert_eq!(status(StatusFilter::Inactive), "off");
    assert_eq!(status(StatusFilter::Expiring), "soon_50%");
    assert_eq!(status(StatusFilter::Expired), "");
    test.days(4);
    assert_eq!(status(StatusFilter::Expired), "soon_50%");
    test.write(|tx| users::deactivate(tx, &Actor::cli(), now, bob)).unwrap();
    assert_eq!(status(StatusFilter::Active), "never");
    assert_eq!(list(TokenFilter { user_id: Some(ada), ..Default::default() }), "soon_50% never");
    assert_eq!(list(TokenFilter { group_id: Some(group), ..Default::default() }), "never");
    assert_eq!(list(TokenFilter { search: Some("0%".into()), ..Default::default() }), "soon_50%");
    assert_eq!(list(TokenFilter { search: Some("BOB".into()), ..Default::default() }), "off later");
    assert_eq!(list(TokenFilter { search: Some("n_5".into()), ..Default::default() }), "soon_50%");
    let unused = TokenFilter { unused_since: Some(now), ..Default::default() };
    assert_eq!(list(unused), "off later soon_50% never");
}
