use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::auth::{PlainToken, TokenDigest, TokenHasher};
use crate::db::{GroupId, UserId};
use crate::models::Paging;
use crate::services::testing::{TestDb, actor_with};
use crate::services::{groups, users};

const VIEW: &str = "blog.view_article";
const CHANGE: &str = "blog.change_article";

fn names(permissions: &[&str]) -> Vec<String> {
    permissions.iter().map(|&p| p.to_owned()).collect()
}

fn try_issue(test: &TestDb, actor: &Actor, new: &IssueToken) -> Result<Issued> {
    let (now, hasher) = (test.clock.now(), TokenHasher::sha256());
    test.write(|tx| issue(tx, actor, now, new, Secrets { rng: &mut rand::rng(), hasher: &hasher }))
}

fn issued(test: &TestDb, owner: UserId, permissions: &[&str]) -> Issued {
    let new = IssueToken { permissions: names(permissions), ..IssueToken::new("CI", owner) };
    try_issue(test, &Actor::cli(), &new).unwrap()
}

fn try_rotate(test: &TestDb, actor: &Actor, id: TokenId, grace: TimeDelta) -> Result<Issued> {
    let (now, hasher) = (test.clock.now(), TokenHasher::sha256());
    test.write(|tx| rotate(tx, actor, now, id, grace, Secrets { rng: &mut rand::rng(), hasher: &hasher }))
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
    assert_eq!(token.status(expiry.plus(-TimeDelta::days(8))), TokenStatus::Active);
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
    let (now, hasher) = (test.clock.now(), TokenHasher::sha256());
    let secrets = Secrets { rng: &mut rand::rng(), hasher: &hasher };
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

#[test]
fn r38_every_mutation_has_its_log_entry_and_no_secret_is_in_it() {
    let test = TestDb::new();
    let (ada, bob) = (test.user("ada"), test.user("bob"));
    let group = group_with(&test, "Editors", &[CHANGE]);
    let cli = Actor::cli();
    let now = test.clock.now();
    let entries = || test.log().len();
    let first = issued(&test, ada, &[VIEW]);
    let id = first.token.id;
    let expect_one = |what: &str, work: &dyn Fn(&mut Tx<'_>) -> Result<()>| {
        let before = entries();
        test.write(|tx| work(tx)).unwrap();
        assert_eq!(entries(), before + 1, "{what}");
        let entry = test.log().remove(0);
        assert_eq!((entry.surface.as_str(), entry.outcome.as_str()), ("cli", "done"), "{what}");
        assert_eq!(entry.object_id, id.to_string(), "{what}");
        assert!(entry.changes.contains("before"), "{what}: {}", entry.changes);
    };
    expect_one("deactivate", &|tx| deactivate(tx, &cli, now, id).map(drop));
    expect_one("activate", &|tx| activate(tx, &cli, now, id).map(drop));
    expect_one("never", &|tx| set_expiry(tx, &cli, now, id, None).map(drop));
    expect_one("grant", &|tx| grant(tx, &cli, now, id, &names(&[CHANGE])).map(drop));
    expect_one("revoke", &|tx| revoke(tx, &cli, now, id, &names(&[CHANGE])).map(drop));
    expect_one("add group", &|tx| add_groups(tx, &cli, now, id, &[group]).map(drop));
    expect_one("remove group", &|tx| remove_groups(tx, &cli, now, id, &[group]).map(drop));
    expect_one("transfer", &|tx| transfer(tx, &cli, now, id, bob).map(drop));
    let renamed = TokenUpdate { name: Some("CD".into()), ..Default::default() };
    expect_one("update", &|tx| update(tx, &cli, now, id, &renamed).map(drop));
    expect_one("delete", &|tx| delete(tx, &cli, now, id));
    for entry in test.log() {
        assert!(!entry.changes.contains(&first.plain.reveal()[12..]));
        assert!(!entry.changes.contains("digest"));
    }
}

#[test]
fn r38_a_mutation_that_fails_leaves_neither_change_nor_log_entry() {
    let test = TestDb::new();
    let id = issued(&test, test.user("ada"), &[VIEW]).token.id;
    let before = test.log().len();
    let now = test.clock.now();
    let wrong = names(&[CHANGE, "blog.fly_article"]);
    let error = test.write(|tx| grant(tx, &Actor::cli(), now, id, &wrong)).unwrap_err();
    assert!(error.to_string().contains("blog.fly_article"), "{error}");
    assert_eq!(check(&test, id, CHANGE), "no not granted");
    assert_eq!(test.log().len(), before);
}

#[test]
fn r15_without_its_permission_nothing_is_done() {
    let test = TestDb::new();
    let owner = test.user("ada");
    let id = issued(&test, owner, &[VIEW]).token.id;
    let now = test.clock.now();
    let actor = actor_with(&[VIEW, CHANGE]);
    let denied = |result: Result<()>, permission: &str| match result {
        Err(Error::Forbidden { permission: missing }) => assert_eq!(missing, permission),
        other => panic!("{other:?}"),
    };
    denied(try_issue(&test, &actor, &IssueToken::new("x", owner)).map(drop), "mcp.add_token");
    denied(try_rotate(&test, &actor, id, TimeDelta::zero()).map(drop), "mcp.change_token");
    denied(test.write(|tx| deactivate(tx, &actor, now, id)).map(drop), "mcp.change_token");
    denied(test.write(|tx| set_expiry(tx, &actor, now, id, None)).map(drop), "mcp.change_token");
    denied(test.write(|tx| grant(tx, &actor, now, id, &names(&[VIEW]))).map(drop), "mcp.change_token");
    denied(test.write(|tx| delete(tx, &actor, now, id)), "mcp.delete_token");
    denied(test.db.read(|conn| resolve(conn, &actor, "1")).map(drop), "mcp.view_token");
}

/// What a limited administrator may try.
#[derive(Debug, Clone)]
enum Attempt {
    Issue(usize, bool),
    Rotate(usize),
    Copy(usize),
    Activate(usize),
    Grant(usize, usize),
    AddGroup(usize, bool),
    GrantGroup(bool, usize),
    AddMember(bool),
    GrantUser(usize),
    Unlimit(usize),
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let (perm, token) = (0..3usize, 0..4usize);
    let one = prop_oneof![
        (perm.clone(), any::<bool>()).prop_map(|(p, g)| Attempt::Issue(p, g)),
        token.clone().prop_map(Attempt::Rotate),
        token.clone().prop_map(Attempt::Copy),
        token.clone().prop_map(Attempt::Activate),
        (token.clone(), perm.clone()).prop_map(|(t, p)| Attempt::Grant(t, p)),
        (token.clone(), any::<bool>()).prop_map(|(t, g)| Attempt::AddGroup(t, g)),
        (any::<bool>(), perm.clone()).prop_map(|(g, p)| Attempt::GrantGroup(g, p)),
        any::<bool>().prop_map(Attempt::AddMember),
        perm.prop_map(Attempt::GrantUser),
        token.prop_map(Attempt::Unlimit),
    ];
    proptest::collection::vec(one, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The administrator holds VIEW and all of `mcp.*` and `auth.*`, but neither CHANGE nor delete. Whatever
    /// it does, no secret in its hands and no account under its control can do more.
    #[test]
    fn r34_no_sequence_of_operations_enlarges_what_an_actor_can_reach(attempts in attempts()) {
        let test = TestDb::new();
        let all = [VIEW, CHANGE, "blog.delete_article"];
        let mine = [
            VIEW, "mcp.view_token", "mcp.add_token", "mcp.change_token", "mcp.delete_token",
            "auth.view_user", "auth.add_user", "auth.change_user", "auth.view_group", "auth.change_group",
        ];
        let actor = actor_with(&mine);
        let now = test.clock.now();
        let hasher = TokenHasher::sha256();
        let me = test.user("me");
        let small = group_with(&test, "small", &[VIEW]);
        let large = group_with(&test, "large", &[VIEW, CHANGE]);
        let group = |large_one: bool| if large_one { large } else { small };
        // A small one, a large one, a large one that is off and whose secret the actor knows, and one that
        // is capped by its owner and whose secret the actor knows.
        let tokens = [
            issued(&test, me, &[VIEW]).token.id,
            issued(&test, me, &[CHANGE]).token.id,
            issued(&test, me, &[CHANGE]).token.id,
            issued(&test, me, &[VIEW, CHANGE]).token.id,
        ];
        test.write(|tx| deactivate(tx, &Actor::cli(), now, tokens[2])).unwrap();
        let capped = TokenUpdate { limit_to_owner: Some(true), ..Default::default() };
        test.write(|tx| update(tx, &Actor::cli(), now, tokens[3], &capped)).unwrap();
        let mut known = vec![tokens[2], tokens[3]];
        for attempt in attempts {
            let mut rng = rand::rng();
            let secrets = Secrets { rng: &mut rng, hasher: &hasher };
            let _ = test.write(|tx| {
                match attempt {
                    Attempt::Issue(p, g) => {
                        let groups = if g { vec![large] } else { vec![] };
                        let new = IssueToken { permissions: names(&[all[p]]), groups, ..IssueToken::new("n", me) };
                        known.push(issue(tx, &actor, now, &new, secrets)?.token.id);
                    }
                    Attempt::Rotate(t) => {
                        known.push(rotate(tx, &actor, now, tokens[t], TimeDelta::zero(), secrets)?.token.id);
                    }
                    Attempt::Copy(t) => {
                        let issued = copy(tx, &actor, now, tokens[t], None, Expiry::Never, secrets)?;
                        known.push(issued.token.id);
                    }
                    Attempt::Activate(t) => drop(activate(tx, &actor, now, tokens[t])?),
                    Attempt::Grant(t, p) => drop(grant(tx, &actor, now, tokens[t], &names(&[all[p]]))?),
                    Attempt::AddGroup(t, g) => drop(add_groups(tx, &actor, now, tokens[t], &[group(g)])?),
                    Attempt::GrantGroup(g, p) => groups::grant(tx, &actor, now, group(g), &names(&[all[p]]))?,
                    Attempt::AddMember(g) => groups::add_member(tx, &actor, now, group(g), me)?,
                    Attempt::GrantUser(p) => users::grant(tx, &actor, now, me, &names(&[all[p]]))?,
                    Attempt::Unlimit(t) => {
                        let free = TokenUpdate { limit_to_owner: Some(false), ..Default::default() };
                        drop(update(tx, &actor, now, tokens[t], &free)?);
                    }
                }
                Ok(())
            });
        }
        for &id in &known {
            let access = access(&test, id);
            if access.is_valid(now) {
                for permission in access.get_all_permissions().iter() {
                    prop_assert!(mine.contains(&permission), "token {id} can {permission}");
                }
            }
        }
        let held = test.db.read(|conn| users::held_permissions(conn, &Actor::cli(), me)).unwrap();
        for permission in held {
            prop_assert!(mine.contains(&permission.permission.as_str()));
        }
    }
}
