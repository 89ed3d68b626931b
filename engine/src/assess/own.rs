//! Which commands reach what is a developer's own: a file of the workspace, or a service of this machine that is there for
//! development.

use crate::effects::flow::is_local;
use crate::effects::{Effect, EffectKind, Effects, PathClass, PathTarget, Target, Unit};
use crate::resolve::{Directory, Invocation, NoteKind, Resolution, Value};
use guardian_rules::addresses::{connection, is_database};
use guardian_rules::stages::{names_development, names_production, names_trial};
use guardian_rules::{Direct, Role};
use std::collections::{HashMap, HashSet};

/// What specs call a database that a framework makes anew from what the project says.
const OF_PROJECT: &str = "the project's database";

/// What lies behind a client of one service, and has no name that would say what it is for.
const NAMELESS: &[&str] = &["redis", "development database", "every session of a database server"];

/// The same, of clients that ask this machine where they are told of none, though they name no host of their own.
const TOLD_NOTHING: &[&str] = &["collections", "what is restored", "every session of MongoDB"];

/// What is reached by an address, and is a stand-in for what others use where that is one of this machine.
const BEHIND_ADDRESS: &[&str] = &["data of a search engine", "broker", "cloud", "s3", "zookeeper", "etcd"];

/// Parts of the names of variables that say where something is, what it is for, or that nobody looks at that.
const PLACES: &[&str] = &[
    "HOST",
    "HOSTS",
    "HOSTNAME",
    "HOSTADDR",
    "ADDR",
    "ADDRESS",
    "SERVER",
    "SERVICE",
    "URL",
    "URI",
    "DSN",
    "ENDPOINT",
    "ENV",
    "STAGE",
    "CONTEXT",
    "PROFILE",
    "PGHOST",
    "PGHOSTADDR",
    "PGSERVICE",
    "CONNECTION",
    "DISABLE",
];

/// Options of frameworks that name an environment, or one of several databases.
const ENVIRONMENT_FLAGS: &[&str] = &["--env", "--environment", "-e", "--database", "--connection"];

/// The commands of a script that lose what is a developer's own and nothing else.
pub(super) fn developed(resolution: &Resolution, effects: &Effects) -> HashSet<Unit> {
    let mut developed = HashSet::new();
    let led = leads_out_for_all(resolution, effects);
    // Others may lie behind an address of this machine, where somebody listens there for them.
    let runs_on = |unit| resolution.jobs.iter().any(|job| job.contains(unit));
    let behind = effects.iter().any(|(unit, effect)| match effect.kind {
        EffectKind::Listen => true,
        EffectKind::Unknown => runs_on(unit),
        _ => false,
    });
    let others: HashSet<Unit> = resolution.invocations.iter().filter_map(|invocation| invocation.via).collect();
    let of_units = by_unit(effects);
    let mut here = HashSet::new();
    for invocation in &resolution.invocations {
        let own = of_units.get(&invocation.unit).map_or(&[][..], Vec::as_slice);
        let told = !invocation.environment.iter().any(|(name, value)| leads_out(name, value));
        let stays = told && !behind && invocation.via.is_none_or(|via| here.contains(&via));
        if others.contains(&invocation.unit) && stays && !led && runs_here(invocation, own) {
            here.insert(invocation.unit);
        }
        if own.iter().any(|effect| loses(effect)) && (loses_file(own) || stays && loses_own(invocation, own, led)) {
            developed.insert(invocation.unit);
        }
    }
    developed
}

/// The effects of each command.
fn by_unit(effects: &Effects) -> HashMap<Unit, Vec<&Effect>> {
    let mut of_units: HashMap<Unit, Vec<&Effect>> = HashMap::new();
    for (unit, effect) in effects.iter() {
        of_units.entry(*unit).or_default().push(effect);
    }
    of_units
}

/// The commands that gain rights, and with them only give files of the user's, or of no secret, to somebody who is not root.
pub(super) fn gives_back(resolution: &Resolution, effects: &Effects) -> HashSet<Unit> {
    let of_units = by_unit(effects);
    let of = |unit: Unit| of_units.get(&unit).map_or(&[][..], Vec::as_slice);
    let mut gaining: HashMap<Unit, bool> = HashMap::new();
    for inner in &resolution.invocations {
        let Some(outer) = inner.via else { continue };
        let gives = gaining.entry(outer).or_insert_with(|| of(outer).iter().all(|e| e.kind == EffectKind::Privilege));
        *gives = *gives && gives_files(inner, of(inner.unit));
    }
    gaining.into_iter().filter_map(|(unit, gives)| gives.then_some(unit)).collect()
}

