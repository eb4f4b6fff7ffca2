//! Whatever is sent, the answer is well-formed.

use proptest::prelude::*;

use super::*;

/// JSON of any shape, with the words that mean something here.
fn anything() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("tools/list".to_owned()),
        Just("tools/call".to_owned()),
        Just("list_article".to_owned()),
        Just("2.0".to_owned()),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("jsonrpc"),
        Just("id"),
        Just("method"),
        Just("params"),
        Just("name"),
        Just("arguments"),
        Just("_meta"),
        Just("filters"),
        Just("limit"),
        Just("cursor"),
        Just("uri"),
        Just("ref"),
        Just("argument"),
        Just("level"),
        Just("requestState"),
        Just("inputResponses"),
        Just("progressToken"),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

fn is_well_formed(answer: &Answer) -> bool {
    if answer.status == 202 {
        return answer.body.is_empty();
    }
    match serde_json::from_str::<Value>(&answer.body) {
        Ok(Value::Object(object)) => {
            let is_framed =
                object.contains_key("result") || object.get("error").is_some_and(Value::is_object);
            is_framed == object.contains_key("jsonrpc") && answer.status.as_u16() < 500
        }
        _ => false,
    }
}

fn check(bodies: impl Strategy<Value = Vec<u8>>, cases: u32) {
    let runtime = actix_web::rt::System::new();
    let site = Site::start();
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(body in bodies)| {
        let answer = runtime.block_on(site.post(&[VIEW_ARTICLE], body.clone()));
        prop_assert!(is_well_formed(&answer), "{answer:?} to {}", String::from_utf8_lossy(&body));
    });
}

#[test]
fn r57_any_bytes_get_a_well_formed_answer() {
    check(proptest::collection::vec(any::<u8>(), 0..200), 300);
}

#[test]
fn r57_any_json_gets_a_well_formed_answer() {
    check(anything().prop_map(|value| value.to_string().into_bytes()), 300);
}

#[test]
fn r57_any_parameters_of_any_method_get_a_well_formed_answer() {
    let methods = prop_oneof![
        Just("tools/call"),
        Just("resources/read"),
        Just("resources/subscribe"),
        Just("resources/templates/list"),
        Just("prompts/get"),
        Just("completion/complete"),
        Just("logging/setLevel"),
        Just("subscriptions/listen"),
        Just("notifications/cancelled"),
    ];
    let bodies = (methods, anything(), any::<bool>()).prop_map(|(method, params, is_request)| {
        let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        if is_request {
            message["id"] = json!(1);
        }
        message.to_string().into_bytes()
    });
    check(bodies, 600);
}

#[test]
fn r57_any_addresses_get_a_well_formed_answer() {
    let bodies = any::<String>().prop_map(|text| {
        let params = json!({ "uri": format!("record://blog/{text}") });
        json!({ "jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": params })
            .to_string()
            .into_bytes()
    });
    check(bodies, 300);
}

#[test]
fn r57_any_arguments_get_a_well_formed_answer() {
    let bodies = anything().prop_map(|arguments| call("list_article", &arguments).to_string().into_bytes());
    check(bodies, 300);
}
