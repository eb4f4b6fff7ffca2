use super::*;
use crate::auth::{TokenRules, verify_password};
use crate::models::user::find_password_hash;
use crate::services::testing::{TestDb, actor_with};
use crate::services::{groups, tokens};

fn superuser(test: &TestDb, username: &str) -> UserId {
    let new = NewUser {
        username: username.into(),
        is_active: true,
        is_staff: true,
        is_superuser: true,
        ..NewUser::default()
    };
    test.write(|tx| create(tx, &Actor::cli(), test.clock.now(), &new)).unwrap().id
}

fn token_of(test: &TestDb, owner: UserId) -> crate::db::TokenId {
    let rules = TokenRules::default();
    let now = test.clock.now();
    let new = tokens::IssueToken::new("CI", owner);
    let mut rng = rand::rng();
    let secrets = tokens::Secrets { rng: &mut rng, rules: &rules };
    test.write(|tx| tokens::issue(tx, &Actor::cli(), now, &new, secrets)).unwrap().token.id
}

#[test]
fn names_are_unique_whatever_the_case() {
    let test = TestDb::new();
    let ada = test.user("ada");
    let again = NewUser { username: "ADA".into(), ..NewUser::default() };
    let error = test.write(|tx| create(tx, &Actor::cli(), test.clock.now(), &again)).unwrap_err();
    assert!(matches!(error, Error::Taken(_)), "{error:?}");
    let found = test.db.read(|conn| resolve(conn, &Actor::cli(), "Ada")).unwrap();
    assert_eq!(found.id, ada);
}

#[test]
fn r35_the_last_active_superuser_stays() {
    let test = TestDb::new();
    let (cli, now) = (Actor::cli(), test.clock.now());
    let (one, two) = (superuser(&test, "one"), superuser(&test, "two"));
    let conflict = |result: Result<()>| assert!(matches!(result, Err(Error::Conflict(_))), "{result:?}");
    test.write(|tx| deactivate(tx, &cli, now, one)).unwrap();
    conflict(test.write(|tx| deactivate(tx, &cli, now, two)).map(drop));
    conflict(test.write(|tx| delete(tx, &cli, now, two, OwnedTokens::Refuse, &TokenRules::default())));
    let demoted = UserUpdate { is_superuser: Some(false), ..UserUpdate::default() };
    conflict(test.write(|tx| update(tx, &cli, now, two, &demoted)).map(drop));
    test.write(|tx| activate(tx, &cli, now, one)).unwrap();
    test.write(|tx| deactivate(tx, &cli, now, two)).unwrap();
}

#[test]
fn r35_two_superusers_who_deactivate_each_other_get_one_conflict() {
    let test = TestDb::new();
    let now = test.clock.now();
    let ids = [superuser(&test, "one"), superuser(&test, "two")];
    let conflicts = std::thread::scope(|scope| {
        let db = &test.db;
        let attempt = move |id| db.write(|tx| deactivate(tx, &Actor::cli(), now, id)).is_err();
        let running = ids.map(|id| scope.spawn(move || attempt(id)));
        running.map(|thread| thread.join().unwrap()).into_iter().filter(|&failed| failed).count()
    });
    assert_eq!(conflicts, 1);
}

#[test]
fn r34_only_superusers_make_and_change_superusers() {
    let test = TestDb::new();
    let now = test.clock.now();
    let (root, ada) = (superuser(&test, "root"), test.user("ada"));
    superuser(&test, "other");
    let actor = actor_with(&["auth.add_user", "auth.change_user", "auth.delete_user", "blog.view_article"]);
    let refused = |result: Result<()>| assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
    let new = NewUser { username: "x".into(), is_superuser: true, ..NewUser::default() };
    refused(test.write(|tx| create(tx, &actor, now, &new)).map(drop));
    let promoted = UserUpdate { is_superuser: Some(true), ..UserUpdate::default() };
    refused(test.write(|tx| update(tx, &actor, now, ada, &promoted)).map(drop));
    let password = prepare_password("four words make a sentence", "root").unwrap();
    refused(test.write(|tx| set_password(tx, &actor, now, root, &password)));
    refused(test.write(|tx| deactivate(tx, &actor, now, root)).map(drop));
    refused(test.write(|tx| delete(tx, &actor, now, root, OwnedTokens::Delete, &TokenRules::default())));
    refused(test.write(|tx| grant(tx, &actor, now, root, &["blog.view_article".into()])));
}

