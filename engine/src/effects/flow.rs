//! What flows from one command to another: a secret to the network, a download to an interpreter. Neither half may be
//! bad by itself; the pair is. Values, pipes and files carry.

use super::effect::{Cause, Effect, EffectKind, Effects, PathClass, PathTarget, Target, Unit};
use super::guard;
use super::modules::SEARCHED;
use crate::facts::Facts;
use crate::resolve::{Directory, Input, Invocation, MORE_FILES, NoteKind, Resolution, Value, names_module};
use crate::shell::Span;
use guardian_rules::names;
use guardian_rules::paths::{below, fixed, folder, last_name, within};
use guardian_rules::places;
use guardian_rules::{Output, Role};
use smallvec::SmallVec;
use std::collections::{HashMap, HashSet};

mod carried;
mod decided;
mod numbers;

pub(crate) use carried::is_local;
use carried::{Carried, is_remote, is_settings, is_source, leaves, sends, source};
use decided::{takes_data, takes_statements};
use numbers::{Numbers, looks_for, names_processes};

/// So many files are followed.
const MOST_FILES: usize = 256;

/// What is carried where.
struct Flows<'r> {
    /// By the number of the command.
    units: Vec<Carried>,
    files: Vec<(PathTarget, Carried)>,
    /// What is written to the commands of a `>(…)`.
    fed: HashMap<Unit, Carried>,
    /// Whether the script expands the number of the shell's parent.
    parent: bool,
    /// Whether it went among settings of an agent, from where is not known.
    settings: bool,
    /// Where it begins.
    start: &'r Directory,
    /// Whether there were more files than are followed.
    more: bool,
    /// Files whose numbers are known not to be guardian's.
    numbers: Numbers<'r>,
    added: Effects,
}

/// Whether anything is there that matters to somebody else.
fn may_flow(resolution: &Resolution, effects: &Effects, start: &Directory) -> bool {
    let matters = |effect: &Effect| {
        let kinds =
            matches!(effect.kind, EffectKind::Connect | EffectKind::Send | EffectKind::Unknown | EffectKind::Install);
        kinds || is_source(effect) || guard::is_aimed(effect) || guard::changes_what_is_installed(effect)
    };
    let watched = |i: &Invocation| i.output() == Output::Decoded || guard::is_watched(i, start);
    let code = |kind: &NoteKind| matches!(kind, NoteKind::Code(..) | NoteKind::Unread(..) | NoteKind::Script(..));
    effects.iter().any(|(_, e)| matters(e))
        || resolution.invocations.iter().any(|i| watched(i))
        || effects.iter().any(|(_, e)| is_remote(e)) && resolution.notes.iter().any(|note| code(&note.kind))
}

/// Adds the effects of flows; where following them ended because there is too much, why.
#[must_use]
pub fn flows(resolution: &Resolution, effects: &mut Effects, facts: &dyn Facts) -> Option<&'static str> {
    let start = resolution.invocations.first().map_or(&Directory::Unknown, |first| &first.directory);
    if !may_flow(resolution, effects, start) {
        return None;
    }
    let by_unit = ByUnit::new(effects);
    let parent = |kind: &NoteKind| matches!(kind, NoteKind::Expands(name) if name.eq_ignore_ascii_case(guard::PARENT));
    let mut flows = Flows {
        units: vec![Carried::default(); resolution.invocations.len() + 1],
        start,
        numbers: Numbers::new(effects, facts),
        parent: resolution.notes.iter().any(|note| parent(&note.kind)),
        files: Vec::new(),
        fed: HashMap::new(),
        settings: false,
        more: false,
        added: Effects::new(),
    };
    flows.along(resolution, &by_unit);
    // In a loop, and through a file, what comes later flows to what comes first.
    flows.feed(resolution);
    if !flows.files.is_empty() || !flows.fed.is_empty() || resolution.invocations.iter().any(|i| takes_what_follows(i))
    {
        flows.along(resolution, &by_unit);
    }
    flows.code(resolution, &by_unit);
    flows.projects(resolution, &by_unit);
    drop(by_unit);
    for (unit, run) in effects.iter().filter(|(_, e)| e.kind == EffectKind::Execute) {
        if let Target::Path(file) = &run.target {
            flows.run(*unit, file, run.span);
        }
    }
    for (unit, install) in effects.iter().filter(|(_, e)| e.kind == EffectKind::Install) {
        if flows.is_downloaded(install.target_text()) {
            flows.runs(*unit, install.span);
        }
    }
    let mut known: HashSet<(Unit, EffectKind)> = HashSet::new();
    effects.extend(flows.added.into_iter().filter(|(unit, e)| known.insert((*unit, e.kind))));
    flows.more.then_some(MORE_FILES)
}

