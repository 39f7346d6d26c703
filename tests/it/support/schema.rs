//! Holds what the program prints as JSON against its own schema.
//!
//! A whole validator was weighed: it brings fifty crates. This one knows what the schema uses, fails at
//! a keyword that it does not know, and takes no field that the schema does not name.

use std::sync::OnceLock;

use serde_json::{Map, Value};

/// Fails where an object is not as the schema says.
#[track_caller]
pub fn assert_valid(object: &Value) {
    let name = kind(object);
    let problems = problems(object, name);
    assert!(problems.is_empty(), "not as {name} in the schema: {problems:#?}\n{object:#}");
}

/// What is not as a definition of the schema says.
pub fn problems(object: &Value, name: &str) -> Vec<String> {
    let definition = definition(name).unwrap_or_else(|| panic!("the schema has no {name}"));
    let mut problems = Vec::new();
    check(definition, object, "", &mut problems);
    problems
}

/// The definition that an object is to be held against.
fn kind(object: &Value) -> &'static str {
    let has = |name: &str| object.get(name).is_some();
    match object {
        Value::Array(_) => "Backups",
        _ if has("not_issued") => "Issue",
        _ if has("changes") => "Change",
        _ if has("problems") => "Check",
        _ if has("questions") => "Plan",
        _ if has("files") => "Status",
        _ => "Error",
    }
}

fn definition(name: &str) -> Option<&'static Value> {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(pki_role::text::schema)["$defs"].get(name)
}

fn check(schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
    let Value::Object(schema) = schema else { panic!("{at}: no schema: {schema}") };
    for (keyword, wanted) in schema {
        let problem = match keyword.as_str() {
            "const" => (value != wanted).then(|| format!("{value} is not {wanted}")),
            "enum" => (!wanted.as_array().unwrap().contains(value)).then(|| format!("{value} is none of {wanted}")),
            "type" => (!is_type(wanted, value)).then(|| format!("{value} is not of type {wanted}")),
            "minimum" => (number(value) < number(wanted)).then(|| format!("{value} < {wanted}")),
            "maximum" => (number(value) > number(wanted)).then(|| format!("{value} > {wanted}")),
            "format" => (wanted == "date-time" && time(value).is_none()).then(|| format!("{value} is no time")),
            "description" | "title" | "default" | "readOnly" | "required" | "additionalProperties" => None,
            _ => {
                nested(schema, keyword, wanted, value, at, problems);
                None
            }
        };
        problems.extend(problem.map(|problem| format!("{at}: {problem}")));
    }
    if let (Some(others @ Value::Object(_)), Some(object), None) =
        (schema.get("additionalProperties"), value.as_object(), schema.get("properties"))
    {
        object.iter().for_each(|(name, value)| check(others, value, &format!("{at}.{name}"), problems));
    }
}

/// Keywords that hold schemas.
fn nested(
    schema: &Map<String, Value>,
    keyword: &str,
    wanted: &Value,
    value: &Value,
    at: &str,
    problems: &mut Vec<String>,
) {
    match keyword {
        "$ref" => {
            let name = wanted.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
            check(definition(name).unwrap(), value, at, problems);
        }
        "anyOf" | "oneOf" => {
            let tried = wanted.as_array().unwrap().iter().map(|alternative| {
                let mut found = Vec::new();
                check(alternative, value, at, &mut found);
                found
            });
            problems.extend(tried.min_by_key(Vec::len).unwrap());
        }
        "items" => {
            let items = value.as_array().into_iter().flatten().enumerate();
            items.for_each(|(nth, item)| check(wanted, item, &format!("{at}[{nth}]"), problems));
        }
        "properties" => properties(schema, wanted, value, at, problems),
        unknown => panic!("{at}: this check does not know {unknown}"),
    }
}

fn properties(schema: &Map<String, Value>, wanted: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return };
    for (name, value) in object {
        match wanted.get(name) {
            Some(property) => check(property, value, &format!("{at}.{name}"), problems),
            None => problems.push(format!("{at}: the schema does not name {name}")),
        }
    }
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        if !object.contains_key(name.as_str().unwrap()) {
            problems.push(format!("{at}: {name} is missing"));
        }
    }
}

fn is_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("no type: {other}"),
    };
    match wanted {
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        name => is(name.as_str().unwrap()),
    }
}

/// What is compared with a bound; what is no number is within it.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn time(value: &Value) -> Option<pki_role::pki::Timestamp> {
    value.as_str()?.parse().ok()
}
