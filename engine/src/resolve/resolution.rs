//! What resolving finds: the commands that would run, and what matters besides.

use super::bound::Binding;
use super::dialect::Action;
use super::state::Directory;
use super::value::{Unit, Value};
use crate::shell::{RedirectOperator, Span};
use compact_str::CompactString;
use guardian_rules::{EffectKind, Output, Role};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// How far resolving goes. A limit that is hit is a note of its own, and never makes a verdict milder.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Commands in all.
    pub units: u32,
    /// Nesting of constructs, functions and inner scripts together; also bounds the stack.
    pub depth: u32,
    /// Bytes of inner scripts in all.
    pub inner_bytes: usize,
    /// Nodes that are walked in all; loops are walked more than once.
    pub steps: u32,
    /// Bytes that expansions, and the words of commands that commands run, come to in all.
    pub expanded: usize,
    /// Variables, functions and aliases of one shell.
    pub names: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { units: 1000, depth: 96, inner_bytes: 1 << 18, steps: 10_000, expanded: 1 << 21, names: 256 }
    }
}

/// Where a command's standard input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Wherever the shell's comes from.
    Inherited,
    /// The output of commands.
    Pipe(Piped),
    /// This text.
    Text(Value),
    /// This file.
    File(Value),
}

impl Input {
    /// What comes in, as far as it is known.
    #[must_use]
    pub const fn given(&self) -> Option<&Value> {
        match self {
            Self::Text(value) => Some(value),
            Self::Pipe(piped) => piped.prints.as_ref(),
            Self::File(_) | Self::Inherited => None,
        }
    }

    /// The commands that what comes in is made of.
    #[must_use]
    pub fn units(&self) -> &[Unit] {
        match self {
            Self::Pipe(piped) => &piped.units,
            Self::Text(value) | Self::File(value) => &value.from,
            Self::Inherited => &[],
        }
    }
}

/// What comes through a pipe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piped {
    /// The commands whose output may be in it.
    pub units: Vec<Unit>,
    /// What they print, as far as that is known.
    pub prints: Option<Value>,
}

impl Piped {
    /// The output of these commands, of which nothing is known.
    #[must_use]
    pub const fn of(units: Vec<Unit>) -> Self {
        Self { units, prints: None }
    }

    /// The output of these commands. What they pass on is of those as well that had printed it.
    pub(super) fn by(mut units: Vec<Unit>, prints: Option<Value>) -> Self {
        for unit in prints.iter().flat_map(|value| &value.from) {
            if !units.contains(unit) {
                units.push(*unit);
            }
        }
        Self { units, prints }
    }
}

/// A command that would run.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Its number.
    pub unit: Unit,
    /// The command that runs it, if any.
    pub via: Option<Unit>,
    /// Where it stands in the proposal.
    pub span: Span,
    /// The program's word.
    pub program: Value,
    /// The program's name for rules and specs: as written, or the base name of a system path. Empty where not known.
    pub name: CompactString,
    /// The absolute path of a program that is not one of the system's: its identity is the file, not the name.
    pub file: Option<String>,
    /// Its arguments.
    pub arguments: Vec<Value>,
    /// Its arguments as its spec understands them.
    pub binding: Option<Binding>,
    /// Where it runs.
    pub directory: Directory,
    /// What it reads.
    pub input: Input,
    /// Variables set for it.
    pub environment: Vec<(String, Value)>,
    /// What it prints, as far as that is known.
    pub prints: Option<Value>,
    /// Whether the shell itself runs it, so that a builtin acts on this shell.
    pub in_shell: bool,
    /// Whether it is a builtin of a shell that ends with what it runs: a copy of the proposal's own, or another.
    pub apart: bool,
}

impl Invocation {
    /// Its operands, then the values of its options, each with what its spec says it is.
    pub(crate) fn words(&self) -> impl Iterator<Item = (Role, &Value)> {
        self.binding.iter().flat_map(|binding| {
            let operands = binding.operands_in(&self.arguments);
            operands.chain(binding.options.iter().filter_map(|bound| Some((bound.role?, bound.value.as_ref()?))))
        })
    }

    /// Whether it makes links.
    pub(crate) fn makes_links(&self) -> bool {
        self.binding.as_ref().is_some_and(|binding| binding.operand_roles.have(Role::LinkTo))
    }