/// The effects of each command.
struct ByUnit<'e> {
    /// In order, and of each the effect of the same number.
    units: SmallVec<[Unit; 16]>,
    effects: SmallVec<[&'e Effect; 16]>,
}

impl<'e> ByUnit<'e> {
    fn new(effects: &'e Effects) -> Self {
        let mut sorted: SmallVec<[&(Unit, Effect); 16]> = effects.iter().collect();
        sorted.sort_by_key(|(unit, _)| *unit);
        let (units, effects) = sorted.into_iter().map(|(unit, effect)| (*unit, effect)).unzip();
        Self { units, effects }
    }

    fn of(&self, unit: Unit) -> &[&'e Effect] {
        let start = self.units.partition_point(|other| *other < unit);
        let end = self.units.partition_point(|other| *other <= unit);
        self.effects.get(start..end).unwrap_or_default()
    }

    /// The connection to a host that a command is redirected to, or whoever runs it: `nohup sh > /dev/tcp/…`.
    fn connection(&self, resolution: &Resolution, unit: Unit) -> Option<&'e Effect> {
        let outer = |unit: &Unit| resolution.invocation(*unit).and_then(|i| i.via).filter(|via| via < unit);
        let mut effects = std::iter::successors(Some(unit), outer).flat_map(|unit| self.of(unit));
        effects.find(|e| e.cause == Cause::Redirection && matches!(e.target, Target::Host(_))).copied()
    }
}

