//! The administrator's requirements: they are applied last, to settled values, so nothing written anywhere else, on the
//! command line or in the environment can get around them.

use super::key::{self, APPROVAL_NAMES, MODES};
use super::layer::{Layer, Origin, Source};
use super::read::{Value, listed};
use super::settle::{self, Settings};
use super::strict;
use crate::failure::Failure;
use crate::render::evidence::approval_name;
use guardian_engine::{ApprovalPolicy, Granular, SandboxMode};
use guardian_rules::rule::Rule;

/// What requirements leave beside the settings they cap.
#[derive(Clone, Debug, Default)]
pub struct Imposed {
    /// Rules of the administrator.
    pub rules: Vec<Rule>,
    /// Paths that no command may read.
    pub denied_reads: Vec<String>,
    /// Whether every verdict must be recorded.
    pub audit: bool,
}

/// Caps the settings. What had to give way is said; what could only give way by getting looser is an error.
pub fn impose(required: &Source, settings: &mut Settings, warnings: &mut Vec<String>) -> Result<Imposed, Failure> {
    let audit = required_audit(required, settings, warnings)?;
    let denied_reads = match required.get("permissions.filesystem.deny_read") {
        Some((Value::Texts(paths), _)) => paths.clone(),
        _ => Vec::new(),
    };
    cap_approval(required, settings, warnings)?;
    cap_sandbox(required, settings, warnings, !denied_reads.is_empty())?;
    cap_reviewer(required, settings, warnings)?;
    if let Some((Value::Bool(false), origin)) = required.get("allow_network_access") {
        pin(settings, "sandbox_workspace_write.network_access", Value::Bool(false), origin, warnings);
    }
    if let Some((value, origin)) = required.get("approvals_reviewer") {
        let value = value.clone();
        pin(settings, "approvals_reviewer", value, origin, warnings);
    }
    if let Some((value, origin)) = required.get("features.codex_allow_rules") {
        pin(settings, "features.codex_allow_rules", value.clone(), origin, warnings);
    }
    let rules = match required.get("rules.prefix_rules") {
        Some((Value::Rules(rules), _)) => rules.clone(),
        _ => Vec::new(),
    };
    Ok(Imposed { rules, denied_reads, audit })
}

/// Whether every verdict must be recorded, which switches recording on.
fn required_audit(required: &Source, settings: &mut Settings, warnings: &mut Vec<String>) -> Result<bool, Failure> {
    let Some((Value::Bool(true) | Value::Word("required"), origin)) = required.get("audit_required") else {
        return Ok(false);
    };
    if !cfg!(feature = "audit") {
        return Err(Failure::usage(format!(
            "{} requires an audit trail, which this guardian was built without",
            origin.place
        ))
        .help("build it with the feature `audit`"));
    }
    pin(settings, "audit.enabled", Value::Bool(true), origin, warnings);
    Ok(true)
}

fn pin(settings: &mut Settings, name: &'static str, value: Value, origin: Origin, warnings: &mut Vec<String>) {
    let Some(setting) = settings.get(name) else {
        return;
    };
    if setting.value == value {
        return;
    }
    warnings.push(format!("`{name}` ({}) gives way to {}", setting.origin, origin.place));
    settle::put(settings, name, value, Origin { layer: Layer::Required, ..origin });
}

/// The words of a list.
fn words(required: &Source, name: &str) -> Option<(Vec<&'static str>, Origin)> {
    match required.get(name) {
        Some((Value::Words(words), origin)) => Some((words.clone(), origin)),
        _ => None,
    }
}

/// An error about the requirements themselves: nothing is judged by requirements that contradict themselves.
fn contradiction(origin: &Origin, words: &str) -> Failure {
    Failure::usage(format!("{}: {words}", origin.place)).help("an administrator has to mend this file")
}

/// What may be chosen of something.
struct Cap {
    /// What it is called.
    what: &'static str,
    /// The names that are allowed.
    allowed: Vec<&'static str>,
    /// Whether the administrator listed them, so that the first is the one to fall back to.
    listed: bool,
    /// Where the limit stands.
    origin: Origin,
}

impl Cap {
    /// What to use instead of `now`; nothing where it is allowed. `rank` is low for what is strict.
    fn fallback(&self, now: &str, rank: impl Fn(&str) -> u8) -> Result<Option<&'static str>, Failure> {
        if self.allowed.contains(&now) {
            return Ok(None);
        }
        let first = self.allowed.first().copied();
        // With only a list of what is barred, the mildest of what is as strict comes closest to what was asked for.
        let strict = self.allowed.iter().copied().filter(|name| rank(name) <= rank(now));
        let closest = strict.max_by_key(|name| rank(name));
        let fallback = if self.listed { first } else { closest.or(first) };
        match fallback {
            None => Err(contradiction(&self.origin, &format!("no {} is left that may be chosen", self.what))),
            Some(name) if rank(name) > rank(now) => Err(looser(&self.origin, self.what, now, &self.allowed)),
            found => Ok(found),
        }
    }
}

