use proptest::prelude::*;

use super::*;

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
        let rules = TokenRules::default();
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
            let secrets = Secrets { rng: &mut rng, rules: &rules };
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
