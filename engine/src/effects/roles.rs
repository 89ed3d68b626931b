//! What a word does by its role.

use super::addresses::{Address, address, opens_otherwise};
use super::effect::{Cause, Effect, EffectKind, PathClass, Target};
use super::flow::is_local;
use super::inference::{Context, Inference};
use super::modes::{LOCKED, locks_out};
use super::stamps::only_stamps;
use crate::facts::FileKind;
use crate::resolve::{Directory, JOB, Knowledge, OWN, Value, WHOEVER, upward};
use guardian_rules::addresses::schemed;
use guardian_rules::reaching::{is_of_test_database, reach};
use guardian_rules::stages::{names_production, names_trial};
use guardian_rules::{Role, places};
use std::borrow::Cow;

/// The effect of a role that is one effect on a path, and whether on the whole tree.
const fn on_path(role: Role) -> Option<(EffectKind, bool)> {
    use EffectKind as K;
    Some(match role {
        Role::Read | Role::LinkTo => (K::Read, false),
        Role::Inspect | Role::ModeOf => (K::Inspect, false),
        Role::Write | Role::Replace => (K::Write, false),
        Role::Restore => (K::Discard, false),
        Role::Append => (K::Append, false),
        Role::Delete => (K::Delete, false),
        Role::Metadata => (K::Metadata, false),
        Role::Destroy => (K::Destroy, false),
        Role::ReadTree => (K::Read, true),
        Role::InspectTree => (K::Inspect, true),
        Role::WriteTree | Role::WorkTree => (K::Write, true),
        Role::DeleteTree => (K::Delete, true),
        _ => return None,
    })
}

/// Whether the role acts on the files of a tree, and does more than list them.
pub(super) const fn acts_on_tree(role: Role) -> bool {
    matches!(role, Role::ReadTree | Role::WriteTree | Role::DeleteTree)
}

