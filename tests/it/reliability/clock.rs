//! A wall clock that is set back would let expired tokens in again.

use chrono::TimeDelta;

use super::get;
use crate::harness::on_both;

on_both! {
    async fn r59_a_server_whose_clock_was_set_back_is_not_ready(app) {
        assert_eq!(get(app.address(), "/readyz").status, 200);
        app.advance(TimeDelta::hours(1));
        assert_eq!(get(app.address(), "/readyz").status, 200);
        app.advance(TimeDelta::minutes(-5));
        let answer = get(app.address(), "/readyz");
        assert_eq!(answer.status, 503, "{}", answer.body);
        assert!(answer.body.contains("clock"), "{}", answer.body);
        assert_eq!(get(app.address(), "/livez").status, 200);
        app.advance(TimeDelta::minutes(5));
        assert_eq!(get(app.address(), "/readyz").status, 200);
    }
}