#[test]
fn r34_a_password_is_set_only_by_who_holds_what_the_user_holds() {
    let test = TestDb::new();
    let now = test.clock.now();
    let ada = test.user("ada");
    test.write(|tx| grant(tx, &Actor::cli(), now, ada, &["blog.view_article".into()])).unwrap();
    let password = prepare_password("four words make a sentence", "ada").unwrap();
    let weak = actor_with(&["auth.change_user"]);
    let error = test.write(|tx| set_password(tx, &weak, now, ada, &password)).unwrap_err();
    assert!(matches!(error, Error::Forbidden { permissions } if permissions == ["blog.view_article"]));
    let strong = actor_with(&["auth.change_user", "blog.view_article"]);
    test.write(|tx| set_password(tx, &strong, now, ada, &password)).unwrap();
    let stored = test.db.read(|conn| Ok(find_password_hash(conn, ada)?)).unwrap();
    assert!(verify_password("four words make a sentence", stored.as_ref()).unwrap());
}

#[test]
fn r34_setting_permissions_and_groups_gives_only_what_the_actor_holds() {
    let test = TestDb::new();
    let (cli, now) = (Actor::cli(), test.clock.now());
    let ada = test.user("ada");
    let (view, publish) = ("blog.view_article".to_owned(), "blog.publish_article".to_owned());
    let add = "blog.add_article".to_owned();
    test.write(|tx| set_permissions(tx, &cli, now, ada, &[publish.clone(), view.clone()])).unwrap();
    let [readers, writers] =
        ["Readers", "Writers"].map(|name| test.write(|tx| groups::create(tx, &cli, now, name)).unwrap().id);
    test.write(|tx| groups::set_permissions(tx, &cli, now, writers, std::slice::from_ref(&add))).unwrap();
    test.write(|tx| groups::add_member(tx, &cli, now, writers, ada)).unwrap();

    let weak = actor_with(&["auth.change_user", "auth.change_group", "blog.view_article"]);
    let forbidden = |result: Result<()>, name: &str| {
        assert!(matches!(result, Err(Error::Forbidden { permissions }) if permissions == [name]));
    };
    // What stays needs nothing, what goes neither; what is new has to be held.
    test.write(|tx| set_permissions(tx, &weak, now, ada, std::slice::from_ref(&publish))).unwrap();
    test.write(|tx| set_permissions(tx, &weak, now, ada, &[publish.clone(), view.clone()])).unwrap();
    test.write(|tx| set_groups(tx, &weak, now, ada, &[writers, readers])).unwrap();
    test.write(|tx| set_groups(tx, &weak, now, ada, &[readers])).unwrap();
    forbidden(test.write(|tx| set_permissions(tx, &weak, now, ada, std::slice::from_ref(&add))), &add);
    forbidden(test.write(|tx| set_groups(tx, &weak, now, ada, &[writers])), &add);
    forbidden(test.write(|tx| add_groups(tx, &weak, now, ada, &[writers])), &add);
    forbidden(test.write(|tx| groups::set_members(tx, &weak, now, writers, &[ada])), &add);
    forbidden(
        test.write(|tx| groups::set_permissions(tx, &weak, now, readers, std::slice::from_ref(&add))),
        &add,
    );
    test.write(|tx| groups::set_permissions(tx, &weak, now, writers, &[])).unwrap();
    test.write(|tx| groups::set_members(tx, &weak, now, writers, &[ada])).unwrap();

    let held = test.db.read(|conn| held_permissions(conn, &cli, ada)).unwrap();
    assert_eq!(held.iter().map(|h| h.permission.as_str()).collect::<Vec<_>>(), [publish, view]);
    let entry = test.log().remove(0);
    assert_eq!(
        entry.changes,
        r#"{"before":{"groups":["Readers"]},"after":{"groups":["Readers","Writers"]}}"#
    );
    let before = test.log().len();
    test.write(|tx| groups::set_members(tx, &weak, now, writers, &[ada])).unwrap();
    assert_eq!(test.log().len(), before, "nothing changed, so nothing is written");
    let unknown = test.write(|tx| groups::set_members(tx, &weak, now, writers, &[UserId(99)]));
    assert!(matches!(unknown, Err(Error::Invalid(_))), "{unknown:?}");
}

