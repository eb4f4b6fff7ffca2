//! Which of the two eras a request belongs to, and whether its headers agree with its body.
//!
//! Until 2025-11-25 a client begins with `initialize` and names the version in a header; since 2026-07-28
//! each request says in `_meta` what it needs, and headers only repeat it. What counts is the body.

use std::borrow::Cow;

use actix_web::http::header::HeaderMap;
use base64::Engine;
use rmcp::model::ProtocolVersion;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::envelope::{Params, text};
use super::fault::Fault;

/// How requests are made and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// Up to 2025-11-25.
    Legacy,
    /// From 2026-07-28 on.
    Modern,
}

/// Every version that is served, newest first.
pub const SUPPORTED: [ProtocolVersion; 5] = [
    ProtocolVersion::V_2026_07_28,
    ProtocolVersion::V_2025_11_25,
    ProtocolVersion::V_2025_06_18,
    ProtocolVersion::V_2025_03_26,
    ProtocolVersion::V_2024_11_05,
];

/// What a request says beside its parameters, in `_meta`.
#[derive(Default, Deserialize)]
pub struct Meta<'a> {
    #[serde(borrow, rename = "io.modelcontextprotocol/protocolVersion")]
    version: Option<&'a RawValue>,
    /// What the client can do.
    #[serde(borrow, rename = "io.modelcontextprotocol/clientCapabilities")]
    pub capabilities: Option<&'a RawValue>,
    /// The least severe log message that the client wants to see.
    #[serde(borrow, rename = "io.modelcontextprotocol/logLevel")]
    pub log_level: Option<&'a RawValue>,
    /// What progress is to be reported under.
    #[serde(borrow, rename = "progressToken")]
    pub progress_token: Option<&'a RawValue>,
}

impl<'a> Meta<'a> {
    /// Reads the metadata of a request.
    ///
    /// # Errors
    /// `-32602` with status 400 if it is no object.
    pub fn read(params: &Params<'a>) -> Result<Self, Fault> {
        params.meta.filter(|raw| raw.get() != "null").map_or(Ok(Self::default()), |raw| {
            if !raw.get().starts_with('{') {
                return Err(Fault::invalid_meta("_meta must be an object"));
            }
            serde_json::from_str(raw.get()).map_err(|error| Fault::invalid_meta(format!("_meta: {error}")))
        })
    }
}

/// Decides the era of a request.
///
/// # Errors
/// `-32020` if headers are missing or unlike the body, `-32022` for a version that is not served,
/// `-32602` with status 400 for a `_meta` that lacks something.
pub fn decide(headers: &HeaderMap, method: &str, params: &Params<'_>, meta: &Meta<'_>) -> Result<Era, Fault> {
    let version = match meta.version {
        None => None,
        Some(raw) => Some(text(raw).ok_or_else(|| missing("protocolVersion"))?),
    };
    let header = header(headers, "MCP-Protocol-Version")?;
    let era = match (version.as_deref(), header) {
        (None, _) if method == "initialize" => Era::Legacy,
        (None, _) if method == "server/discover" => return Err(missing("protocolVersion")),
        (None, None) => Era::Legacy,
        (None, Some(header)) => match era_of(header)? {
            Era::Legacy => Era::Legacy,
            Era::Modern => return Err(missing("protocolVersion")),
        },
        (Some(_), None) => return Err(Fault::header_mismatch("The MCP-Protocol-Version header is missing")),
        (Some(version), Some(header)) if version != header => {
            return Err(Fault::header_mismatch(format!(
                "MCP-Protocol-Version header '{header}' does not match body value '{version}'"
            )));
        }
        (Some(version), Some(_)) => era_of(version)?,
    };
    if era == Era::Modern {
        if !meta.capabilities.is_some_and(|raw| raw.get().starts_with('{')) {
            return Err(missing("clientCapabilities"));
        }
        headers_agree(headers, method, params)?;
    }
    Ok(era)
}

/// The version rule for a notification, which has no metadata of its own.
///
/// # Errors
/// As [`decide`].
pub fn check_notification(headers: &HeaderMap) -> Result<(), Fault> {
    header(headers, "MCP-Protocol-Version")?.map_or(Ok(()), |version| era_of(version).map(drop))
}

fn missing(field: &str) -> Fault {
    Fault::invalid_meta(format!("_meta needs io.modelcontextprotocol/{field}"))
}

fn era_of(version: &str) -> Result<Era, Fault> {
    let known = SUPPORTED.iter().find(|known| known.as_str() == version);
    match known {
        Some(known) if known.has_initialize() => Ok(Era::Legacy),
        Some(_) => Ok(Era::Modern),
        None => Err(Fault::unsupported_version(version, &SUPPORTED)),
    }
}

fn headers_agree(headers: &HeaderMap, method: &str, params: &Params<'_>) -> Result<(), Fault> {
    agrees(headers, "Mcp-Method", method)?;
    let named = match method {
        "tools/call" | "prompts/get" => params.name,
        "resources/read" => params.uri,
        _ => None,
    };
    named.and_then(text).map_or(Ok(()), |name| agrees(headers, "Mcp-Name", &name))
}

fn agrees(headers: &HeaderMap, name: &str, expected: &str) -> Result<(), Fault> {
    let Some(value) = header(headers, name)? else {
        return Err(Fault::header_mismatch(format!("The {name} header is missing")));
    };
    let value = decode(value)
        .ok_or_else(|| Fault::header_mismatch(format!("The {name} header is not valid Base64")))?;
    if value == expected {
        return Ok(());
    }
    Err(Fault::header_mismatch(format!("{name} header '{value}' does not match body value '{expected}'")))
}