fn cap_approval(required: &Source, settings: &mut Settings, warnings: &mut Vec<String>) -> Result<(), Failure> {
    let named = words(required, "allowed_approval_policies");
    let barred = words(required, "admin.disallow_policies");
    let Some((_, origin)) = named.clone().or_else(|| barred.clone()) else {
        return Ok(());
    };
    let listed = named.is_some();
    let mut allowed = named.map_or_else(|| APPROVAL_NAMES.to_vec(), |(names, _)| names);
    allowed.retain(|name| barred.as_ref().is_none_or(|(barred, _)| !barred.contains(name)));
    let Some(Value::Approval(now)) = settings.get("approval_policy").map(|setting| setting.value.clone()) else {
        return Ok(());
    };
    let cap = Cap { what: "approval policy", allowed, listed, origin };
    let now = approval_name(&now);
    let rank = |name: &str| policy_of(name).map_or(0, |policy| strict::approval_rank(&policy));
    if let Some((name, policy)) = cap.fallback(now, rank)?.and_then(|name| Some((name, policy_of(name)?))) {
        say(warnings, cap.what, now, name, &cap.origin);
        settle::put(settings, "approval_policy", Value::Approval(policy), cap.origin);
    }
    Ok(())
}

fn policy_of(name: &str) -> Option<ApprovalPolicy> {
    match name {
        "granular" => Some(ApprovalPolicy::Granular(Granular::default())),
        name => key::approval(name),
    }
}

fn cap_sandbox(
    required: &Source,
    settings: &mut Settings,
    warnings: &mut Vec<String>,
    reads_denied: bool,
) -> Result<(), Failure> {
    let named = words(required, "allowed_sandbox_modes");
    let widest = widest_mode(required, reads_denied);
    let Some(origin) =
        named.iter().map(|(_, origin)| origin).chain(widest.iter().map(|(_, origin)| origin)).next().cloned()
    else {
        return Ok(());
    };
    let listed = named.is_some();
    let mut allowed = named.map_or_else(|| MODES.to_vec(), |(modes, _)| modes);
    if !allowed.contains(&"read-only") {
        return Err(contradiction(&origin, "`allowed_sandbox_modes` must contain `read-only`"));
    }
    let rank = |name: &str| key::mode(name).map_or(0, strict::mode_rank);
    allowed.retain(|name| widest.iter().all(|(cap, _)| rank(name) <= strict::mode_rank(*cap)));
    let Some(Value::Word(now)) = settings.get("sandbox_mode").map(|setting| setting.value.clone()) else {
        return Ok(());
    };
    let cap = Cap { what: "sandbox mode", allowed, listed, origin };
    if let Some(name) = cap.fallback(now, rank)? {
        say(warnings, cap.what, now, name, &cap.origin);
        settle::put(settings, "sandbox_mode", Value::Word(name), cap.origin);
    }
    Ok(())
}

/// The widest modes that other requirements leave, each with its reason.
fn widest_mode(required: &Source, reads_denied: bool) -> Vec<(SandboxMode, Origin)> {
    let mut widest = Vec::new();
    if let Some((Value::Word(word), origin)) = required.get("admin.min_sandbox") {
        widest.extend(key::mode(word).map(|mode| (mode, origin)));
    }
    let offline = matches!(required.get("allow_network_access"), Some((Value::Bool(false), _)));
    // Without a box, neither reads nor the network can be denied.
    if reads_denied || offline {
        widest.push((SandboxMode::WorkspaceWrite, Origin::new(Layer::Required, required.name.clone())));
    }
    widest
}

fn cap_reviewer(required: &Source, settings: &mut Settings, warnings: &mut Vec<String>) -> Result<(), Failure> {
    let Some((allowed, origin)) = words(required, "allowed_approvals_reviewers") else {
        return Ok(());
    };
    let Some(Value::Word(now)) = settings.get("approvals_reviewer").map(|setting| setting.value.clone()) else {
        return Ok(());
    };
    if allowed.contains(&now) {
        return Ok(());
    }
    let Some(fallback) = allowed.first() else {
        return Err(contradiction(&origin, "`allowed_approvals_reviewers` is empty"));
    };
    if *fallback != "user" {
        return Err(looser(&origin, "reviewer", now, &allowed));
    }
    say(warnings, "reviewer", now, fallback, &origin);
    settle::put(settings, "approvals_reviewer", Value::Word(fallback), Origin { layer: Layer::Required, ..origin });
    Ok(())
}

fn say(warnings: &mut Vec<String>, what: &str, was: &str, is: &str, origin: &Origin) {
    warnings.push(format!("{what} `{was}` is not allowed by {}; `{is}` is used", origin.place));
}

/// Falling back would loosen what the user asked for, so nothing is judged at all.
fn looser(origin: &Origin, what: &str, was: &str, allowed: &[&str]) -> Failure {
    Failure::usage(format!("{what} `{was}` is not allowed by {}, and what is allowed is looser", origin.place))
        .help(format!("choose one of {} yourself", listed(allowed)))
}
