//! Layers to settled values: each setting has the value of the strongest layer that sets it, and remembers which. Two
//! layers are limited: a project may only tighten what was settled before it, and requirements cap everything.

use super::layer::{Layer, Origin, Source};
use super::project::{Project, Trust};
use super::strict;
use super::value::{Entry, Scope, Value};
use guardian_engine::ApprovalPolicy;
use std::collections::BTreeMap;

/// A settled value.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// Who set it.
    pub origin: Origin,
    /// Who set it too, and was overruled; the strongest last.
    pub shadowed: Vec<(Value, Origin)>,
}

/// All settled values by name.
pub type Settings = BTreeMap<&'static str, Setting>;

/// What holds where no layer says anything. Every setting is in it, so nothing is ever without a value.
pub fn defaults(project: &Project) -> Settings {
    let approval = match project.trust {
        Trust::Untrusted => (ApprovalPolicy::Untrusted, "the folder is untrusted"),
        Trust::Trusted | Trust::Unknown => (ApprovalPolicy::OnRequest, ""),
    };
    let mode = if project.trust == Trust::Trusted {
        ("workspace-write", "the folder is trusted")
    } else if project.versioned {
        ("workspace-write", "the folder is under version control")
    } else {
        ("read-only", "the folder is neither trusted nor under version control")
    };
    let values = [
        ("approval_policy", Value::Approval(approval.0), approval.1),
        ("approvals_reviewer", Value::Word("user"), ""),
        ("sandbox_mode", Value::Word(mode.0), mode.1),
        ("sandbox_workspace_write.writable_roots", Value::Texts(Vec::new()), ""),
        ("sandbox_workspace_write.network_access", Value::Bool(false), ""),
        ("sandbox_workspace_write.exclude_tmpdir_env_var", Value::Bool(false), ""),
        ("sandbox_workspace_write.exclude_slash_tmp", Value::Bool(false), ""),
        ("features.codex_allow_rules", Value::Bool(false), ""),
        ("commands", Value::Texts(Vec::new()), ""),
        ("audit.enabled", Value::Bool(true), ""),
        ("audit.commands", Value::Word("redacted"), ""),
        ("audit.keep_days", Value::Number(365), ""),
        ("audit.max_mb", Value::Number(1024), ""),
        ("audit.sync", Value::Word("normal"), ""),
    ];
    values
        .into_iter()
        .map(|(name, value, why)| {
            let origin = Origin::new(Layer::Default, why);
            (name, Setting { value, origin, shadowed: Vec::new() })
        })
        .collect()
}

/// Puts a value above what was settled.
pub fn put(settings: &mut Settings, name: &'static str, value: Value, origin: Origin) {
    match settings.get_mut(name) {
        Some(setting) => {
            let value = std::mem::replace(&mut setting.value, value);
            let origin = std::mem::replace(&mut setting.origin, origin);
            setting.shadowed.push((value, origin));
        }
        None => {
            settings.insert(name, Setting { value, origin, shadowed: Vec::new() });
        }
    }
}

/// Puts everything a source says in that scope above what was settled.
pub fn apply(settings: &mut Settings, source: &Source, scope: &Scope, layer: Layer) {
    for entry in source.of(scope).filter(|entry| !adds_up(entry.setting)) {
        let origin = Origin { layer, ..source.origin(entry) };
        put(settings, entry.setting, entry.value.clone(), origin);
    }
}

/// Whether layers add to the setting and do not replace it: places and hosts beside the box, `permission::beside`.
pub fn adds_up(setting: &str) -> bool {
    matches!(setting, "filesystem" | "network")
}

/// The profile that is in force by name; nothing where a sandbox mode is. The stronger layer decides; in the same one
/// the profile does, but for the flag that names a mode.
pub fn selected(settings: &Settings) -> Option<(&str, &Origin)> {
    let chosen = settings.get("default_permissions")?;
    let mode = settings.get("sandbox_mode")?;
    let flag = mode.origin.layer == Layer::CommandLine && mode.origin.place != "-c";
    let Value::Text(name) = &chosen.value else {
        return None;
    };
    (!flag && chosen.origin.layer >= mode.origin.layer).then_some((name, &chosen.origin))
}

/// Whether the box that a project asks for can be told to be no wider. Of two permission profiles that cannot be told
/// without the machine, and a mode would lift what a profile denies; so only a mode gives way, and only to less.
fn tightens_box(settings: &Settings, entry: &Entry) -> bool {
    let in_force = selected(settings).map(|(name, _)| name);
    match &entry.value {
        Value::Text(name) => in_force.map_or(name == ":read-only", |own| own == name),
        value => {
            in_force.is_none()
                && settings
                    .get("sandbox_mode")
                    .is_some_and(|own| own.value == *value || strict::no_looser("sandbox_mode", &own.value, value))
        }
    }
}

/// Puts what a project says above what was settled, where it is no looser. What is left out is said.
pub fn tighten(settings: &mut Settings, source: &Source, warnings: &mut Vec<String>) {
    for entry in source.of(&Scope::Base) {
        if matches!(entry.setting, "default_permissions" | "sandbox_mode") && !tightens_box(settings, entry) {
            let place = source.origin(entry).place;
            warnings.push(format!("`{}` in {place} is left out: a project may only tighten", entry.setting));
            continue;
        }
        let first = strict::is_limit(entry.setting) && !settings.contains_key(entry.setting);
        if entry.setting == "default_permissions" || first {
            put(settings, entry.setting, entry.value.clone(), source.origin(entry));
            continue;
        }
        let Some(setting) = settings.get(entry.setting) else {
            continue;
        };
        if setting.value == entry.value {
            continue;
        }
        let origin = source.origin(entry);
        if strict::no_looser(entry.setting, &setting.value, &entry.value) {
            put(settings, entry.setting, entry.value.clone(), origin);
        } else {
            let place = origin.place;
            warnings.push(format!("`{}` in {place} is left out: a project may only tighten", entry.setting));
        }
    }
}
