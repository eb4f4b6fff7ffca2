//! Whatever somebody does over the API, with whatever secrets fall into his hands on the way: he, his tokens
//! and his groups never reach more than he could hand out when he began.

mod steps;
mod world;

use mcp_admin::db::Backend;
use proptest::prelude::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::harness::{TestApp, on_both};
use steps::sequence;
use world::{CHANGE, VIEW, World};

/// Sequences of one run.
const SEQUENCES: usize = 12;

async fn start(backend: Backend) -> TestApp {
    TestApp::with(backend, |config| config.api.requests_per_minute = 0).await
}

on_both! {
    from start;
    async fn r34_no_sequence_of_calls_reaches_more_than_could_be_granted_at_the_start(app) {
        let mut runner = TestRunner::default();
        let (mut taken, mut done) = (0, 0);
        for n in 0..SEQUENCES {
            let steps = sequence().new_tree(&mut runner).unwrap().current();
            let mut world = World::new(&app, n);
            for step in &steps {
                let answer = world.take(step).await;
                assert!(answer.status < 500, "{step:?}: {}", answer.text);
                taken += 1;
                done += usize::from(answer.status < 300);
            }
            let beyond = world.reached_beyond(&app).await;
            assert!(beyond.is_empty(), "{beyond:?} after {steps:#?}");
        }
        assert!(done * 4 > taken, "only {done} of {taken} calls did anything");
    }

    async fn what_others_grant_is_seen_as_reached(app) {
        let world = World::new(&app, 0);
        assert!(world.reached_beyond(&app).await.is_empty());
        let root = app.root("root");
        let token = format!("/api/v1/tokens/{}/permissions", world.own_token());
        assert_eq!(root.rest("POST", &token, Some(&json!({"permissions": [CHANGE, VIEW]}))).await.status, 200);
        let by = |how: &str| format!("{how}: {CHANGE}");
        assert_eq!(world.reached_beyond(&app).await, [by("a secret"), by("a token")]);
        let account = format!("/api/v1/users/{}/permissions", world.own_user());
        assert_eq!(root.rest("POST", &account, Some(&json!({"permissions": [CHANGE]}))).await.status, 200);
        assert_eq!(world.reached_beyond(&app).await, ["a secret", "a token", "an account"].map(by));
    }
}
