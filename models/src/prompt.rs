//! A dossier to a prompt. The policy and the contract are the system's words; everything else is one JSON document that
//! the host writes, with foreign text only inside its strings. What changes least stands first, so that an endpoint can
//! reuse what it has read before: policy, session (only ever added to), facts, the action, the question.

use crate::budget;
use crate::visible::visible;
use guardian_engine::assessment::{Answer, Question};
use guardian_engine::redact::Redactor;
use guardian_engine::review::Dossier;
use guardian_engine::{Command, FileKind, Links, Names, RequestedPermissions};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What the reviewer is told about its job.
const POLICY: &str = include_str!("../review.md");
/// What it is told about the environment, unless an organisation says otherwise.
const ENVIRONMENT: &str = include_str!("../environment.md");

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The system's words: policy, environment, form of the answer.
    pub system: String,
    /// The part of the document that only ever grows.
    pub records: String,
    /// The rest of the document.
    pub rest: String,
    /// Sizes by section, in bytes and in order.
    pub sections: Vec<(&'static str, usize)>,
    /// Whether the action and the code it runs are shown whole.
    pub complete: bool,
    /// How many characters were made visible.
    pub altered: usize,
    /// How many secrets were taken out.
    pub redacted: usize,
}

impl Prompt {
    /// The document.
    #[must_use]
    pub fn document(&self) -> String {
        format!("{}{}", self.records, self.rest)
    }

    /// Hash of everything but the seal: equal prompts have equal answers.
    #[must_use]
    pub fn digest(&self, seal: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [&self.system, &self.records, &self.rest.replace(seal, "")] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    /// How many tokens it has, estimated high.
    #[must_use]
    pub fn tokens(&self) -> usize {
        (self.system.len() + self.records.len() + self.rest.len()).div_ceil(budget::TOKEN)
    }
}

/// How prompts are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner<'a> {
    /// What replaces the built-in words on the environment.
    pub environment: Option<&'a str>,
    /// Whether the agent's prose and tools' answers are shown too.
    pub full: bool,
}

/// Writes foreign text as the document shows it.
struct Writer {
    redactor: Redactor,
    altered: usize,
}

impl Writer {
    fn text(&mut self, text: &str) -> String {
        let (text, altered) = visible(&self.redactor.redact(text), true);
        self.altered += altered;
        text
    }
}

/// The prompt for a dossier. `seal` marks the end of what the host wrote; no evidence can contain it.
#[must_use]
pub fn build(dossier: &Dossier<'_>, manner: Manner<'_>, seal: &str) -> Prompt {
    let mut writer = Writer { redactor: Redactor::new(), altered: 0 };
    let system = system(manner.environment);
    let records = records(dossier, manner.full, &mut writer);
    let (action, whole) = action(dossier, &mut writer);
    let (code, read_whole) = code(dossier, &mut writer);
    let claim = dossier.request.proposal.justification.as_deref();
    let claim = claim.map(|words| budget::clip(&writer.text(words), 512 * budget::TOKEN).0);
    let facts = facts(dossier, &mut writer);
    let question = "Judge `action`, by the policy, on the evidence above. Answer with the JSON object alone.";
    let parts = [
        ("facts", json!(facts)),
        ("code", json!(code)),
        ("action", action),
        ("claim", json!(claim)),
        ("question", json!(question)),
        ("seal", json!(seal)),
    ];
    let mut rest = "\n]".to_owned();
    let mut sections = vec![("policy", system.len()), ("records", records.len())];
    for (name, value) in parts {
        let value = encoded(&value);
        let value = if name == "seal" { value } else { value.replace(seal, "⟦seal⟧") };
        let before = rest.len();
        rest.push_str(&format!(",\n\"{name}\":{value}"));
        sections.push((name, rest.len() - before));
    }
    rest.push_str("\n}");
    Prompt {
        system,
        records: records.replace(seal, "⟦seal⟧"),
        rest,
        sections,
        complete: whole && read_whole,
        altered: writer.altered,
        redacted: writer.redactor.seen(),
    }
}

fn system(environment: Option<&str>) -> String {
    let environment = environment.filter(|text| !text.trim().is_empty()).unwrap_or(ENVIRONMENT);
    let schema = crate::opinion::schema();
    format!(
        "{POLICY}\n{}\n\n# The form of your answer\n\nOne JSON object by this schema, and nothing around it:\n{schema}\n",
        environment.trim_end()
    )
}

/// JSON in which no text can close a tag, on one line.
fn encoded(value: &Value) -> String {
    value.to_string().replace("</", "<\\/")
}

fn records(dossier: &Dossier<'_>, full: bool, writer: &mut Writer) -> String {
    // Every record is read for secrets, shown or not: a number once given to a secret stays.
    let texts: Vec<String> = dossier.session.records.iter().map(|record| writer.text(&record.text)).collect();
    let mut out = "{\"records\":[".to_owned();
    let mut first = true;
    for (at, most) in budget::kept(&dossier.session.records, full) {
        let (Some(record), Some(text)) = (dossier.session.records.get(at), texts.get(at)) else {
            continue;
        };
        let (text, _) = budget::clip(text, most);
        let line = json!({ "n": at, "author": record.author.as_str(), "text": text });
        out.push_str(if first { "\n" } else { ",\n" });
        first = false;
        out.push_str(&encoded(&line));
    }
    out
}

