//! Resources of the suite.

use mcp_admin::mcp::extension::Answer;
use serde_json::{Value, json};

use super::fixtures::PNG;

pub const TEMPLATE: &str = "test://template/{id}/data";

pub fn list() -> Vec<Value> {
    let resource = |uri: &str, mime_type: &str| json!({ "uri": uri, "name": uri, "description": format!("The fixture {uri}"), "mimeType": mime_type });
    vec![
        resource("test://static-text", "text/plain"),
        resource("test://static-binary", "image/png"),
        resource("test://watched-resource", "text/plain"),
    ]
}

pub fn read(uri: &str) -> Option<Answer> {
    let contents = match uri {
        "test://static-text" | "test://watched-resource" => {
            json!({ "uri": uri, "mimeType": "text/plain", "text": "This is the content of the resource." })
        }
        "test://static-binary" => json!({ "uri": uri, "mimeType": "image/png", "blob": PNG }),
        _ => {
            let id = uri.strip_prefix("test://template/")?.strip_suffix("/data")?;
            let text = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
            json!({ "uri": uri, "mimeType": "application/json", "text": text.to_string() })
        }
    };
    Some(Answer::Done(json!({ "contents": [contents] })))
}
