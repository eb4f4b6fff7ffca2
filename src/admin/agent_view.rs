//! What the pages say of MCP clients. No door knows another, so the server says who answers.

use crate::auth::{PermissionSet, ToolMode};

/// What MCP clients see.
pub trait AgentView: Send + Sync {
    /// The names of the tools that a token with these permissions sees, in order.
    fn tools(&self, permissions: &PermissionSet, mode: ToolMode) -> Vec<String>;

    /// The permission that a tool of one model needs, e.g. `blog.change_article` for `update_article`; `None`
    /// if there is no such tool.
    fn needed(&self, tool: &str) -> Option<String>;
}

/// Where there is no MCP endpoint.
pub struct NoAgents;

impl AgentView for NoAgents {
    fn tools(&self, _: &PermissionSet, _: ToolMode) -> Vec<String> {
        Vec::new()
    }

    fn needed(&self, _: &str) -> Option<String> {
        None
    }
}
