//! Time as an argument. Nothing else in the crate reads the wall clock, so that tests can move it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC with microsecond precision, which both databases keep.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Timestamp)]
pub struct UtcTime(NaiveDateTime);

impl UtcTime {
    /// From microseconds since the Unix epoch; out-of-range values are clamped.
    pub fn from_micros(micros: i64) -> Self {
        Self(DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC).naive_utc())
    }

    /// From a UTC date and time; nanoseconds are cut to microseconds.
    pub fn from_naive(naive: NaiveDateTime) -> Self {
        Self::from_micros(naive.and_utc().timestamp_micros())
    }

    /// Reads an RFC 3339 time with `Z` or an offset; `None` if it is no such time.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|t| Self::from_micros(t.timestamp_micros()))
    }

    /// Microseconds since the Unix epoch.
    pub fn micros(self) -> i64 {
        self.0.and_utc().timestamp_micros()
    }

    /// The same moment without a zone, as the databases store it.
    pub fn naive(self) -> NaiveDateTime {
        self.0
    }

    /// As [`naive`](Self::naive), borrowed.
    pub fn as_naive(&self) -> &NaiveDateTime {
        &self.0
    }

    /// This moment moved by `delta`; saturates at the ends of the calendar.
    #[must_use]
    pub fn plus(self, delta: TimeDelta) -> Self {
        self.0.checked_add_signed(delta).map_or(Self::from_micros(i64::MAX), Self)
    }
}

impl fmt::Display for UtcTime {
    /// RFC 3339 with `Z`, fractions only where there are any; with a precision, as in `{:.6}`, always six
    /// digits of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, micros) = (self.0.year(), self.0.nanosecond() / 1000);
        if !(0..=9999).contains(&year) {
            return write!(f, "{}Z", self.0.format("%Y-%m-%dT%H:%M:%S%.f"));
        }
        let (month, day) = (self.0.month(), self.0.day());
        let (hour, minute, second) = (self.0.hour(), self.0.minute(), self.0.second());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match (f.precision(), micros % 1000) {
            (None, _) if micros == 0 => f.write_str("Z"),
            (None, 0) => write!(f, ".{:03}Z", micros / 1000),
            _ => write!(f, ".{micros:06}Z"),
        }
    }
}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse_rfc3339(&text)
            .ok_or_else(|| serde::de::Error::custom("expected an RFC 3339 time such as 2026-11-23T12:00:00Z"))
    }
}

/// Where the time comes from: the system, or a test that moves it by hand.
#[derive(Clone, Default)]
pub struct Clock {
    offset_micros: Arc<AtomicI64>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// Now.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    pub fn now(&self) -> UtcTime {
        // The calendar is asked once, for the sum: this runs with every request.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
        UtcTime::from_micros(micros.saturating_add(self.offset_micros.load(Ordering::Relaxed)))
    }

    /// Moves this clock, and every clone of it, forward (or backward). For tests.
    pub fn advance(&self, delta: TimeDelta) {
        self.offset_micros.fetch_add(delta.num_microseconds().unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

/// Notices that a clock was set back, which would let expired tokens in again, by the clock that only goes on.
pub struct ClockWatch {
    clock: Clock,
    started: Instant,
    /// Most microseconds that the one was ever before the other.
    lead: AtomicI64,
    is_set_back: AtomicBool,
}

impl ClockWatch {
    /// Less is what a clock that is kept by the network may do.
    const TOLERANCE_MICROS: i64 = 2_000_000;

    /// Watches `clock` from now on.
    pub fn new(clock: Clock) -> Self {
        let lead = AtomicI64::new(clock.now().micros());
        Self { clock, started: Instant::now(), lead, is_set_back: AtomicBool::new(false) }
    }

    /// Whether it is set back now. It is told in the log when that changes.
    pub fn is_set_back(&self) -> bool {
        let elapsed = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let lead = self.clock.now().micros().saturating_sub(elapsed);
        let back = self.lead.fetch_max(lead, Ordering::Relaxed).saturating_sub(lead);
        let is_set_back = back > Self::TOLERANCE_MICROS;
        if self.is_set_back.swap(is_set_back, Ordering::Relaxed) != is_set_back {
            let seconds = back / 1_000_000;
            if is_set_back {
                tracing::error!(
                    seconds,
                    "the clock was set back: not ready until it has caught up, or a restart"
                );
            } else {
                tracing::info!("the clock has caught up");
            }
        }
        is_set_back
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_to_microseconds_and_shown_with_z() {
        let t = UtcTime::parse_rfc3339("2026-11-23T12:00:00.123456789+02:00").unwrap();
        assert_eq!(t.to_string(), "2026-11-23T10:00:00.123456Z");
        for (micros, shown) in [
            (0, "1970-01-01T00:00:00Z"),
            (120_000, "1970-01-01T00:00:00.120Z"),
            (120, "1970-01-01T00:00:00.000120Z"),
            (-62_167_219_200_000_001, "-0001-12-31T23:59:59.999999Z"),
        ] {
            let t = UtcTime::from_micros(micros);
            assert_eq!(t.to_string(), shown);
            assert_eq!(t.to_string(), format!("{}Z", t.naive().format("%Y-%m-%dT%H:%M:%S%.f")));
        }
        assert_eq!(format!("{:.6}", UtcTime::from_micros(0)), "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn r59_a_clock_that_is_set_back_is_noticed_and_logged_once() {
        let memory = crate::web::testing::Memory::default();
        let sink = memory.clone();
        let logger = tracing_subscriber::fmt().with_writer(move || sink.clone()).finish();
        tracing::subscriber::with_default(logger, || {
            let clock = Clock::system();
            let watch = ClockWatch::new(clock.clone());
            clock.advance(TimeDelta::hours(1));
            assert!(!watch.is_set_back(), "forward is no harm");
            clock.advance(TimeDelta::seconds(-1));
            assert!(!watch.is_set_back(), "a little is no harm");
            clock.advance(TimeDelta::seconds(-9));
            assert!(watch.is_set_back() && watch.is_set_back());
            clock.advance(TimeDelta::seconds(9));
            assert!(!watch.is_set_back());
        });
        let log = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        assert_eq!(
            (log.matches("was set back").count(), log.matches("clock has caught up").count()),
            (1, 1),
            "{log}"
        );
    }

    #[test]
    fn clones_of_a_clock_move_together() {
        let clock = Clock::system();
        let twin = clock.clone();
        let before = clock.now();
        twin.advance(TimeDelta::minutes(5));
        assert!(clock.now() >= before.plus(TimeDelta::minutes(5)));
    }
}
