//! Reading one message from a body, and framing one answer. Only the envelope is parsed here: parameters
//! stay raw until somebody needs them, and ids are echoed as they came.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::fault::Fault;

/// Deepest nesting of a body. Well below what a recursive parser takes.
const MAX_DEPTH: usize = 100;

/// What a client sent.
#[derive(Debug)]
pub enum Message<'a> {
    /// Wants an answer.
    Request(Request<'a>),
    /// Wants none.
    Notification(Notification<'a>),
    /// A method without JSON-RPC around it.
    Bare(Bare<'a>),
}

/// A JSON-RPC request.
#[derive(Debug)]
pub struct Request<'a> {
    /// A string or an integer, as it came.
    pub id: &'a str,
    /// The method.
    pub method: Cow<'a, str>,
    /// Everything else.
    pub params: Params<'a>,
    /// The parameters as they came, for methods that have their own.
    pub raw: Option<&'a RawValue>,
}

/// A JSON-RPC notification.
#[derive(Debug)]
pub struct Notification<'a> {
    /// The method.
    pub method: Cow<'a, str>,
    /// Everything else, as far as it can be read: nobody waits for an answer.
    pub params: Params<'a>,
}

/// The unframed form: a method, with its parameters under `params` or beside it.
#[derive(Debug)]
pub struct Bare<'a> {
    /// The method.
    pub method: Cow<'a, str>,
    /// Its parameters.
    pub params: Params<'a>,
}

/// The parameters that some method here knows; others are ignored.
#[derive(Debug, Default, Deserialize)]
pub struct Params<'a> {
    /// Metadata of the request.
    #[serde(borrow, default, rename = "_meta", deserialize_with = "present")]
    pub meta: Option<&'a RawValue>,
    /// The tool or prompt.
    #[serde(borrow, default, deserialize_with = "present")]
    pub name: Option<&'a RawValue>,
    /// Its arguments.
    #[serde(borrow, default, deserialize_with = "present")]
    pub arguments: Option<&'a RawValue>,
    /// The resource.
    #[serde(borrow, default, deserialize_with = "present")]
    pub uri: Option<&'a RawValue>,
    /// What the client answers to an earlier question.
    #[serde(borrow, default, rename = "inputResponses", deserialize_with = "present")]
    pub input_responses: Option<&'a RawValue>,
    /// What came with that question.
    #[serde(borrow, default, rename = "requestState", deserialize_with = "present")]
    pub request_state: Option<&'a RawValue>,
    /// The cursor of a list.
    #[serde(borrow, default, deserialize_with = "present")]
    pub cursor: Option<&'a RawValue>,
    /// The level of `logging/setLevel`.
    #[serde(borrow, default, deserialize_with = "present")]
    pub level: Option<&'a RawValue>,
    /// The request that a client gives up.
    #[serde(borrow, default, rename = "requestId", deserialize_with = "present")]
    pub request_id: Option<&'a RawValue>,
    /// The version of `initialize`.
    #[serde(borrow, default, rename = "protocolVersion", deserialize_with = "present")]
    pub protocol_version: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    method: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    name: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    arguments: Option<&'a RawValue>,
}

/// Keeps an explicit `null`, which `Option` would take for an absent member.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// A fault and the id of the request that it belongs to, if that could be read.
pub type Rejection<'a> = (Option<&'a str>, Fault);

/// Reads the one message of a body.
///
/// # Errors
/// `-32700` for what is not JSON or nested too deeply, `-32600` for a batch and for what is no message.
pub fn read(body: &[u8]) -> Result<Message<'_>, Rejection<'_>> {
    let text = std::str::from_utf8(body).map_err(|_| (None, Fault::parse_error("The body is not UTF-8")))?;
    if is_too_deep(body) {
        return Err((None, Fault::parse_error("The body is nested too deeply")));
    }
    if text.trim_start().starts_with('[') {
        return Err((None, batch(text)));
    }
    let wire: Wire<'_> = serde_json::from_str(text).map_err(|error| (None, unreadable(&error)))?;
    let id = wire.id.map(request_id).transpose().map_err(|fault| (None, fault))?;
    message(&wire, id).map_err(|fault| (id, fault))
}

