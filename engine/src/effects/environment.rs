//! What setting a variable does.

use super::effect::{Cause, Effect, EffectKind, PathClass, Target};
use super::flow::is_local;
use super::inference::Inference;
use super::map::Map;
use super::roles::host_of;
use crate::resolve::{Directory, Invocation, Knowledge, Lookup, NoteKind, Reach, Resolution, Value, Why};
use crate::shell::Span;
use guardian_rules::CommandSpec;
use guardian_rules::addresses::{connection, is_database};
use guardian_rules::image::matches;
use guardian_rules::paths::last_name;
use guardian_rules::places::{self, AGENT_PROGRAMS};
use guardian_rules::stages::{names_production, names_test_run};
use guardian_rules::variables::{self, Said};
use std::borrow::Cow;

pub use guardian_rules::places::is_secret_variable as is_secret;

/// What kind of variable a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    /// It changes looks, language or verbosity.
    Harmless,
    /// It loads code, chooses what runs or where configuration lies; its value says whether.
    Loading,
    /// The project's or user's own.
    Own,
}

/// A variable that is set to a value.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'v> {
    /// Its name.
    pub name: &'v str,
    /// What it is set to.
    pub value: &'v Value,
    /// How far it reaches, where it is set for more than one command.
    pub lasts: Option<Reach>,
    /// The part of the script that says so.
    pub span: Span,
    /// Whether what sees it is guardian or an agent, whose settings are nobody's to choose.
    pub guarded: bool,
}

