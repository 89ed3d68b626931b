//! Words that say what is connected: databases by where they lie, the ends of a socket tool, and forms that carry files.

use super::addresses::{Address, address};
use super::effect::{Effect, EffectKind, Target, Unit};
use super::flow::is_local;
use super::inference::{Context, Inference};
use super::roles::host_of;
use crate::resolve::{Knowledge, Value};
use guardian_rules::addresses::{Socket, SocketOption, connection, socket, socket_option, talking_scheme};

/// What specs call it that a certificate is not looked at.
const CERTIFICATE: &str = "certificate check";

impl Inference<'_> {
    /// Who asks this machine, and nobody else, needs no certificate to know whom.
    pub(super) fn certified(&mut self, unit: Unit, start: usize) {
        let unchecked = |e: &Effect| e.kind == EffectKind::Weaken && e.target_text() == CERTIFICATE;
        let here = {
            let own = self.since(unit, start);
            let mut hosts = own.clone().filter(|e| matches!(e.target, Target::Host(_))).peekable();
            hosts.peek().is_some()
                && hosts.all(|e| is_local(e.target_text()))
                && own.clone().any(unchecked)
                && !own.clone().any(|e| e.kind == EffectKind::Unknown)
        };
        if here {
            self.effects.retain(|(owner, effect)| *owner != unit || !unchecked(effect));
        }
    }

    /// A part of a word as a path.
    fn part(&mut self, kind: EffectKind, text: &str, value: &Value, context: Context<'_>) {
        // What is not known of the word lies behind the same.
        let before = value.text.strip_suffix(text).unwrap_or_default();
        let sketch = value.sketch.as_deref().map(|sketch| sketch.strip_prefix(before).unwrap_or(sketch).into());
        self.path(kind, &Value { text: text.into(), sketch, ..value.clone() }, context);
    }

    fn host(&mut self, kind: EffectKind, host: &str, value: &Value, context: Context<'_>) {
        let target = Target::Host(host_of(host).into());
        self.add(context.unit, Effect { kind, target, span: value.span, cause: context.cause });
    }

    /// A URL of a web tool: what is fetched, and what is said to the host by schemes that talk.
    pub(super) fn web_address(&mut self, value: &Value, context: Context<'_>) {
        if matches!(address(&value.text), Address::File(_) | Address::SomeFile) {
            return self.url(value, context);
        }
        self.on(EffectKind::Fetch, value, context);
        if let Some(scheme) = talking_scheme(&value.text) {
            self.on(EffectKind::Send, value, context);
            let why = format!("what an address says to its host behind `{scheme}:`");
            self.unknown(context.unit, &why, value.span, context.cause);
        }
    }

    /// A database: the hosts it lies on, and the files that are read to get there.
    pub(super) fn connection(&mut self, value: &Value, context: Context<'_>) {
        if value.knowledge != Knowledge::Exact {
            return;
        }
        let read = connection(&value.text);
        for host in read.hosts {
            self.host(EffectKind::Connect, host, value, context);
        }
        for file in read.files {
            self.part(EffectKind::Read, file, value, context);
        }
    }

    /// The end of a socket tool's connection, or two for two directions.
    pub(super) fn socket(&mut self, value: &Value, context: Context<'_>) {
        use EffectKind as K;
        for end in value.text.split("!!") {
            // Quotes and brackets join what commas and colons part.
            let plain = value.knowledge == Knowledge::Exact && !end.contains(['"', '\'', '\\', '(', '[', '{']);
            let Some((what, parameter, options)) = socket(end).filter(|_| plain) else {
                self.unknown(context.unit, "what is connected", value.span, context.cause);
                continue;
            };
            let mut reads_only = false;
            for (key, setting) in options.map(|option| option.split_once('=').unwrap_or((option, ""))) {
                reads_only |= matches!(key, "rdonly" | "o-rdonly") && setting.is_empty();
                match socket_option(key) {
                    Some(SocketOption::Plain) => {}
                    Some(SocketOption::Writes) => self.part(K::Write, setting, value, context),
                    Some(SocketOption::Reads) => self.part(K::Read, setting, value, context),
                    Some(SocketOption::Changes) if matches!(what, Socket::File | Socket::Made | Socket::Local) => {
                        self.part(K::Write, parameter, value, context);
                    }
                    Some(SocketOption::Changes) | None => {
                        if setting.contains('/') {
                            self.part(K::Read, setting, value, context);
                        }
                        let why = format!("what `{key}` does to an end of a connection");
                        self.unknown(context.unit, &why, value.span, context.cause);
                    }
                }
            }
            match what {
                Socket::Standard => {}
                Socket::File | Socket::Made => {
                    self.part(K::Read, parameter, value, context);
                    if (!reads_only || what != Socket::File) && !parameter.is_empty() {
                        self.part(K::Write, parameter, value, context);
                    }
                }
                // Whoever listens there does what it is told.
                Socket::Local => {
                    self.part(K::Write, parameter, value, context);
                    self.on(K::Change, &Value { text: "a service".into(), ..value.clone() }, context);
                }
                Socket::Host => {
                    self.host(K::Send, parameter, value, context);
                    self.host(K::Fetch, parameter, value, context);
                }
                Socket::Listens => self.add(context.unit, Effect::plain(K::Listen, value.span, context.cause)),
                Socket::Runs => {
                    let what = "a program on the network";
                    self.add(context.unit, Effect::named(K::Weaken, what, value.span, context.cause));
                    self.unknown(context.unit, "what is run", value.span, context.cause);
                }
            }
        }
    }

    /// curl's `@file`, `name=@file`, `name@file`, and of a form `name=@file,file;type=…;headers=@file`.
    pub(super) fn data(&mut self, value: &Value, context: Context<'_>) {
        let file = match value.text.split_once('@') {
            Some(("", file)) => Some(file),
            Some((name, file)) if name.ends_with('=') || !name.contains('=') => Some(file),
            _ => value.text.split_once("=<").map(|(_, file)| file),
        };
        let Some(file) = file else { return };
        let first = file.split(';').next().unwrap_or(file);
        self.part(EffectKind::Read, first, value, context);
        if !file.contains([',', ';']) {
            return;
        }
        for piece in file.split(',') {
            let mut settings = piece.split(';');
            let more = settings.next().filter(|path| *path != first && !path.is_empty());
            let named = settings.filter_map(|setting| setting.split_once("=@").or_else(|| setting.split_once("=<")));
            for path in more.into_iter().chain(named.map(|(_, path)| path)) {
                self.part(EffectKind::Read, path.trim_matches('"'), value, context);
            }
        }
    }
}
