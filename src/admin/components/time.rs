//! Times as people read them, with the exact moment behind. Relative up to a fortnight, then the date.

use chrono::TimeDelta;
use maud::{Markup, html};

use crate::clock::UtcTime;

fn element(at: UtcTime, text: &str) -> Markup {
    let exact = at.naive().format("%Y-%m-%d %H:%M:%S UTC").to_string();
    let machine = at.naive().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    html! { time datetime=(machine) title=(exact) { (text) } }
}

/// Relative to now: "12 min ago", "in 2 days", "15 Oct 2026".
pub fn moment(at: UtcTime, now: UtcTime) -> Markup {
    element(at, &words(at, now, 14))
}

/// The same in days for up to four months, where expiry or disuse is the point.
pub fn ago(at: UtcTime, now: UtcTime) -> Markup {
    element(at, &words(at, now, 120))
}

/// Date and clock time in UTC: "15 Oct 2026, 09:04:31".
pub fn clock_time(at: UtcTime) -> Markup {
    element(at, &at.naive().format("%-d %b %Y, %H:%M:%S").to_string())
}

/// When something that ends soon does, in UTC: "until 12:30" today, else "until 15 Oct, 09:04".
pub fn until(at: UtcTime, now: UtcTime) -> Markup {
    let is_today = at.naive().date() == now.naive().date();
    let format = if is_today { "until %H:%M" } else { "until %-d %b, %H:%M" };
    element(at, &at.naive().format(format).to_string())
}

/// For the rows of a log, in UTC: "09:04:31" today, else "15 Oct 09:04", of another year the date.
pub fn log_time(at: UtcTime, now: UtcTime) -> Markup {
    let (then, today) = (at.naive(), now.naive());
    let format = match (
        then.date() == today.date(),
        then.format("%Y").to_string() == today.format("%Y").to_string(),
    ) {
        (true, _) => "%H:%M:%S",
        (false, true) => "%-d %b %H:%M",
        (false, false) => "%-d %b %Y",
    };
    html! { span class="num" { (element(at, &then.format(format).to_string())) } }
}

fn date(at: UtcTime) -> String {
    at.naive().format("%-d %b %Y").to_string()
}

fn words(at: UtcTime, now: UtcTime, days_at_most: i64) -> String {
    let distance = TimeDelta::microseconds(at.micros().saturating_sub(now.micros()));
    let (is_past, distance) = (distance < TimeDelta::zero(), distance.abs());
    let (minutes, hours) = (distance.num_minutes(), distance.num_hours());
    let days = (at.naive().date() - now.naive().date()).num_days().abs();
    let text = match (minutes, hours) {
        (0, _) => return "now".into(),
        (..60, _) => format!("{minutes} min"),
        (_, ..24) if days <= 1 => format!("{hours} h"),
        _ if days == 1 => return if is_past { "yesterday".into() } else { "tomorrow".into() },
        _ if days <= days_at_most => format!("{days} days"),
        _ => return date(at),
    };
    if is_past { format!("{text} ago") } else { format!("in {text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_tell_them() {
        let now = UtcTime::parse_rfc3339("2026-11-23T12:00:00Z").unwrap();
        let said = |minutes: i64| words(now.plus(TimeDelta::minutes(minutes)), now, 14);
        let told = [0, -12, 59, -180, -60 * 30, 60 * 30, 60 * 24 * 2, -60 * 24 * 6, -60 * 24 * 39].map(said);
        let expected = [
            "now",
            "12 min ago",
            "in 59 min",
            "3 h ago",
            "yesterday",
            "tomorrow",
            "in 2 days",
            "6 days ago",
            "15 Oct 2026",
        ];
        assert_eq!(told, expected);
        assert_eq!(words(now.plus(TimeDelta::days(67)), now, 120), "in 67 days");
        let ends = |hours| until(now.plus(TimeDelta::hours(hours)), now).into_string();
        assert!(
            ends(3).contains(">until 15:00<") && ends(20).contains(">until 24 Nov, 08:00<"),
            "{}",
            ends(20)
        );
    }
}
