//! The OpenAPI document.

use mcp_admin::api;
use serde_json::Value;

use crate::harness::binary;

#[test]
fn the_document_is_as_it_was() {
    insta::assert_json_snapshot!("openapi", api::document());
}

#[test]
fn the_command_line_prints_the_document_that_is_served() {
    let output = binary().arg("openapi").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, api::document());
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_is_named_once() {
    let document = api::document();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference} leads nowhere");
    }
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(!ids.contains(&id), "{id}");
            ids.push(id);
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
            let ok = operation["responses"]
                .as_object()
                .unwrap()
                .iter()
                .find(|(status, _)| status.starts_with('2'));
            let (_, ok) = ok.unwrap_or_else(|| panic!("{method} {path} never succeeds"));
            for content in ok["content"].as_object().into_iter().flat_map(|c| c.values()) {
                assert!(!content["example"].is_null(), "{method} {path} has no example");
            }
        }
    }
}