    /// Whether it tells what it is given to a service.
    pub(super) fn asks_service(&self) -> bool {
        use EffectKind as K;
        let form = self.binding.as_ref().and_then(|binding| binding.form);
        form.is_some_and(|form| form.effects().any(|e| matches!(e.kind, K::Connect | K::Query | K::Change | K::Erase)))
    }

    /// Whether the code that it is given runs in this shell, not in another process.
    pub(super) fn runs_in_this_shell(&self) -> bool {
        self.in_shell && matches!(self.name.as_str(), "eval" | "trap" | "." | "source")
    }

    /// Whether it brings variables into this shell that nobody knows.
    pub(crate) fn brings_in(&self) -> bool {
        let unknown = || self.arguments.iter().any(|word| word.known().is_none());
        match self.name.as_str() {
            "." | "source" => self.in_shell,
            "eval" | "export" | "declare" | "typeset" => self.in_shell && unknown(),
            _ => false,
        }
    }

    /// What its form says it prints.
    #[must_use]
    pub fn output(&self) -> Output {
        self.binding.as_ref().map_or(Output::Text, Binding::output)
    }
}

/// A file that is read or written by the shell itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// How.
    pub operator: RedirectOperator,
    /// What.
    pub target: Value,
    /// Where a relative path starts.
    pub directory: Directory,
}

/// Something that matters besides the commands.
#[derive(Clone, Debug)]
pub struct Note {
    /// Which command it belongs to; 0 is the script.
    pub unit: Unit,
    /// Where.
    pub span: Span,
    /// What.
    pub kind: NoteKind,
}

/// How far a variable reaches that is set for more than one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The shell that sets it.
    Shell,
    /// The commands that it runs, too.
    Commands,
    /// The same, and that shell ends with what it runs.
    Apart,
}

/// Kinds of notes.
#[derive(Clone, Debug)]
pub enum NoteKind {
    /// A redirection to or from a file.
    Redirect(Written),
    /// A variable is set for the rest of the script.
    Assigned(String, Value, Reach),
    /// A function takes the place of a command of that name.
    Shadows(String),
    /// Something stays behind in the shell.
    State(&'static str),
    /// The shell evaluates text as code or arithmetic that could run anything.
    Evaluates(&'static str),
    /// A file of shell code is run.
    Script(Value, Directory),
    /// Code is taken from somewhere: a pipe, a variable, the terminal. The units are where it may come from.
    Code(&'static str, Vec<Unit>),
    /// Code in a language that is not read. The units are where it may come from.
    Unread(&'static str, Vec<Unit>),
    /// A part of what a build tool's file says that was not read.
    NotLookedInto(String),
    /// A program that another is told to run by an option, and that is not described.
    Helper(String),
    /// What code in a small language does besides running commands, and where its relative paths start.
    Dialect(guardian_rules::Role, Vec<Action>, Directory),
    /// The value of a variable of the environment is used.
    Expands(String),
    /// A function or script starts copies of itself.
    Replicates,
    /// A word becomes more words than memory holds.
    Floods,
    /// A loop that never ends, and in which nothing waits.
    Turns,
    /// A loop without end starts jobs and waits for none.
    Swarms,
    /// Not understood.
    Unknown(&'static str),
}

/// All that would run.
#[derive(Debug, Default)]
pub struct Resolution {
    /// Commands, in order; unit numbers begin with 1.
    pub invocations: SmallVec<[Rc<Invocation>; 4]>,
    /// The rest.
    pub notes: Vec<Note>,
    /// Where following ended because there is too much, and why.
    pub limit: Option<(Span, &'static str)>,
    /// Code for a shell that could not be read, as far as it is surely that.
    pub unread: Option<Span>,
    /// Whether a descriptor besides standard input was opened for reading. The system's names of descriptors open what
    /// lies behind them anew, so that what is written to one of those may reach its file.
    pub descriptors: bool,
    /// Commands that nobody waits for.
    pub jobs: Vec<Range<Unit>>,
    /// Commands in files of the project, each with the command of the proposal that runs the file.
    pub project: HashMap<Unit, Unit>,
}

impl Resolution {
    /// The command with this number.
    pub(crate) fn invocation(&self, unit: Unit) -> Option<&Rc<Invocation>> {
        self.invocations.get(usize::try_from(unit).ok()?.checked_sub(1)?)
    }
}
