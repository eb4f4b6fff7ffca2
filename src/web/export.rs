//! Lists as one long answer: CSV (RFC 4180) or JSON Lines. Parts are read as the client takes them, so the
//! memory is that of one part, and a client that goes away ends the work.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::{Error, Result};

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ExportFormat)]
pub enum Format {
    /// One line of comma-separated values a row, after a line with the names.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

impl Format {
    /// Without parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Jsonl => "application/x-ndjson",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// The line before the rows.
    fn head(self, columns: &[String]) -> Vec<u8> {
        let mut line = Vec::new();
        if self == Self::Csv {
            for (i, column) in columns.iter().enumerate() {
                if i > 0 {
                    line.push(b',');
                }
                push_cell(&Value::from(column.as_str()), &mut line);
            }
            line.extend(b"\r\n");
        }
        line
    }

    fn write(self, columns: &[String], row: &impl Serialize, out: &mut Vec<u8>) -> Result<()> {
        let value = serde_json::to_value(row).map_err(|error| Error::Internal(Box::new(error)))?;
        match self {
            Self::Csv => {
                for (i, column) in columns.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    push_cell(&value[column], out);
                }
                out.extend(b"\r\n");
            }
            Self::Jsonl => {
                out.extend(value.to_string().into_bytes());
                out.push(b'\n');
            }
        }
        Ok(())
    }
}

/// A value as one text: of something that has a name its name, of several the texts of each.
fn flat(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(flat).collect::<Vec<_>>().join("; "),
        Value::Object(members) => match members.get("username").or_else(|| members.get("name")) {
            Some(name) => flat(name),
            None => value.to_string(),
        },
        other => other.to_string(),
    }
}

/// One cell. A text that a spreadsheet would take for a formula gets an apostrophe in front.
fn push_cell(value: &Value, out: &mut Vec<u8>) {
    let text = flat(value);
    let is_number =
        || text.bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b)) && text.parse::<f64>().is_ok();
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !value.is_number() && !is_number();
    let text = if is_formula { format!("'{text}") } else { text };
    if text.contains([',', '"', '\r', '\n']) {
        out.push(b'"');
        out.extend(text.replace('"', "\"\"").into_bytes());
        out.push(b'"');
    } else {
        out.extend(text.into_bytes());
    }
}

/// Something that is read in parts.
pub trait Parts: Send + 'static {
    /// A row.
    type Row: Serialize;

    /// The next part; empty at the end. Blocks.
    ///
    /// # Errors
    /// Database faults.
    fn next(&mut self) -> Result<Vec<Self::Row>>;
}

/// 200 with everything that `parts` gives, as a file called `name`. `columns` are the members of a row that
/// the CSV form has, in its order.
pub fn stream(
    name: &str,
    format: Format,
    columns: impl IntoIterator<Item = impl Into<String>>,
    parts: impl Parts,
) -> HttpResponse {
    let columns: Arc<[String]> = columns.into_iter().map(Into::into).collect();
    let head = Some(format.head(&columns));
    let body = Stream { format, columns, head, state: State::Waiting(parts) };
    let file = format!("attachment; filename=\"{name}.{}\"", format.extension());
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, format!("{}; charset=utf-8", format.media_type())))
        .insert_header((CONTENT_DISPOSITION, file))
        .body(body)
}

type Reading<P> = tokio::task::JoinHandle<(P, Result<Vec<u8>>)>;

enum State<P> {
    Waiting(P),
    Reading(Reading<P>),
    Ended,
}

struct Stream<P> {
    format: Format,
    columns: Arc<[String]>,
    head: Option<Vec<u8>>,
    state: State<P>,
}

/// Nothing in it is pinned by address.
impl<P> Unpin for Stream<P> {}

impl<P: Parts> Stream<P> {
    fn read(&self, mut parts: P) -> Reading<P> {
        let (format, columns) = (self.format, Arc::clone(&self.columns));
        tokio::task::spawn_blocking(move || {
            let written = parts.next().and_then(|rows| {
                let mut out = Vec::new();
                rows.iter().try_for_each(|row| format.write(&columns, row, &mut out))?;
                Ok(out)
            });
            (parts, written)
        })
    }

    /// An error ends the connection in the middle, so that the client knows that something is missing.
    fn fail(&mut self, error: Error) -> Poll<Option<Result<Bytes, Error>>> {
        tracing::error!(?error, "an export broke off");
        self.state = State::Ended;
        Poll::Ready(Some(Err(error)))
    }
}

impl<P: Parts> MessageBody for Stream<P> {
    type Error = Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if let Some(head) = self.head.take().filter(|head| !head.is_empty()) {
            return Poll::Ready(Some(Ok(head.into())));
        }
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Waiting(parts) => self.state = State::Reading(self.read(parts)),
                State::Reading(mut reading) => {
                    let Poll::Ready(read) = Pin::new(&mut reading).poll(context) else {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    };
                    match read {
                        Ok((_, Ok(part))) if part.is_empty() => return Poll::Ready(None),
                        Ok((parts, Ok(part))) => {
                            self.state = State::Waiting(parts);
                            return Poll::Ready(Some(Ok(part.into())));
                        }
                        Ok((_, Err(error))) => return self.fail(error),
                        Err(error) => return self.fail(Error::Internal(Box::new(error))),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use serde_json::json;

    use super::*;

    struct Numbers(u32);

    impl Parts for Numbers {
        type Row = Value;

        fn next(&mut self) -> Result<Vec<Value>> {
            self.0 += 1;
            match self.0 {
                1 | 2 => {
                    Ok(vec![json!({"id": self.0, "name": "=1+1", "note": "a \"b\", c\nd", "gone": null})])
                }
                3 => Ok(Vec::new()),
                _ => Err(Error::internal("read behind the end")),
            }
        }
    }

    async fn text(format: Format) -> String {
        let answer = stream("numbers", format, ["id", "name", "gone", "note"], Numbers(0));
        let bytes = to_bytes(answer.into_body()).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[actix_web::test]
    async fn cells_are_quoted_and_formulas_are_disarmed() {
        let row = |n| format!("{n},'=1+1,,\"a \"\"b\"\", c\nd\"\r\n");
        assert_eq!(text(Format::Csv).await, format!("id,name,gone,note\r\n{}{}", row(1), row(2)));
    }

    #[actix_web::test]
    async fn json_lines_have_a_row_each() {
        let text = text(Format::Jsonl).await;
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((rows.len(), &rows[1]["name"]), (2, &json!("=1+1")));
    }
}