impl Inference<'_> {
    /// Adds the effects of a word that has this role.
    pub(super) fn role(&mut self, role: Role, value: &Value, context: Context<'_>) {
        use EffectKind as K;
        if let Some((kind, tree)) = on_path(role) {
            return self.named_path(role, kind, value, Context { tree: tree || context.tree, ..context });
        }
        match role {
            Role::Move => {
                self.path(K::Read, value, context);
                self.path(K::Delete, value, context);
            }
            Role::Edit => {
                self.role(Role::Read, value, context);
                self.role(Role::Write, value, context);
            }
            Role::CodeFile => self.code_file(value, context),
            Role::Opened => self.opened_name(value, context),
            Role::Host => self.on(K::Connect, value, context),
            Role::Url => self.url(value, context),
            Role::Manifest if matches!(address(&value.text), Address::Host) => self.code_file(value, context),
            Role::Manifest => self.copied(K::Read, K::Fetch, value, context),
            Role::RevPath => self.rev_path(value, context),
            Role::Address => self.web_address(value, context),
            Role::Connection => self.connection(value, context),
            Role::Socket => self.socket(value, context),
            Role::SendUrl => self.sent(value, context),
            Role::LoadUrl => self.loaded(value, context),
            Role::Size | Role::Extent => self.sized(role, value, context),
            Role::Data => self.data(value, context),
            Role::Parameter => self.parameter(value, context),
            Role::Prefixed | Role::PrefixedTo | Role::PrefixedEdit => self.prefixed_in(role, value, context),
            Role::FieldsFrom => self.fields(K::Read, value, context),
            Role::FieldsTo => self.fields(K::Write, value, context),
            Role::CopyFrom => self.copied(K::Read, K::Fetch, value, context),
            Role::CopyTo => self.copied(K::Write, K::Send, value, context),
            // What a remote of that name is, its repository says.
            Role::Remote if is_remote(&value.text) || names_path(&value.text) => {
                self.copied(K::Write, K::Send, value, context);
            }
            Role::Package | Role::Fetched => self.package(value, context),
            Role::Installed => self.installed(value, context),
            Role::Printed => self.printed(value, context),
            Role::Process => self.process(value, context),
            Role::Service => self.service(value, context),
            Role::Mode => self.mode(value, context),
            Role::Number | Role::Typed | Role::Linker => self.more_than_data(role, value, context),
            Role::Passed if self.reaches_beyond(value, context) => {
                let why = format!("`{}` may lead beyond the project", value.text);
                self.unknown(context.unit, &why, value.span, context.cause);
            }
            Role::Mount => self.mount(value, context),
            Role::MakeFolder => self.installed_into(value, context),
            Role::Secret => self.on(K::Reveal, value, context),
            Role::Task => self.task(value, context),
            Role::MakeGoal if !value.text.contains('=') => self.named_task(value, context),
            // Followed by the resolver, or data.
            _ => {}
        }
    }

    /// An effect on a path, and on what else its name may lead to.
    fn named_path(&mut self, role: Role, kind: EffectKind, value: &Value, context: Context<'_>) {
        use EffectKind as K;
        self.opened_by_scheme(value, context);
        // To whoever reads, a URL may be one: many tools open what it leads to.
        match address(&value.text) {
            Address::File(_) | Address::SomeFile if !matches!(kind, K::Inspect) => self.file_url(kind, value, context),
            Address::Host if matches!(kind, K::Read | K::Inspect) => self.on(K::Fetch, value, context),
            _ => {}
        }
        let cause = if role == Role::WorkTree { Cause::Repository } else { context.cause };
        self.path(kind, value, Context { replaces: role == Role::Replace, cause, ..context });
    }

    /// What a scheme in front of a name loads or asks, for who takes names for URIs.
    pub(super) fn opened_by_scheme(&mut self, value: &Value, context: Context<'_>) {
        if context.uris && opens_otherwise(&value.text) {
            let effect = Effect::named(EffectKind::Execute, "what a name opens", value.span, context.cause);
            self.add(context.unit, effect);
        }
    }

    /// What Perl's two-argument `open` makes of a word.
    fn opened_name(&mut self, value: &Value, context: Context<'_>) {
        if is_plainly_opened(value) {
            return self.path(EffectKind::Read, value, context);
        }
        self.add(context.unit, Effect::named(EffectKind::Execute, "what a name opens", value.span, context.cause));
    }

    /// What is sent to a host, which may show it to anybody.
    fn sent(&mut self, value: &Value, context: Context<'_>) {
        self.on(EffectKind::Send, value, context);
        if places::shows_anybody(host_of(&value.text)) {
            self.on(EffectKind::Publish, value, context);
        }
    }

    /// A server that many messages are sent to: somebody else's is attacked by them.
    fn loaded(&mut self, value: &Value, context: Context<'_>) {
        self.on(EffectKind::Send, value, context);
        if value.known().is_none() || !is_local(host_of(&value.text)) {
            let known = value.known().is_some_and(|url| is_tried(host_of(url)) && !names_production(url));
            let what = if known { TRIED } else { "server" };
            self.add(context.unit, Effect::named(EffectKind::Exhaust, what, value.span, context.cause));
        }
    }

    /// A process that is signalled: by what it is called, or by a number of which no more is known than whose it is.
    fn process(&mut self, value: &Value, context: Context<'_>) {
        let number = value.knowledge == Knowledge::Number;
        let written = value.known().and_then(|text| Some((text, text.trim().parse::<i64>().ok()?.to_string())));
        if let Some((_, plain)) = written.filter(|(text, plain)| text != plain) {
            // `-01` is every process, as `-1` is.
            return self.add(context.unit, Effect::named(EffectKind::Signal, &plain, value.span, context.cause));
        }
        let whose = match value.known() {
            Some(_) => return self.on(EffectKind::Signal, value, context),
            None if number && value.text == JOB => JOB,
            None if number && value.from.is_empty() => OWN,
            None => WHOEVER,
        };
        self.add(context.unit, Effect::named(EffectKind::Signal, whose, value.span, context.cause));
    }

    /// Code that is run. To many that run a file a URL is one, and so is the code itself behind `data:`.
    fn code_file(&mut self, value: &Value, context: Context<'_>) {
        // What it is given is code then, which the resolver follows.
        if value.known() == Some("-") {
            return;
        }
        let runs = |target| Effect { kind: EffectKind::Execute, target, span: value.span, cause: context.cause };
        match address(&value.text) {
            Address::Host => self.add(context.unit, runs(Target::Host(host_of(&value.text).into()))),
            _ if value.text.starts_with("data:") => {
                self.add(context.unit, runs(Target::Named("code in a URL".into())));
            }
            _ => {
                for folder in context.directory.each() {
                    let path = self.map.target(value, &folder);
                    // What is no code is shown, at least the line at which whoever reads it stops.
                    if path.class == PathClass::Secret {
                        self.path(EffectKind::Read, value, context);
                    }
                    self.add(context.unit, runs(Target::Path(path)));
                }
            }
        }
    }

    /// A task of the project: what its name says that it does, or the code behind an address.
    fn task(&mut self, value: &Value, context: Context<'_>) {
        if address(&value.text) == Address::Host {
            return self.code_file(value, context);
        }
        // Tools that take a task may take the folder or file of one; two slashes begin a label (bazel, buck, pants).
        if names_path(&value.text) && !value.text.starts_with("//") && value.known().is_some() {
            self.project_at(value, context);
        }
        self.named_task(value, context);
    }

    /// What the name of a task says that it does.
    fn named_task(&mut self, value: &Value, context: Context<'_>) {
        let Some(kind) = reach(&value.text) else { return };
        let effect = if kind == EffectKind::Erase && is_of_test_database(&value.text) {
            Effect::named(kind, "test database", value.span, context.cause)
        } else {
            Effect::named(kind, &format!("what `{}` says", value.text), value.span, context.cause)
        };
        self.add(context.unit, effect);
    }

    /// Plain data, but for what names a file.
    fn parameter(&mut self, value: &Value, context: Context<'_>) {
        let file = ["file://", "fileb://", "@"].iter().find_map(|before| value.text.strip_prefix(before));
        if let Some(file) = file {
            self.path(EffectKind::Read, &Value { text: file.into(), ..value.clone() }, context);
        }
    }

    fn copied(&mut self, local: EffectKind, remote: EffectKind, value: &Value, context: Context<'_>) {
        match address(&value.text) {
            Address::File(_) | Address::SomeFile => self.file_url(local, value, context),
            _ if is_remote(&value.text) => self.on(remote, value, context),
            // A remote with its settings in the name, one of which may be a program (`:sftp,ssh=…:`).
            _ if value.text.starts_with(':') && value.text.contains(',') => {
                self.add(
                    context.unit,
                    Effect::named(EffectKind::Execute, "helper of a remote", value.span, context.cause),
                );
            }
            // A pipe, to whoever takes more than a path.
            _ if value.text.starts_with(['|', '!', '%']) => {
                self.add(
                    context.unit,
                    Effect::named(EffectKind::Execute, "what a name opens", value.span, context.cause),
                );
            }
            _ => self.path(local, value, context),
        }
    }

    /// The program of a package: the project's own where it has it, which is looked for in its folder and those above.
    fn installed(&mut self, value: &Value, context: Context<'_>) {
        let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let name = value.known().filter(|name| !name.starts_with('.') && !name.is_empty() && name.bytes().all(part));
        if name.is_some_and(|name| self.has_program(name, context.directory)) {
            return self.add(context.unit, Effect::named(EffectKind::Execute, "project", value.span, context.cause));
        }
        self.package(value, context);
        self.add(context.unit, Effect::named(EffectKind::Execute, "unknown", value.span, context.cause));
    }

    fn has_program(&self, name: &str, directory: &Directory) -> bool {
        let Directory::Known(start) = directory else {
            return false;
        };
        let Some(root) = self.map.workspace.root_of(start) else {
            return false;
        };
        let top = root.trim_end_matches('/').len();
        let has = |folder: &str| {
            let kind = self.map.facts.kind(&format!("{folder}/node_modules/.bin/{name}"));
            matches!(kind, Some(FileKind::File | FileKind::Link))
        };
        upward(start).take_while(|folder| folder.len() >= top).any(has)
    }

    fn printed(&mut self, value: &Value, context: Context<'_>) {
        if value.known().is_none_or(places::is_secret_variable) {
            let what = format!("variable {}", value.text);
            self.add(context.unit, Effect::named(EffectKind::Reveal, &what, value.span, context.cause));
        }
    }

    fn package(&mut self, value: &Value, context: Context<'_>) {
        let text = value.text.as_str();
        let foreign = [
            "http://",
            "https://",
            "git+",
            "git://",
            "ssh://",
            "git@",
            "hg+",
            "svn+",
            "bzr+",
            "github:",
            "gitlab:",
            "bitbucket:",
            "gist:",
            "ftp://",
        ]
        .iter()
        .any(|prefix| text.starts_with(prefix))
            || ["@git+", "@http", "@ git+", "@ http"].iter().any(|address| text.contains(address));
        if foreign {
            let target = Target::Host(host_of(text).into());
            return self.add(
                context.unit,
                Effect { kind: EffectKind::Execute, target, span: value.span, cause: context.cause },
            );
        }
        let local = text == "."
            || text.starts_with("./")
            || text.starts_with("../")
            || text.starts_with('/')
            || text.starts_with("file:")
            || text.starts_with("~/");
        if local {
            let path = text.strip_prefix("file:").unwrap_or(text);
            self.project_at(&Value { text: path.into(), ..value.clone() }, context);
        }
        self.on(EffectKind::Install, value, context);
    }

    /// A service or container; all of them, where a command that lists them all says which.
    fn service(&mut self, value: &Value, context: Context<'_>) {
        if !value.from.iter().any(|unit| self.all.contains(unit)) {
            return self.on(EffectKind::Service, value, context);
        }
        let every = Effect::named(EffectKind::Service, "every one that is listed", value.span, context.cause);
        self.add(context.unit, every);
    }

    /// A chmod mode that lets others write, or runs as the owner.
    fn mode(&mut self, value: &Value, context: Context<'_>) {
        if weakens(&value.text) || value.knowledge != Knowledge::Exact {
            self.add(
                context.unit,
                Effect::named(EffectKind::Weaken, &format!("mode {}", value.text), value.span, context.cause),
            );
        }
        if context.tree && locks_out(&value.text) {
            let effect = Effect::named(EffectKind::Metadata, LOCKED, value.span, context.cause);
            self.add(context.unit, effect);
        }
    }

    /// Whether a word that a tool of the project is given, to which nobody knows what it means, could name a command, a host, or
    /// a place that is none of the project's.
    fn reaches_beyond(&self, value: &Value, context: Context<'_>) -> bool {
        let Some(text) = value.known() else { return value.may_be_option() };
        if text.contains(char::is_whitespace) || text.contains("://") {
            return true;
        }
        let class = |part: &str| {
            let part = Value::exact(part, value.span);
            context.directory.each().into_iter().map(|folder| self.map.target(&part, &folder).class).max()
        };
        let own = |class: PathClass| {
            matches!(
                class,
                PathClass::Workspace | PathClass::WorkspaceRoot | PathClass::Regenerable | PathClass::Temporary
            )
        };
        let parts = text.split(['=', ',', ':']).filter(|part| !part.is_empty());
        parts.map(|part| part.trim_start_matches('-')).any(|part| class(part).is_some_and(|class| !own(class)))
    }

    /// Data which says more to the tool than it should.
    fn more_than_data(&mut self, role: Role, value: &Value, context: Context<'_>) {
        let keys = || value.known().is_none_or(|text| text.contains(|c: char| c.is_control()));
        if role == Role::Number && !value.is_number() {
            let why = format!("`{}` is more than a number", value.text);
            self.unknown(context.unit, &why, value.span, context.cause);
        } else if role == Role::Typed && keys() {
            let why = "a key among what is typed may begin a command";
            self.unknown(context.unit, why, value.span, context.cause);
        } else if role == Role::Linker && !value.known().is_some_and(only_stamps) {
            let why = format!("flags of the linker: `{}`", value.text);
            self.unknown(context.unit, &why, value.span, context.cause);
        }
    }

    fn mount(&mut self, value: &Value, context: Context<'_>) {
        let mut parts = value.text.split(':');
        let path = parts.next().unwrap_or_default();
        if !path.contains('/') && !path.starts_with(['.', '~', '$']) {
            return;
        }
        let read_only = parts.any(|p| p.split(',').any(|o| o == "ro" || o == "readonly"));
        let (path, context) = (Value { text: path.into(), ..value.clone() }, Context { tree: true, ..context });
        self.path(EffectKind::Read, &path, context);
        if !read_only {
            self.path(EffectKind::Write, &path, context);
        }
    }
}

