//! What files say of places and hosts outside any profile: `filesystem` and `network` at the top. It is added to the
//! box in force, whatever that is: a profile's, or a sandbox mode's.

use super::{Definitions, Profile};
use crate::config::access::{Access, FileGrant, Spot};
use crate::config::key;
use crate::config::layer::{Layer, Origin};
use crate::config::settle::{self, Settings};
use crate::config::value::{Entry, Scope, Value};
use guardian_engine::SandboxMode;

/// The box with what files say beside it. Where the administrator says which boxes there are, `closed`, only what it
/// denies counts.
pub fn add(
    definitions: Definitions<'_>,
    settings: &Settings,
    permission: Option<Profile>,
    closed: bool,
    warnings: &mut Vec<String>,
) -> Option<Profile> {
    let said: Vec<(&Entry, Origin)> = definitions
        .own
        .iter()
        .flat_map(|source| source.of(&Scope::Base).map(|entry| (entry, source.origin(entry))))
        .filter(|(entry, _)| settle::adds_up(entry.setting))
        .collect();
    if said.is_empty() {
        return permission;
    }
    let mut profile = permission.unwrap_or_else(|| of_mode(settings));
    if profile.disabled {
        // Without a box nothing could be denied.
        let everything = FileGrant { spot: Spot::Root, access: Access::Write, line: 0 };
        let origin = Origin::new(Layer::Default, profile.name.clone());
        profile = Profile { disabled: false, enabled: Some(true), files: vec![(everything, origin)], ..profile };
    }
    let counts = match profile.mode() {
        _ if closed => Counting::Denials,
        // A box that writes nothing does not begin to.
        SandboxMode::ReadOnly => Counting::NoWrites,
        _ => Counting::All,
    };
    for (entry, origin) in said {
        let value = fitting(&entry.value, counts);
        if closed && value != entry.value {
            let place = &origin.place;
            warnings.push(format!(
                "`{}` in {place} only denies: the administrator says which permission profiles there are",
                entry.setting
            ));
        }
        let setting = if entry.setting == "filesystem" { "permission.filesystem" } else { "permission.network" };
        profile.take(&Entry { setting, value, ..entry.clone() }, &origin);
    }
    Some(profile)
}

/// What files may add to a box.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counting {
    All,
    NoWrites,
    Denials,
}

/// What of a value counts.
fn fitting(value: &Value, counts: Counting) -> Value {
    let mut value = value.clone();
    match &mut value {
        Value::Files(files) => {
            files.grants.retain(|grant| counts != Counting::Denials || grant.access == Access::Deny);
            let written = files.grants.iter_mut().filter(|grant| grant.access == Access::Write);
            for grant in written.filter(|_| counts != Counting::All) {
                grant.access = Access::Read;
            }
        }
        Value::Net(net) if counts == Counting::Denials => {
            net.enabled = net.enabled.filter(|enabled| !enabled);
            net.domains.retain(|reach| !reach.allowed);
            net.sockets.retain(|reach| !reach.allowed);
        }
        _ => {}
    }
    value
}

/// The box of the sandbox mode in force as a profile: the built-in one like it, with what settings add.
fn of_mode(settings: &Settings) -> Profile {
    let mode = match settings.get("sandbox_mode").map(|setting| &setting.value) {
        Some(Value::Word(word)) => key::mode(word).unwrap_or_default(),
        _ => SandboxMode::default(),
    };
    let name = match mode {
        SandboxMode::ReadOnly => ":read-only",
        SandboxMode::WorkspaceWrite => ":workspace",
        SandboxMode::DangerFullAccess | SandboxMode::External => ":danger-full-access",
    };
    let mut profile = Profile::built_in(name).unwrap_or_default();
    if mode != SandboxMode::WorkspaceWrite {
        return profile;
    }
    let on = |name: &str| matches!(settings.get(name).map(|setting| &setting.value), Some(Value::Bool(true)));
    profile.enabled = Some(on("sandbox_workspace_write.network_access"));
    let left_out = |spot: &Spot| match spot {
        Spot::SlashTmp => on("sandbox_workspace_write.exclude_slash_tmp"),
        Spot::Tmpdir => on("sandbox_workspace_write.exclude_tmpdir_env_var"),
        _ => false,
    };
    profile.files.retain(|(grant, _)| !left_out(&grant.spot));
    if let Some(setting) = settings.get("sandbox_workspace_write.writable_roots")
        && let Value::Texts(roots) = &setting.value
    {
        let root = |path: &String| FileGrant { spot: Spot::Path(path.clone()), access: Access::Write, line: 0 };
        profile.files.extend(roots.iter().map(|path| (root(path), setting.origin.clone())));
    }
    profile
}
