//! What the guard remembers, and how it learns that it must not.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use mcp_admin::auth::PlainToken;
use mcp_admin::services::{tokens, users};

use crate::harness::{eventually, on_both, raw};

on_both! {
    async fn r08_a_revocation_holds_for_the_next_request_of_its_node(app) {
        let agent = app.token(&[]);
        assert_eq!(agent.status().await, 200);
        app.write(|tx, actor| tokens::deactivate(tx, actor, app.clock.now(), agent.id()));
        app.invalidate();
        assert_eq!(agent.status().await, 401);
    }

    async fn r08_a_revocation_made_elsewhere_holds_within_a_second(app) {
        let owner = app.user("owner");
        let [deactivated, deleted, orphaned] = [(); 3].map(|()| app.token_with(&[], |new| new.user_id = owner));
        for agent in [&deactivated, &deleted, &orphaned] {
            assert_eq!(agent.status().await, 200);
        }
        let second = Duration::from_secs(1);
        let now = app.clock.now();
        app.write(|tx, actor| tokens::deactivate(tx, actor, now, deactivated.id()));
        eventually("deactivated", second, async || deactivated.status().await == 401).await;
        app.write(|tx, actor| tokens::delete(tx, actor, now, deleted.id()));
        eventually("deleted", second, async || deleted.status().await == 401).await;
        app.write(|tx, actor| users::deactivate(tx, actor, now, owner));
        eventually("owner deactivated", second, async || orphaned.status().await == 401).await;
    }

    async fn r53_five_hundred_misses_on_one_token_are_one_query(app) {
        let agent = app.token(&[]);
        app.settle().await;
        // 250 connections that send at the same moment, and as many behind them.
        let body = r#"{"method":"tools/list"}"#;
        let text = format!(
            "POST /mcp/ HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            app.address(), agent.token, body.len()
        );
        let barrier = std::sync::Barrier::new(250);
        let accepted: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..250)
                .map(|_| scope.spawn(|| {
                    barrier.wait();
                    (0..2).filter(|_| raw(app.address(), &text).status == 200).count()
                }))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(accepted, 500);
        assert_eq!(app.guard.stats().loads.load(Relaxed), 1);
    }

    async fn r53_made_up_tokens_take_no_memory(app) {
        let before = app.guard.remembered();
        let mut refused = 0;
        for _ in 0..90 {
            let made_up = PlainToken::generate(&mut rand::rng());
            refused += usize::from(app.agent(made_up.reveal()).status().await == 401);
        }
        assert_eq!((refused, app.guard.remembered()), (90, before));
    }
}
