//! Log lines as JSON, one object a line. Written by hand because a line is written for every request.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::clock::Clock;

/// `timestamp`, `level`, the fields of the event (`message` is one of them) and `target`.
#[derive(Default)]
pub struct JsonLines {
    clock: Clock,
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'fields> FormatFields<'fields> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        write!(writer, "{{\"timestamp\":\"{:.6}\",\"level\":\"", self.clock.now())?;
        writer.write_str(metadata.level().as_str())?;
        writer.write_char('"')?;
        let mut members = Members { writer: writer.by_ref(), written: Ok(()) };
        event.record(&mut members);
        members.written?;
        writer.write_str(",\"target\":\"")?;
        Escaped(writer.by_ref()).write_str(metadata.target())?;
        writer.write_str("\"}\n")
    }
}

/// Writes fields as members of an object that has members already.
struct Members<'w> {
    writer: Writer<'w>,
    written: fmt::Result,
}

impl Members<'_> {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.written.is_ok() {
            self.written = write!(self.writer, ",\"{}\":{value}", field.name());
        }
    }

    fn add_text(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.written.is_ok() {
            self.written = self.write_text(field, value);
        }
    }

    fn write_text(&mut self, field: &Field, value: fmt::Arguments<'_>) -> fmt::Result {
        write!(self.writer, ",\"{}\":\"", field.name())?;
        Escaped(self.writer.by_ref()).write_fmt(value)?;
        self.writer.write_char('"')
    }
}

impl Visit for Members<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.add(field, format_args!("{value}"));
        } else {
            self.add(field, format_args!("null"));
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, format_args!("{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_text(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add_text(field, format_args!("{value:?}"));
    }
}

/// What goes through it can stand in a JSON string, and cannot steer a terminal or begin a new line.
struct Escaped<'w>(Writer<'w>);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Nearly all of it is harmless, and that is seen at once.
        if text.bytes().all(|b| matches!(b, b' '..=b'!' | b'#'..=b'[' | b']'..=b'~')) {
            return self.0.write_str(text);
        }
        let is_special = |c: char| c.is_control() || matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}');
        let mut written = 0;
        for (at, special) in text.match_indices(is_special) {
            self.0.write_str(&text[written..at])?;
            written = at + special.len();
            match special {
                "\"" => self.0.write_str("\\\"")?,
                "\\" => self.0.write_str("\\\\")?,
                "\n" => self.0.write_str("\\n")?,
                // All of them are in the first plane.
                other => {
                    for c in other.chars() {
                        write!(self.0, "\\u{:04x}", u32::from(c))?;
                    }
                }
            }
        }
        self.0.write_str(&text[written..])
    }
}
