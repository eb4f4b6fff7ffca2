//! What a request that is not let in is told.

use std::time::Duration;

use chrono::TimeDelta;
use mcp_admin::auth::TokenHasher;
use mcp_admin::services::tokens::{Expiry, Secrets};
use mcp_admin::services::{tokens, users};

use crate::harness::{TestApp, eventually, on_both, raw, request};

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
        let expiring = app.token_with(&[], |new| new.expiry = Expiry::At(app.clock.now().plus(TimeDelta::minutes(1))));
        let rotated = app.token(&[]);
        let orphan_owner = app.user("gone");
        let orphan = app.token_with(&[], |new| new.user_id = orphan_owner);
        let deleted = app.token(&[]);
        for agent in [&valid, &expiring, &rotated, &orphan, &deleted] {
            assert_eq!(agent.status().await, 200);
        }
        app.write(|tx, actor| users::deactivate(tx, actor, app.clock.now(), orphan_owner));
        app.write(|tx, actor| tokens::delete(tx, actor, app.clock.now(), deleted.id()));
        let secrets = Secrets { rng: &mut rand::rng(), hasher: &TokenHasher::sha256() };
        app.write(|tx, actor| tokens::rotate(tx, actor, app.clock.now(), rotated.id(), TimeDelta::zero(), secrets));
        app.invalidate();
        app.advance(TimeDelta::minutes(2));

        let unknown = mcp_admin::auth::PlainToken::generate(&mut rand::rng());
        let cases = [
            ("unknown", unknown.reveal().to_owned()),
            ("mistyped", mistyped(&valid.token)),
            ("malformed", "nonsense".to_owned()),
            ("inactive", inactive.token),
            ("expired", expiring.token),
            ("rotated", rotated.token),
            ("owner inactive", orphan.token),
            ("deleted", deleted.token),
        ];
        let first = request(app.address(), &[&bearer(&cases[0].1)]);
        assert_eq!(first.status, 401);
        assert_eq!(first.header("www-authenticate"), r#"Bearer realm="mcp", error="invalid_token""#);
        for (case, token) in &cases {
            let answer = request(app.address(), &[&bearer(token)]);
            assert_eq!(answer.comparable(), first.comparable(), "{case}");
        }
        assert_eq!(valid.status().await, 200);
    }
}
