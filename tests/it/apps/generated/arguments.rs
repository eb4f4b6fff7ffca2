//! Values made from the schemas that tools announce, and from what is known to be there.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Numbers that look random and are the same in each run.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Values by the name of a property that are worth more than made-up ones.
pub type Known = BTreeMap<String, Vec<Value>>;

const TEXTS: [&str; 9] =
    ["", "a", "tea", "it's \"odd\"", "%_\\", "äöü 名前 🎉", "; DROP TABLE x; --", "2026-01-01", "  "];

/// A value that conforms to a schema.
pub fn value(schema: &Value, dice: &mut Dice, known: &Known) -> Value {
    let Value::Object(words) = schema else { return anything(dice) };
    if let Some(one) = words.get("const") {
        return one.clone();
    }
    if let Some(choices) = words.get("enum") {
        return dice.pick(choices.as_array().unwrap()).clone();
    }
    if let (Some(several), None) = (words.get("anyOf"), words.get("type")) {
        return value(dice.pick(several.as_array().unwrap()), dice, known);
    }
    let kind = match words.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(Value::Array(kinds)) => dice.pick(kinds).as_str().unwrap(),
        _ => return anything(dice),
    };
    match kind {
        "null" => Value::Null,
        "boolean" => json!(dice.chance(50)),
        "integer" => integer(words, dice),
        "number" => json!([0.0, 1.5, -2.25, 1e10][dice.below(4)]),
        "string" => text(words, dice),
        "array" => {
            let least = words.get("minItems").and_then(Value::as_u64).unwrap_or(0);
            let count = usize::try_from(least).unwrap() + dice.below(3);
            let items = words.get("items").unwrap_or(&Value::Null);
            (0..count).map(|_| value(items, dice, known)).collect()
        }
        "object" => object(words, dice, known),
        other => panic!("unknown type {other}"),
    }
}

fn integer(words: &Map<String, Value>, dice: &mut Dice) -> Value {
    let least = words.get("minimum").and_then(Value::as_i64).unwrap_or(-1_000_000);
    let most = words.get("maximum").and_then(Value::as_i64).unwrap_or(1_000_000);
    match dice.below(10) {
        0 => json!(least),
        1 => json!(most),
        n => json!((i64::try_from(n).unwrap() - 2).clamp(least, most)),
    }
}

fn text(words: &Map<String, Value>, dice: &mut Dice) -> Value {
    let word = |name: &str| words.get(name).and_then(Value::as_str).unwrap_or_default();
    let text = match (word("format"), word("pattern"), word("contentEncoding")) {
        ("date", _, _) => ["2026-11-23", "1999-12-31", "0001-01-01"][dice.below(3)],
        ("date-time", _, _) => ["2026-11-23T12:30:00Z", "1970-01-01T00:00:00.25+05:30"][dice.below(2)],
        ("uuid", _, _) => "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        (_, "^-?[0-9]+$", _) => ["0", "1", "-7", "9007199254740993"][dice.below(4)],
        (_, pattern, _) if pattern.starts_with("^-?[0-9]") => ["0.5", "1", "-2.25", "10.10"][dice.below(4)],
        (_, _, "base64") => ["", "AP8=", "aGk="][dice.below(3)],
        _ => dice.pick(&TEXTS),
    };
    let most = words.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
    json!(text.chars().take(usize::try_from(most).unwrap()).collect::<String>())
}

fn object(words: &Map<String, Value>, dice: &mut Dice, known: &Known) -> Value {
    let empty = Map::new();
    let properties = words.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let names = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let mut wanted = words.get("required").map(names).unwrap_or_default();
    // Of a foreign key with two names one is required.
    for part in words.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        if let Some(either) = part.get("anyOf").and_then(Value::as_array) {
            wanted.extend(names(&dice.pick(either)["required"]));
        }
    }
    let least = words.get("minProperties").and_then(Value::as_u64).unwrap_or(0);
    let mut made = Map::new();
    for (name, schema) in properties {
        let needed = wanted.contains(name);
        let other_name = wanted.iter().any(|w| w.trim_end_matches("_id") == name.trim_end_matches("_id"));
        if needed || (!other_name && dice.chance(30)) {
            made.insert(name.clone(), property(name, schema, dice, known));
        }
    }
    if made.is_empty() && least > 0 {
        let (name, schema) = properties.iter().nth(dice.below(properties.len())).unwrap();
        made.insert(name.clone(), property(name, schema, dice, known));
    }
    for (pattern, schema) in words.get("patternProperties").and_then(Value::as_object).into_iter().flatten() {
        if dice.chance(25) {
            made.insert(key(pattern, dice), value(schema, dice, known));
        }
    }
    Value::Object(made)
}

fn property(name: &str, schema: &Value, dice: &mut Dice, known: &Known) -> Value {
    match known.get(name).filter(|values| !values.is_empty()) {
        Some(values) if dice.chance(80) => dice.pick(values).clone(),
        _ => value(schema, dice, known),
    }
}

/// A key that matches `^(one|two)__(three|four)$`.
fn key(pattern: &str, dice: &mut Dice) -> String {
    let inner = pattern.trim_start_matches("^(").trim_end_matches(")$");
    let (fields, lookups) = inner.split_once(")__(").unwrap();
    let (mut names, mut escaped) = (vec![String::new()], false);
    for c in fields.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            '|' if !escaped => names.push(String::new()),
            c => {
                names.last_mut().unwrap().push(c);
                escaped = false;
            }
        }
    }
    let lookups: Vec<&str> = lookups.split('|').collect();
    format!("{}__{}", dice.pick(&names), dice.pick(&lookups))
}

fn anything(dice: &mut Dice) -> Value {
    match dice.below(7) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(7),
        3 => json!("tea"),
        4 => json!([1, 2]),
        5 => json!({"a": [null]}),
        _ => json!("2026-01-01"),
    }
}
