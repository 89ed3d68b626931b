//! The JSON Schema of configuration files, from the table of keys.

use super::key::{self, Field, Kind, Node, SWITCHES};
use serde_json::{Map, Value, json};

/// Of `config.toml`.
pub fn user() -> Value {
    document("guardian's config.toml", &[key::PROFILE, key::USER])
}

/// Of `requirements.toml`.
pub fn requirements() -> Value {
    document("guardian's requirements.toml", &[key::REQUIREMENTS])
}

fn document(title: &str, fields: &[&[Field]]) -> Value {
    let mut schema = table(fields);
    if let Value::Object(object) = &mut schema {
        object.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        object.insert("title".to_owned(), title.into());
    }
    schema
}

fn table(fields: &[&[Field]]) -> Value {
    let mut properties = Map::new();
    for field in fields.iter().copied().flatten() {
        let mut schema = match &field.node {
            Node::Leaf(_, kind) => leaf(*kind),
            Node::Table(fields) => table(&[fields]),
            Node::Named(_, fields) => {
                json!({ "type": "object", "additionalProperties": table(&[fields]) })
            }
        };
        if let Value::Object(object) = &mut schema {
            object.insert("description".to_owned(), field.doc.into());
        }
        properties.insert(field.name.to_owned(), schema);
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn leaf(kind: Kind) -> Value {
    match kind {
        Kind::Bool | Kind::Switch(..) => json!({ "type": "boolean" }),
        Kind::Number => json!({ "type": "integer", "minimum": 0 }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Words(words) => json!({ "type": "array", "items": { "enum": words } }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Paths => {
            json!({ "type": "array", "items": { "type": "string", "pattern": "^(/|~(/|$))" } })
        }
        Kind::Text => json!({ "type": "string" }),
        Kind::Approval => {
            let switches: Map<String, Value> =
                SWITCHES.iter().map(|(name, _)| ((*name).to_owned(), json!({ "type": "boolean" }))).collect();
            let required: Vec<&str> =
                SWITCHES.iter().filter(|(_, required)| *required).map(|(name, _)| *name).collect();
            let granular = json!({ "type": "object", "properties": switches, "required": required, "additionalProperties": false });
            json!({ "oneOf": [
                { "enum": key::APPROVALS },
                { "type": "object", "properties": { "granular": granular }, "required": ["granular"], "additionalProperties": false },
            ] })
        }
        Kind::Rules => {
            json!({ "type": "array", "items": { "type": "object", "required": ["pattern", "decision"] } })
        }
    }
}
