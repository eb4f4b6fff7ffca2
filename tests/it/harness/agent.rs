//! A client that presents a token.

use mcp_admin::db::TokenId;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};

/// The revision that needs no `initialize`.
pub const MODERN: &str = "2026-07-28";

/// A client with one credential.
#[derive(Clone)]
pub struct Agent {
    /// What it presents.
    pub token: String,
    cookie: Option<String>,
    id: Option<TokenId>,
    url: String,
    http: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// HTTP headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body, or null if it is no JSON.
    pub body: Value,
}

impl Agent {
    /// A client of the server at `url`.
    pub fn new(url: &str, token: &str, id: Option<TokenId>) -> Self {
        Self {
            token: token.into(),
            cookie: None,
            id,
            url: url.into(),
            http: super::client().build().unwrap(),
        }
    }

    /// A script on a page of the server at `url`, in a browser with this cookie.
    pub fn signed_in(url: &str, cookie: String) -> Self {
        Self { cookie: Some(cookie), ..Self::new(url, "", None) }
    }

    /// The id of its token.
    pub fn id(&self) -> TokenId {
        self.id.expect("this agent's token was issued")
    }

    /// The same credential at another server.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.into(), ..self.clone() }
    }

    /// `POST /mcp/` with a body in the bare form.
    pub async fn post(&self, body: &Value) -> Answer {
        self.post_text(body.to_string()).await
    }

    /// `POST /mcp/` with any body.
    pub async fn post_text(&self, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.request().body(body)).await
    }

    /// A request with the credential, to be completed.
    pub fn request(&self) -> reqwest::RequestBuilder {
        self.http
            .post(format!("{}/mcp/", self.url))
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
    }

    /// A request to any address with the credential, to be completed.
    pub fn http(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.url));
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie).header("sec-fetch-site", "same-origin"),
            None => request.bearer_auth(&self.token),
        }
    }

    /// A call of the REST API.
    pub async fn rest(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = self.http(method, path);
        self.send(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// Sends what [`request`](Self::request) began.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await
    }

    /// `tools/list` in the bare form; the answer.
    pub async fn list(&self) -> Answer {
        self.post(&json!({"method": "tools/list"})).await
    }

    /// The HTTP status of a harmless call.
    pub async fn status(&self) -> u16 {
        self.list().await.status
    }

    /// The names of the tools that it sees.
    pub async fn tools(&self) -> Vec<String> {
        let answer = self.list().await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let tools = answer.body["tools"].as_array().unwrap_or_else(|| panic!("{}", answer.text));
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Calls a tool in the bare form.
    pub async fn call(&self, name: &str, arguments: Value) -> Answer {
        self.post(&json!({"method": "tools/call", "name": name, "arguments": arguments})).await
    }

    /// Calls a tool that has to succeed; its structured content.
    pub async fn ok(&self, name: &str, arguments: Value) -> Value {
        let answer = self.call(name, arguments).await;
        assert!(answer.status == 200 && !answer.is_error(), "{name}: {} {}", answer.status, answer.text);
        answer.body["structuredContent"].clone()
    }

    /// Calls a tool that has to fail; its text.
    pub async fn refused(&self, name: &str, arguments: Value) -> String {
        let answer = self.call(name, arguments).await;
        assert!(answer.status == 200 && answer.is_error(), "{name}: {} {}", answer.status, answer.text);
        answer.tool_text().to_owned()
    }

    /// A JSON-RPC request of the era that begins with `initialize`.
    pub async fn legacy(&self, method: &str, params: Value) -> Answer {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.send(self.request().header("mcp-protocol-version", "2025-11-25").body(body.to_string())).await
    }

    /// A JSON-RPC request of the era without `initialize`.
    pub async fn modern(&self, method: &str, params: Value) -> Answer {
        self.modern_with(method, params, json!({})).await
    }

    /// The same from a client with these capabilities.
    pub async fn modern_with(&self, method: &str, params: Value, capabilities: Value) -> Answer {
        let mut params: Map<String, Value> = params.as_object().cloned().unwrap_or_default();
        let name = params.get("name").or(params.get("uri")).and_then(Value::as_str).map(str::to_owned);
        let mut meta = modern_meta();
        meta["io.modelcontextprotocol/clientCapabilities"] = capabilities;
        params.insert("_meta".into(), meta);
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut request = self.request().header("mcp-protocol-version", MODERN).header("mcp-method", method);
        if let Some(name) = name {
            request = request.header("mcp-name", name);
        }
        self.send(request.body(body.to_string())).await
    }
}

/// What each modern request says of its client.
pub fn modern_meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "it", "version": "1"},
    })
}

impl Answer {
    /// Reads all of a response.
    pub async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Self { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    /// Whether a tool says that it failed.
    pub fn is_error(&self) -> bool {
        self.body["isError"] == true
    }

    /// The text of a tool's answer.
    pub fn tool_text(&self) -> &str {
        self.body["content"][0]["text"].as_str().unwrap_or_default()
    }

    /// A header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
