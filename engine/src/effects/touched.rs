//! What is done to a path, and what the place it leads to makes of it.

use super::effect::{Effect, EffectKind, PathClass, PathTarget, Target};
use super::inference::{Context, Inference};
use super::map::Extent;
use super::repository::is_told_tokens;
use super::roles;
use crate::facts::FileKind;
use crate::resolve::{Binding, Directory, HOLE, Input, Invocation, Knowledge, Value, Why};
use crate::shell::Span;
use compact_str::format_compact;
use guardian_rules::paths::{below, fixed, folder, last_name};
use guardian_rules::{Output, Role, places};

impl Inference<'_> {
    /// An effect on a path.
    pub(super) fn path(&mut self, kind: EffectKind, value: &Value, context: Context<'_>) {
        if value.text == "-" && value.knowledge == Knowledge::Exact {
            return;
        }
        if let Some(host) = roles::host_behind(&value.text) {
            let target = Target::Host(host.into());
            let effect = Effect { kind: EffectKind::Send, target, span: value.span, cause: context.cause };
            if kind == EffectKind::Read {
                self.add(context.unit, Effect { kind: EffectKind::Fetch, ..effect.clone() });
            }
            return self.add(context.unit, effect);
        }
        for directory in context.directory.each() {
            let matched = directory.matched(value);
            let value = matched.as_ref().unwrap_or(value);
            let mut path = self.map.located(value, &directory, context.tree);
            let endless = kind == EffectKind::Read && places::ENDLESS.contains(&&*path.path);
            if path.class == PathClass::Sink {
                match kind {
                    EffectKind::Read if !endless => continue,
                    EffectKind::Read => {}
                    EffectKind::Write | EffectKind::Append if self.reopens(value, &path.path) => {
                        path.class = PathClass::Unknown;
                    }
                    EffectKind::Write if context.replaces => path.class = PathClass::Device,
                    EffectKind::Write | EffectKind::Append if places::DRIVEN.contains(&&*path.path) => {}
                    EffectKind::Inspect | EffectKind::Write | EffectKind::Append => continue,
                    // To write to it is nothing, to remove it or to change whose it is something.
                    _ => path.class = PathClass::Device,
                }
            }
            if self.names_what_is_secret(value) {
                path.class = PathClass::Secret;
            }
            path.class = self.through_links(kind, value, &path, context);
            if matches!(kind, EffectKind::Read | EffectKind::Inspect) {
                path.class = self.class_to_readers(kind, &path, context);
            } else {
                path.class = self.class_to_writers(kind, value, &path);
            }
            if path.class == PathClass::Unknown {
                path.class = self.map.at_least(value, &directory, kind);
            }
            if kind == EffectKind::Delete && path.class == PathClass::Secret && self.map.is_litter(&path) {
                path.class = PathClass::Temporary;
            }
            if path.class == PathClass::Unknown && kind == EffectKind::Read && self.is_told_of_secrets(value) {
                path.class = PathClass::Secret;
            }
            self.add(context.unit, Effect { kind, target: Target::Path(path), span: value.span, cause: context.cause });
        }
    }

    /// What a place counts for to whoever reads, or lists, what lies there.
    fn class_to_readers(&self, kind: EffectKind, path: &PathTarget, context: Context<'_>) -> PathClass {
        use PathClass as P;
        let secrets = || context.tree && (context.secrets)();
        match (kind, path.class) {
            // To look for secrets by their names all over the machine is to list the places that keep them.
            (EffectKind::Inspect, P::Root | P::Home | P::System | P::Outside | P::Temporary) if secrets() => P::Secret,
            (EffectKind::Inspect, class) => class,
            (_, class) if secrets() => class.max(P::Secret),
            // To read a folder of the home directory with all below is to read the secrets that lie there.
            (_, class) if path.tree && class < P::Secret && self.map.holds_secrets(&path.path) => P::Secret,
            (_, class) if path.exact && is_told_tokens(&path.path, self.map.facts) => class.max(P::Secret),
            (_, class) => class,
        }
    }

    /// What a place counts for to whoever writes there, or removes what lies there.
    fn class_to_writers(&self, kind: EffectKind, value: &Value, path: &PathTarget) -> PathClass {
        use PathClass as P;
        let mut class = path.class;
        let fills = matches!(kind, EffectKind::Write | EffectKind::Append);
        // A repository is one wherever it lies: what runs in it by itself is as bad there.
        let outside = matches!(class, P::Home | P::Outside | P::Temporary);
        if outside && fills && self.map.controls_elsewhere(path) {
            return P::Control;
        }
        // What is put into a temporary folder is as temporary as what lies there.
        if class == P::Outside && fills && path.exact && self.map.is_temporary_root(&path.path) {
            class = P::Temporary;
        }
        if !fills && !matches!(kind, EffectKind::Delete | EffectKind::Metadata) {
            return class;
        }
        // To whoever writes, a file that is run counts for more than that it holds secrets.
        if class == P::Secret && self.map.controls(path) {
            return P::Control;
        }
        if class == P::Secret && kind == EffectKind::Metadata {
            return self.class_to_owners(path);
        }
        if class == P::Secret && path.inside && self.map.starts_up(path) {
            return P::Startup;
        }
        let control = || value.from.iter().any(|unit| self.control.contains(unit));
        if class < P::Control && !self.control.is_empty() && control() {
            return P::Control;
        }
        // What has more to its name than what was found (`$f.bak`) is another file.
        let itself = || value.sketch.as_deref().is_none_or(|sketch| sketch.ends_with(HOLE));
        let known = matches!(value.knowledge, Knowledge::Name | Knowledge::Pattern);
        let found = fills && !self.found.is_empty() && known && itself();
        if found && class < P::Control {
            return class.max(self.came_by(value).unwrap_or(class));
        }
        class
    }

    /// What a secret counts for to whoever changes its mode or owner: to hide one's own is nothing bad. What else a pattern
    /// matches, and who may read a secret of the system's, counts for more.
    fn class_to_owners(&self, path: &PathTarget) -> PathClass {
        use PathClass as P;
        let home = self.map.workspace.home.as_str();
        let own = path.inside || below(&path.path, home);
        let start = fixed(&path.path);
        let place = if start.len() < path.path.len() { folder(start) } else { start };
        if path.inside || own && path.exact {
            return P::Secret;
        }
        match self.map.classify(if place.is_empty() { "/" } else { place }, Extent::ITSELF) {
            P::Secret if !own => P::System,
            P::Root if place == home => P::Startup,
            class => class,
        }
    }

    /// What is copied into a folder keeps its name there, which may be one that counts for more than the folder does.
    pub(super) fn placed(&mut self, invocation: &Invocation, binding: &Binding, context: Context<'_>) {
        let copies = binding.output() == Output::Copied || binding.operand_roles.have(Role::CopyFrom);
        if !copies {
            return;
        }
        let word = |i: usize| invocation.arguments.get(i);
        let into = |role: Role| matches!(role, Role::Write | Role::Replace | Role::WriteTree | Role::CopyTo);
        let operand = binding.operands_in(&invocation.arguments).find(|(role, _)| into(*role)).map(|(_, word)| word);
        let option = || binding.options.iter().find(|bound| bound.role.is_some_and(into))?.value.as_ref();
        let Some(folder) = operand.or_else(option).filter(|folder| folder.known().is_some()) else { return };
        let copied = binding
            .operands
            .iter()
            .filter(|(_, role)| matches!(role, Role::Read | Role::ReadTree | Role::LinkTo | Role::CopyFrom));
        for value in copied.filter_map(|(i, _)| word(*i)) {
            let name = last_name(value.text.trim_end_matches('/'));
            // What is in the folder, and not the folder itself: rsync says so by a slash, cp by a full stop.
            let inner =
                value.text.ends_with("/.") || value.text.ends_with('/') && binding.operand_roles.have(Role::CopyFrom);
            if context.tree && inner {
                self.unpacked_into(value, folder, context);
            }
            if inner
                || matches!(name, "" | "." | "..")
                || !matches!(value.knowledge, Knowledge::Exact | Knowledge::Pattern)
            {
                continue;
            }
            let text = format_compact!("{}/{name}", folder.text.trim_end_matches('/'));
            let inner = Value { text, knowledge: value.knowledge, span: value.span, ..folder.clone() };
            for directory in context.directory.each() {
                let outer = self.map.target(folder, &directory);
                let path = self.filled(&inner, &directory, context);
                if counts_for_more(path.class, outer.class) && self.is_folder(folder, &outer.path) {
                    self.fills(path, value.span, context);
                }
            }
        }
    }

    /// Where a name lies that a folder gains, and what that counts for to whoever writes there.
    pub(super) fn filled(&self, named: &Value, directory: &Directory, context: Context<'_>) -> PathTarget {
        let mut path = self.map.located(named, directory, context.tree);
        path.class = self.class_to_writers(EffectKind::Write, named, &path);
        path
    }

    /// Such a name is written to.
    pub(super) fn fills(&mut self, path: PathTarget, span: Span, context: Context<'_>) {
        let effect = Effect { kind: EffectKind::Write, target: Target::Path(path), span, cause: context.cause };
        self.add(context.unit, effect);
    }

    /// All that is in a folder is copied into another: what lies there by a name that counts for more keeps its name.
    fn unpacked_into(&mut self, from: &Value, folder: &Value, context: Context<'_>) {
        for directory in context.directory.each() {
            let source = self.map.tree(from, &directory);
            let is_there = || matches!(self.map.facts.kind(&source.path), Some(FileKind::Directory | FileKind::Link));
            if !source.exact || !is_there() {
                continue;
            }
            for name in protected_names() {
                let there = self.map.facts.kind(&format!("{}/{name}", source.path.trim_end_matches('/')));
                if !matches!(there, Some(FileKind::File | FileKind::Directory | FileKind::Link)) {
                    continue;
                }
                let text = format_compact!("{}/{name}", folder.text.trim_end_matches('/'));
                let path = self.map.tree(&Value { text, ..folder.clone() }, &directory);
                if matches!(path.class, PathClass::Agent | PathClass::Control) {
                    self.fills(path, from.span, context);
                }
            }
        }
    }

    /// Whether a word names a folder, as far as it says so itself, or one is there.
    fn is_folder(&self, value: &Value, path: &str) -> bool {
        let says = value.text.ends_with('/') || matches!(last_name(&value.text), "." | "..");
        says || self.map.facts.kind(path) == Some(FileKind::Directory)
    }

    /// A name that was listed below a folder, and is moved to another below the same: nothing of the folder is lost.
    pub(super) fn renamed(&mut self, value: &Value, context: Context<'_>) {
        self.path(EffectKind::Read, value, context);
        let start = self.effects.len();
        self.path(EffectKind::Delete, value, context);
        for (_, effect) in self.effects.change(start) {
            if let Target::Path(path) = &mut effect.target
                && matches!(path.class, PathClass::Workspace | PathClass::WorkspaceRoot)
            {
                path.class = PathClass::Workspace;
                path.tree = false;
            }
        }
    }

    /// Whether what is written there goes to a file that lies behind a descriptor: the names in `/dev/fd` open it anew, for
    /// writing even where it was opened for reading. (proc(5), `/proc/pid/fd`)
    fn reopens(&self, value: &Value, path: &str) -> bool {
        match path {
            // Behind `>(…)` is the command's input.
            _ if value.is_process() => false,
            "/dev/stdout" | "/dev/stderr" | "/dev/fd/1" | "/dev/fd/2" => self.resolution.descriptors,
            _ => path == "/dev/stdin" || path.starts_with("/dev/fd/"),
        }
    }
}