fn action(dossier: &Dossier<'_>, writer: &mut Writer) -> (Value, bool) {
    let proposal = &dossier.request.proposal;
    let (command, whole) = match &proposal.command {
        Command::Script(script) => {
            let (text, cut) = budget::clip(&writer.text(script), 4 * budget::ACTION);
            (json!({ "shell_script": text }), !cut && script.len() <= budget::ACTION)
        }
        Command::Argv(argv) => {
            let length: usize = argv.iter().map(|word| word.len() + 1).sum();
            let (mut words, mut whole) = (Vec::new(), argv.len() <= 1024 && length <= budget::ACTION);
            for word in argv.iter().take(1024) {
                let (text, cut) = budget::clip(&writer.text(word), budget::ACTION);
                words.push(text);
                whole &= !cut;
            }
            (json!({ "argv": words }), whole)
        }
    };
    let permissions = match &proposal.permissions {
        RequestedPermissions::Default => json!("default"),
        RequestedPermissions::Escalated => json!("without_sandbox"),
        RequestedPermissions::Additional(more) | RequestedPermissions::Preapproved(more) => {
            let paths = |paths: &[String]| paths.iter().map(|path| visible(path, false).0).collect::<Vec<_>>();
            let granted = matches!(proposal.permissions, RequestedPermissions::Preapproved(_));
            json!({ "granted_before_by_a_person": granted, "network": more.network, "read": paths(&more.read), "write": paths(&more.write) })
        }
    };
    let needs: Vec<String> = dossier.needs.iter().map(|need| writer.text(need)).collect();
    let action = json!({
        "command": command,
        "directory": writer.text(&proposal.cwd),
        "permissions": permissions,
        "needs_beyond_sandbox": needs,
        "shown_whole": whole,
    });
    (action, whole)
}

/// What the engine knows and was told, up to its budget.
fn facts(dossier: &Dossier<'_>, writer: &mut Writer) -> Value {
    let mut room = budget::FACTS;
    let mut left_out = 0;
    let mut list = |items: Vec<String>| {
        let mut out: Vec<String> = Vec::new();
        for item in items {
            if out.contains(&item) {
                continue;
            }
            match room.checked_sub(item.len() + 4) {
                Some(rest) => {
                    room = rest;
                    out.push(item);
                }
                None => left_out += 1,
            }
        }
        out
    };
    let effects: Vec<String> = dossier
        .trace
        .effects()
        .map(|(_, effect)| writer.text(&format!("{} {}", effect.kind.word(), effect.target_text())))
        .collect();
    let findings: Vec<String> = dossier
        .trace
        .findings()
        .filter(|finding| finding.decision != Some(guardian_engine::Decision::Allow))
        .map(|finding| writer.text(&format!("{}: {}", finding.risk.as_str(), finding.justification)))
        .collect();
    let world: Vec<String> = dossier.facts.iter().filter_map(|(q, a)| fact(q, a, writer)).collect();
    let (effects, findings, world) = (list(effects), list(findings), list(world));
    json!({
        "rated": dossier.risk.as_str(),
        "placement": dossier.placement.as_str(),
        "workspace": dossier.request.workspace.roots.iter().map(|root| visible(root, false).0).collect::<Vec<_>>(),
        "effects": effects,
        "findings": findings,
        "machine": world,
        "left_out": left_out,
        "characters_made_visible": writer.altered,
    })
}

/// One answer of the world, in words. A file's content has a section of its own.
fn fact(question: &Question, answer: &Answer, writer: &mut Writer) -> Option<String> {
    let text = match (question, answer) {
        (Question::Program(name), Answer::Text(path)) => {
            format!("program {name}: {}", path.as_deref().unwrap_or("not found"))
        }
        (Question::Variable(name), Answer::Text(value)) => {
            format!("variable {name}={}", value.as_deref().unwrap_or("(not set)"))
        }
        (Question::Resolved(path), Answer::Text(Some(real))) if path != real => {
            format!("{path} leads to {real}")
        }
        (Question::Kind(path), Answer::Kind(Some(kind))) => format!("{path} is {kind:?}").to_lowercase(),
        (Question::Tracking(path), Answer::Tracking(tracking)) => {
            format!("git: {path} is {tracking:?}")
        }
        (Question::Links(pattern), Answer::Links(Some(Links::To(paths)))) if !paths.is_empty() => {
            format!("links at {pattern} lead to {}", paths.join(", "))
        }
        (Question::Parted(folder), Answer::Names(Some(Names::These(names)))) if !names.is_empty() => {
            format!("names below {folder} fall into pieces at blanks: {}", names.join(", "))
        }
        (Question::Guarded(process), Answer::Text(Some(whose))) => format!("process {process} is {whose}"),
        (Question::Shadowing(folder), Answer::Kind(kind)) if *kind != Some(FileKind::Missing) => {
            format!("{folder} may hold modules that Python takes for its own")
        }
        (Question::DashedRef(folder), Answer::Kind(kind)) if *kind != Some(FileKind::Missing) => {
            format!("the repository around {folder} may have refs whose names begin with a dash")
        }
        _ => return None,
    };
    Some(budget::clip(&writer.text(&text), 400).0)
}

/// Files that the engine read for its judgement, and whether all of them fit.
fn code(dossier: &Dossier<'_>, writer: &mut Writer) -> (Vec<Value>, bool) {
    let mut room = budget::BODIES;
    let mut whole = true;
    let mut files = Vec::new();
    for (question, answer) in dossier.facts {
        let (Question::Content(path, _), Answer::Bytes(Some(bytes))) = (question, answer) else {
            continue;
        };
        let text = writer.text(&String::from_utf8_lossy(bytes));
        let (text, cut) = budget::clip(&text, budget::BODY.min(room));
        room = room.saturating_sub(text.len());
        whole &= !cut;
        files.push(json!({ "path": writer.text(path), "text": text, "whole": !cut }));
    }
    (files, whole)
}