/// Whether all that a command does is to give files to somebody who is not root. Who it is often only a variable says.
fn gives_files(invocation: &Invocation, own: &[&Effect]) -> bool {
    use PathClass as P;
    let ours = |path: &PathTarget| path.inside || matches!(path.class, P::WorkspaceRoot | P::Home | P::Temporary);
    let Some((Role::Literal, owner)) = invocation.words().next() else { return false };
    let open = |effect: &Effect| owner.known().is_none() && [owner.span, invocation.span].contains(&effect.span);
    let given = |effect: &&Effect| match &effect.target {
        Target::Path(path) => effect.kind == EffectKind::Metadata && ours(path),
        _ => effect.kind == EffectKind::Unknown && open(effect),
    };
    let root = owner.text.starts_with("root") || owner.text.starts_with(['0', ':', '.']);
    !root && !own.is_empty() && own.iter().all(given)
}

/// Whether a command that runs others runs them on this machine, or in a container of it.
fn runs_here(invocation: &Invocation, own: &[&Effect]) -> bool {
    use EffectKind as K;
    let stays = |effect: &&Effect| match effect.kind {
        K::Execute | K::Install | K::Read | K::Inspect | K::Write | K::State => true,
        K::Service => matches!(effect.target_text(), "container" | "compose"),
        K::Change => effect.target_text() == "container",
        _ => false,
    };
    // What chooses among machines, as a context does.
    let chosen = invocation.words().any(|(role, _)| role == Role::Resource);
    let word = |word: &Value| {
        word.known().is_some_and(|text| !is_shared(text) && !sets_elsewhere(text)) && !names_production(&word.text)
    };
    !chosen
        && invocation.arguments.iter().all(word)
        && own.iter().all(|effect| stays(effect) && !matches!(effect.target, Target::Host(_)))
}

/// Whether what it erases is a database in a file of the workspace.
fn loses_file(own: &[&Effect]) -> bool {
    let ours = |effect: &&&Effect| {
        matches!(effect.class(), Some(PathClass::Workspace | PathClass::Temporary | PathClass::Regenerable))
    };
    let mut written = own.iter().filter(|effect| effect.kind == EffectKind::Write).peekable();
    written.peek().is_some()
        && written.all(|effect| ours(&effect))
        && own.iter().filter(|effect| loses(effect)).all(|effect| is_of_file(effect))
        && !own.iter().any(|effect| is_not_known(effect))
}

/// What is not known may lead anywhere.
fn is_not_known(effect: &Effect) -> bool {
    matches!(effect.kind, EffectKind::Unknown | EffectKind::Execute) || matches!(effect.target, Target::Host(_))
}

fn loses(effect: &Effect) -> bool {
    effect.kind == EffectKind::Erase || is_of_sessions(effect)
}

/// Of a command that loses something: whether that lies on this machine, as all hosts that it names do, and is there for development.
fn loses_own(invocation: &Invocation, own: &[&Effect], led: bool) -> bool {
    let words = || invocation.arguments.iter();
    let mut hosts = own.iter().filter(|effect| matches!(effect.target, Target::Host(_))).peekable();
    let addressed = hosts.peek().is_some();
    let direct = invocation.binding.as_ref().is_some_and(|it| it.spec.direct() == Some(Direct::Hosts));
    let named = || {
        words().any(|word| {
            !word.text.contains(char::is_whitespace) && word.text.len() < 256 && names_development(&word.text)
        })
    };
    let is_own = |effect: &&Effect| {
        let what = effect.target_text();
        (addressed || direct) && (NAMELESS.contains(&what) || matches!(what, "rows" | "database") && named())
            || addressed && BEHIND_ADDRESS.contains(&what)
            || TOLD_NOTHING.contains(&what) && (what != "collections" || named())
    };
    let elsewhere = || {
        let place = |folder: &Directory| matches!(folder, Directory::Known(path) if !names_production(path));
        !invocation.directory.each().iter().all(place)
            || words().any(|word| sets_elsewhere(&word.text))
            || names_other_environment(invocation)
    };
    let project = |effect: &&Effect| effect.target_text() == OF_PROJECT && !elsewhere();
    let of_project = own.iter().any(project);
    // By its name, the script of the project that is run says the same.
    let said = |effect: &&Effect| of_project && effect.target_text().starts_with("what `");
    let mut lost = own.iter().filter(|effect| loses(effect));
    let runs = own.iter().any(|effect| effect.kind == EffectKind::Execute);
    // What says itself that it asks this machine heeds no variable.
    (!led || addressed && !of_project)
        && hosts.all(|effect| is_local(effect.target_text()) || effect.target_text().is_empty())
        && own.iter().all(|effect| effect.kind != EffectKind::Unknown)
        && words().all(|word| word.known().is_some_and(|text| !leads_elsewhere(text) && !is_shared(text)))
        && lost.all(|effect| project(effect) || said(effect) || !runs && is_own(effect))
}

