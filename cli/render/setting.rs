//! Settings as text: as one would write them, and as JSON.

use crate::config::key::approval_name;
use crate::config::settle::{Setting, Settings};
use crate::config::value::Value;
use guardian_engine::ApprovalPolicy;
use serde::Serialize;
use std::collections::BTreeMap;

/// The value in a word, for a table.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Word(word) => (*word).to_owned(),
        Value::Approval(ApprovalPolicy::Granular(_)) => format!("granular {}", toml(value)),
        Value::Approval(policy) => approval_name(policy).to_owned(),
        Value::Text(text) => text.clone(),
        value => toml(value),
    }
}

/// The value as it stands in a file.
pub fn toml(value: &Value) -> String {
    json(value).map_or_else(|| "…".to_owned(), |json| as_toml(&json))
}

/// The text as a string of TOML.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn as_toml(json: &serde_json::Value) -> String {
    match json {
        serde_json::Value::Array(items) => {
            let items: Vec<String> = items.iter().map(as_toml).collect();
            format!("[{}]", items.join(", "))
        }
        serde_json::Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name} = {}", as_toml(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        plain => plain.to_string(),
    }
}

/// The value as JSON; nothing for rules, which have a file of their own to be read in.
fn json(value: &Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => (*number).into(),
        Value::Word(word) => (*word).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Words(words) => words.clone().into(),
        Value::Texts(texts) => texts.clone().into(),
        Value::Approval(ApprovalPolicy::Granular(switches)) => serde_json::json!({ "granular": {
            "sandbox_approval": switches.sandbox_approval,
            "rules": switches.rules,
            "mcp_elicitations": switches.mcp_elicitations,
            "skill_approval": switches.skill_approval,
            "request_permissions": switches.request_permissions,
        }}),
        Value::Approval(policy) => approval_name(policy).into(),
        Value::Rules(_) | Value::Files(_) | Value::Net(_) => return None,
    })
}

/// A settled value with where it came from.
#[derive(Debug, Serialize)]
pub struct SettingJson {
    /// The value.
    pub value: serde_json::Value,
    /// The layer that set it.
    pub layer: &'static str,
    /// Where, or why.
    pub origin: String,
    /// Who set it too, and was overruled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overruled: Vec<OverruledJson>,
}

/// A value that did not hold.
#[derive(Debug, Serialize)]
pub struct OverruledJson {
    /// The value.
    pub value: serde_json::Value,
    /// Where, or why.
    pub origin: String,
}

/// All settings.
pub fn all(settings: &Settings) -> BTreeMap<&'static str, SettingJson> {
    settings.iter().map(|(name, setting)| (*name, one(setting))).collect()
}

fn one(setting: &Setting) -> SettingJson {
    let overruled = setting
        .shadowed
        .iter()
        .rev()
        .map(|(value, origin)| OverruledJson { value: json(value).unwrap_or_default(), origin: origin.to_string() });
    SettingJson {
        value: json(&setting.value).unwrap_or_default(),
        layer: setting.origin.layer.as_str(),
        origin: setting.origin.place.clone(),
        overruled: overruled.collect(),
    }
}