/// Whether a name in a folder counts for more than the folder does.
pub(super) fn counts_for_more(name: PathClass, folder: PathClass) -> bool {
    matches!(name, PathClass::Agent | PathClass::Control | PathClass::Startup) && name > folder
}

/// Names of files and folders that count for more wherever they lie in a workspace: settings of agents, and what tells tools
/// what to run.
pub(super) fn protected_names() -> impl Iterator<Item = &'static str> {
    places::AGENTS.iter().chain(places::CONTROL).copied().filter(|entry| !entry.contains(['/', '*', '~']))
}

/// Whether a command leaves nothing of what was in the files that it writes: what filters writes its output there, and
/// `/dev/null` is copied there as nothing.
pub(super) fn empties(invocation: &Invocation, binding: &Binding) -> bool {
    match binding.output() {
        Output::Filter | Output::Same => true,
        Output::Copied => invocation.words().any(|(role, word)| role == Role::Read && word.text == "/dev/null"),
        _ => false,
    }
}

/// Whether what is moved was listed below a folder, and goes where something below the same folder is named.
pub(super) fn renames(invocation: &Invocation, binding: &Binding, value: &Value) -> bool {
    let mut operands = binding.operands_in(&invocation.arguments);
    let to = operands.find(|(role, _)| matches!(role, Role::Replace | Role::Write));
    let Some((_, to)) = to.filter(|(_, to)| to.knowledge == value.knowledge && !to.many) else { return false };
    match value.knowledge {
        Knowledge::Name => to.text == value.text,
        // Found at any depth: what is moved lies where it was, with another ending to its name.
        Knowledge::Pattern => {
            let start = |text: &str| text.split_once("/**/").map(|(start, name)| (start.len(), name.contains('/')));
            let (Some((from, false)), Some((behind, false))) = (start(&value.text), start(&to.text)) else {
                return false;
            };
            let same = from == behind && value.text.get(..from) == to.text.get(..from) && value.from == to.from;
            same && to.text.contains("/**/*.")
        }
        _ => false,
    }
}

/// What stands on standard input as names of files: those that are written there, or that a command lists.
pub(super) fn named_on_input(invocation: &Invocation) -> Vec<Value> {
    if let Some(text) = invocation.input.given().and_then(Value::known) {
        let names = text.split(['\n', '\0']).filter(|name| !name.is_empty());
        return names.map(|name| Value::exact(name, invocation.span)).collect();
    }
    vec![listed_on_input(invocation)]
}

/// Those that a command lists.
fn listed_on_input(invocation: &Invocation) -> Value {
    let unknown = || Value::unknown(Why::Input, invocation.span);
    match &invocation.input {
        Input::Pipe(piped) => {
            let prints = piped.prints.clone().filter(|value| value.knowledge == Knowledge::Name);
            Value { from: piped.units.clone(), many: true, ..prints.unwrap_or_else(unknown) }
        }
        Input::Text(_) | Input::File(_) | Input::Inherited => unknown(),
    }
}