/// Whether an option names an environment that is not said to be for development.
fn names_other_environment(invocation: &Invocation) -> bool {
    let words = || invocation.arguments.iter().map(|word| word.text.as_str());
    words().zip(words().skip(1).chain(std::iter::once(""))).any(|(word, next)| {
        let (flag, value) = word.split_once('=').unwrap_or((word, next));
        ENVIRONMENT_FLAGS.contains(&flag) && !is_of_developers(value)
    })
}

/// Whether an environment is somebody's own by its name.
fn is_of_developers(environment: &str) -> bool {
    names_development(environment) || matches!(environment, "local" | "ci" | "default")
}

/// Whether a text names what people share before production.
fn is_shared(text: &str) -> bool {
    text.len() < 256 && names_trial(text) && !names_development(text)
}

/// Whether a word to what runs others may set a variable that leads elsewhere, or names a file of such variables.
fn sets_elsewhere(word: &str) -> bool {
    let file = word.rsplit('/').next().unwrap_or(word);
    let of_variables = file.contains(".env") && file != ".env" && !file.split('.').any(is_of_developers);
    let sets = |(name, value): (&str, &str)| leads(name.trim_start_matches('-'), value);
    of_variables || !word.contains(char::is_whitespace) && word.split_once('=').is_some_and(sets)
}

/// Whether the word may say another host than an option does: an address, or parts of what a client connects to.
fn leads_elsewhere(word: &str) -> bool {
    let parts = ["host=", "hostaddr=", "service=", "Server=", "server=", "Data Source="];
    // A bucket lies wherever the service does.
    let address = word.contains("://") && !word.starts_with("s3://");
    address && !is_address_here(word) || !word.starts_with("--") && parts.iter().any(|part| word.contains(part))
}

/// Whether a URL is one of this machine.
fn is_address_here(word: &str) -> bool {
    let hosts = connection(word).hosts;
    // A database without host lies behind a socket.
    (!hosts.is_empty() || is_database(word))
        && hosts.into_iter().all(is_here)
        && word.matches("://").count() == 1
        && !word.contains('%')
}

/// Whether a host, with or without a port, is this machine.
fn is_here(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|b| b.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    };
    is_local(name)
}

/// Whether a variable that is set says that what is reached lies elsewhere, or may.
fn leads_out(name: &str, value: &Value) -> bool {
    value.known().map_or_else(|| is_place(name), |text| leads(name, text))
}

/// Whether a variable says, by its name, where something is or what it is for.
fn is_place(name: &str) -> bool {
    name.split('_').any(|part| PLACES.contains(&part))
}

/// The same of a value that is known.
fn leads(name: &str, text: &str) -> bool {
    if is_shared(text) {
        return true;
    }
    if text.contains("://") {
        return !text.starts_with("file:") && !text.starts_with("sqlite") && !is_address_here(text);
    }
    if name.ends_with("ENV") || name.ends_with("STAGE") {
        return !is_of_developers(text);
    }
    is_place(name) && !text.is_empty() && !text.starts_with('/') && !is_here(text)
}

/// Whether a script sets such a variable for what follows, brings in what may, or chooses what is reached.
fn leads_out_for_all(resolution: &Resolution, effects: &Effects) -> bool {
    let sets = |kind: &NoteKind| matches!(kind, NoteKind::Assigned(name, value, _) if leads_out(name, value));
    resolution.notes.iter().any(|note| sets(&note.kind))
        || resolution.invocations.iter().any(|it| it.brings_in())
        || effects.iter().any(|(_, effect)| effect.kind == EffectKind::Configure)
}

/// Whether it erases what a file holds that is a database.
fn is_of_file(effect: &Effect) -> bool {
    effect.kind == EffectKind::Erase && effect.target_text() == "database file"
}

/// Whether it ends a database server, or what others do there.
pub(super) fn is_of_sessions(effect: &Effect) -> bool {
    effect.kind == EffectKind::Service && effect.target_text().starts_with("every session")
}