/// Whether Perl's two-argument open takes the word for a file to read: neither end of it says to write, to run, to
/// duplicate a descriptor, or to leave out blanks. (perlfunc(1), "open")
fn is_plainly_opened(value: &Value) -> bool {
    let begins = |c: char| c.is_alphanumeric() || "_./~".contains(c);
    let ends = |c: char| c.is_alphanumeric() || "_.".contains(c);
    let known = matches!(value.knowledge, Knowledge::Exact | Knowledge::Pattern);
    known && (value.text == "-" || value.text.starts_with(begins) && value.text.ends_with(ends))
}

/// Whether a chmod mode is setuid, setgid or world-writable. (chmod(1), "MODE")
fn weakens(mode: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let bits = |text: &str| u32::from_str_radix(text, 8).unwrap_or(0o7777) & places::WEAK_MODE != 0;
    if digits(mode) {
        return bits(mode);
    }
    mode.split(',').any(|clause| {
        let Some(at) = clause.find(['+', '=']) else {
            return false;
        };
        let (who, what) = clause.split_at(at);
        let number = what.trim_start_matches(['+', '=']);
        // What the owner or the group may do, others may then do as well.
        let others = who.contains(['o', 'a']) && what.contains(['w', 'u', 'g']);
        others || (what.contains('s') && !what.contains("-s")) || (digits(number) && bits(number))
    })
}

