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
}

/// Caps the settings. What had to give way is said; what could only give way by getting looser is an error.
pub fn impose(
    required: &Source,
    settings: &mut Settings,
    warnings: &mut Vec<String>,
) -> Result<Imposed, Failure> {
    if let Some((Value::Bool(true), origin)) = required.get("audit_required") {
        return Err(Failure::usage(format!(
            "{} requires an audit trail, which this version does not keep",
            origin.place
        ))
        .help("commands can be judged here once it does, or once the requirement is lifted"));
    }
    let denied_reads = match required.get("permissions.filesystem.deny_read") {
        Some((Value::Texts(paths), _)) => paths.clone(),
        _ => Vec::new(),
    };
    cap_approval(required, settings, warnings)?;
    cap_sandbox(required, settings, warnings, !denied_reads.is_empty())?;
    cap_reviewer(required, settings, warnings)?;
    if let Some((Value::Bool(false), origin)) = required.get("allow_network_access") {
        pin(
            settings,
            "sandbox_workspace_write.network_access",
            Value::Bool(false),
            origin,
            warnings,
        );
    }
    if let Some((value, origin)) = required.get("features.codex_allow_rules") {
        pin(
            settings,
            "features.codex_allow_rules",
            value.clone(),
            origin,
            warnings,
        );
    }
    let rules = match required.get("rules.prefix_rules") {
        Some((Value::Rules(rules), _)) => rules.clone(),
        _ => Vec::new(),
    };
    Ok(Imposed {
        rules,
        denied_reads,
    })
}

fn pin(
    settings: &mut Settings,
    name: &'static str,
    value: Value,
    origin: Origin,
    warnings: &mut Vec<String>,
) {
    let Some(setting) = settings.get(name) else {
        return;
    };
    if setting.value == value {
        return;
    }
    warnings.push(format!(
        "`{name}` ({}) gives way to {}",
        setting.origin, origin.place
    ));
    settle::put(
        settings,
        name,
        value,
        Origin {
            layer: Layer::Required,
            ..origin
        },
    );
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
    Failure::usage(format!("{}: {words}", origin.place))
        .help("an administrator has to mend this file")
}