/// The one value of a header that may be there at most once.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Fault> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Fault::header_mismatch(format!("There is more than one {name} header")));
    }
    match value.to_str() {
        Ok(text) => Ok(Some(text.trim())),
        Err(_) => Err(Fault::header_mismatch(format!("The {name} header has invalid characters"))),
    }
}

/// Undoes the `=?base64?…?=` form of header values that are not plain ASCII.
fn decode(value: &str) -> Option<Cow<'_, str>> {
    let Some(encoded) = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Some(Cow::Borrowed(value));
    };
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const MODERN: &str = "2026-07-28";

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::try_from(*name).unwrap();
            map.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        map
    }

    fn meta(version: &str, capabilities: &str) -> String {
        format!(
            r#"{{"_meta":{{"io.modelcontextprotocol/protocolVersion":{version},"io.modelcontextprotocol/clientCapabilities":{capabilities}}}}}"#
        )
    }

    fn judge(method: &str, header: Option<&str>, params: &str) -> Result<Era, i32> {
        let mut pairs = vec![("mcp-method", method)];
        pairs.extend(header.map(|value| ("MCP-Protocol-Version", value)));
        let params: Params<'_> = serde_json::from_str(params).unwrap();
        let meta = Meta::read(&params).map_err(|fault| fault.code().0)?;
        decide(&headers(&pairs), method, &params, &meta).map_err(|fault| fault.code().0)
    }

    #[test]
    fn era_follows_metadata_header_and_method() {
        let modern = meta(r#""2026-07-28""#, "{}");
        let old = meta(r#""2025-11-25""#, "{}");
        let unknown = meta(r#""1900-01-01""#, "{}");
        let no_capabilities = r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#;
        let table = [
            ("tools/list", None, "{}", Ok(Era::Legacy)),
            ("tools/list", Some("2024-11-05"), "{}", Ok(Era::Legacy)),
            ("tools/list", Some("2025-11-25"), r#"{"_meta":{"progressToken":1}}"#, Ok(Era::Legacy)),
            ("tools/list", Some("1900-01-01"), "{}", Err(-32022)),
            ("tools/list", Some(MODERN), "{}", Err(-32602)),
            ("tools/list", Some(MODERN), &modern, Ok(Era::Modern)),
            ("tools/list", None, &modern, Err(-32020)),
            ("tools/list", Some("2025-11-25"), &modern, Err(-32020)),
            ("tools/list", Some(MODERN), &unknown, Err(-32020)),
            ("tools/list", Some("1900-01-01"), &unknown, Err(-32022)),
            ("tools/list", Some("2025-11-25"), &old, Ok(Era::Legacy)),
            ("tools/list", Some(MODERN), no_capabilities, Err(-32602)),
            ("tools/list", Some(MODERN), &meta("7", "{}"), Err(-32602)),
            ("tools/list", Some(MODERN), &meta(r#""2026-07-28""#, "[]"), Err(-32602)),
            ("tools/list", None, r#"{"_meta":[]}"#, Err(-32602)),
            ("tools/list", None, r#"{"_meta":null}"#, Ok(Era::Legacy)),
            ("initialize", None, "{}", Ok(Era::Legacy)),
            ("initialize", Some("1900-01-01"), "{}", Ok(Era::Legacy)),
            ("initialize", Some(MODERN), "{}", Ok(Era::Legacy)),
            ("initialize", Some(MODERN), &modern, Ok(Era::Modern)),
            ("server/discover", None, "{}", Err(-32602)),
            ("server/discover", Some(MODERN), "{}", Err(-32602)),
            ("server/discover", Some(MODERN), &modern, Ok(Era::Modern)),
        ];
        for (method, header, params, expected) in table {
            assert_eq!(judge(method, header, params), expected, "{method} {header:?} {params}");
        }
    }

    #[test]
    fn modern_headers_must_repeat_the_body() {
        let call = |extra: &[(&str, &str)]| {
            let mut pairs = vec![("MCP-Protocol-Version", MODERN)];
            pairs.extend_from_slice(extra);
            let meta = meta(r#""2026-07-28""#, "{}");
            let params = format!("{},\"name\":\"überblick\"}}", &meta[..meta.len() - 1]);
            let params: Params<'_> = serde_json::from_str(&params).unwrap();
            let meta = Meta::read(&params).map_err(|fault| fault.code().0)?;
            decide(&headers(&pairs), "tools/call", &params, &meta).map_err(|fault| fault.code().0)
        };
        let (method, name) = (("Mcp-Method", "tools/call"), ("Mcp-Name", "=?base64?w7xiZXJibGljaw==?="));
        assert_eq!(call(&[method, name]), Ok(Era::Modern));
        for wrong in [
            vec![],
            vec![method],
            vec![name],
            vec![("Mcp-Method", "TOOLS/CALL"), name],
            vec![method, method, name],
            vec![method, ("Mcp-Name", "list_article")],
            vec![method, ("Mcp-Name", "=?base64?!!!?=")],
            vec![method, ("Mcp-Name", "überblick")],
        ] {
            assert_eq!(call(&wrong), Err(-32020), "{wrong:?}");
        }
    }
}
