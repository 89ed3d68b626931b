//! Files, texts and flags to sources.

use super::disk::{Disk, absent};
use super::key::{self, Field};
use super::layer::{Layer, Source, State};
use super::place::{self, Places};
use super::project::{self, Project, Trust};
use super::read::{self, Read};
use super::value::{Entry, Scope, Value};
use crate::facts::file::content;
use crate::failure::Failure;
use crate::options::PolicyArgs;
use guardian_engine::ApprovalPolicy;
use guardian_rules::diagnostic::{Diagnostic, Span};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Reads files and texts, and keeps everything that is wrong with them.
#[derive(Debug)]
pub struct Loader<'a> {
    /// Where things are.
    pub places: &'a Places,
    /// What is looked at.
    pub disk: &'a Disk,
    /// Errors and warnings of everything read so far.
    pub diagnostics: Vec<Diagnostic>,
}

/// Keys of the user's and the machine's file.
pub const USER_KEYS: &[&[Field]] = &[key::PROFILE, key::USER];
/// Keys of a project's file, and of a profile's. The others are known, to say that they do not belong there.
pub const PROJECT_KEYS: &[&[Field]] = &[key::PROFILE];
/// Keys of the requirements.
pub const REQUIRED_KEYS: &[&[Field]] = &[key::REQUIREMENTS];

/// A larger file is no configuration.
const MOST_BYTES: usize = 1 << 20;

impl Loader<'_> {
    /// Reads a file, if it is there.
    pub fn file(&mut self, layer: Layer, path: &Path, keys: &[&'static [Field]]) -> Source {
        let name = self.places.shown(path);
        // Without a home there is no user's file; a relative path would be the project's.
        if !path.is_absolute() {
            return Source::empty(layer, name, State::Absent);
        }
        let meta = match self.disk.file(path) {
            Ok(meta) => meta,
            Err(error) if absent(&error) => return Source::empty(layer, name, State::Absent),
            Err(error) => return self.unreadable(layer, name, &error.to_string()),
        };
        if !meta.is_file() {
            return self.unreadable(layer, name, "it is not a file");
        }
        if meta.len() > MOST_BYTES as u64 {
            return self.unreadable(layer, name, "it is larger than 1 MiB");
        }
        // What was looked at may be another thing by now.
        match content(path, MOST_BYTES).map(String::from_utf8) {
            Ok(Ok(text)) => self.text(layer, name, &text, keys),
            Ok(Err(_)) => self.unreadable(layer, name, "it is not UTF-8"),
            Err(error) => self.unreadable(layer, name, &error.to_string()),
        }
    }

    /// The requirements. A file that others than the administrator can write or replace is no requirement, and is not
    /// ignored either; nor is a link that leads nowhere.
    pub fn required(&mut self) -> Result<Source, Failure> {
        let path = self.places.system.join("requirements.toml");
        if self.disk.link(&path).is_ok() {
            let real = self.disk.name(&path).map_err(|error| {
                Failure::usage(format!("{} cannot be read: {error}", path.display()))
                    .help("an administrator has to mend this")
            })?;
            for place in [real.as_path(), real.parent().unwrap_or(&real), &self.places.system] {
                administered(place, self.places.administrator, self.disk)?;
            }
        }
        Ok(self.file(Layer::Required, &path, REQUIRED_KEYS))
    }

    /// The configuration files of the project, read if the user trusts it.
    pub fn projects(&mut self, project: &Project, cwd: &str) -> Vec<Source> {
        let root = project.root.as_deref().unwrap_or(cwd);
        let mut sources = Vec::new();
        for folder in project::folders(root, cwd) {
            let path = folder.join(place::PROJECT).join("config.toml");
            if project.trust == Trust::Trusted {
                let source = self.file(Layer::Project, &path, PROJECT_KEYS);
                sources.extend((source.state != State::Absent).then_some(source));
            } else if self.disk.has(&path) {
                let name = self.places.shown(&path);
                sources.push(Source::empty(Layer::Project, name, State::LeftOut("the folder is not trusted")));
            }
        }
        sources
    }

    fn unreadable(&mut self, layer: Layer, name: String, why: &str) -> Source {
        let message = format!("this file cannot be read: {why}");
        self.diagnostics.push(Diagnostic::error("unreadable", &name, "", Span::default(), message));
        Source::empty(layer, name, State::LeftOut("it cannot be read"))
    }

    /// Reads a text.
    pub fn text(&mut self, layer: Layer, name: String, text: &str, keys: &[&'static [Field]]) -> Source {
        let Read { entries, diagnostics } = read::read(&name, text, keys, &self.places.home);
        self.diagnostics.extend(diagnostics);
        Source { layer, name, entries, state: State::Read }
    }

    /// Reads `-c KEY=VALUE`. As in Codex, a value that is not TOML is a string.
    pub fn assignment(&mut self, assignment: &str) -> Source {
        let name = "-c".to_owned();
        let Some((key, value)) = assignment.split_once('=') else {
            let span = Span::new(0, assignment.len());
            let problem = Diagnostic::error("assignment", &name, assignment, span, "this is not KEY=VALUE");
            self.diagnostics.push(problem.with_help("as in `-c sandbox_mode=read-only`"));
            return Source::empty(Layer::CommandLine, name, State::Read);
        };
        let plain = toml::de::DeValue::parse(value.trim()).is_err();
        let value = if plain { quoted(value.trim()) } else { value.to_owned() };
        self.text(Layer::CommandLine, name, &format!("{}={value}", key.trim()), USER_KEYS)
    }
}

/// What the flags say, as a source of its own. Words were checked by the parser of the command line.
pub fn flags(args: &PolicyArgs) -> Source {
    let mut source = Source::empty(Layer::CommandLine, String::new(), State::Read);
    let mut set = |setting, value| {
        source.entries.push(Entry { setting, scope: Scope::Base, value, line: 0, span: Span::default() });
    };
    let named = args.approval.as_deref().and_then(key::approval);
    if let Some(policy) = named {
        set("approval_policy", Value::Approval(policy));
    }
    let word = args.sandbox.as_deref().and_then(|word| key::MODES.iter().find(|mode| **mode == word));
    if let Some(word) = word {
        set("sandbox_mode", Value::Word(word));
    }
    if args.full_auto {
        set("approval_policy", Value::Approval(ApprovalPolicy::OnRequest));
        set("sandbox_mode", Value::Word("workspace-write"));
    }
    if args.yolo {
        set("approval_policy", Value::Approval(ApprovalPolicy::Never));
        set("sandbox_mode", Value::Word("danger-full-access"));
    }
    source.name = match (args.full_auto, args.yolo) {
        (true, _) => "--full-auto",
        (_, true) => "--yolo",
        _ if source.entries.len() == 2 => "-a, -s",
        _ if named.is_some() => "-a",
        _ => "-s",
    }
    .to_owned();
    source
}

/// Whether nobody but the administrator can write what is there.
fn administered(path: &Path, administrator: u32, disk: &Disk) -> Result<(), Failure> {
    let shown = path.display();
    let meta = disk.owner(path).map_err(|error| {
        Failure::usage(format!("{shown} cannot be read: {error}")).help("an administrator has to mend this")
    })?;
    if meta.uid() != administrator {
        return Err(Failure::usage(format!("{shown} does not belong to root"))
            .help("an administrator has to mend this: chown root"));
    }
    if meta.mode() & 0o022 != 0 {
        return Err(Failure::usage(format!("{shown} can be written by others than root"))
            .help("an administrator has to mend this: chmod go-w"));
    }
    Ok(())
}

/// The text as a basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