fn batch(text: &str) -> Fault {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Fault::invalid_request("Batches are not supported: send one message per request"),
        Err(_) => Fault::parse_error("The body is not valid JSON"),
    }
}

fn unreadable(error: &serde_json::Error) -> Fault {
    match error.classify() {
        Category::Data => Fault::invalid_request(format!("Not a message: {error}")),
        _ => Fault::parse_error("The body is not valid JSON"),
    }
}

fn message<'a>(wire: &Wire<'a>, id: Option<&'a str>) -> Result<Message<'a>, Fault> {
    let Some(method) = wire.method else {
        return Err(Fault::invalid_request("A message needs a method"));
    };
    let method = text(method).ok_or_else(|| Fault::invalid_request("The method must be a string"))?;
    match (wire.jsonrpc, id) {
        (None, None) => Ok(Message::Bare(Bare { method, params: bare_params(wire)? })),
        (Some(version), Some(id)) if version.get() == "\"2.0\"" => {
            Ok(Message::Request(Request { id, method, params: params(wire.params)?, raw: wire.params }))
        }
        (Some(version), None) if version.get() == "\"2.0\"" => {
            let params = params(wire.params).unwrap_or_default();
            Ok(Message::Notification(Notification { method, params }))
        }
        _ => Err(Fault::invalid_request("jsonrpc must be \"2.0\"")),
    }
}

fn params(raw: Option<&RawValue>) -> Result<Params<'_>, Fault> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Ok(Params::default()) };
    if !raw.get().starts_with('{') {
        return Err(Fault::invalid_request("params must be an object"));
    }
    serde_json::from_str(raw.get()).map_err(|error| Fault::invalid_request(format!("params: {error}")))
}

fn bare_params<'a>(wire: &Wire<'a>) -> Result<Params<'a>, Fault> {
    if wire.params.is_some() && (wire.name.is_some() || wire.arguments.is_some()) {
        return Err(Fault::invalid_request("Give name and arguments either in params or beside the method"));
    }
    let params = params(wire.params)?;
    Ok(Params { name: params.name.or(wire.name), arguments: params.arguments.or(wire.arguments), ..params })
}

fn request_id(raw: &RawValue) -> Result<&str, Fault> {
    let id = raw.get();
    let is_integer = id.strip_prefix('-').unwrap_or(id).bytes().all(|b| b.is_ascii_digit());
    if is_integer || text(raw).is_some() {
        return Ok(id);
    }
    Err(Fault::invalid_request("The id must be a string or an integer"))
}

/// The text of a JSON string; `None` for anything else, unpaired surrogates included.
pub fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(raw.get()).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