fn cap_approval(
    required: &Source,
    settings: &mut Settings,
    warnings: &mut Vec<String>,
) -> Result<(), Failure> {
    let listed_names = words(required, "allowed_approval_policies");
    let barred = words(required, "admin.disallow_policies");
    let Some(origin) = listed_names
        .as_ref()
        .or(barred.as_ref())
        .map(|(_, origin)| origin.clone())
    else {
        return Ok(());
    };
    let mut allowed = listed_names.map_or_else(|| APPROVAL_NAMES.to_vec(), |(names, _)| names);
    allowed.retain(|name| {
        barred
            .as_ref()
            .is_none_or(|(barred, _)| !barred.contains(name))
    });
    let Some(Value::Approval(now)) = settings
        .get("approval_policy")
        .map(|setting| setting.value.clone())
    else {
        return Ok(());
    };
    if allowed.contains(&approval_name(&now)) {
        return Ok(());
    }
    let Some(fallback) = allowed.first().and_then(|name| policy_of(name)) else {
        return Err(contradiction(
            &origin,
            "no approval policy is left that may be chosen",
        ));
    };
    // With only a list of what is barred, the mildest of what is at least as strict comes closest to what was asked for.
    let closest = allowed
        .iter()
        .rev()
        .filter_map(|name| policy_of(name))
        .find(|policy| strict::approval_rank(policy) <= strict::approval_rank(&now));
    let fallback = if required.get("allowed_approval_policies").is_some() {
        fallback
    } else {
        closest.unwrap_or(fallback)
    };
    if strict::approval_rank(&fallback) > strict::approval_rank(&now) {
        return Err(looser(
            &origin,
            "approval policy",
            approval_name(&now),
            &allowed,
        ));
    }
    say(
        warnings,
        "approval policy",
        approval_name(&now),
        approval_name(&fallback),
        &origin,
    );
    settle::put(
        settings,
        "approval_policy",
        Value::Approval(fallback),
        Origin {
            layer: Layer::Required,
            ..origin
        },
    );
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
    let listed_modes = words(required, "allowed_sandbox_modes");
    let widest = match required.get("admin.min_sandbox") {
        Some((Value::Word(word), origin)) => key::mode(word).map(|mode| (mode, origin)),
        _ => None,
    };
    let offline = matches!(
        required.get("allow_network_access"),
        Some((Value::Bool(false), _))
    );
    let confined = (reads_denied || offline).then(|| {
        (
            SandboxMode::WorkspaceWrite,
            Origin::new(Layer::Required, required.name.clone()),
        )
    });
    let caps: Vec<(SandboxMode, Origin)> = widest.into_iter().chain(confined).collect();
    let Some(origin) = listed_modes
        .as_ref()
        .map(|(_, origin)| origin)
        .or(caps.first().map(|(_, origin)| origin))
        .cloned()
    else {
        return Ok(());
    };
    let mut allowed = listed_modes.map_or_else(|| MODES.to_vec(), |(modes, _)| modes);
    if !allowed.contains(&"read-only") {
        return Err(contradiction(
            &origin,
            "`allowed_sandbox_modes` must contain `read-only`",
        ));
    }
    let fits = |name: &&str| {
        key::mode(name).is_some_and(|mode| {
            caps.iter()
                .all(|(cap, _)| strict::mode_rank(mode) <= strict::mode_rank(*cap))
        })
    };
    allowed.retain(fits);
    let Some(Value::Word(now)) = settings
        .get("sandbox_mode")
        .map(|setting| setting.value.clone())
    else {
        return Ok(());
    };
    if allowed.contains(&now) {
        return Ok(());
    }
    let rank = |name: &str| key::mode(name).map_or(0, strict::mode_rank);
    let fallback = if required.get("allowed_sandbox_modes").is_some() {
        allowed.first().copied()
    } else {
        allowed
            .iter()
            .copied()
            .filter(|name| rank(name) <= rank(now))
            .max_by_key(|name| rank(name))
    };
    let fallback = fallback.unwrap_or("read-only");
    if rank(fallback) > rank(now) {
        return Err(looser(&origin, "sandbox mode", now, &allowed));
    }
    say(warnings, "sandbox mode", now, fallback, &origin);
    settle::put(
        settings,
        "sandbox_mode",
        Value::Word(fallback),
        Origin {
            layer: Layer::Required,
            ..origin
        },
    );
    Ok(())
}

fn cap_reviewer(
    required: &Source,
    settings: &mut Settings,
    warnings: &mut Vec<String>,
) -> Result<(), Failure> {
    let Some((allowed, origin)) = words(required, "allowed_approvals_reviewers") else {
        return Ok(());
    };
    let Some(Value::Word(now)) = settings
        .get("approvals_reviewer")
        .map(|setting| setting.value.clone())
    else {
        return Ok(());
    };
    if allowed.contains(&now) {
        return Ok(());
    }
    let Some(fallback) = allowed.first() else {
        return Err(contradiction(
            &origin,
            "`allowed_approvals_reviewers` is empty",
        ));
    };
    if *fallback != "user" {
        return Err(looser(&origin, "reviewer", now, &allowed));
    }
    say(warnings, "reviewer", now, fallback, &origin);
    settle::put(
        settings,
        "approvals_reviewer",
        Value::Word(fallback),
        Origin {
            layer: Layer::Required,
            ..origin
        },
    );
    Ok(())
}

fn say(warnings: &mut Vec<String>, what: &str, was: &str, is: &str, origin: &Origin) {
    warnings.push(format!(
        "{what} `{was}` is not allowed by {}; `{is}` is used",
        origin.place
    ));
}

/// Falling back would loosen what the user asked for, so nothing is judged at all.
fn looser(origin: &Origin, what: &str, was: &str, allowed: &[&str]) -> Failure {
    Failure::usage(format!(
        "{what} `{was}` is not allowed by {}, and what is allowed is looser",
        origin.place
    ))
    .help(format!("choose one of {} yourself", listed(allowed)))
}