impl Setting<'_> {
    fn variable(&self) -> Variable {
        if is_small(self.name) {
            return Variable::Own;
        }
        let listed = |names: &[&str]| names.iter().any(|pattern| matches(pattern, self.name));
        let shows = |text: &str| places::HARMLESS_PAGERS.contains(&text);
        if listed(places::HARMLESS_VARIABLES)
            || (places::PAGERS.contains(&self.name) && self.value.known().is_some_and(shows))
        {
            Variable::Harmless
        } else if listed(places::LOADING_VARIABLES)
            || places::PAGERS.contains(&self.name)
            || variables::is_judged(self.name)
        {
            Variable::Loading
        } else {
            Variable::Own
        }
    }

    /// Whether nobody but the program it is set for may know the variable.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.variable() == Variable::Own
    }

    /// What setting it does. Relative paths in its value start in these directories.
    #[must_use]
    pub fn effects(&self, map: Map<'_>, directories: &[Directory]) -> Vec<Effect> {
        match self.variable() {
            Variable::Own => self.own(map, directories),
            Variable::Harmless => self.kept(),
            // `IFS` is followed by the resolver; set in front of one command it only reaches that command.
            Variable::Loading if self.name == "IFS" => Vec::new(),
            Variable::Loading => self.loading(map, directories),
        }
    }

    fn effect(&self, kind: EffectKind, target: Target) -> Effect {
        Effect { kind, target, span: self.span, cause: Cause::Environment }
    }

    /// What stays behind in the shell.
    fn kept(&self) -> Vec<Effect> {
        if self.lasts != Some(Reach::Commands) {
            return Vec::new();
        }
        vec![self.effect(EffectKind::State, Target::Named(format!("variable {}", self.name).into()))]
    }

    fn own(&self, map: Map<'_>, directories: &[Directory]) -> Vec<Effect> {
        if self.lasts == Some(Reach::Shell) {
            return self.kept();
        }
        let given = self.text().unwrap_or_default();
        if variables::PROGRAM_VARIABLES.iter().any(|pattern| matches(pattern, self.name)) && !is_name(&given) {
            let anything =
                Effect::named(EffectKind::Execute, &format!("variable {}", self.name), self.span, Cause::Environment);
            return variables::path(&given)
                .and_then(|path| self.brought(&[path], map, directories))
                .unwrap_or_else(|| vec![anything]);
        }
        if let Some(paths) = loaded(self.name, &given) {
            let execute =
                || vec![self.effect(EffectKind::Execute, Target::Named(format!("variable {}", self.name).into()))];
            return self.brought(&paths, map, directories).filter(|_| !paths.is_empty()).unwrap_or_else(execute);
        }
        let mut effects = self.shown();
        if self.leads_out(&given, map, directories) {
            let why = format!("what comes of a path outside the workspace in `{}`", self.name);
            effects.push(Effect::unknown(&why, self.span, Cause::Environment));
        }
        effects
    }

    /// Whether a path in the value, which whoever looks at it may read or write, lies outside the workspace, or is one of
    /// its own that tell tools what to run.
    fn leads_out(&self, given: &str, map: Map<'_>, directories: &[Directory]) -> bool {
        use PathClass as C;
        let file =
            ["sqlite:///", "sqlite3:///", "file://", "sqlite:", "file:"].iter().find_map(|s| given.strip_prefix(s));
        let given = file.unwrap_or(given);
        if given.contains("://") || !given.contains(['/', '~']) {
            return false;
        }
        let pieces = given.split([' ', '\t', '\n', ':', ',', ';', '=', '"', '\'', '|', '(', ')']);
        let paths = pieces.filter(|piece| piece.contains('/') && !piece.starts_with("//") && piece.len() > 1);
        let home = map.workspace.home.as_str();
        let mut places = paths.flat_map(|path| {
            let path = match path.strip_prefix("~/") {
                Some(rest) => format!("{home}/{rest}"),
                None => path.to_owned(),
            };
            directories
                .iter()
                .flat_map(Directory::each)
                .map(move |directory| map.target(&Value::exact(path.as_str(), self.span), &directory))
        });
        places.any(|place| {
            let outside = match place.class {
                C::Startup | C::Agent | C::Secret | C::Control | C::Home | C::System | C::Device => true,
                // What the web calls a path is none here.
                C::Outside => !map.is_nowhere(&place.path),
                _ => false,
            };
            outside && !places::is_tool_folder(&place.path, home)
        })
    }

    /// What a variable of the project's own says by its name, and where its value is the address of another host.
    fn shown(&self) -> Vec<Effect> {
        if self.lasts.is_some() {
            return self.kept();
        }
        // A variable of the project's own that names another host sends it there. What runs against a database may change
        // it, which counts where that is production.
        let text = self.value.text.as_str();
        if text.contains("://") {
            let hosts = connection(text).hosts;
            if let Some(host) = hosts.into_iter().map(host_of).find(|host| !is_local(host)) {
                let target = Target::Host(host.into());
                let mut effects = vec![self.effect(EffectKind::Connect, target.clone())];
                if is_database(text) && names_production(text) {
                    effects.push(self.effect(EffectKind::Change, target));
                }
                return effects;
            }
        }
        if is_unknown_database(self.name, self.value) {
            return vec![self.effect(EffectKind::Change, Target::Named("a database that is not known".into()))];
        }
        let target = Target::Named(format!("variable {} of one command", self.name).into());
        vec![self.effect(EffectKind::State, target)]
    }

    /// A variable that loads code, as far as its value says which.
    fn loading(&self, map: Map<'_>, directories: &[Directory]) -> Vec<Effect> {
        let anything =
            || vec![self.effect(EffectKind::Execute, Target::Named(format!("variable {}", self.name).into()))];
        if self.guarded {
            return anything();
        }
        if self.name == "PATH" {
            return self.searched(map, directories).unwrap_or_else(anything);
        }
        if variables::takes_anything(self.name) {
            return self.kept();
        }
        // `env -i HOME="$HOME"`: it stays what it was.
        if self.name == "HOME" && self.value.known().is_some_and(|home| home == map.workspace.home) {
            return self.kept();
        }
        let Some(text) = self.text() else {
            return anything();
        };
        match variables::said(self.name, &text, self.lasts.is_some()) {
            Said::Plain => self.kept(),
            Said::Reads(path) => {
                let mut effects = self.kept();
                let target = map.target(&Value::exact(path, self.span), &Directory::Unknown);
                effects.push(self.effect(EffectKind::Read, Target::Path(target)));
                effects
            }
            Said::Brings(paths) => self.brought(&paths, map, directories).unwrap_or_else(anything),
            Said::Scratch(path) => match self.brought(&[path], map, directories) {
                Some(effects) if effects.iter().all(|e| e.class() == Some(PathClass::Temporary)) => self.kept(),
                effects => effects.unwrap_or_else(anything),
            },
            Said::Unknown => anything(),
        }
    }

    /// The value, as far as it is known: a digit stands for a number, and what the variable was before for itself.
    fn text(&self) -> Option<Cow<'_, str>> {
        match self.value.knowledge {
            Knowledge::Exact => Some(self.value.text.as_str().into()),
            Knowledge::Number => Some("1".into()),
            Knowledge::Pattern => Some(self.value.text.replace("[0-9]*", "1").replace("[0-9]", "1").into()),
            // Which of several it is, is not known.
            Knowledge::Unknown(Why::Paths) => None,
            Knowledge::Unknown(_) | Knowledge::Path => self.value.sketch.as_deref().map(Into::into),
            _ => None,
        }
    }

    /// Folders of the project in which programs are looked for.
    fn searched(&self, map: Map<'_>, directories: &[Directory]) -> Option<Vec<Effect>> {
        let mut effects = self.kept();
        for directory in directories.iter().flat_map(Directory::each) {
            match Lookup::of(self.value, &directory, map.workspace) {
                Lookup::Same => {}
                Lookup::Project(folders) => {
                    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
                    effects.extend(self.brought(&folders, map, &[directory])?);
                }
                Lookup::Changed => return None,
            }
        }
        (!directories.is_empty()).then_some(effects)
    }

    /// What lies at these paths is brought in: nothing new from the system's folders, code of the project from its own.
    fn brought(&self, paths: &[&str], map: Map<'_>, directories: &[Directory]) -> Option<Vec<Effect>> {
        use PathClass as C;
        let mut effects = self.kept();
        for directory in directories.iter().flat_map(Directory::each) {
            for path in paths {
                let mut target = map.target(&Value::exact(*path, self.span), &directory);
                // What lies in a home are settings, which no folder of tools holds.
                if !matches!(self.name, "HOME" | "XDG_CONFIG_HOME")
                    && places::is_tool_folder(&target.path, &map.workspace.home)
                {
                    continue;
                }
                match target.class {
                    C::Workspace | C::WorkspaceRoot | C::Regenerable | C::Temporary => {}
                    // A file of the project that also holds secrets.
                    C::Secret if target.inside => target.class = C::Workspace,
                    _ => return None,
                }
                let effect = self.effect(EffectKind::Execute, Target::Path(target));
                if !effects.contains(&effect) {
                    effects.push(effect);
                }
            }
        }
        (!directories.is_empty()).then_some(effects)
    }
}

