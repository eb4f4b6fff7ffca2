//! Sessions over a database of their own; the doors' part is tested with a server.

use std::net::IpAddr;

use super::*;
use crate::auth::{Actor, Origin, SessionKey, Surface, hash_password};
use crate::db::UserId;
use crate::error::Error;
use crate::services::testing::TestDb;
use crate::services::users::{self, NewUser, UserUpdate};

const PASSWORD: &str = "a few unrelated words";

struct Admin {
    test: TestDb,
    state: SignIn,
    id: UserId,
}

fn origin() -> Origin {
    Origin { surface: Surface::Admin, ip: Some(IpAddr::from([192, 0, 2, 1])), request_id: None }
}

impl Admin {
    /// A staff user `ada`, and a superuser so that she is not the last one.
    fn new() -> Self {
        let test = TestDb::new();
        let make = |username: &str, is_superuser: bool| {
            let new = NewUser {
                username: username.into(),
                password: Some(hash_password(PASSWORD).unwrap()),
                is_active: true,
                is_staff: true,
                is_superuser,
                ..NewUser::default()
            };
            test.write(|tx| users::create(tx, &Actor::cli(), test.clock.now(), &new)).unwrap().id
        };
        make("root", true);
        let id = make("ada", false);
        Self { test, state: SignIn::default(), id }
    }

    fn try_sign_in(
        &self,
        username: &str,
        password: &str,
        replaces: Option<&SessionKey>,
    ) -> Result<SessionKey> {
        let attempt = Attempt {
            username,
            password,
            origin: origin(),
            user_agent: Some("Browser/1\r\nx"),
            replaces: replaces.map(SessionKey::digest),
        };
        let now = self.test.clock.now();
        sign_in(&self.test.db, now, &self.state, &attempt, &mut rand::rng()).map(|opened| opened.key)
    }

    fn sign_in(&self) -> SessionKey {
        self.try_sign_in("ada", PASSWORD, None).unwrap()
    }

    fn ask(&self, key: &SessionKey, activity: Activity) -> Option<LiveSession> {
        authenticate(&self.test.db, self.test.clock.now(), &key.digest(), activity).unwrap()
    }

    fn holds(&self, key: &SessionKey) -> bool {
        self.ask(key, Activity::Poll).is_some()
    }
}

#[test]
fn a_session_names_its_user_and_what_the_user_may_do() {
    let admin = Admin::new();
    let key = admin.sign_in();
    let live = admin.ask(&key, Activity::Person).unwrap();
    assert_eq!((live.user.username.as_str(), live.principal.is_superuser), ("ada", false));
    assert!(live.principal.permissions.is_empty());
    assert_eq!(live.session.user_agent.as_deref(), Some("Browser/1x"));
    assert!(live.user.last_login.is_some());
    assert!(admin.ask(&SessionKey::generate(&mut rand::rng()), Activity::Person).is_none());
    assert_eq!(admin.test.log()[0].action, "signed in");
}

#[test]
fn r11_a_permission_that_is_given_or_taken_holds_for_the_next_request() {
    let admin = Admin::new();
    let key = admin.sign_in();
    let names = ["blog.view_article".to_owned()];
    let now = admin.test.clock.now();
    let has = || admin.ask(&key, Activity::Poll).unwrap().principal.permissions.has(&names[0]);
    assert!(!has());
    admin.test.write(|tx| users::grant(tx, &Actor::cli(), now, admin.id, &names)).unwrap();
    assert!(has());
    admin.test.write(|tx| users::revoke(tx, &Actor::cli(), now, admin.id, &names)).unwrap();
    assert!(!has());
}

#[test]
fn r27_a_session_ends_after_half_an_hour_without_a_person() {
    let admin = Admin::new();
    let key = admin.sign_in();
    admin.test.clock.advance(IDLE - TimeDelta::minutes(1));
    assert!(admin.ask(&key, Activity::Person).is_some());
    admin.test.clock.advance(IDLE - TimeDelta::minutes(1));
    // A page that looks for news does not prolong it.
    assert!(admin.ask(&key, Activity::Poll).is_some());
    admin.test.clock.advance(TimeDelta::minutes(1));
    assert!(!admin.holds(&key));
}

