//! The JSON Schema of configuration files, from the table of keys.

use super::access::SPOTS;
use super::key::{self, Field, Kind, Node, SWITCHES, Scoped};
use super::read::permission::{ACCESS, REACH};
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
            Node::Named(what, fields, beside) => named(*what, fields, beside),
        };
        if let Value::Object(object) = &mut schema {
            object.insert("description".to_owned(), field.doc.into());
        }
        properties.insert(field.name.to_owned(), schema);
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// A table whose keys are chosen, and what stands beside them.
fn named(what: Scoped, fields: &[Field], beside: &[Field]) -> Value {
    let mut schema = json!({ "type": "object", "additionalProperties": table(&[fields]) });
    if let Value::Object(object) = &mut schema {
        if !beside.is_empty()
            && let Value::Object(mut fixed) = table(&[beside])
        {
            object.extend(fixed.remove("properties").map(|properties| ("properties".to_owned(), properties)));
        }
        if what == Scoped::Permission {
            object.insert("propertyNames".to_owned(), json!({ "pattern": "^[^:]" }));
        }
    }
    schema
}

/// `filesystem` of a permission profile.
fn files() -> Value {
    let access = json!({ "enum": ACCESS });
    let scoped = json!({ "type": "object", "additionalProperties": access });
    let depth = json!({ "type": "integer", "minimum": 1 });
    let place = json!({ "oneOf": [{ "enum": SPOTS }, { "type": "string", "pattern": PATH }] });
    let entry = json!({ "type": "object", "properties": { "path": place, "access": access },
        "required": ["path", "access"], "additionalProperties": false });
    json!({ "oneOf": [
        { "type": "object", "properties": { "glob_scan_max_depth": depth },
          "propertyNames": { "pattern": "^(glob_scan_max_depth$|:root$|:minimal$|:workspace_roots$|:tmpdir$|:slash_tmp$|/|~)" },
          "additionalProperties": { "oneOf": [access, scoped] } },
        { "type": "array", "items": entry },
    ] })
}

/// `network` of a permission profile.
fn net() -> Value {
    let reach = json!({ "type": "object", "additionalProperties": { "enum": REACH } });
    let entry = json!({ "type": "object", "properties": { "domain": { "type": "string" }, "allow": { "type": "boolean" } },
        "required": ["domain", "allow"], "additionalProperties": false });
    json!({ "oneOf": [
        { "type": "object", "properties": { "enabled": { "type": "boolean" }, "domains": reach, "unix_sockets": reach },
          "additionalProperties": false },
        { "type": "array", "items": entry },
    ] })
}

/// A prefix rule as a table.
fn rule() -> Value {
    let words = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
    let word = json!({ "type": "string" });
    let token = json!({ "oneOf": [
        word, words,
        { "type": "object", "properties": { "token": word }, "required": ["token"], "additionalProperties": false },
        { "type": "object", "properties": { "any_of": words }, "required": ["any_of"], "additionalProperties": false },
    ] });
    let decision = json!({ "enum": ["prompt", "forbidden"] });
    let examples = json!({ "type": "array", "items": { "oneOf": [word, words] } });
    json!({ "type": "object",
        "properties": {
            "pattern": { "type": "array", "items": token, "minItems": 1 },
            "decision": decision, "action": decision,
            "justification": { "type": "string", "pattern": "\\S" },
            "expires": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" },
            "cwd": { "type": "string", "pattern": "^/" },
            "match": examples, "not_match": examples,
        },
        "required": ["pattern"],
        "oneOf": [{ "required": ["decision"] }, { "required": ["action"] }],
        "additionalProperties": false })
}

/// An absolute path; `~` is the home directory.
const PATH: &str = "^(/|~(/|$))";

fn leaf(kind: Kind) -> Value {
    match kind {
        Kind::Bool | Kind::Switch(..) => json!({ "type": "boolean" }),
        Kind::Number => json!({ "type": "integer", "minimum": 0 }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Words(words) => json!({ "type": "array", "items": { "enum": words } }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Paths | Kind::Denied => json!({ "type": "array", "items": { "type": "string", "pattern": PATH } }),
        Kind::Chosen => json!({ "type": "object", "additionalProperties": { "type": "boolean" } }),
        Kind::ChosenPaths => json!({ "type": "object", "propertyNames": { "pattern": PATH },
            "additionalProperties": { "type": "boolean" } }),
        Kind::Files => files(),
        Kind::Net => net(),
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
        Kind::Rules => json!({ "type": "array", "items": rule() }),
    }
}
