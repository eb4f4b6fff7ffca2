//! Bars over time, as SVG from the server: no library, no script, no inline style.

use chrono::TimeDelta;
use maud::{Markup, html};

use super::number;
use crate::clock::UtcTime;
use crate::services::overview::Total;

const WIDTH: f64 = 640.0;
const LEFT: f64 = 36.0;
const TOP: f64 = 12.0;
const FLOOR: f64 = 140.0;
/// Bars at most; more would be too thin to tell apart.
const MOST: usize = 31;
/// Words below the bars at most.
const TICKS: usize = 6;

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The hour or day that it stands for.
    pub label: String,
    /// All calls.
    pub calls: i64,
    /// Those that were refused.
    pub denials: i64,
}

/// The last hours up to now, those without a call too.
pub fn hours(totals: &[Total], now: UtcTime, count: usize) -> Vec<Bar> {
    const HOUR: TimeDelta = TimeDelta::hours(1);
    spans(totals, floor(now, HOUR), HOUR, count, "%H:%M")
}

/// The last days up to today, those without a call too.
pub fn days(totals: &[Total], now: UtcTime, count: usize) -> Vec<Bar> {
    const DAY: TimeDelta = TimeDelta::days(1);
    spans(totals, floor(now, DAY), DAY, count, "%-d %b")
}

/// The beginning of the hour or day (UTC) of a moment.
fn floor(at: UtcTime, span: TimeDelta) -> UtcTime {
    let span = span.num_microseconds().unwrap_or(1).max(1);
    UtcTime::from_micros(at.micros().div_euclid(span) * span)
}

fn spans(totals: &[Total], last: UtcTime, span: TimeDelta, count: usize, format: &str) -> Vec<Bar> {
    let count = count.clamp(1, MOST);
    let back = |n: usize| last.plus(-span * i32::try_from(n).unwrap_or(i32::MAX));
    let bar = |start: UtcTime| {
        let end = start.plus(span);
        let inside = totals.iter().filter(|total| (start..end).contains(&total.hour));
        let (calls, denials) = inside.fold((0, 0), |(c, d), total| (c + total.calls, d + total.denials));
        Bar { label: start.naive().format(format).to_string(), calls, denials }
    };
    (0..count).rev().map(|n| bar(back(n))).collect()
}

/// The chart. `what` says what is counted over which time, e.g. `Requests per hour over the last 24 hours`.
pub fn viz(what: &str, bars: &[Bar]) -> Markup {
    let top = ceiling(bars.iter().map(|bar| bar.calls).max().unwrap_or(0));
    let count = u32::try_from(bars.len().max(1)).unwrap_or(1);
    let step = (WIDTH - LEFT - 4.0) / f64::from(count);
    let width = (step - 3.0).max(2.0);
    let every = bars.len().div_ceil(TICKS).max(1);
    let height = |calls: i64| (FLOOR - TOP) * share(calls, top);
    html! {
        svg class="viz" viewBox="0 0 640 160" role="img" aria-label=(sentence(what, bars)) {
            @for part in [0, 1, 2] {
                @let y = FLOOR - (FLOOR - TOP) * f64::from(part) / 2.0;
                line class="g" x1=(LEFT) x2=(WIDTH) y1=(y) y2=(y) {}
                text x="30" y=(y + 4.0) text-anchor="end" { (short(top * i64::from(part) / 2)) }
            }
            @for (i, bar) in bars.iter().enumerate() {
                @let x = decimal(LEFT + 2.0 + step * f64::from(u32::try_from(i).unwrap_or(0)));
                @let high = height(bar.calls).max(if bar.calls > 0 { 1.0 } else { 0.0 });
                g {
                    title { (bar.label) ": " (number(bar.calls)) " requests, " (number(bar.denials)) " denied" }
                    rect class="b" x=(x) y=(decimal(FLOOR - high)) width=(decimal(width)) height=(decimal(high)) rx="2" {}
                    @if bar.denials > 0 {
                        rect class="d" x=(x) y=(decimal((FLOOR - high - 5.0).max(0.0))) width=(decimal(width)) height="4" rx="1" {}
                    }
                }
                @if i % every == 0 { text x=(x) y="156" { (bar.label) } }
            }
        }
    }
}

/// What the chart shows, for those who cannot see it.
fn sentence(what: &str, bars: &[Bar]) -> String {
    let (calls, denials) = bars.iter().fold((0, 0), |(c, d), bar| (c + bar.calls, d + bar.denials));
    // The first of equals.
    let peak = bars.iter().rev().max_by_key(|bar| bar.calls).filter(|bar| bar.calls > 0);
    let busiest =
        peak.map(|bar| format!(", most at {} ({})", bar.label, number(bar.calls))).unwrap_or_default();
    format!("{what}: {} in total{busiest}, {} denied.", number(calls), number(denials))
}

/// The least of 2, 4, 10, 20, 40, 100 … that is not below the largest bar: its half is a whole number.
fn ceiling(most: i64) -> i64 {
    let mut unit = 1_i64;
    loop {
        for factor in [2, 4, 10] {
            let top = unit.saturating_mul(factor);
            if top >= most {
                return top;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

fn share(part: i64, whole: i64) -> f64 {
    // In thousandths, so that no precision of a large number matters.
    let thousandths = part.saturating_mul(1000) / whole.max(1);
    f64::from(i32::try_from(thousandths).unwrap_or(1000)) / 1000.0
}

fn decimal(value: f64) -> String {
    format!("{value:.1}")
}

/// 500, 1k, 2.5k, 40k, 1M.
fn short(n: i64) -> String {
    match n {
        ..1_000 => n.to_string(),
        1_000..1_000_000 if n % 1_000 == 0 => format!("{}k", n / 1_000),
        1_000..1_000_000 => format!("{}.{}k", n / 1_000, n % 1_000 / 100),
        _ => super::abbreviated(n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UtcTime {
        UtcTime::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn hours_without_a_call_have_a_bar_too() {
        let now = at("2026-11-23T12:34:56Z");
        let totals = [
            Total { hour: at("2026-11-23T12:00:00Z"), calls: 7, denials: 2 },
            Total { hour: at("2026-11-23T10:00:00Z"), calls: 5, denials: 0 },
            Total { hour: at("2026-11-23T09:00:00Z"), calls: 9, denials: 0 },
        ];
        let bars = hours(&totals, now, 3);
        let told: Vec<_> = bars.iter().map(|bar| (bar.label.as_str(), bar.calls, bar.denials)).collect();
        assert_eq!(told, [("10:00", 5, 0), ("11:00", 0, 0), ("12:00", 7, 2)]);
        let of_days = days(&totals, now, 2);
        assert_eq!((of_days[0].calls, of_days[1].calls, of_days[1].label.as_str()), (0, 21, "23 Nov"));
    }

    #[test]
    fn the_chart_says_in_words_what_it_shows() {
        let bars = hours(
            &[Total { hour: at("2026-11-23T12:00:00Z"), calls: 1500, denials: 3 }],
            at("2026-11-23T12:01:00Z"),
            24,
        );
        let shown = viz("Requests per hour over the last 24 hours", &bars).into_string();
        assert!(shown.contains("1,500 in total, most at 12:00 (1,500), 3 denied."), "{shown}");
        assert_eq!(shown.matches(r#"class="d""#).count(), 1);
        assert!(!shown.contains("style="));
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        assert_eq!([0, 2, 3, 5, 11, 41, 1500].map(ceiling), [2, 2, 4, 10, 20, 100, 2000]);
        assert_eq!([5, 1000, 2500].map(short), ["5", "1k", "2.5k"]);
    }
}