/// Whether a name has neither capitals nor underscores, as a script's own mostly have none and all that are listed do.
fn is_small(name: &str) -> bool {
    !has_more(name.as_bytes())
}

const fn has_more(mut name: &[u8]) -> bool {
    while let [byte, rest @ ..] = name {
        if byte.is_ascii_uppercase() || *byte == b'_' {
            return true;
        }
        name = rest;
    }
    false
}

const _: () = {
    let mut lists = [places::HARMLESS_VARIABLES, places::LOADING_VARIABLES, places::PAGERS].as_slice();
    while let [list, more @ ..] = lists {
        let mut names = *list;
        while let [name, rest @ ..] = names {
            assert!(has_more(name.as_bytes()), "a variable that tools know has a capital or an underscore");
            names = rest;
        }
        lists = more;
    }
};

/// The paths that code comes from by what the variable is called or its words say, where one of these says so; none of a path
/// that is not plain.
fn loaded<'v>(name: &str, given: &'v str) -> Option<Vec<&'v str>> {
    if !given.contains(['/', '-']) {
        return None;
    }
    if given.contains('/') && variables::LOADING_FROM.iter().any(|pattern| matches(pattern, name)) {
        let pieces = given.split([':', ';']).filter(|piece| !piece.is_empty());
        return Some(pieces.map(variables::path).collect::<Option<_>>().unwrap_or_default());
    }
    let (front, word) = given.split_whitespace().find_map(|word| {
        let front = variables::LOADING_WORDS.iter().find(|front| word.starts_with(**front))?;
        Some((front, word.get(front.len()..)?))
    })?;
    // What the JVM runs on an error is a command.
    let path = variables::path(word.split('=').next().unwrap_or(word)).filter(|_| !front.starts_with("-XX:On"));
    Some(path.into_iter().collect())
}

