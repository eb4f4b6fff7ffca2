//! How the server introduces itself: `initialize` in the legacy era, `server/discover` in the modern one.

use actix_web::web::Bytes;
use rmcp::model::{
    CacheScope, DiscoverResult, Implementation, InitializeResult, JsonObject, PromptsCapability,
    ProtocolVersion, ResourcesCapability, ServerCapabilities, ToolsCapability,
};
use serde::Serialize;

use super::envelope::{Params, text};
use super::era::{Era, SUPPORTED};
use super::fault::Fault;

/// How long a client may keep a list, in milliseconds. Short: a permission may be taken away.
pub const TTL_MS: u64 = 5_000;

/// Members that begin every result of the modern era.
pub const MODERN_LEAD: &str = concat!(
    r#""resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"mcp-admin","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}},"#
);

/// Members that begin a list of the modern era: what the caller sees is for the caller alone.
pub const MODERN_LIST_LEAD: &str = concat!(
    r#""resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"mcp-admin","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}},"ttlMs":5000,"cacheScope":"private","#
);

/// Members that begin a question of the modern era.
pub const MODERN_ASK_LEAD: &str = concat!(
    r#""resultType":"input_required","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"mcp-admin","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}},"#
);

/// What an agent should know first; some clients cut it at 2,048 characters.
const INSTRUCTIONS: &str = "\
Work with the records of databases; what you see and may do depends on your token. \
Begin with find_models to see which models there are, then describe_<model> for the fields, relations and \
search of one. Read with list_<model> (filters, search, order_by, limit, offset) and get_<model>; write with \
create_<model>, update_<model> and delete_<model> where your token allows it.
Filters are an object of field or field__lookup, all of which must hold: \
{\"status\": \"published\", \"title__icontains\": \"tea\", \"created_at__gte\": \"2026-01-01\", \"id__in\": [1, 2]}. \
Order with a field name, or -field for the largest first. total_count is the number of all matching records, \
count that of this answer; give next_cursor back as cursor for the next page.
An answer with isError says what is wrong and names every wrong field, so that you can correct the call. \
\"Permission denied: app.permission\" means that the token lacks that permission: ask an administrator, do \
not try again. Very large integers and decimals are strings, so that no digit is lost.";

/// Who answers, as a member of `_meta`.
pub const SERVER_META: &str = concat!(
    r#""io.modelcontextprotocol/serverInfo":{"name":"mcp-admin","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}"#
);

/// The answers, made once.
pub struct Greeting {
    /// Of the older era.
    capabilities: ServerCapabilities,
    server: Implementation,
    discover: Bytes,
}

impl Greeting {
    /// Makes them.
    pub fn new() -> Self {
        let capabilities = capabilities(Era::Legacy);
        let server = Implementation::new("mcp-admin", env!("CARGO_PKG_VERSION")).with_title("mcp-admin");
        let mut discover = DiscoverResult::new(SUPPORTED.to_vec(), self::capabilities(Era::Modern));
        discover.instructions = Some(INSTRUCTIONS.into());
        discover.ttl_ms = TTL_MS;
        discover.cache_scope = CacheScope::Private;
        discover.set_server_info(server.clone());
        Self { capabilities, server, discover: members(&discover).into() }
    }

    /// The members of the answer to `server/discover`, complete as they are.
    pub fn discover(&self) -> Bytes {
        self.discover.clone()
    }

    /// The members of the answer to `initialize`: the requested version if it is one with a handshake,
    /// else the newest of those.
    ///
    /// # Errors
    /// `-32602` if no version is asked for.
    pub fn initialize(&self, params: &Params<'_>) -> Result<Bytes, Fault> {
        let requested = params.protocol_version.and_then(text);
        let Some(requested) = requested else {
            return Err(Fault::invalid_params("initialize needs a protocolVersion"));
        };
        let version = SUPPORTED
            .into_iter()
            .find(|known| known.has_initialize() && known.as_str() == requested)
            .unwrap_or(ProtocolVersion::LATEST_WITH_INITIALIZE);
        let result = InitializeResult::new(self.capabilities.clone())
            .with_server_info(self.server.clone())
            .with_instructions(INSTRUCTIONS)
            .with_protocol_version(version);
        Ok(members(&result).into())
    }
}

/// What is served in each era: changes are only told where there is a stream to tell them on.
fn capabilities(era: Era) -> ServerCapabilities {
    let tells = (era == Era::Modern).then_some(true);
    let (mut tools, mut prompts) = (ToolsCapability::default(), PromptsCapability::default());
    let mut resources = ResourcesCapability::default();
    (tools.list_changed, prompts.list_changed) = (tells, tells);
    (resources.list_changed, resources.subscribe) = (tells, tells);
    let mut capabilities = ServerCapabilities::default();
    (capabilities.tools, capabilities.prompts, capabilities.resources) =
        (Some(tools), Some(prompts), Some(resources));
    (capabilities.completions, capabilities.logging) = (Some(JsonObject::new()), Some(JsonObject::new()));
    capabilities
}

/// The members of an object as JSON, without the braces around them.
fn members(value: &impl Serialize) -> String {
    let object = crate::mcp::json(value);
    object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn initialize(params: &Value) -> Result<Value, i32> {
        let text = params.to_string();
        let params = serde_json::from_str(&text).unwrap();
        Greeting::new()
            .initialize(&params)
            .map(|members| {
                serde_json::from_str(&format!("{{{}}}", str::from_utf8(&members).unwrap())).unwrap()
            })
            .map_err(|fault| fault.code().0)
    }

    #[test]
    fn initialize_answers_the_version_that_was_asked_for_or_the_newest_with_a_handshake() {
        for (asked, answered) in [
            ("2024-11-05", "2024-11-05"),
            ("2025-03-26", "2025-03-26"),
            ("2025-06-18", "2025-06-18"),
            ("2025-11-25", "2025-11-25"),
            ("2026-07-28", "2025-11-25"),
            ("1900-01-01", "2025-11-25"),
        ] {
            assert_eq!(initialize(&json!({"protocolVersion": asked})).unwrap()["protocolVersion"], answered);
        }
        assert_eq!(initialize(&json!({})), Err(-32602));
        assert_eq!(initialize(&json!({"protocolVersion": 1})), Err(-32602));
    }

    #[test]
    fn instructions_are_short_enough_to_be_read_whole() {
        assert!(INSTRUCTIONS.len() < 2048, "{}", INSTRUCTIONS.len());
        let answer = initialize(&json!({"protocolVersion": "2025-11-25"})).unwrap();
        assert_eq!(answer["instructions"], INSTRUCTIONS);
        let all = json!({"logging": {}, "completions": {}, "prompts": {}, "resources": {}, "tools": {}});
        assert_eq!(answer["capabilities"], all);
        assert_eq!(answer["serverInfo"]["name"], "mcp-admin");
    }

    #[test]
    fn leads_are_members_of_an_object() {
        let object = format!("{{{MODERN_LIST_LEAD}\"x\":1}}");
        let object: Value = serde_json::from_str(&object).unwrap();
        assert_eq!(object["resultType"], "complete");
        assert_eq!(object["ttlMs"], TTL_MS);
        assert_eq!(object["cacheScope"], "private");
    }
}