impl Flows<'_> {
    /// Follows what flows from each command to those behind it.
    fn along(&mut self, resolution: &Resolution, by_unit: &ByUnit<'_>) {
        for invocation in &resolution.invocations {
            let channel = by_unit.connection(resolution, invocation.unit).is_some_and(|e| !is_local(e.target_text()));
            self.invocation(invocation, by_unit.of(invocation.unit), channel);
        }
        let all = self.units.iter().fold(Carried::default(), |all, carried| all.with(*carried));
        self.write(by_unit.of(0), all, false);
    }

    /// What is written to a `>(…)` is the input of its first command.
    fn feed(&mut self, resolution: &Resolution) {
        let first = |unit: Unit| match resolution.invocation(unit).map(|i| &i.input) {
            Some(Input::Pipe(piped)) => piped.units.is_empty(),
            _ => false,
        };
        let words = resolution.invocations.iter().flat_map(|i| i.arguments.iter().map(|word| (i.unit, word)));
        let opened = resolution.notes.iter().filter_map(|note| match &note.kind {
            NoteKind::Redirect(written) => Some((note.unit, &written.target)),
            _ => None,
        });
        for (writer, word) in words.chain(opened).filter(|(_, word)| word.is_process()) {
            let carried = self.of(writer);
            for unit in
                word.from.iter().filter(|unit| first(**unit) && (carried.matters_to_all() || carried.remote.is_some()))
            {
                let all = self.fed.entry(*unit).or_default();
                *all = all.with(carried);
            }
        }
    }

    /// Code that is run, of which only it is known where it comes from.
    fn code(&mut self, resolution: &Resolution, by_unit: &ByUnit<'_>) {
        for note in &resolution.notes {
            let sources = match &note.kind {
                NoteKind::Code(_, units) | NoteKind::Unread(_, units) => units.as_slice(),
                NoteKind::Script(value, _) => value.from.as_slice(),
                _ => continue,
            };
            let carried = || sources.iter().map(|unit| self.of(*unit)).chain(self.fed.get(&note.unit).copied());
            // What a service says in answer is data to another one.
            let data = takes_data(resolution, note.unit);
            let remote = |carried: Carried| carried.remote.filter(|_| !data);
            let (download, encoded) =
                (carried().find_map(|c| c.download.or_else(|| remote(c))), carried().find_map(|c| c.encoded));
            if let Some(download) = download {
                self.runs(note.unit, note.span.to(download));
            }
            if let Some(encoded) = encoded.filter(|_| !data) {
                let effect = Effect::named(EffectKind::Execute, "encoded code", note.span.to(encoded), Cause::Flow);
                self.added.push((note.unit, effect));
            }
            // A shell whose input and output are a connection does what the other end says.
            if let Some(effect) = by_unit.connection(resolution, note.unit) {
                self.runs(note.unit, note.span.to(effect.span));
            }
        }
    }

    /// What the output of a command carries.
    fn of(&self, unit: Unit) -> Carried {
        usize::try_from(unit).ok().and_then(|unit| self.units.get(unit)).copied().unwrap_or_default()
    }

    /// What the output of these carries.
    fn of_all(&self, units: &[Unit]) -> Carried {
        units.iter().fold(Carried::default(), |all, unit| all.with(self.of(*unit)))
    }

    /// Code of a project that was itself downloaded before.
    fn projects(&mut self, resolution: &Resolution, by_unit: &ByUnit<'_>) {
        if !self.files.iter().any(|(_, carried)| carried.download.is_some()) {
            return;
        }
        for invocation in &resolution.invocations {
            let own = by_unit.of(invocation.unit);
            let project = |e: &&&Effect| e.kind == EffectKind::Execute && e.target_text().starts_with("project");
            let code = own
                .iter()
                .any(|e| project(&e) || e.kind == EffectKind::Unknown && matches!(e.cause, Cause::Dialect(_)));
            let named = |file: &PathTarget| code && file.exact && names_module(invocation, &file.path);
            let stated = own.iter().find(project).map(|effect| effect.span);
            // Whoever only looks for modules runs no source that it does not name.
            let whole = own.iter().any(|e| project(&e) && e.target_text() != SEARCHED);
            let binding = invocation.binding.as_ref();
            let directory =
                || binding.map_or_else(|| invocation.directory.clone(), |b| b.directory(&invocation.directory));
            let folders = stated.map(|_| directory().each()).unwrap_or_default();
            // What it fills itself it is told to write, and not to run.
            let fills = |file: &PathTarget| {
                own.iter().any(|e| e.kind == EffectKind::Write && e.target_text() == file.path.as_str())
            };
            let within = |file: &PathTarget| {
                folders
                    .iter()
                    .any(|folder| runs_in(folder, file, whole) || !fills(file) && is_given(folder, file, invocation))
            };
            let mut filled = self.files.iter().filter(|(_, carried)| carried.download.is_some()).map(|(file, _)| file);
            if filled.clone().any(named) {
                self.runs(invocation.unit, invocation.span);
            } else if let Some(span) = stated.filter(|_| filled.any(within)) {
                self.runs(invocation.unit, span);
            }
        }
    }

    /// Files of the workspace that leave through a pipe: all of them, or by a connection that takes whatever comes.
    fn leaves(
        &mut self,
        invocation: &Invocation,
        effects: &[&Effect],
        (own, channel): (Carried, bool),
        (piped, received): (Carried, Carried),
    ) {
        let foreign = |e: &&&Effect| matches!(e.target, Target::Host(_)) && !is_local(e.target_text());
        let raw = effects.iter().filter(foreign).any(|e| e.kind == EffectKind::Connect);
        let sends = effects.iter().filter(foreign).any(|e| e.kind == EffectKind::Send);
        let given = received.files.filter(|(_, tree)| sends && *tree);
        let direct = invocation.binding.as_ref().is_some_and(|it| it.spec.direct().is_some()) && raw;
        // A client that changes the one service that it is for is given a file as it would be by name: a comment's text.
        let said = |e: &Effect| invocation.arguments.iter().any(|word| word.text.contains(e.target_text()));
        let chosen = |e: &&Effect| !matches!(e.cause, Cause::Spec(_)) || said(e);
        let told = || {
            let changes = effects.iter().any(|e| e.kind == EffectKind::Change && matches!(e.target, Target::Named(_)));
            changes && !direct && !effects.iter().filter(foreign).any(chosen)
        };
        let files = piped.files.filter(|(_, tree)| raw && (*tree || !told()));
        let files = files.or(given).or(own.files.filter(|_| channel));
        // What a file was filled with before leaves with it. A client of a service or database takes what is about that.
        let taken = piped.whole.filter(|_| direct && !takes_statements(invocation));
        let whole = received.whole.filter(|_| sends).or(own.whole.filter(|_| channel)).or(taken);
        let files = files.map(|(span, _)| span).or(whole);
        if let Some(span) = files {
            let effect =
                Effect::named(EffectKind::Send, "files of the workspace", invocation.span.to(span), Cause::Flow);
            self.added.push((invocation.unit, effect));
        }
    }

    fn invocation(&mut self, invocation: &Invocation, effects: &[&Effect], channel: bool) {
        let settings = guard::lists_settings(invocation);
        let read = self.numbers.are_read_by(effects);
        let fed = self.fed.get(&invocation.unit).copied().unwrap_or_default();
        let piped = self.of_all(invocation.input.units()).with(fed);
        let received = self.received(invocation, effects, piped);
        let mut own = brought(invocation, effects);
        own.guard |= settings;
        own.processes = read || names_processes(invocation) || received.everybody && looks_for(invocation);
        self.leaves(invocation, effects, (own, channel), (piped, received));
        self.becomes_the_program(invocation);
        self.uploads(invocation, effects);
        let processes = received.processes || read;
        let (guard, parent) = (received.guard, self.parent);
        let given = guard::Received { guard, processes, parent, settings: self.settings, start: self.start };
        if let Some(effect) = guard::effect(invocation, effects, given) {
            self.added.push((invocation.unit, effect));
        }
        self.settings |= settings && matches!(invocation.directory, Directory::Matched(_) | Directory::Unknown);
        let carried = own.with(received);
        if let Some(own) = usize::try_from(invocation.unit).ok().and_then(|unit| self.units.get_mut(unit)) {
            *own = carried;
        }
        self.write(effects, carried, received.download.is_some());
        if own.download.is_some() {
            self.saved(invocation, effects, carried);
        }
        self.says_what_is_done(invocation, effects, piped);
        let does = |kinds: fn(EffectKind) -> bool| effects.iter().any(|e| kinds(e.kind));
        // What a command is given may leave with any contact; what it reads itself leaves only if it sends something
        // (`ssh -i key` reads a key to prove who it is).
        let leaving = received.secret.filter(|_| does(leaves)).or(own.secret.filter(|_| does(sends)));
        if let Some(secret) = leaving {
            let effect = Effect::named(EffectKind::Send, "a secret", invocation.span.to(secret), Cause::Flow);
            self.added.push((invocation.unit, effect));
        }
    }

    /// What a command is given: through a pipe, in its words and variables, and in the files that it reads.
    fn received(&self, invocation: &Invocation, effects: &[&Effect], piped: Carried) -> Carried {
        let words = invocation.arguments.iter().chain(invocation.environment.iter().map(|(_, value)| value));
        let filled = words.filter(|word| !word.from.is_empty());
        let words = filled.fold(Carried::default(), |all, word| all.with(self.of_all(&word.from)));
        let read = effects.iter().filter(|e| e.kind == EffectKind::Read);
        let files = read.filter_map(|e| if let Target::Path(path) = &e.target { Some(path) } else { None });
        files.fold(words.with(piped), |all, path| all.with(self.of_file(path)))
    }

    /// What is carried to the place where a program's name stands is run.
    fn becomes_the_program(&mut self, invocation: &Invocation) {
        let program = self.of_all(&invocation.program.from);
        if let Some(download) = program.download.or(program.remote) {
            self.runs(invocation.unit, invocation.span.to(download));
        }
        if program.guard {
            let effect = Effect::named(EffectKind::Weaken, "guardian", invocation.span, Cause::Flow);
            self.added.push((invocation.unit, effect));
        }
        if let Some(encoded) = program.encoded {
            let span = invocation.span.to(encoded);
            let effect = Effect::named(EffectKind::Execute, "encoded code", span, Cause::Flow);
            self.added.push((invocation.unit, effect));
        }
    }

    /// The whole workspace, a part of the machine, or its settings, that one command copies to another host.
    fn uploads(&mut self, invocation: &Invocation, effects: &[&Effect]) {
        let whole = effects.iter().find(|e| {
            let tree = matches!(&e.target, Target::Path(path) if path.tree);
            let class = e.class();
            e.kind == EffectKind::Read
                && (class == Some(PathClass::WorkspaceRoot)
                    || is_settings(e)
                    || tree && matches!(class, Some(PathClass::Home | PathClass::System | PathClass::Root)))
        });
        let foreign = |e: &&Effect| {
            e.kind == EffectKind::Send && matches!(e.target, Target::Host(_)) && !is_local(e.target_text())
        };
        if let Some(whole) = whole.filter(|_| effects.iter().any(foreign)) {
            let span = invocation.span.to(whole.span);
            let effect = Effect::named(EffectKind::Send, "files of the workspace", span, Cause::Flow);
            self.added.push((invocation.unit, effect));
        }
    }

    /// Notes what is run of a file that the script itself has filled.
    fn run(&mut self, unit: Unit, file: &PathTarget, span: Span) {
        let carried = self.of_file(file);
        if carried.download.is_some() {
            self.runs(unit, span);
        }
        let hidden = [(carried.encoded, "encoded code"), (carried.program, "a program under another name")];
        for (_, what) in hidden.into_iter().filter(|(from, _)| from.is_some()) {
            self.added.push((unit, Effect::named(EffectKind::Execute, what, span, Cause::Flow)));
        }
    }

    /// Whether a package is named by the file of an archive which the script itself has downloaded.
    fn is_downloaded(&self, package: &str) -> bool {
        let package = last_name(package);
        let same =
            |(file, carried): &(PathTarget, Carried)| carried.download.is_some() && last_name(&file.path) == package;
        package.contains('.') && self.files.iter().any(same)
    }

    /// Notes that a download is run.
    fn runs(&mut self, unit: Unit, span: Span) {
        let effect = Effect::named(EffectKind::Execute, "a download", span, Cause::Flow);
        self.added.push((unit, effect));
    }

    /// A download that is saved in a folder under the last name in its address.
    fn saved(&mut self, invocation: &Invocation, effects: &[&Effect], carried: Carried) {
        for effect in effects.iter().filter(|e| e.kind == EffectKind::Write) {
            let Target::Path(folder) = &effect.target else {
                continue;
            };
            for word in &invocation.arguments {
                let name = word.text.rsplit(['/', ':']).next().unwrap_or_default();
                let name = name.split(['?', '#']).next().unwrap_or_default();
                // What git clones lies in a folder of that name.
                let name = name.strip_suffix(".git").unwrap_or(name);
                if word.text.contains(['/', ':']) && !name.is_empty() {
                    let path = PathTarget {
                        path: format!("{}/{name}", folder.path).into(),
                        tree: true,
                        exact: true,
                        ..folder.clone()
                    };
                    self.carries(path, carried);
                }
            }
        }
    }

    /// A file carries this on.
    fn carries(&mut self, file: PathTarget, carried: Carried) {
        if self.files.len() < MOST_FILES {
            self.files.push((file, carried));
        } else {
            self.more = true;
        }
    }

    /// The files that these effects write carry it on. `unpacked` says that it came in from another command.
    fn write(&mut self, effects: &[&Effect], carried: Carried, unpacked: bool) {
        if !carried.matters_to_all() && carried.whole.is_none() {
            return;
        }
        for effect in effects.iter().filter(|e| matches!(e.kind, EffectKind::Write | EffectKind::Append)) {
            // A tool that updates the whole workspace (`git pull`) makes no single file of it a download.
            if let Target::Path(path) = &effect.target
                && (path.class != PathClass::Unknown || !path.name.is_empty())
                && (path.class != PathClass::WorkspaceRoot || unpacked)
            {
                match self.files.iter_mut().find(|(known, _)| known.known_as() == path.known_as()) {
                    Some((_, all)) => *all = all.with(carried),
                    None => self.carries(path.clone(), carried),
                }
            }
        }
    }

    fn of_file(&self, path: &PathTarget) -> Carried {
        let same = |written: &PathTarget| {
            let (one, other) = (written.known_as(), path.known_as());
            one == other && !one.is_empty()
                || one
                    .strip_prefix(other)
                    .is_some_and(|ending| !other.is_empty() && places::COMPRESSED.contains(&ending))
                || (written.tree && below(other, one))
                || (path.tree && below(one, other))
                || (!path.exact && path.class != PathClass::Unknown && below(&written.path, folder(fixed(&path.path))))
        };
        self.files.iter().filter(|(written, _)| same(written)).fold(Carried::default(), |all, (_, c)| all.with(*c))
    }
}