/// Whether it is no more than a name, a number or nothing.
fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.,+".contains(c))
}

impl Inference<'_> {
    /// The variables that are set for it alone.
    pub(super) fn environment(&mut self, invocation: &Invocation) {
        let spec = invocation.binding.as_ref().map(|binding| binding.spec);
        let closed = invocation.file.is_none() && spec.is_some_and(CommandSpec::closed_environment);
        for (name, value) in &invocation.environment {
            let setting = Setting { name, value, lasts: None, span: invocation.span, guarded: self.guarded };
            if closed && setting.is_own() {
                continue;
            }
            for effect in setting.effects(self.map, std::slice::from_ref(&invocation.directory)) {
                self.add(invocation.unit, effect);
            }
            if tries_production(name, value, invocation) {
                let target = Target::Named("what tests are run against".into());
                self.add(invocation.unit, setting.effect(EffectKind::Change, target));
            }
        }
    }
}

/// Whether a test is told by a variable to run against production: by a URL there, or by the name of the environment. Builds
/// are often told of either, and change nothing there.
fn tries_production(name: &str, value: &Value, invocation: &Invocation) -> bool {
    let text = value.text.as_str();
    let stage = || name == "ENV" || name.ends_with("_ENV") && !BUILD_MODES.contains(&name);
    let there = match text.contains("://") {
        true => connection(text).hosts.into_iter().any(names_production),
        false => stage() && names_production(text),
    };
    let tests = || {
        let words = invocation.arguments.iter().map(|word| word.text.as_str());
        words.chain([last_name(&invocation.name)]).any(names_test_run)
    };
    there && tests()
}

/// Variables that say how code is built, wherever it runs.
const BUILD_MODES: [&str; 2] = ["NODE_ENV", "BABEL_ENV"];

/// Whether guardian or an agent is among the commands.
pub(super) fn guarded(resolution: &Resolution) -> bool {
    let given = resolution.invocations.iter().any(|invocation| !invocation.environment.is_empty());
    (given || assigns(resolution))
        && resolution.invocations.iter().any(|invocation| AGENT_PROGRAMS.contains(&last_name(&invocation.name)))
}

/// Whether a script sets variables for all its commands.
fn assigns(resolution: &Resolution) -> bool {
    resolution.notes.iter().any(|note| matches!(note.kind, NoteKind::Assigned(..)))
}

/// Where the commands of a script run, if it sets variables for them.
pub(super) fn directories(resolution: &Resolution) -> Vec<Directory> {
    let mut all: Vec<Directory> = Vec::new();
    if assigns(resolution) {
        for invocation in &resolution.invocations {
            if !all.contains(&invocation.directory) {
                all.push(invocation.directory.clone());
            }
        }
    }
    all
}

/// Whether a variable says which database is meant, but not in what can be read: `DATABASE_URL=$PROD_URL`.
pub(crate) fn is_unknown_database(name: &str, value: &Value) -> bool {
    value.known().is_none() && name.ends_with("DATABASE_URL")
}
