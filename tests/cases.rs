//! Runs every example in `rules/commands/*.md` and `tests/cases/*.md`: the executable specification.
//!
//! A line of a `cases` block is a command, then ` # `, the risk, the effects, and maybe `=> decision`, after which the
//! placement and, behind a colon, words that a finding must say may follow: `=> forbidden sandboxed: nobody is asked`.
//! What a `toml config` block says of policy, rules and permissions holds up to the next (see `world/config.rs`). With `GUARDIAN_BLESS=1` the
//! expectations are rewritten to what the engine says; the diff is then for people to read.

mod world;

use guardian_engine::{ApprovalPolicy, EffectKind, SandboxMode, Verdict};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use world::config::Configured;
use world::{engine_in as engine, request};

/// What a line expects.
struct Expected {
    risk: String,
    effects: Vec<(String, String)>,
    decision: Option<String>,
}

fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["rules/commands", "tests/cases"] {
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|e| e == "md") {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}

/// `low  write build.log, read => prompt`.
fn expectation(text: &str) -> Expected {
    let (text, decision) = match text.split_once("=>") {
        Some((text, decision)) => (text, Some(decision.trim().to_owned())),
        None => (text, None),
    };
    let text = text.trim();
    let (risk, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let effects = rest
        .split(',')
        .map(str::trim)
        .filter(|e| !e.is_empty())
        .map(|e| {
            e.split_once(' ')
                .map_or((e.to_owned(), String::new()), |(kind, target)| (kind.to_owned(), target.trim().to_owned()))
        })
        .collect();
    Expected { risk: risk.to_owned(), effects, decision }
}

/// The effects of a verdict as a case writes them.
fn written(verdict: &Verdict) -> Vec<(EffectKind, String)> {
    let mut effects: Vec<(EffectKind, String)> =
        verdict.trace.effects().map(|(_, e)| (e.kind, e.target_text().to_owned())).collect();
    effects.dedup();
    effects
}

fn is_read(kind: EffectKind) -> bool {
    matches!(kind, EffectKind::Read | EffectKind::Inspect)
}

/// A target as the engine names it: paths are absolute.
fn absolute(target: &str) -> String {
    let target = if target == "/" { target } else { target.trim_end_matches('/') };
    match target {
        "." => "/repo".into(),
        "~" => "/home/dev".into(),
        _ => match (target.strip_prefix("~/"), target.strip_prefix("./"), target.strip_prefix("../")) {
            (Some(rest), ..) => format!("/home/dev/{rest}"),
            (_, Some(rest), _) => format!("/repo/{rest}"),
            (_, _, Some(rest)) => format!("/{rest}"),
            _ if target.starts_with('/') => target.to_owned(),
            _ => format!("/repo/{target}"),
        },
    }
}

/// What is wrong with the verdict, if anything.
fn mismatch(expected: &Expected, verdict: &Verdict) -> Option<String> {
    let mut wrong = String::new();
    if expected.risk != verdict.risk.as_str() {
        let _ = write!(wrong, "risk {} ", verdict.risk.as_str());
    }
    let actual = written(verdict);
    let listed = |kind: EffectKind| expected.effects.iter().any(|(k, _)| k == kind.word());
    // `# low` alone promises a trusted read; `# high` alone says nothing of effects.
    if expected.risk == "low" || !expected.effects.is_empty() {
        for (kind, target) in &actual {
            if !is_read(*kind) && !listed(*kind) {
                let _ = write!(wrong, "also {} {target} ", kind.word());
            }
        }
    }
    for (kind, target) in &expected.effects {
        let wanted = absolute(target);
        let found = actual.iter().any(|(k, t)| k.word() == kind && (t.contains(target.as_str()) || *t == wanted));
        if !found {
            let _ = write!(wrong, "no {kind} {target} ");
        }
    }
    if let Some(decision) = &expected.decision {
        wrong.push_str(&undecided(decision, verdict));
    }
    if verdict.trace.fold() != (verdict.risk, verdict.decision) {
        wrong.push_str("the trace is no proof ");
    }
    (!wrong.is_empty()).then_some(wrong)
}

/// What is wrong with the decision, its placement or its reason.
fn undecided(expected: &str, verdict: &Verdict) -> String {
    let mut wrong = String::new();
    let (answer, reason) = expected.split_once(':').unwrap_or((expected, ""));
    let mut words = answer.split_whitespace();
    if words.next() != Some(verdict.decision.as_str()) {
        let _ = write!(wrong, "decision {} ", verdict.decision.as_str());
    }
    if words.next().is_some_and(|placement| placement != verdict.placement.as_str()) {
        let _ = write!(wrong, "placement {} ", verdict.placement.as_str());
    }
    let mut reasons = verdict.trace.findings().map(|f| &f.justification);
    if !reasons.any(|words| words.contains(reason.trim())) {
        let _ = write!(wrong, "nothing says `{}` ", reason.trim());
    }
    wrong
}

/// The line as the engine would have it.
fn blessed(command: &str, expected: &Expected, verdict: &Verdict) -> String {
    let mut effects: Vec<String> = Vec::new();
    for (kind, target) in written(verdict) {
        let text = if target.is_empty() || expected.effects.is_empty() {
            kind.word().to_owned()
        } else {
            format!("{} {target}", kind.word())
        };
        if !is_read(kind) && !effects.contains(&text) {
            effects.push(text);
        }
    }
    let decision = expected
        .decision
        .as_ref()
        .map(|own| {
            let (answer, reason) = own.split_once(':').unwrap_or((own, ""));
            let placement = answer.split_whitespace().nth(1).map(|_| verdict.placement.as_str());
            let reason = if reason.is_empty() { String::new() } else { format!(":{reason}") };
            format!(" => {} {}", verdict.decision.as_str(), placement.unwrap_or_default()).trim_end().to_owned()
                + &reason
        })
        .unwrap_or_default();
    format!("{command:<34} # {:<4} {}{decision}", verdict.risk.as_str(), effects.join(", ")).trim_end().to_owned()
}

/// Runs a file; gives the number of cases, what is wrong, and the blessed text.
fn run(path: &Path) -> (usize, Vec<String>, String) {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut configured = Configured::read("");
    let (mut count, mut wrong, mut out) = (0, Vec::new(), String::new());
    let mut block: Option<String> = None;
    let mut config = String::new();
    for (number, line) in text.lines().enumerate() {
        let fence = line.trim_end();
        match &block {
            None if fence.starts_with("```") => block = Some(fence.trim_start_matches('`').trim().to_owned()),
            Some(kind) if fence == "```" => {
                if kind == "toml config" {
                    configured = Configured::read(&config);
                    config.clear();
                }
                block = None;
            }
            Some(kind) if kind == "toml config" => {
                config.push_str(line);
                config.push('\n');
            }
            Some(kind) if kind == "cases" && !line.trim().is_empty() && !line.starts_with("# ") => {
                let Some((command, rest)) = line.rsplit_once(" # ") else {
                    wrong.push(format!("{name}:{}: no expectation in `{line}`", number + 1));
                    continue;
                };
                let expected = expectation(rest);
                let script = command.trim_end().replace("\\n", "\n");
                let mut request = request(&script);
                request.proposal.permissions = configured.permissions.clone();
                if let Some(home) = &configured.home {
                    request.proposal.cwd = format!("{home}/app");
                    request.workspace.roots = vec![request.proposal.cwd.clone()];
                    request.workspace.home.clone_from(home);
                }
                let verdict = configured.guardian.decide(&request);
                count += 1;
                if let Some(difference) = mismatch(&expected, &verdict) {
                    wrong.push(format!(
                        "{name}:{}: {}  # {} but {difference}",
                        number + 1,
                        command.trim_end(),
                        rest.trim()
                    ));
                    out.push_str(&blessed(command.trim_end(), &expected, &verdict));
                    out.push('\n');
                    continue;
                }
            }
            _ => {}
        }
        out.push_str(line);
        out.push('\n');
    }
    (count, wrong, out)
}

#[test]
fn every_case_holds() {
    let only = std::env::var("GUARDIAN_CASES").unwrap_or_default();
    let bless = std::env::var_os("GUARDIAN_BLESS").is_some();
    let (mut count, mut wrong) = (0, Vec::new());
    for file in files().iter().filter(|f| f.to_string_lossy().contains(&only)) {
        let (cases, differences, text) = run(file);
        count += cases;
        if bless && !differences.is_empty() {
            std::fs::write(file, text).unwrap();
        }
        wrong.extend(differences);
    }
    assert!(count > 0, "no cases were found");
    assert!(bless || wrong.is_empty(), "{} of {count} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The trace is a proof: folding it anew gives the verdict. Here for every case there is.
#[test]
fn every_trace_is_a_proof() {
    for approval in [ApprovalPolicy::Untrusted, ApprovalPolicy::OnRequest, ApprovalPolicy::Never] {
        let guardian = engine(approval, SandboxMode::WorkspaceWrite);
        for file in files() {
            for line in std::fs::read_to_string(&file).unwrap_or_default().lines() {
                let Some((command, _)) = line.rsplit_once(" # ") else {
                    continue;
                };
                let verdict = guardian.decide(&request(command));
                assert_eq!(verdict.trace.fold(), (verdict.risk, verdict.decision), "{command}");
            }
        }
    }
}

/// What a `toml config` block of the policy's cases is about: policy, box, what the proposal asks for, and what rules say.
fn cells(block: &str) -> Vec<[String; 4]> {
    let Ok(table) = block.parse::<toml::Table>() else {
        return Vec::new();
    };
    let word =
        |key: &str, otherwise: &str| table.get(key).and_then(|value| value.as_str()).unwrap_or(otherwise).to_owned();
    let switches = table.get("approval_policy").and_then(|policy| policy.get("granular")?.as_table());
    let policy = match switches {
        None => word("approval_policy", "on-request"),
        Some(switches) => {
            let off = switches
                .iter()
                .filter(|(_, value)| value.as_bool() == Some(false))
                .map(|(name, _)| format!(" no {name}"));
            format!("granular{}", off.collect::<String>())
        }
    };
    let asks = match table.get("permissions") {
        Some(toml::Value::Table(asked)) if asked.contains_key("preapproved") => "preapproved".to_owned(),
        Some(toml::Value::Table(_)) => "additional".to_owned(),
        _ => word("permissions", "default"),
    };
    let rules = word("rules", "");
    let said =
        |rule: &str| ["prompt", "forbidden"].into_iter().find(|word| rule.contains(&format!("decision=\"{word}\"")));
    let mut decisions: Vec<&str> =
        rules.lines().filter(|line| line.contains("prefix_rule(")).map(|rule| said(rule).unwrap_or("allow")).collect();
    if decisions.is_empty() {
        decisions.push("none");
    }
    let cell =
        |decision: &str| [policy.clone(), word("sandbox_mode", "workspace-write"), asks.clone(), decision.to_owned()];
    decisions.into_iter().map(cell).collect()
}

/// The table of policies is whole: each policy in each box, whatever the proposal asks for, without a rule and with one
/// of each decision.
#[test]
fn every_cell_of_the_policy_has_a_case() {
    let mut found: HashSet<[String; 4]> = HashSet::new();
    for file in files().iter().filter(|file| file.to_string_lossy().contains("cases/policy-")) {
        let text = std::fs::read_to_string(file).unwrap();
        let blocks = text.split("```toml config\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
        // A block that no case follows is none.
        found.extend(blocks.filter(|(_, rest)| rest.contains("```cases\n")).flat_map(|(block, _)| cells(block)));
    }
    let mut missing = Vec::new();
    for policy in ["untrusted", "on-request", "never", "granular", "granular no sandbox_approval", "granular no rules"]
    {
        for sandbox in ["read-only", "workspace-write", "danger-full-access", "external"] {
            for asks in ["default", "escalated", "additional", "preapproved"] {
                for decision in ["none", "allow", "prompt", "forbidden"] {
                    // Without a rule its switch switches nothing.
                    let idle = policy == "granular no rules" && decision == "none";
                    let cell = [policy, sandbox, asks, decision].map(str::to_owned);
                    if !idle && !found.contains(&cell) {
                        missing.push(cell);
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "no case for {missing:#?}");
}
