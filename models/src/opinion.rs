//! An answer's text to an opinion. The whole reply is one JSON object with every field and no other, or it is nothing:
//! no scraping, no defaults, no repair.

use guardian_engine::RiskLevel;
use guardian_engine::review::{Authorization, Category, Confidence, Opinion};
use serde::Deserialize;
use serde_json::{Value, json};

/// More of a rationale than this is not kept.
const RATIONALE: usize = 400;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Risk {
    Low,
    Medium,
    High,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wanted {
    None,
    Weak,
    Substantial,
    Exact,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sure {
    Low,
    Medium,
    High,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    risk: Risk,
    authorization: Wanted,
    cited: Vec<u32>,
    scope_exceeds: bool,
    injection_suspected: bool,
    categories: Vec<String>,
    confidence: Sure,
    rationale: String,
}

/// How much ceremony around the object is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// None.
    Bare,
    /// One code fence that is exactly the whole reply: what models do that were only asked in words.
    Fence,
}

/// The opinion in a reply.
///
/// # Errors
/// What is wrong with the reply, without quoting it.
pub fn parse(reply: &str, wrapping: Wrapping) -> Result<Opinion, String> {
    let text = match wrapping {
        Wrapping::Bare => reply,
        Wrapping::Fence => unfenced(reply),
    };
    // A list of the same values in a row would pass for it.
    if !text.trim_start().starts_with('{') {
        return Err("it is not one JSON object".to_owned());
    }
    let answer: Answer = serde_json::from_str(text).map_err(|error| {
        let kind = match error.classify() {
            serde_json::error::Category::Data => "fields are missing, unknown, double or of a wrong kind",
            _ => "it is not one JSON object",
        };
        format!("{kind} (line {}, column {})", error.line(), error.column())
    })?;
    opinion(answer)
}

fn unfenced(reply: &str) -> &str {
    let inner = reply.trim().strip_prefix("```json\n").and_then(|rest| rest.strip_suffix("```"));
    inner.filter(|text| !text.contains("```")).unwrap_or(reply)
}

fn opinion(answer: Answer) -> Result<Opinion, String> {
    let mut categories = Vec::new();
    for name in &answer.categories {
        let known = Category::ALL.iter().find(|(known, _)| known == name);
        let (_, category) = known.ok_or("it names a category that does not exist")?;
        if !categories.contains(category) {
            categories.push(*category);
        }
    }
    let risk = match answer.risk {
        Risk::Low => RiskLevel::Low,
        Risk::Medium => RiskLevel::Med,
        Risk::High => RiskLevel::High,
    };
    if risk == RiskLevel::Low && categories.iter().any(|category| category.hard()) {
        return Err("it contradicts itself: low risk, and a serious category".to_owned());
    }
    Ok(Opinion {
        risk,
        authorization: match answer.authorization {
            Wanted::None => Authorization::None,
            Wanted::Weak => Authorization::Weak,
            Wanted::Substantial => Authorization::Substantial,
            Wanted::Exact => Authorization::Exact,
        },
        cited: answer.cited.iter().map(|at| *at as usize).collect(),
        scope_exceeds: answer.scope_exceeds,
        injection_suspected: answer.injection_suspected,
        categories,
        confidence: match answer.confidence {
            Sure::Low => Confidence::Low,
            Sure::Medium => Confidence::Medium,
            Sure::High => Confidence::High,
        },
        rationale: plain(&answer.rationale),
    })
}

/// One line without anything that steers a terminal.
fn plain(text: &str) -> String {
    let visible = crate::visible::visible(text, false).0;
    let line: Vec<&str> = visible.split_whitespace().collect();
    line.join(" ").chars().take(RATIONALE).collect()
}

/// What a reply has to look like, for providers that can hold a model to it.
#[must_use]
pub fn schema() -> Value {
    let names: Vec<&str> = Category::ALL.iter().map(|(name, _)| *name).collect();
    let properties = json!({
        "risk": { "type": "string", "enum": ["low", "medium", "high"] },
        "authorization": { "type": "string", "enum": ["none", "weak", "substantial", "exact"] },
        "cited": { "type": "array", "items": { "type": "integer" } },
        "scope_exceeds": { "type": "boolean" },
        "injection_suspected": { "type": "boolean" },
        "categories": { "type": "array", "items": { "type": "string", "enum": names } },
        "confidence": { "type": "string", "enum": ["low", "medium", "high"] },
        "rationale": { "type": "string" },
    });
    let required: Vec<&String> = properties.as_object().map(|fields| fields.keys().collect()).unwrap_or_default();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
