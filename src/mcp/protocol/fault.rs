//! What is wrong with a message, as JSON-RPC and HTTP say it.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use rmcp::model::{ErrorCode, ErrorData, ProtocolVersion};
use serde_json::{Value, json};

use super::era::Era;
use crate::guard::CallOutcome;
use crate::services::refusals::Refusal;

/// The kinds of faults: a closed list, each with its code and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Parse,
    InvalidRequest,
    Http(StatusCode),
    InvalidMeta,
    InvalidParams,
    UnknownTool,
    MethodNotFound(Era),
    HeaderMismatch,
    UnsupportedVersion,
    MissingCapability,
    ResourceNotFound(Era),
    Internal,
}

/// An error of the protocol.
#[derive(Debug)]
pub struct Fault {
    kind: Kind,
    message: Cow<'static, str>,
    data: Option<Box<Value>>,
    /// What the usage counters see.
    pub outcome: CallOutcome,
}

impl Fault {
    fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), data: None, outcome: CallOutcome::Failed }
    }

    /// The body is not JSON, or nested too deeply.
    pub fn parse_error(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Parse, message)
    }

    /// The body is JSON and not a message.
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::InvalidRequest, message)
    }

    /// Something of HTTP is wrong: the status says what.
    pub fn http(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Http(status), message)
    }

    /// `params._meta` lacks what the modern era requires.
    pub fn invalid_meta(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::InvalidMeta, message)
    }

    /// The parameters do not fit the method.
    pub fn invalid_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::InvalidParams, message)
    }

    /// There is no such tool, or none that this caller may know of.
    pub fn unknown_tool(name: &str) -> Self {
        Self::new(Kind::UnknownTool, format!("Unknown tool: {name}"))
    }

    /// The same, counted as a refusal.
    #[must_use]
    pub fn denied(self) -> Self {
        Self { outcome: CallOutcome::Denied, ..self }
    }

    /// There is no such method in this era.
    pub fn method_not_found(era: Era, method: &str) -> Self {
        Self::new(Kind::MethodNotFound(era), format!("Method not found: {method}"))
    }

    /// A header is missing, or says something else than the body.
    pub fn header_mismatch(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::HeaderMismatch, message)
    }

    /// The version is not served here.
    pub fn unsupported_version(requested: &str, supported: &[ProtocolVersion]) -> Self {
        let data = json!({ "supported": supported, "requested": requested });
        let fault = Self::new(Kind::UnsupportedVersion, "Unsupported protocol version");
        Self { data: Some(Box::new(data)), ..fault }
    }

    /// The client does not say that it can do what is needed; `required` has the form of its capabilities.
    pub fn missing_capability(required: &Value) -> Self {
        let fault = Self::new(Kind::MissingCapability, "The client lacks a capability that this needs");
        Self { data: Some(Box::new(json!({ "requiredCapabilities": required }))), ..fault }
    }

    /// There is no such resource, or none that this caller may know of.
    pub fn resource_not_found(era: Era, uri: &str) -> Self {
        let fault = Self::new(Kind::ResourceNotFound(era), "Resource not found");
        Self { data: Some(Box::new(json!({ "uri": uri }))), ..fault }
    }

    /// A refusal where there is no tool result to say it in.
    pub fn refused(refusal: &Refusal) -> Self {
        let text = format!("Permission denied: {}", refusal.missing_permission);
        let mut data = json!(refusal);
        data["code"] = json!("permission_denied");
        Self { data: Some(Box::new(data)), ..Self::new(Kind::InvalidParams, text) }.denied()
    }

    /// Something of ours went wrong; the message is for clients.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Internal, message)
    }

    /// The status of a framed answer. What concerns one method in the legacy era, or one tool, is in band.
    pub fn status(&self) -> StatusCode {
        match self.kind {
            Kind::Http(status) => status,
            Kind::InvalidParams
            | Kind::UnknownTool
            | Kind::ResourceNotFound(_)
            | Kind::Internal
            | Kind::MethodNotFound(Era::Legacy) => StatusCode::OK,
            Kind::MethodNotFound(Era::Modern) => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The status of an answer to the bare form, which has nothing else to tell an error from a result.
    pub fn bare_status(&self) -> StatusCode {
        match self.kind {
            Kind::Http(status) => status,
            Kind::UnknownTool | Kind::MethodNotFound(_) | Kind::ResourceNotFound(_) => StatusCode::NOT_FOUND,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// A stable word for the bare form.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Parse => "parse_error",
            Kind::InvalidRequest | Kind::Http(_) => "invalid_request",
            Kind::InvalidMeta | Kind::InvalidParams => "invalid_params",
            Kind::UnknownTool => "unknown_tool",
            Kind::MethodNotFound(_) => "method_not_found",
            Kind::HeaderMismatch => "header_mismatch",
            Kind::UnsupportedVersion => "unsupported_version",
            Kind::MissingCapability => "missing_capability",
            Kind::ResourceNotFound(_) => "not_found",
            Kind::Internal => "internal",
        }
    }

    /// The code of JSON-RPC.
    pub fn code(&self) -> ErrorCode {
        match self.kind {
            Kind::Parse => ErrorCode::PARSE_ERROR,
            Kind::InvalidRequest | Kind::Http(_) => ErrorCode::INVALID_REQUEST,
            Kind::InvalidMeta
            | Kind::InvalidParams
            | Kind::UnknownTool
            | Kind::ResourceNotFound(Era::Modern) => ErrorCode::INVALID_PARAMS,
            Kind::ResourceNotFound(Era::Legacy) => ErrorCode::RESOURCE_NOT_FOUND,
            Kind::MissingCapability => ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY,
            Kind::Internal => ErrorCode::INTERNAL_ERROR,
            Kind::MethodNotFound(_) => ErrorCode::METHOD_NOT_FOUND,
            Kind::HeaderMismatch => ErrorCode::HEADER_MISMATCH,
            Kind::UnsupportedVersion => ErrorCode::UNSUPPORTED_PROTOCOL_VERSION,
        }
    }

    /// The sentence that says what is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The error object of JSON-RPC.
    pub fn error(&self) -> ErrorData {
        ErrorData::new(self.code(), self.message.clone(), self.data.as_deref().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_code_and_status() {
        let table = [
            (Fault::parse_error(""), 400, -32700, 400),
            (Fault::invalid_request(""), 400, -32600, 400),
            (Fault::http(StatusCode::NOT_ACCEPTABLE, ""), 406, -32600, 406),
            (Fault::invalid_meta(""), 400, -32602, 400),
            (Fault::invalid_params(""), 200, -32602, 400),
            (Fault::unknown_tool("x"), 200, -32602, 404),
            (Fault::method_not_found(Era::Legacy, "x"), 200, -32601, 404),
            (Fault::method_not_found(Era::Modern, "x"), 404, -32601, 404),
            (Fault::header_mismatch(""), 400, -32020, 400),
            (Fault::unsupported_version("x", &[]), 400, -32022, 400),
            (Fault::missing_capability(&json!({})), 400, -32021, 400),
            (Fault::resource_not_found(Era::Legacy, "x"), 200, -32002, 404),
            (Fault::resource_not_found(Era::Modern, "x"), 200, -32602, 404),
            (Fault::refused(&Refusal::default()), 200, -32602, 400),
            (Fault::internal("x"), 200, -32603, 500),
        ];
        for (fault, status, code, bare) in table {
            let seen = (fault.status().as_u16(), fault.code().0, fault.bare_status().as_u16());
            assert_eq!(seen, (status, code, bare), "{fault:?}");
        }
    }

    #[test]
    fn an_unsupported_version_lists_what_is_supported() {
        let error = Fault::unsupported_version("1900-01-01", &[ProtocolVersion::V_2026_07_28]).error();
        assert_eq!(error.data, Some(json!({"supported": ["2026-07-28"], "requested": "1900-01-01"})));
    }
}
