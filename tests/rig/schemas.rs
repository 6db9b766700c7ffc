//! Messages held against the schemas that the product publishes.
//!
//! Owns which schema goes with which topic. Refuses to know what the fields mean.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::watch::Seen;

/// The schema as it would be if no field could be added: for what the board itself says, a
/// field that the schema does not know is one that somebody forgot to describe.
#[must_use]
pub fn closed(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(members) => {
            members.values_mut().for_each(|member| *member = closed(member.take()));
            if members.get("type") == Some(&json!("object")) && members.contains_key("properties") {
                members.insert("additionalProperties".into(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = closed(item.take())),
        _ => {}
    }
    schema
}

/// A validator of a schema.
///
/// # Panics
/// It is no schema of draft 2020-12.
#[must_use]
pub fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).expect("a schema of draft 2020-12")
}

/// Holds every message of a board against `all`, the object of schemas that `bellboard schema`
/// prints, and returns which schemas were met.
///
/// # Panics
/// A message breaks its schema, or lies on a topic that has none.
#[must_use]
pub fn assert_described(all: &Value, messages: &[Seen]) -> BTreeSet<&'static str> {
    let mut met = BTreeSet::new();
    for seen in messages {
        let Some(name) = schema_of(&seen.topic) else { panic!("no schema for {}", seen.topic) };
        let message = if name == "availability" { json!(seen.payload) } else { seen.json() };
        let faults: Vec<String> = validator(&closed(all[name].clone()))
            .iter_errors(&message)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{}: {}\n{faults:#?}", seen.topic, seen.payload);
        met.insert(name);
    }
    met
}

/// The schema of what a board publishes on a topic.
fn schema_of(topic: &str) -> Option<&'static str> {
    if topic.ends_with("/response_time") {
        return Some("response-time");
    }
    if topic.ends_with("/result") {
        return Some("cmd-result");
    }
    if topic.starts_with("bellboard/group/") && topic.ends_with("/ack") {
        return Some("group-ack");
    }
    let leaf = topic.rsplit('/').next()?;
    ["availability", "state", "alarms", "event", "rejected", "resync"].into_iter().find(|name| *name == leaf)
}
