//! Tokens that are not valid.

use std::sync::atomic::Ordering::Relaxed;

use chrono::TimeDelta;
use diesel::prelude::*;
use mcp_admin::auth::{PlainToken, TokenHasher, TokenRules};
use mcp_admin::db::schema::tokens as tokens_table;
use mcp_admin::services::tokens::{self, Expiry, Secrets};
use mcp_admin::services::users;

use crate::harness::{on_both, request, send};

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// The same length, alphabet and prefix, and one wrong character.
fn mistyped(token: &str) -> String {
    let last = if token.ends_with('a') { 'b' } else { 'a' };
    format!("{}{last}", &token[..token.len() - 1])
}

on_both! {
    async fn r06_every_kind_of_bad_token_gets_one_identical_answer(app) {
        let valid = app.token(&["blog.view_article"]);
        let inactive = app.token_with(&[], |new| new.is_active = false);
        let soon = app.clock.now().plus(TimeDelta::minutes(1));
        let expiring = app.token_with(&[], |new| new.expiry = Expiry::At(soon));
        let rotated = app.token(&[]);
        let leaver = app.user("leaver");
        let orphan = app.token_with(&[], |new| new.user_id = leaver);
        let deleted = app.token(&[]);
        for agent in [&valid, &expiring, &rotated, &orphan, &deleted] {
            assert_eq!(agent.status().await, 200);
        }
        let now = app.clock.now();
        app.write(|tx, actor| users::deactivate(tx, actor, now, leaver));
        app.write(|tx, actor| tokens::delete(tx, actor, now, deleted.id()));
        app.write(|tx, actor| {
            let secrets = Secrets { rng: &mut rand::rng(), rules: &TokenRules::default() };
            tokens::rotate(tx, actor, now, rotated.id(), TimeDelta::zero(), secrets)
        });
        app.invalidate();
        app.advance(TimeDelta::minutes(2));

        let unknown = PlainToken::generate(&mut rand::rng()).reveal().to_owned();
        let first = request(app.address(), &[&bearer(&unknown)]);
        let of_api = |token: &str| send(app.address(), "GET /api/v1/tokens", &[&bearer(token)], "");
        let first_of_api = of_api(&unknown);
        assert_eq!((first_of_api.status, first_of_api.header("content-type")), (401, "application/problem+json"));
        assert_eq!(first.status, 401);
        assert_eq!(first.header("www-authenticate"), r#"Bearer realm="mcp", error="invalid_token""#);
        for (case, token) in [
            ("mistyped", mistyped(&valid.token)),
            ("malformed", "nonsense".to_owned()),
            ("empty", String::new()),
            ("inactive", inactive.token),
            ("expired", expiring.token),
            ("rotated", rotated.token),
            ("owner inactive", orphan.token),
            ("deleted", deleted.token),
        ] {
            let answer = request(app.address(), &[&bearer(&token)]);
            assert_eq!(answer.comparable(), first.comparable(), "{case}");
            assert_eq!(of_api(&token).comparable(), first_of_api.comparable(), "{case}, to the API");
        }
        assert_eq!(valid.status().await, 200, "the valid one still is");
    }

    async fn r04_malformed_tokens_cost_no_hash_and_no_query(app) {
        let valid = app.token(&[]);
        assert_eq!(valid.status().await, 200);
        let stats = app.guard.stats();
        let before = (stats.hashes.load(Relaxed), stats.loads.load(Relaxed));
        for token in [
            mistyped(&valid.token),
            valid.token.to_lowercase(),
            valid.token.replace("mcp_", "ghp_"),
            valid.token[..63].to_owned(),
            format!("{}0", valid.token),
            valid.token.replacen(&valid.token[10..11], "-", 1),
            "x".repeat(2000),
        ] {
            assert_eq!(request(app.address(), &[&bearer(&token)]).status, 401, "{token}");
        }
        assert_eq!((stats.hashes.load(Relaxed), stats.loads.load(Relaxed)), before);
    }

    async fn a_deactivated_token_comes_back_with_the_same_secret(app) {
        let agent = app.token(&["blog.view_article"]);
        let tools = agent.tools().await;
        assert!(tools.iter().any(|tool| tool == "list_article"), "{tools:?}");
        app.write(|tx, actor| tokens::deactivate(tx, actor, app.clock.now(), agent.id()));
        app.invalidate();
        assert_eq!(agent.status().await, 401);
        app.write(|tx, actor| tokens::activate(tx, actor, app.clock.now(), agent.id()));
        app.invalidate();
        assert_eq!(agent.tools().await, tools);
    }

    async fn r03_only_digest_and_prefix_are_stored(app) {
        let agent = app.token(&[]);
        let stored = app.stored(agent.id());
        assert_eq!(stored.prefix, agent.token[..12]);
        let (digest, algorithm) = app
            .db
            .read(|conn| {
                let columns = tokens_table::table.select((tokens_table::digest, tokens_table::hash_alg));
                Ok(columns.first::<(Vec<u8>, String)>(conn)?)
            })
            .unwrap();
        assert_eq!(digest, TokenHasher::sha256().digest(agent.token.as_bytes()).as_bytes());
        assert_eq!(algorithm, "sha256");
    }
}