#[test]
fn r27_a_session_ends_after_twelve_hours_whatever_is_done() {
    let admin = Admin::new();
    let key = admin.sign_in();
    let step = TimeDelta::minutes(20);
    for _ in 0..35 {
        admin.test.clock.advance(step);
        assert!(admin.ask(&key, Activity::Person).is_some());
    }
    admin.test.clock.advance(step);
    assert!(!admin.holds(&key));
}

#[test]
fn r26_a_session_that_was_planted_is_dead_after_the_sign_in() {
    let admin = Admin::new();
    let planted = admin.sign_in();
    let own = admin.try_sign_in("ada", PASSWORD, Some(&planted)).unwrap();
    assert_ne!(planted, own);
    assert!(!admin.holds(&planted));
    assert!(admin.holds(&own));
}

#[test]
fn r26_sign_out_deactivation_and_another_password_end_sessions() {
    let admin = Admin::new();
    let now = admin.test.clock.now();
    let (one, two) = (admin.sign_in(), admin.sign_in());
    let live = admin.ask(&one, Activity::Person).unwrap();
    admin.test.write(|tx| sign_out(tx, now, &live, &origin())).unwrap();
    assert!(!admin.holds(&one) && admin.holds(&two));

    let hash = users::prepare_password("other unrelated words", "ada").unwrap();
    admin.test.write(|tx| users::set_password(tx, &Actor::cli(), now, admin.id, &hash)).unwrap();
    assert!(!admin.holds(&two));

    let three = admin.try_sign_in("ada", "other unrelated words", None).unwrap();
    admin.test.write(|tx| users::deactivate(tx, &Actor::cli(), now, admin.id)).unwrap();
    assert!(!admin.holds(&three));
    admin.test.write(|tx| users::activate(tx, &Actor::cli(), now, admin.id)).unwrap();
    assert!(!admin.holds(&three));
}

#[test]
fn who_is_no_staff_any_more_is_out() {
    let admin = Admin::new();
    let key = admin.sign_in();
    let update = UserUpdate { is_staff: Some(false), ..UserUpdate::default() };
    let now = admin.test.clock.now();
    admin.test.write(|tx| users::update(tx, &Actor::cli(), now, admin.id, &update)).unwrap();
    assert!(!admin.holds(&key));
    assert!(matches!(admin.try_sign_in("ada", PASSWORD, None), Err(Error::Unauthenticated)));
}

#[test]
fn r26_changing_ones_password_ends_every_other_session() {
    let admin = Admin::new();
    let (other, key) = (admin.sign_in(), admin.sign_in());
    let live = admin.ask(&key, Activity::Person).unwrap();
    let (new, endless) = ("other unrelated words", "x".repeat(1025));
    let change = |current, new, repeated| {
        let now = admin.test.clock.now();
        let (db, state) = (&admin.test.db, &admin.state);
        let typed = PasswordChange { current, new, repeated };
        change_password(db, now, state, &live, &origin(), &typed, &mut rand::rng())
    };
    let wrong = change("not the password at all", new, new).unwrap_err();
    assert_eq!(wrong.to_string(), "current_password: this is not your password");
    assert!(change(PASSWORD, "short", "short").unwrap_err().to_string().starts_with("password: "));
    let Err(Error::Invalid(all)) = change(&endless, "short", new) else { panic!("it was taken") };
    let fields: Vec<&str> = all.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["current_password", "password", "password2"]);
    assert!(admin.holds(&other) && admin.holds(&key));
    let renewed = change(PASSWORD, new, new).unwrap();
    assert!(!admin.holds(&other) && !admin.holds(&key) && admin.holds(&renewed.key));
}

#[test]
fn one_ends_ones_own_sessions_only() {
    let admin = Admin::new();
    let (one, two) = (admin.sign_in(), admin.sign_in());
    let roots = admin.try_sign_in("root", PASSWORD, None).unwrap();
    let now = admin.test.clock.now();
    let live = admin.ask(&one, Activity::Person).unwrap();
    let theirs = admin.ask(&roots, Activity::Person).unwrap().session.id;
    let refused = admin.test.write(|tx| end(tx, now, &live, &origin(), theirs));
    assert!(matches!(refused, Err(Error::NotFound(_))));
    assert_eq!(admin.test.db.read(|conn| list(conn, now, &live)).unwrap().len(), 2);
    assert_eq!(admin.test.write(|tx| end_all(tx, now, &live, &origin())).unwrap(), 2);
    assert!(!admin.holds(&one) && !admin.holds(&two) && admin.holds(&roots));
}

