//! Which permission profile is in force, and which the administrator leaves to be chosen.

use super::cap::{contradiction, looser, say};
use super::layer::{Layer, Origin, Source};
use super::limits::Limits;
use super::permission::{Definitions, Profile};
use super::settle::{self, Settings};
use super::strict::mode_rank;
use super::value::{Scope, Value};
use crate::failure::Failure;
use guardian_rules::diagnostic::listed;

/// The profile in force; nothing where a sandbox mode is.
pub fn cap(
    required: &Source,
    definitions: Definitions<'_>,
    settings: &mut Settings,
    warnings: &mut Vec<String>,
    limits: &mut Limits,
) -> Result<Option<Profile>, Failure> {
    definitions.check()?;
    let chosen = settle::selected(settings).map(|(name, origin)| (name.to_owned(), origin.clone()));
    unchosen(definitions, settings, chosen.is_some())?;
    let profile = chosen.as_ref().map(|(name, origin)| definitions.find(name, origin)).transpose()?;
    let Some((Value::Texts(allowed), origin)) = required.get("allowed_permission_profiles") else {
        return Ok(profile);
    };
    // A sandbox mode is one of the built-in profiles by another name.
    let now = match (&profile, settings.get("sandbox_mode").map(|setting| &setting.value)) {
        (Some(profile), _) => profile.name.clone(),
        (None, Some(Value::Word("read-only"))) => ":read-only".to_owned(),
        (None, Some(Value::Word("workspace-write"))) => ":workspace".to_owned(),
        _ => ":danger-full-access".to_owned(),
    };
    if allowed.contains(&now) {
        return Ok(profile);
    }
    let names: Vec<&str> = allowed.iter().map(String::as_str).collect();
    let fallback = fallback(required, &names, &origin)?;
    let used = definitions.find(&fallback, &origin)?;
    let before = match &profile {
        Some(profile) => profile.clone(),
        None => definitions.find(&now, &origin)?,
    };
    let opens = |profile: &Profile| {
        let reads = used.reads_everything() && !profile.reads_everything();
        reads || used.network_rank() > profile.network_rank()
    };
    if mode_rank(used.widest()) > mode_rank(before.widest()) || profile.as_ref().is_some_and(opens) {
        return Err(looser(&origin, "permission profile", &now, &names));
    }
    // What was denied stays denied, whatever the profile that is used says of it.
    limits.keep(&before);
    say(warnings, "permission profile", &now, &fallback, &origin);
    settle::put(settings, "default_permissions", Value::Text(fallback), Origin { layer: Layer::Required, ..origin });
    Ok(Some(used))
}

/// What is used where something else was chosen.
fn fallback(required: &Source, allowed: &[&str], origin: &Origin) -> Result<String, Failure> {
    if let Some((Value::Text(name), origin)) = required.get("default_permissions") {
        if allowed.contains(&name.as_str()) {
            return Ok(name.clone());
        }
        let words = format!("`default_permissions` is `{name}`, which is not among {}", listed(allowed));
        return Err(contradiction(&origin, &words));
    }
    if allowed.contains(&":workspace") && allowed.contains(&":read-only") {
        return Ok(":workspace".to_owned());
    }
    match allowed {
        [only] => Ok((*only).to_owned()),
        [] => Err(contradiction(origin, "no permission profile is left that may be chosen")),
        _ => Err(contradiction(origin, "`default_permissions` has to say which of the allowed profiles is used")),
    }
}

/// Profiles that are written and never chosen are a mistake, as nothing of them holds.
fn unchosen(definitions: Definitions<'_>, settings: &Settings, chosen: bool) -> Result<(), Failure> {
    let own = definitions.own.iter().flat_map(|source| source.entries.iter().map(move |entry| (source, entry)));
    let written = own.clone().find(|(_, entry)| matches!(entry.scope, Scope::Permission(_)));
    let named = own.clone().any(|(_, entry)| entry.setting == "default_permissions");
    let mode = settings.get("sandbox_mode").is_some_and(|setting| setting.origin.layer != Layer::Default);
    match written {
        Some((source, entry)) if !chosen && !named && !mode => {
            let Scope::Permission(name) = &entry.scope else {
                return Ok(());
            };
            let message = format!("permission profile `{name}` ({}) is not chosen", source.origin(entry));
            Err(Failure::usage(message).help(format!("`default_permissions = \"{name}\"` puts it in force")))
        }
        _ => Ok(()),
    }
}