/// What a command itself begins to carry.
fn brought(invocation: &Invocation, effects: &[&Effect]) -> Carried {
    let mut own = effects.iter().fold(Carried::default(), |own, e| own.with(source(e)));
    let output = invocation.output();
    if output == Output::Decoded {
        own.encoded = Some(invocation.span);
    }
    own.whole = (output == Output::Contents).then_some(invocation.span).or(own.whole);
    own.guard = guard::is_named_in(invocation);
    own.everybody = output == Output::Everybody;
    own
}

/// Whether a file of a project is among what is built, tested or run as the project.
fn is_project_code(name: &str) -> bool {
    // What a page shows to its readers is served, not run.
    let served = |folder| matches!(folder, "static" | "public" | "assets");
    names::source(name).is_some_and(|role| role != Role::JavaScript || !name.split('/').any(served))
}

/// Whether a project's code that runs in a folder lies in what was filled.
fn runs_in(folder: &Directory, file: &PathTarget, whole: bool) -> bool {
    let Directory::Known(here) = folder else { return false };
    let name = file.path.strip_prefix(&**here).and_then(|rest| rest.strip_prefix('/'));
    holds(file, here) || name.is_some_and(|name| names::is_task_file(name) || whole && is_project_code(name))
}

/// Whether a command is given something that lies in what was filled.
fn is_given(folder: &Directory, file: &PathTarget, invocation: &Invocation) -> bool {
    let mut words = invocation.arguments.iter().filter_map(Value::known);
    file.tree && words.any(|word| folder.join(word).is_some_and(|path| holds(file, &path)))
}

/// Whether a path lies in a tree.
fn holds(tree: &PathTarget, path: &str) -> bool {
    tree.tree && within(path, &tree.path)
}

/// Whether a command is given what comes from itself, or from a command behind it.
fn takes_what_follows(invocation: &Invocation) -> bool {
    let environment = invocation.environment.iter().map(|(_, value)| value);
    let words = invocation.arguments.iter().chain(environment).chain([&invocation.program]);
    words.flat_map(|word| &word.from).chain(invocation.input.units()).any(|unit| *unit >= invocation.unit)
}
