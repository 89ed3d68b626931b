//! The settled configuration: every value with the layer it came from. Plain data; [`crate::setup`] acts on it.
//!
//! Layers, from the weakest: what is built in; `/etc/guardian/config.toml`; the user's `config.toml`; `.guardian/config.toml`
//! of a trusted project, which may only tighten; the profile that was chosen; the command line. Requirements cap all.

pub mod access;
pub mod cap;
pub mod commands;
pub mod disk;
pub mod key;
pub mod layer;
pub mod limits;
pub mod loader;
pub mod permission;
pub mod place;
pub mod profiles;
pub mod project;
pub mod read;
pub mod requirement;
#[cfg(feature = "llm")]
pub mod reviewer;
pub mod rules;
pub mod schema;
pub mod settle;
pub mod strict;
pub mod value;

use crate::config::key::mode_name;
use crate::failure::Failure;
use crate::options::PolicyArgs;
use commands::Commands;
use disk::{Disk, Looks};
use guardian_engine::{ApprovalPolicy, SandboxMode};
use guardian_rules::diagnostic::{Severity, listed, nearest};
use layer::{Layer, Origin, Source, State};
use limits::Limits;
use loader::{Loader, PROJECT_KEYS, USER_KEYS};
use permission::{Definitions, Profile};
use place::Places;
use project::{Project, Trust};
use rules::Rules;
use settle::Settings;
use std::path::{Path, PathBuf};
use value::{Scope, Value};

/// The configuration after all layers.
#[derive(Debug)]
pub struct Config {
    /// The settled values.
    pub settings: Settings,
    /// The profile in use, and who chose it.
    pub profile: Option<(String, Origin)>,
    /// The project around the working directory.
    pub project: Project,
    /// The rules.
    pub rules: Rules,
    /// The permission profile in force, where no sandbox mode is.
    pub permission: Option<Profile>,
    /// What nothing can grant.
    pub limits: Limits,
    /// What is known of commands.
    pub commands: Commands,
    /// Whether a verdict that cannot be recorded is a denial.
    pub audit_required: bool,
    /// What could not be honoured.
    pub warnings: Vec<String>,
    /// The files that were, or could have been, read.
    pub sources: Vec<Source>,
    /// Where things are.
    pub places: Places,
    /// What all of this was read from, and how it looked.
    pub looks: Looks,
}

impl Config {
    /// Reads all layers for this directory.
    pub fn load(args: &PolicyArgs, places: Places, cwd: &str) -> Result<Self, Failure> {
        let disk = Disk::default();
        let mut loader = Loader { places: &places, disk: &disk, diagnostics: Vec::new() };
        let mut sources = vec![
            loader.file(Layer::System, &places.system.join("config.toml"), USER_KEYS),
            loader.file(Layer::User, &places.user.join("config.toml"), USER_KEYS),
        ];
        let mut overrides: Vec<Source> = args.config.iter().map(|text| loader.assignment(text)).collect();
        overrides.push(loader::flags(args));
        let required = loader.required()?;
        let all = || sources.iter().chain(&overrides);
        let project = project::find(cwd, &places.home, &markers(all()), &all().cloned().collect::<Vec<_>>(), &disk);
        let projects = loader.projects(&project, cwd);
        let profile = chosen(args, all());
        let profile_file = match &profile {
            Some((name, _)) => {
                Some(loader.file(Layer::Profile, &places.user.join(format!("{name}.config.toml")), PROJECT_KEYS))
            }
            None => None,
        };
        refuse(loader.diagnostics)?;

        let mut warnings = Vec::new();
        let texts =
            Texts { stated: &sources, projects: &projects, profile_file: profile_file.as_ref(), overrides: &overrides };
        let mut settings = texts.settle(&project, profile.as_ref(), &mut warnings)?;
        let own = texts.definitions();
        let definitions = Definitions { own: &own, required: &required };
        let imposed = requirement::impose(&required, definitions, &mut settings, &mut warnings)?;
        let permission = imposed.permission;
        if let Some(permission) = &permission {
            remark(permission, &mut settings, &mut warnings);
        }
        warnings.extend(unsent(&settings));
        let mut rules = load_rules(args, &places, &project, cwd, &disk);
        for profile in permission.iter().chain([&imposed.limits.kept]) {
            rules.domains(profile);
        }
        rules.insert(imposed.rules);
        rules.denied_domains(&imposed.denied_domains);
        let commands =
            Commands::load(&places, texts_of(&settings, "commands"), &disk).map_err(Failure::configuration)?;
        sources.extend(projects);
        sources.extend(profile_file);
        sources.extend(overrides);
        sources.push(required);
        Ok(Self {
            settings,
            profile,
            project,
            rules,
            permission,
            limits: imposed.limits,
            commands,
            audit_required: imposed.audit,
            warnings,
            sources,
            places,
            looks: disk.looks(),
        })
    }

