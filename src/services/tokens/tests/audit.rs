use super::*;

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
    expect_one("transfer", &|tx| transfer(tx, &cli, now, id, bob, &TokenRules::default()).map(drop));
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
        Err(Error::Forbidden { permissions }) => assert_eq!(permissions, [permission]),
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