#[test]
fn r32_an_unknown_user_and_a_wrong_password_look_alike() {
    let admin = Admin::new();
    for (username, password) in [("ada", "wrong"), ("nobody", PASSWORD), ("a\0", PASSWORD), ("", "")] {
        let refused = admin.try_sign_in(username, password, None);
        assert!(matches!(refused, Err(Error::Unauthenticated)), "{username}: {refused:?}");
    }
    // What was typed as the name of nobody may be a password: it is not written down.
    let log = admin.test.log();
    assert!(log.iter().all(|entry| entry.actor_label != "nobody"));
    assert_eq!(log.iter().filter(|entry| entry.action == "denied").count(), 1);
}

#[test]
fn r33_a_password_above_one_kibibyte_is_not_hashed() {
    let admin = Admin::new();
    let long = "x".repeat(1025);
    assert!(matches!(admin.try_sign_in("ada", &long, None), Err(Error::Invalid(_))));
    // It did not even count as an attempt.
    for _ in 0..30 {
        assert!(matches!(admin.try_sign_in("ada", &long, None), Err(Error::Invalid(_))));
    }
    admin.sign_in();
}

#[test]
fn r31_too_many_attempts_have_to_wait_even_with_the_right_password() {
    let admin = Admin::new();
    for _ in 0..5 {
        assert!(matches!(admin.try_sign_in("ada", "wrong", None), Err(Error::Unauthenticated)));
    }
    assert!(matches!(admin.try_sign_in("ada", PASSWORD, None), Err(Error::RateLimited { .. })));
    admin.test.clock.advance(TimeDelta::minutes(1));
    admin.sign_in();
}

#[test]
fn r37_a_session_is_fresh_for_a_quarter_of_an_hour() {
    let admin = Admin::new();
    let key = admin.sign_in();
    admin.test.clock.advance(REAUTHENTICATE_AFTER);
    let live = admin.ask(&key, Activity::Person).unwrap();
    let now = live.session.authenticated_at.plus(REAUTHENTICATE_AFTER);
    assert!(!live.is_fresh(now) && live.is_fresh(now.plus(TimeDelta::microseconds(-1))));
    let confirm = |password| confirm_password(&admin.test.db, now, &admin.state, &live, &origin(), password);
    assert!(confirm("wrong").is_err());
    assert!(!admin.ask(&key, Activity::Person).unwrap().is_fresh(now));
    confirm(PASSWORD).unwrap();
    assert!(admin.ask(&key, Activity::Person).unwrap().is_fresh(now));
}

#[test]
fn r36_a_setup_link_makes_one_administrator() {
    let test = TestDb::new();
    let now = test.clock.now();
    let (link, key) = SetupLink::new(now, &mut rand::rng());
    assert!(link.check(key.reveal(), now).is_ok());
    assert!(link.check("", now).is_err());
    assert!(link.check(SessionKey::generate(&mut rand::rng()).reveal(), now).is_err());
    assert!(link.check(key.reveal(), now.plus(SetupLink::LIFETIME)).is_err());
    let create = |name: &str| {
        let new = NewUser { username: name.into(), ..NewUser::default() };
        test.write(|tx| create_first_administrator(tx, now, &origin(), new.clone(), None, &mut rand::rng()))
    };
    let made = std::thread::scope(|scope| {
        let threads = ["ada", "grace"].map(|name| scope.spawn(move || create(name)));
        threads.map(|thread| thread.join().unwrap())
    });
    assert_eq!(made.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(made.iter().any(|result| matches!(result, Err(Error::Refused(_)))));
    assert!(matches!(create("third"), Err(Error::Refused(_))));
    let opened = made.into_iter().find_map(Result::ok).unwrap();
    assert!(opened.user.is_superuser && opened.user.is_staff && opened.user.is_active);
    assert!(authenticate(&test.db, now, &opened.key.digest(), Activity::Poll).unwrap().is_some());
}

#[test]
fn r02_neither_key_nor_digest_is_shown() {
    let admin = Admin::new();
    let key = admin.sign_in();
    let live = admin.ask(&key, Activity::Person).unwrap();
    assert!(!format!("{live:?}").contains(key.reveal()));
}
