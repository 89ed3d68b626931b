//! The administrator's requirements: they are applied last, to settled values, so nothing written anywhere else, on the
//! command line or in the environment can get around them.

use super::cap::{Cap, contradiction, looser, say};
use super::key::{self, APPROVAL_NAMES, MODES, approval_name, mode_name};
use super::layer::{Layer, Origin, Source};
use super::limits::Limits;
use super::permission::{Definitions, Profile, beside};
use super::settle::{self, Settings};
use super::strict;
use super::value::Value;
use crate::failure::Failure;
use guardian_engine::{ApprovalPolicy, Granular, SandboxMode};
use guardian_rules::diagnostic::printable;
use guardian_rules::pattern::HostPattern;
use guardian_rules::rule::Rule;

/// What requirements leave beside the settings they cap.
#[derive(Debug, Default)]
pub struct Imposed {
    /// Rules of the administrator.
    pub rules: Vec<Rule>,
    /// Hosts that no command may connect to, and where that stands.
    pub denied_domains: Vec<(String, String)>,
    /// The permission profile that is in force after all.
    pub permission: Option<Profile>,
    /// What nothing can grant.
    pub limits: Limits,
    /// Whether every verdict must be recorded.
    pub audit: bool,
}

/// Caps the settings. What had to give way is said; what could only give way by getting looser is an error.
pub fn impose(
    required: &Source,
    definitions: Definitions<'_>,
    settings: &mut Settings,
    warnings: &mut Vec<String>,
) -> Result<Imposed, Failure> {
    let audit = required_audit(required, settings, warnings)?;
    let mut limits = Limits::of(required);
    cap_approval(required, settings, warnings)?;
    let permission = super::profiles::cap(required, definitions, settings, warnings, &mut limits)?;
    let closed = required.get("allowed_permission_profiles").is_some()
        || permission.as_ref().is_some_and(|permission| permission.managed);
    let permission = beside::add(definitions, settings, permission, closed, warnings);
    let permission = cap_sandbox(required, settings, warnings, permission, &mut limits)?;
    cap_reviewer(required, settings, warnings)?;
    if let Some((Value::Bool(false), origin)) = required.get("allow_network_access") {
        pin(settings, "sandbox_workspace_write.network_access", Value::Bool(false), origin, warnings);
    }
    for name in ["approvals_reviewer", "features.codex_allow_rules"] {
        if let Some((value, origin)) = required.get(name) {
            pin(settings, name, value.clone(), origin, warnings);
        }
    }
    let rules = match required.get("rules.prefix_rules") {
        Some((Value::Rules(rules), _)) => rules.clone(),
        _ => Vec::new(),
    };
    Ok(Imposed { rules, denied_domains: denied_domains(required)?, permission, limits, audit })
}

fn denied_domains(required: &Source) -> Result<Vec<(String, String)>, Failure> {
    let Some((Value::Texts(domains), origin)) = required.get("network.denied_domains") else {
        return Ok(Vec::new());
    };
    for domain in domains {
        if let Err(problem) = HostPattern::parse(domain) {
            let words = format!("`network.denied_domains`: `{}` {}", printable(domain), problem.message());
            return Err(contradiction(&origin, &words));
        }
    }
    Ok(domains.iter().map(|domain| (domain.clone(), origin.place.clone())).collect())
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

/// Caps the box: a mode, or the mode that a permission profile comes to.
fn cap_sandbox(
    required: &Source,
    settings: &mut Settings,
    warnings: &mut Vec<String>,
    permission: Option<Profile>,
    limits: &mut Limits,
) -> Result<Option<Profile>, Failure> {
    let named = words(required, "allowed_sandbox_modes");
    let widest = widest_mode(required, limits);
    let origin = named.iter().map(|(_, origin)| origin).chain(widest.iter().map(|(_, origin)| origin)).next().cloned();
    let Some(origin) = origin else {
        return Ok(permission);
    };
    let listed = named.is_some();
    let mut allowed = named.map_or_else(|| MODES.to_vec(), |(modes, _)| modes);
    if !allowed.contains(&"read-only") {
        return Err(contradiction(&origin, "`allowed_sandbox_modes` must contain `read-only`"));
    }
    let rank = |name: &str| key::mode(name).map_or(0, strict::mode_rank);
    allowed.retain(|name| widest.iter().all(|(cap, _)| rank(name) <= strict::mode_rank(*cap)));
    limits.boxed = allowed.iter().all(|name| rank(name) < strict::mode_rank(SandboxMode::DangerFullAccess));
    let now = match (&permission, settings.get("sandbox_mode").map(|setting| &setting.value)) {
        (Some(permission), _) => mode_name(permission.widest()),
        (None, Some(Value::Word(now))) => *now,
        _ => return Ok(permission),
    };
    let cap = Cap { what: "sandbox mode", allowed, listed, origin };
    let Some(name) = cap.fallback(now, rank)? else {
        return Ok(permission);
    };
    match &permission {
        None => say(warnings, cap.what, now, name, &cap.origin),
        Some(permission) if !permission.reads_everything() => {
            return Err(looser(&cap.origin, "permission profile", &permission.name, &cap.allowed));
        }
        Some(permission) => {
            let whole = format!("permission profile `{}` comes to `{now}`, which", permission.name);
            warnings.push(format!("{whole} is not allowed by {}; `{name}` is used", cap.origin.place));
            // What the profile kept from being read stays so.
            limits.keep(permission);
        }
    }
    settle::put(settings, "sandbox_mode", Value::Word(name), cap.origin);
    Ok(None)
}

/// The widest modes that other requirements leave, each with its reason.
fn widest_mode(required: &Source, limits: &Limits) -> Vec<(SandboxMode, Origin)> {
    let mut widest = Vec::new();
    if let Some((Value::Word(word), origin)) = required.get("admin.min_sandbox") {
        widest.extend(key::mode(word).map(|mode| (mode, origin)));
    }
    // Without a box, neither reads nor the network can be denied.
    if limits.denies_reads() || limits.offline {
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