/// Whether a word that may be the name of a remote is the path of a repository.
pub(super) fn names_path(text: &str) -> bool {
    text.starts_with(['/', '.', '~'])
}

/// Whether a word names something on another host: `host:path`, `user@host:path`, or a URL.
pub(super) fn is_remote(text: &str) -> bool {
    match text.split_once(':') {
        Some(_) if text.contains("://") => !matches!(address(text), Address::File(_) | Address::SomeFile),
        Some((host, _)) => !host.is_empty() && !host.contains('/') && !host.starts_with(['.', '~']),
        None => false,
    }
}

/// The host that a name which is no file leads to: bash's `/dev/tcp/HOST/PORT`, awk's `/inet/tcp/LOCAL/HOST/PORT`.
pub(super) fn host_behind(name: &str) -> Option<&str> {
    let (family, rest) = name.strip_prefix('/')?.split_once('/')?;
    let mut parts = rest.split('/');
    match (family, parts.next()?) {
        ("dev", "tcp" | "udp") => Some(parts.next().unwrap_or_default()),
        ("inet" | "inet4" | "inet6", _) => Some(parts.nth(1).unwrap_or_default()),
        _ => None,
    }
}

/// What is said of a server that is there to be tried.
pub(crate) const TRIED: &str = "server for trials";