    /// When a person is asked.
    pub fn approval(&self) -> ApprovalPolicy {
        match self.settings.get("approval_policy").map(|setting| &setting.value) {
            Some(Value::Approval(policy)) => *policy,
            _ => ApprovalPolicy::Untrusted,
        }
    }

    /// Whether what would be a prompt is routed by guardian.
    pub fn reviewed(&self) -> bool {
        let setting = self.settings.get("approvals_reviewer");
        setting.is_some_and(|setting| setting.value != Value::Word("user"))
    }

    /// The box that commands run in.
    pub fn mode(&self) -> SandboxMode {
        match self.settings.get("sandbox_mode").map(|setting| &setting.value) {
            Some(Value::Word(word)) => key::mode(word).unwrap_or_default(),
            _ => SandboxMode::default(),
        }
    }

    /// Whether a switch is on.
    pub fn is(&self, setting: &str) -> bool {
        matches!(self.settings.get(setting).map(|setting| &setting.value), Some(Value::Bool(true)))
    }

    /// Folders that may be written besides the workspace.
    pub fn writable_roots(&self) -> &[String] {
        texts_of(&self.settings, "sandbox_workspace_write.writable_roots")
    }

    /// What a command may use up.
    pub fn uses(&self) -> guardian_sandbox::Limits {
        let number = |name: &str| match self.settings.get(name).map(|setting| &setting.value) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        };
        let bytes = |name| number(name).map(|megabytes| megabytes.saturating_mul(1 << 20));
        guardian_sandbox::Limits {
            processes: number("limits.processes"),
            memory: bytes("limits.memory_mb"),
            file_size: bytes("limits.file_size_mb"),
            open_files: number("limits.open_files"),
            cpu_seconds: number("limits.cpu_seconds"),
            wall_clock: number("limits.wall_clock_seconds").map(std::time::Duration::from_secs),
        }
    }

    /// guardian's own folders and files, which no command may touch.
    pub fn own(&self) -> Vec<String> {
        let named = texts_of(&self.settings, "commands");
        self.places.own().into_iter().chain(named.iter().cloned()).collect()
    }
}

/// A setting that is a list of texts.
fn texts_of<'a>(settings: &'a Settings, name: &str) -> &'a [String] {
    match settings.get(name).map(|setting| &setting.value) {
        Some(Value::Texts(texts)) => texts,
        _ => &[],
    }
}

/// All texts but the requirements, by layer.
struct Texts<'a> {
    stated: &'a [Source],
    projects: &'a [Source],
    profile_file: Option<&'a Source>,
    overrides: &'a [Source],
}

impl Texts<'_> {
    /// The texts that may define permission profiles, the weakest first.
    fn definitions(&self) -> Vec<&Source> {
        self.stated.iter().chain(self.profile_file).chain(self.overrides).collect()
    }

    /// The values they settle to.
    fn settle(
        &self,
        project: &Project,
        profile: Option<&(String, Origin)>,
        warnings: &mut Vec<String>,
    ) -> Result<Settings, Failure> {
        let mut settings = settle::defaults(project);
        for source in self.stated {
            settle::apply(&mut settings, source, &Scope::Base, source.layer);
        }
        for source in self.projects {
            settle::tighten(&mut settings, source, warnings);
        }
        if let Some((name, origin)) = profile {
            let sources = self.stated.iter().chain(self.overrides).chain(self.profile_file);
            if !apply_profile(&mut settings, name, sources) {
                return Err(no_profile(name, origin, self.stated));
            }
        }
        for source in self.overrides {
            settle::apply(&mut settings, source, &Scope::Base, Layer::CommandLine);
        }
        Ok(settings)
    }
}