/// Whether brackets are nested deeper than [`MAX_DEPTH`]. Raw parts are skipped without recursion, so a
/// parser alone would not notice.
fn is_too_deep(body: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Reads the parameters of a method that has its own.
///
/// # Errors
/// `-32602` with what is wrong.
pub fn own_params<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Result<T, Fault> {
    serde_json::from_str(raw.map_or("{}", RawValue::get)).map_err(|error| match error.classify() {
        Category::Data => Fault::invalid_params(format!("params: {error}")),
        _ => Fault::parse_error(format!("The params are not valid JSON: {error}")),
    })
}

/// Frames a notification of ours; `params` is a JSON object.
pub fn notification(method: &str, params: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#).into_bytes()
}

/// Frames a result whose members are `fields`, without braces, and begin with `lead`.
pub fn result(id: &str, lead: &str, fields: &[u8]) -> Vec<u8> {
    let mut body = before_result(id, lead);
    body.reserve_exact(fields.len() + AFTER_RESULT.len());
    body.extend_from_slice(fields);
    body.extend_from_slice(AFTER_RESULT);
    body
}

/// What stands before the fields of a result.
pub fn before_result(id: &str, lead: &str) -> Vec<u8> {
    [br#"{"jsonrpc":"2.0","id":"#, id.as_bytes(), br#","result":{"#, lead.as_bytes()].concat()
}

/// What stands after them.
pub const AFTER_RESULT: &[u8] = b"}}";

/// Frames an error. The id is left out if the request's could not be read.
pub fn error(id: Option<&str>, fault: &Fault) -> Vec<u8> {
    let mut body = b"{\"jsonrpc\":\"2.0\",".to_vec();
    if let Some(id) = id {
        body.extend_from_slice(b"\"id\":");
        body.extend_from_slice(id.as_bytes());
        body.push(b',');
    }
    body.extend_from_slice(b"\"error\":");
    body.extend_from_slice(crate::mcp::json(&fault.error()).as_bytes());
    body.push(b'}');
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> i32 {
        read(body.as_bytes()).map_or_else(|(_, fault)| fault.code().0, |_| 0)
    }

    #[test]
    fn requests_notifications_and_bare_forms_are_told_apart() {
        let read = |body: &'static str| read(body.as_bytes()).unwrap();
        let Message::Request(request) = read(r#"{"jsonrpc":"2.0","id":"a\"b","method":"ping"}"#) else {
            panic!("a request");
        };
        assert_eq!((request.id, &*request.method), (r#""a\"b""#, "ping"));
        let Message::Notification(note) = read(r#"{"jsonrpc":"2.0","method":"x","params":[]}"#) else {
            panic!("a notification");
        };
        assert_eq!(note.method, "x");
        for body in [
            r#"{"method":"tools/call","name":"x","arguments":{"limit":1}}"#,
            r#"{"method":"tools/call","params":{"name":"x","arguments":{"limit":1}}}"#,
        ] {
            let Message::Bare(bare) = read(body) else { panic!("bare") };
            assert_eq!(bare.params.name.map(RawValue::get), Some("\"x\""));
            assert_eq!(bare.params.arguments.map(RawValue::get), Some("{\"limit\":1}"));
        }
    }

    #[test]
    fn what_is_no_message_has_its_code() {
        let table = [
            ("", -32700),
            ("{", -32700),
            ("nonsense", -32700),
            ("[", -32700),
            ("[]", -32600),
            (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600),
            (r#"["2.0",1,"ping",null,null,null]"#, -32600),
            ("1", -32600),
            ("null", -32600),
            ("{}", -32600),
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":"\ud800","method":"ping"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600),
            (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
            (r#"{"id":1,"method":"ping"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, -32600),
            (r#"{"method":"tools/call","name":"a","params":{"name":"b"}}"#, -32600),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":1e400}}"#, 0),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#, 0),
        ];
        for (body, expected) in table {
            assert_eq!(code(body), expected, "{body}");
        }
        assert_eq!(read(b"\xff").unwrap_err().1.code().0, -32700);
    }

    #[test]
    fn r41_depth_is_bounded_and_brackets_in_strings_do_not_count() {
        let nested = |n: usize| {
            format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":{}{}}}}}"#,
                "[".repeat(n),
                "]".repeat(n)
            )
        };
        assert_eq!(code(&nested(200)), -32700);
        assert_eq!(code(&nested(90)), 0);
        assert_eq!(code(&"[".repeat(100_000)), -32700);
        let brackets = "[\\\"".repeat(500);
        assert_eq!(code(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{brackets}"}}"#)), 0);
    }

    #[test]
    fn ids_are_echoed_as_they_came() {
        assert_eq!(
            result("18446744073709551616", "", b""),
            br#"{"jsonrpc":"2.0","id":18446744073709551616,"result":{}}"#
        );
        let fault = Fault::invalid_request("no");
        assert_eq!(
            error(Some("\"x\""), &fault),
            br#"{"jsonrpc":"2.0","id":"x","error":{"code":-32600,"message":"no"}}"#
        );
        assert_eq!(error(None, &fault), br#"{"jsonrpc":"2.0","error":{"code":-32600,"message":"no"}}"#);
    }
}
