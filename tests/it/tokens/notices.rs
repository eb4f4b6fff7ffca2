//! Coming expiries are told of, once.

use std::time::Duration;

use chrono::TimeDelta;
use mcp_admin::db::TokenId;
use mcp_admin::models::log_entry::LogEntry;
use mcp_admin::services::tokens::{self, Expiry, IssueToken};
use mcp_admin::services::users;

use crate::harness::{Agent, TestApp, eventually, on_each};

/// Servers that look all the time.
fn looking(config: &mut mcp_admin::config::Config) {
    config.expiry_notice_interval = Duration::from_millis(20);
}

fn notices(app: &TestApp) -> Vec<LogEntry> {
    app.log().into_iter().filter(|entry| entry.action == "expiring").collect()
}

fn of(app: &TestApp, id: TokenId) -> usize {
    notices(app).iter().filter(|entry| entry.object_id == id.to_string()).count()
}

fn expiring_in(app: &TestApp, days: i64, change: impl FnOnce(&mut IssueToken)) -> Agent {
    let at = app.clock.now().plus(TimeDelta::days(days));
    app.token_with(&[], |new| {
        new.expiry = Expiry::At(at);
        change(new);
    })
}

/// Waits until the servers looked at everything that was before: at a token that is due last.
async fn settle(app: &TestApp) {
    let last = expiring_in(app, 20, |_| {});
    app.advance(TimeDelta::days(7));
    eventually("the servers look", Duration::from_secs(20), async || of(app, last.id()) == 1).await;
}

on_each! {
    async fn r56_a_coming_expiry_is_told_of_once_however_many_servers_look(backend) {
        let app = TestApp::with(backend, looking).await;
        let second = TestApp::on(app.site.shared(), looking);
        let soon = expiring_in(&app, 20, |new| new.name = "nightly build".into());
        let later = expiring_in(&app, 60, |_| {});
        let never = app.token_with(&[], |new| new.expiry = Expiry::Never);
        let off = expiring_in(&app, 25, |new| new.is_active = false);
        let bob = app.user("bob");
        let of_bob = expiring_in(&app, 20, |new| new.user_id = bob);
        app.write(|tx, actor| users::deactivate(tx, actor, app.clock.now(), bob));
        let many: Vec<Agent> = (0..30).map(|_| expiring_in(&app, 20, |_| {})).collect();
        assert!(notices(&app).is_empty(), "twenty days are not soon");

        app.advance(TimeDelta::days(7));
        second.advance(TimeDelta::days(7));
        settle(&app).await;
        for agent in many.iter().chain([&soon]) {
            assert_eq!(of(&app, agent.id()), 1);
        }
        for agent in [&never, &off, &of_bob] {
            assert_eq!(of(&app, agent.id()), 0, "it is not accepted, or does not expire");
        }
        assert_eq!(of(&app, later.id()), 0);
        let entry = notices(&app).into_iter().find(|entry| entry.object_repr == "nightly build").unwrap();
        assert_eq!((&*entry.actor_label, &*entry.surface, &*entry.outcome), ("server", "server", "done"));
        assert!(entry.changes.contains(r#""user":"ada""#) && entry.changes.contains(r#""expires_at":"#), "{}", entry.changes);

        app.write(|tx, actor| tokens::activate(tx, actor, app.clock.now(), off.id()));
        let is_told = async || of(&app, off.id()) == 1;
        eventually("what is switched on is told of", Duration::from_secs(20), is_told).await;

        // Neither a server that starts anew nor threads that look at the same moment tell it twice.
        drop(second);
        let third = TestApp::on(app.site.shared(), looking);
        let now = app.clock.now();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| tokens::give_notice(&app.db, now).unwrap());
            }
        });
        settle(&app).await;
        assert_eq!(of(&app, soon.id()), 1);
        drop(third);
    }

    async fn r56_an_expiry_that_is_set_near_is_known_and_a_new_one_is_told_of_anew(backend) {
        let app = TestApp::with(backend, looking).await;
        let short = expiring_in(&app, 3, |_| {});
        let long = expiring_in(&app, 20, |_| {});
        assert_eq!(tokens::give_notice(&app.db, app.clock.now()).unwrap(), 0);
        settle(&app).await;
        assert_eq!((of(&app, short.id()), of(&app, long.id())), (0, 1), "whoever gave it three days knows");

        let set = |id: TokenId, days: i64| {
            let at = app.clock.now().plus(TimeDelta::days(days));
            app.write(|tx, actor| tokens::set_expiry(tx, actor, app.clock.now(), id, Some(at)));
        };
        set(long.id(), 10);
        settle(&app).await;
        assert_eq!(of(&app, long.id()), 1, "ten days are known, too");
        set(long.id(), 20);
        settle(&app).await;
        assert_eq!(of(&app, long.id()), 2, "another expiry, another notice");
    }

    async fn r56_a_notice_that_cannot_be_written_is_given_later(backend) {
        let app = TestApp::with(backend, looking).await;
        let token = expiring_in(&app, 20, |_| {});
        app.db.execute_script("ALTER TABLE log_entries RENAME TO hidden_entries").unwrap();
        app.advance(TimeDelta::days(7));
        assert!(tokens::give_notice(&app.db, app.clock.now()).is_err());
        app.db.execute_script("ALTER TABLE hidden_entries RENAME TO log_entries").unwrap();
        eventually("it is told", Duration::from_secs(20), async || of(&app, token.id()) == 1).await;
    }
}