#[test]
fn an_owner_of_tokens_is_deleted_only_with_a_decision_about_them() {
    let test = TestDb::new();
    let (cli, now) = (Actor::cli(), test.clock.now());
    let (ada, bob) = (test.user("ada"), test.user("bob"));
    let token = token_of(&test, ada);
    let error =
        test.write(|tx| delete(tx, &cli, now, ada, OwnedTokens::Refuse, &TokenRules::default())).unwrap_err();
    assert!(error.to_string().contains(&format!("CI ({token})")), "{error}");
    test.write(|tx| delete(tx, &cli, now, ada, OwnedTokens::TransferTo(bob), &TokenRules::default()))
        .unwrap();
    let access = test.db.read(|conn| tokens::TokenAccess::load(conn, &cli, token)).unwrap();
    assert_eq!(access.owner.username, "bob");
    test.write(|tx| delete(tx, &cli, now, bob, OwnedTokens::Delete, &TokenRules::default())).unwrap();
    assert!(test.db.read(|conn| tokens::resolve(conn, &cli, &token.to_string())).is_err());
}

#[test]
fn r38_every_mutation_of_a_user_has_its_log_entry_and_no_password_is_in_it() {
    let test = TestDb::new();
    let (cli, now) = (Actor::cli(), test.clock.now());
    let ada = test.user("ada");
    let group = test.write(|tx| groups::create(tx, &cli, now, "Editors")).unwrap().id;
    let password = prepare_password("four words make a sentence", "ada").unwrap();
    let email = UserUpdate { email: Some("ada@example.com".into()), ..UserUpdate::default() };
    let view = ["blog.view_article".to_owned()];
    let expect_one = |what: &str, work: &dyn Fn(&mut Tx<'_>) -> Result<()>| {
        let before = test.log().len();
        test.write(|tx| work(tx)).unwrap();
        assert_eq!(test.log().len(), before + 1, "{what}");
    };
    expect_one("update", &|tx| update(tx, &cli, now, ada, &email).map(drop));
    expect_one("password", &|tx| set_password(tx, &cli, now, ada, &password));
    expect_one("grant", &|tx| grant(tx, &cli, now, ada, &view));
    expect_one("revoke", &|tx| revoke(tx, &cli, now, ada, &view));
    expect_one("grant group", &|tx| groups::grant(tx, &cli, now, group, &view));
    expect_one("add member", &|tx| groups::add_member(tx, &cli, now, group, ada));
    expect_one("remove member", &|tx| groups::remove_member(tx, &cli, now, group, ada));
    expect_one("revoke group", &|tx| groups::revoke(tx, &cli, now, group, &view));
    expect_one("rename group", &|tx| groups::rename(tx, &cli, now, group, "Writers").map(drop));
    expect_one("delete group", &|tx| groups::delete(tx, &cli, now, group));
    expect_one("deactivate", &|tx| deactivate(tx, &cli, now, ada).map(drop));
    expect_one("activate", &|tx| activate(tx, &cli, now, ada).map(drop));
    expect_one("delete", &|tx| delete(tx, &cli, now, ada, OwnedTokens::Refuse, &TokenRules::default()));
    assert!(test.log().iter().all(|entry| !entry.changes.contains("argon2")));
}