/// Says of a permission profile what its mode comes to, and what of it cannot be honoured.
fn remark(permission: &Profile, settings: &mut Settings, warnings: &mut Vec<String>) {
    let name = &permission.name;
    let place = format!("permission profile `{name}`");
    let mode = Value::Word(mode_name(permission.mode()));
    let chosen = settle::selected(settings).map(|(_, origin)| origin.layer);
    // A mode with places beside it is still that mode.
    if chosen.is_some() || settings.get("sandbox_mode").is_none_or(|own| own.value != mode) {
        settle::put(settings, "sandbox_mode", mode, Origin::new(chosen.unwrap_or(Layer::Default), place));
    }
    if permission.files.is_empty() && !permission.disabled {
        warnings.push(format!("permission profile `{name}` names no place in `filesystem`, so nothing can be read"));
    }
}

fn markers<'a>(sources: impl DoubleEndedIterator<Item = &'a Source>) -> Vec<String> {
    let found = sources.rev().find_map(|source| match source.get("project_root_markers") {
        Some((Value::Texts(markers), _)) => Some(markers.clone()),
        _ => None,
    });
    found.unwrap_or_else(|| vec![".git".to_owned()])
}

/// The profile to use, and who chose it.
fn chosen<'a>(args: &PolicyArgs, sources: impl DoubleEndedIterator<Item = &'a Source>) -> Option<(String, Origin)> {
    if let Some(name) = &args.profile {
        return Some((name.clone(), Origin::new(Layer::CommandLine, "-p")));
    }
    sources.rev().find_map(|source| match source.get("profile") {
        Some((Value::Text(name), origin)) => Some((name.clone(), origin)),
        _ => None,
    })
}

/// Puts the profile's values on top. Whether there is such a profile.
fn apply_profile<'a>(settings: &mut Settings, name: &str, sources: impl Iterator<Item = &'a Source>) -> bool {
    let mut found = false;
    let inside = Scope::Profile(name.to_owned());
    for source in sources {
        let scope = if source.layer == Layer::Profile { &Scope::Base } else { &inside };
        found |= source.of(scope).next().is_some() || (source.layer == Layer::Profile && source.state == State::Read);
        settle::apply(settings, source, scope, Layer::Profile);
    }
    found
}

fn no_profile(name: &str, origin: &Origin, sources: &[Source]) -> Failure {
    let mut known: Vec<&str> = sources
        .iter()
        .flat_map(|source| &source.entries)
        .filter_map(|entry| match &entry.scope {
            Scope::Profile(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    known.sort_unstable();
    known.dedup();
    let failure = Failure::usage(format!("there is no profile `{name}` ({origin})"));
    match nearest(name, &known) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => {
            failure.help(format!("no profile is configured; `[profiles.{name}]` in config.toml makes one"))
        }
        None => failure.help(format!("profiles: {}", listed(&known))),
    }
}

/// Errors end it all; warnings are said.
fn refuse(diagnostics: Vec<guardian_rules::diagnostic::Diagnostic>) -> Result<(), Failure> {
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(Failure::configuration(diagnostics));
    }
    crate::output::diagnostics(&diagnostics);
    Ok(())
}

/// Why nothing is sent though an endpoint is set.
fn unsent(settings: &Settings) -> Option<String> {
    let endpoint = settings.get("otel.endpoint")?;
    let why = match settings.get("audit.enabled").map(|setting| &setting.value) {
        _ if !cfg!(feature = "otel") => "this guardian was built without OpenTelemetry",
        Some(Value::Bool(false)) => "nothing is recorded, and only what is recorded is sent",
        _ if endpoint.origin.layer == Layer::CommandLine => "what is sent is read from files alone",
        _ => return None,
    };
    Some(format!("`otel.endpoint` is left out: {why}"))
}

fn load_rules(args: &PolicyArgs, places: &Places, project: &Project, cwd: &str, disk: &Disk) -> Rules {
    let mut rules = Rules { once: args.once, ..Rules::default() };
    rules.folder(Layer::System, &places.system.join("rules"), places, disk);
    rules.folder(Layer::User, &places.user.join("rules"), places, disk);
    if project.trust == Trust::Trusted {
        let root = project.root.as_deref().unwrap_or(cwd);
        for folder in project::folders(root, cwd) {
            rules.folder(Layer::Project, &folder.join(place::PROJECT).join("rules"), places, disk);
        }
    }
    if let Some((file, text)) = crate::session::rules(places, disk) {
        rules.text(Layer::CommandLine, &places.shown(&file), &text);
    }
    for file in &args.rules {
        let path = if file.is_absolute() { file.clone() } else { absolute(file) };
        rules.file(Layer::CommandLine, &path, places, disk);
    }
    rules
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests;
