//! When a token ends.

use chrono::TimeDelta;
use mcp_admin::auth::TokenRules;
use mcp_admin::error::Error;
use mcp_admin::services::tokens::{self, Expiry, IssueToken, Secrets};

use crate::harness::on_both;

on_both! {
    async fn r07_a_token_is_refused_from_its_expiry_on_cached_or_not(app) {
        // The clock stands between two calls of `advance` only as still as the test is quick: a margin.
        let expires_at = app.clock.now().plus(TimeDelta::hours(1));
        let agent = app.token_with(&[], |new| new.expiry = Expiry::At(expires_at));
        let fresh = app.token_with(&[], |new| new.expiry = Expiry::At(expires_at));
        app.advance(TimeDelta::minutes(59));
        assert_eq!(agent.status().await, 200);
        let stored = app.stored(agent.id());
        assert!(stored.is_valid(true, expires_at.plus(TimeDelta::milliseconds(-1))));
        assert!(!stored.is_valid(true, expires_at), "expired exactly at its expiry");
        app.advance(TimeDelta::minutes(1));
        assert_eq!(agent.status().await, 401, "remembered by the guard");
        assert_eq!(fresh.status().await, 401, "seen for the first time");
    }

    async fn r07_without_an_expiry_it_is_ninety_days_and_null_is_never(app) {
        let default = app.token(&[]);
        let never = app.token_with(&[], |new| new.expiry = Expiry::Never);
        let stored = app.stored(default.id());
        assert_eq!(stored.expires_at, Some(stored.created_at.plus(TimeDelta::days(90))));
        assert_eq!(app.stored(never.id()).expires_at, None);
        app.advance(TimeDelta::days(90));
        assert_eq!(default.status().await, 401);
        app.advance(TimeDelta::days(100_000));
        assert_eq!(never.status().await, 200);
    }

    async fn r07_a_past_expiry_is_refused_at_creation(app) {
        let mut new = IssueToken::new("late", app.user("ada"));
        new.expiry = Expiry::At(app.clock.now());
        let refused = app.try_write(|tx, actor| {
            let secrets = Secrets { rng: &mut rand::rng(), rules: &TokenRules::default() };
            tokens::issue(tx, actor, app.clock.now(), &new, secrets)
        });
        let Err(Error::Invalid(errors)) = refused else { panic!("{refused:?}") };
        assert_eq!(errors[0].field, "expires_at");
    }

    async fn an_expiry_can_be_extended_and_removed(app) {
        let soon = app.clock.now().plus(TimeDelta::minutes(1));
        let agent = app.token_with(&[], |new| new.expiry = Expiry::At(soon));
        app.advance(TimeDelta::minutes(2));
        assert_eq!(agent.status().await, 401);
        app.write(|tx, actor| tokens::set_expiry(tx, actor, app.clock.now(), agent.id(), None));
        app.invalidate();
        assert_eq!(agent.status().await, 200);
    }

    async fn r13_a_rotated_secret_holds_for_its_grace_and_no_longer(app) {
        let old = app.token(&["blog.view_tag"]);
        let grace = TimeDelta::hours(24);
        let issued = app.write(|tx, actor| {
            let secrets = Secrets { rng: &mut rand::rng(), rules: &TokenRules::default() };
            tokens::rotate(tx, actor, app.clock.now(), old.id(), grace, secrets)
        });
        let new = app.agent(issued.plain.reveal());
        app.invalidate();
        assert_eq!((old.status().await, new.status().await), (200, 200));
        assert_eq!(new.tools().await, old.tools().await);
        app.advance(grace);
        assert_eq!((old.status().await, new.status().await), (401, 200));
    }
}
