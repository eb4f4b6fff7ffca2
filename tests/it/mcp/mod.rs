//! The endpoint as clients meet it: forms, eras, statuses, and what each token sees.

mod actions;
mod builtin;
mod bulk;
mod confirm;
mod deletions;
mod hidden;
mod inputs;
mod limits;
mod nested;
mod oracle;
mod packed;
mod permissions;
mod prompts;
mod refusals;
mod rehearsal;
mod related;
mod resources;
mod statuses;
mod streams;
mod tool_mode;
mod versions;

use serde_json::Value;

use crate::apps::conforms;
use crate::harness::Agent;

/// Insists that what a tool answered conforms to the schema that it announces.
async fn assert_conforms(agent: &Agent, tool: &str, content: &Value) {
    let listed = agent.list().await.body;
    let found = listed["tools"].as_array().unwrap().iter().find(|one| one["name"] == tool);
    let schema = &found.unwrap_or_else(|| panic!("{tool} is not listed"))["outputSchema"];
    assert_eq!(conforms::problem(schema, content), None, "{tool}");
}