/// Whether a host is named for development, tests or staging, within a domain: `staging.example.com`, not `shop.dev`.
fn is_tried(host: &str) -> bool {
    let within = host.rsplitn(3, '.').nth(2);
    within.is_some_and(names_trial)
}

/// The host of a URL, of `user@host:path`, or the text itself.
pub(super) fn host_of(text: &str) -> &str {
    let rest = schemed(text).map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.starts_with('[') {
        return host.split_inclusive(']').next().unwrap_or(host);
    }
    host.split(':').next().unwrap_or(host)
}

/// An operand as its command takes it: to what copies to it, too.
pub(super) fn operand_word(role: Role, value: &Value) -> Cow<'_, Value> {
    named_word(if role == Role::CopyTo { Role::Write } else { role }, value)
}

/// A word as its command takes it. `-` is standard input to what reads; to what writes, removes or marks it is a file of that
/// name, but where the spec says otherwise.
pub(super) fn named_word(role: Role, value: &Value) -> Cow<'_, Value> {
    let named = matches!(
        role,
        Role::Write
            | Role::WriteTree
            | Role::Replace
            | Role::Append
            | Role::Delete
            | Role::DeleteTree
            | Role::Metadata
            | Role::Move
            | Role::Edit
    );
    if named && value.known() == Some("-") {
        return Cow::Owned(Value { text: "./-".into(), ..value.clone() });
    }
    Cow::Borrowed(value)
}
