//! Reads what is proposed: from arguments, from the standard input, or from a line of JSON. Nothing is guessed: what is
//! not exactly a proposal is an error.

use crate::failure::Failure;
use crate::output;
use guardian_engine::shell::Span;
use guardian_engine::{AdditionalPermissions, Command, RequestedPermissions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::io::Read;

/// More than this is not read: no shell takes a longer command, and the engine refuses far shorter ones.
pub const MAX_COMMAND: usize = 4 << 20;

/// The command in the arguments. One word is a script, several are an argv, `-` is a script on the standard input.
pub fn command(words: &[String]) -> Result<Command, Failure> {
    match words {
        [] => Err(Failure::usage("no command given")
            .help("pass one as in `guardian check 'git status && ls'`, or `-` to read it from the standard input")),
        [dash] if dash == "-" => from_stdin(),
        [script] => Ok(Command::Script(script.clone())),
        [program, ..] => {
            if program.contains(char::is_whitespace) {
                output::note(
                    "several arguments are a program and its arguments, but the first one has blanks in it; \
                     guardian's own options come before the command",
                );
            }
            Ok(Command::Argv(words.to_vec()))
        }
    }
}

/// A command as it is shown: the script, or the argv quoted as a shell would need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The text.
    pub text: String,
    /// For each word of an argv, where it stands in the words joined by blanks (which spans point into), and in the text.
    words: Vec<(Span, Span)>,
}

impl Shown {
    /// The command's text.
    pub fn of(command: &Command) -> Self {
        let (mut text, mut words) = (String::new(), Vec::new());
        match command {
            Command::Script(script) => text.clone_from(script),
            Command::Argv(argv) => {
                let mut at = 0;
                for word in argv {
                    if !words.is_empty() {
                        text.push(' ');
                    }
                    let start = text.len();
                    text.push_str(&shlex::try_quote(word).unwrap_or(word.into()));
                    words.push((span(at, at + word.len()), span(start, text.len())));
                    at += word.len() + 1;
                }
            }
        }
        Self { text, words }
    }

    /// Where a span of the verdict stands in the text: for an argv the whole words it touches.
    pub fn place(&self, span: Span) -> Span {
        if self.words.is_empty() || span.start >= span.end {
            return span;
        }
        let touched = self.words.iter().filter(|(word, _)| word.start < span.end && span.start <= word.end);
        touched.map(|(_, shown)| *shown).reduce(Span::to).unwrap_or_default()
    }
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(end))
}

fn from_stdin() -> Result<Command, Failure> {
    if output::stdin_is_terminal() {
        output::note("reading a script from the terminal, end it with Ctrl-D");
    }
    let mut bytes = Vec::new();
    let limit = MAX_COMMAND as u64 + 1;
    std::io::stdin()
        .lock()
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::usage(format!("cannot read the standard input: {error}")))?;
    if bytes.len() > MAX_COMMAND {
        return Err(Failure::usage(format!("the script on the standard input is longer than {MAX_COMMAND} bytes")));
    }
    String::from_utf8(bytes).map(Command::Script).map_err(|error| {
        Failure::usage(format!(
            "the script on the standard input is not UTF-8 (byte {})",
            error.utf8_error().valid_up_to()
        ))
    })
}

/// A name the caller gives a proposal, to find its verdict by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Id {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// One proposal on a line of `guardian check --jsonl`: `command` or `argv`, and what goes with it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalLine {
    /// Echoed in the verdict.
    #[serde(default)]
    pub id: Option<Id>,
    /// A script for a shell. Exactly one of `command` and `argv` is given.
    #[serde(default)]
    pub command: Option<String>,
    /// A program and its arguments, run without a shell.
    #[serde(default)]
    pub argv: Option<Vec<String>>,
    /// The absolute working directory. Where it is missing, the one guardian was called in or for (`-C`).
    #[serde(default)]
    pub cwd: Option<String>,
    /// What it asks for beyond the box.
    #[serde(default)]
    pub permissions: Permissions,
    /// Why the agent says it wants this. Shown to people, never believed.
    #[serde(default)]
    pub justification: Option<String>,
}

/// Permissions beyond the box.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "`permissions` must be \"default\", \"escalated\", or an object with `network`, `read`, `write`"
)]
pub enum Permissions {
    /// A word.
    Word(PermissionsWord),
    /// Named things on top of the box.
    Additional(AdditionalLine),
    /// Nothing, as if the field was missing.
    #[default]
    Null,
}

/// Permissions that need no further words.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PermissionsWord {
    /// None.
    #[serde(alias = "use_default")]
    Default,
    /// To run outside the sandbox.
    #[serde(alias = "require_escalated")]
    Escalated,
}

/// Named things on top of the box.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdditionalLine {
    /// Whether the network is wanted.
    pub network: bool,
    /// Absolute paths to read.
    pub read: Vec<String>,
    /// Absolute paths to write.
    pub write: Vec<String>,
}

impl ProposalLine {
    /// Reads one line of JSON. The second part of an error is the proposal's id, where that much could be read.
    pub fn parse(line: &[u8]) -> Result<Self, (String, Option<Id>)> {
        serde_json::from_slice(line).map_err(|error| {
            let id = serde_json::from_slice::<serde_json::Value>(line)
                .ok()
                .and_then(|value| serde_json::from_value(value.get("id")?.clone()).ok());
            (describe(&error), id)
        })
    }

    /// The command, if there is exactly one.
    pub fn take_command(&mut self) -> Result<Command, String> {
        match (self.command.take(), self.argv.take()) {
            (Some(script), None) => Ok(Command::Script(script)),
            (None, Some(argv)) if argv.is_empty() => Err("`argv` is empty".to_owned()),
            (None, Some(argv)) => Ok(Command::Argv(argv)),
            (None, None) => Err("neither `command` nor `argv` is given".to_owned()),
            (Some(_), Some(_)) => Err("both `command` and `argv` are given".to_owned()),
        }
    }

    /// The permissions it asks for.
    pub fn take_permissions(&mut self) -> Result<RequestedPermissions, String> {
        match std::mem::take(&mut self.permissions) {
            Permissions::Null | Permissions::Word(PermissionsWord::Default) => Ok(RequestedPermissions::Default),
            Permissions::Word(PermissionsWord::Escalated) => Ok(RequestedPermissions::Escalated),
            Permissions::Additional(wanted) => {
                let relative = wanted.read.iter().chain(&wanted.write).find(|path| !path.starts_with('/'));
                if let Some(path) = relative {
                    return Err(format!("`permissions` has a path that is not absolute: {path}"));
                }
                Ok(RequestedPermissions::Additional(AdditionalPermissions {
                    network: wanted.network,
                    read: wanted.read,
                    write: wanted.write,
                }))
            }
        }
    }
}

/// serde's message without its "at line 1": the line number is the stream's, and the caller knows it.
fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let cut = text.rfind(" at line ").and_then(|at| text.get(..at)).unwrap_or(&text);
    format!("{cut} (column {})", error.column())
}
