//! The walk of a script: what it goes by, what it keeps on the way, and what it has found so far.

use super::buffers::Buffers;
use super::contents::Filled;
use super::named::Named;
use super::resolution::{Input, Limits, Note, NoteKind, Reach, Resolution};
use super::state::State;
use super::traps::Traps;
use super::value::{Unit, Value};
use crate::facts::Facts;
use crate::request::Workspace;
use crate::shell::{NodeId, Script, Span, Word};
use guardian_rules::Specs;
use smallvec::SmallVec;
use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// What resolving goes by besides the proposal.
pub struct Scene<'a> {
    /// The working directory: absolute.
    pub directory: Arc<str>,
    /// The workspace and the user's directories.
    pub workspace: &'a Workspace,
    /// What is known of commands.
    pub specs: Specs<'static>,
    /// What is known of the world.
    pub facts: &'a dyn Facts,
    /// How much is followed.
    pub limits: Limits,
}

/// Which shell reads a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shell {
    /// The one that runs the proposal: bash, or zsh or fish where the user of the agent works with that.
    Users,
    /// bash.
    Bash,
    /// Whichever `sh` is, bash or a smaller one.
    Posix,
}

/// How spans of the script being walked relate to the proposal's text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    /// They are the proposal's own.
    Own,
    /// All of it stands for this part.
    Fixed(Span),
}

/// Commands that run beside those that follow, or behind them.
#[derive(Debug)]
pub(super) struct Later {
    pub(super) script: Rc<Script>,
    pub(super) body: NodeId,
    pub(super) state: State,
    pub(super) input: Input,
    pub(super) within: Within,
    /// What they have been walked with.
    pub(super) filled: Filled,
}

/// A command line whose words are expanded.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) words: Vec<Value>,
    /// Variables set for it.
    pub(super) environment: Vec<(String, Value)>,
    /// The command that runs it.
    pub(super) via: Option<Unit>,
    pub(super) span: Span,
    /// Whether functions and aliases count, as they do for a command that the script itself writes.
    pub(super) plain: bool,
    /// Whether builtins act on this shell.
    pub(super) in_shell: bool,
    /// Whether its standard input is its own and not shared with other commands.
    pub(super) own_input: bool,
    /// Of words that zsh does not split and bash does: whether there are more behind them.
    pub(super) unsplit: Option<bool>,
}

impl Call {
    /// A process of its own.
    pub(super) const fn process(words: Vec<Value>, via: Option<Unit>, span: Span) -> Self {
        let environment = Vec::new();
        Self { words, environment, via, span, plain: false, in_shell: false, own_input: false, unsplit: None }
    }
}

/// The state behind a command that failed, where it is not the one behind its success.
pub(super) type Failed = Option<Box<State>>;

/// How much had been found at some point, to go back to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    invocations: usize,
    notes: usize,
    jumps: usize,
    printing: usize,
}

impl Mark {
    pub(super) const fn jumps(self) -> usize {
        self.jumps
    }

    pub(super) const fn invocations(self) -> usize {
        self.invocations
    }
}

/// In front of a unit's number: it may run never or several times.
pub(super) const SOMETIMES: Unit = Unit::MAX;
/// Output of which nothing is known.
pub(super) const ANYTHING: Unit = 0;

/// The `&&` and `||` being walked.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// What was filled behind the first of their commands.
    pub(super) filled: Filled,
    /// Whether they are part of others.
    pub(super) is_part: bool,
}

/// The shell whose commands are being walked, and where they stand in the proposal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within {
    pub(super) shell: Shell,
    pub(super) anchor: Anchor,
    /// The command whose inner script they are.
    pub(super) via: Option<Unit>,
    /// The command of the proposal that runs the file they stand in.
    pub(super) file: Option<Unit>,
}

/// How far the walk is, and has come, as [`Limits`] counts it.
#[derive(Debug, Default)]
pub(super) struct Spent {
    pub(super) depth: u32,
    pub(super) steps: u32,
    pub(super) inner_bytes: usize,
    pub(super) expanded: usize,
}

/// What is around the point that the walk has come to.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// Pipelines, background jobs and subshells.
    pub(super) forks: u32,
    /// Substitutions, and shells that commands start.
    pub(super) copies: u32,
    /// Loops, within the function.
    pub(super) loops: u32,
    /// Conditions, where `set -e` does not hold.
    pub(super) conditions: u32,
}

/// Functions that run.
#[derive(Debug, Default)]
pub(super) struct Functions {
    /// Those around this point, and files, and how many forks there were when each was entered.
    pub(super) active: Vec<(String, u32)>,
    /// Variables that they have made local.
    pub(super) locals: Vec<String>,
    /// All that were called.
    pub(super) called: HashSet<String>,
    /// Whether others may be called by names that are not in sight.
    pub(super) calls_back: bool,
}

/// Where commands go on elsewhere than behind the one before.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// States at `break`, `continue` and `return`, which flow to the end of what they leave.
    pub(super) jumps: Vec<State>,
    /// States at errors that end a line, or a command, but not the script.
    pub(super) errors: Vec<State>,
    /// Those at errors that surely end what was read with them: they hold from the next line on.
    pub(super) line_ends: Vec<State>,
    /// Commands met so far that wait for jobs or leave a loop.
    pub(super) ends: u32,
}

/// What the script has done to files.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Those it has written, with what it put there as far as that is known.
    pub(super) written: Filled,
    /// Links that it has made, with what each leads to.
    pub(super) links: Vec<(String, String)>,
    /// Whether it has copied, moved or linked what may be a folder.
    pub(super) copies_folders: bool,
    /// Whether it has put pieces of files into others.
    pub(super) makes_pieces: bool,
    /// Descriptors that were opened for writing, and the files behind them.
    pub(super) opened: Vec<(u32, Named)>,
    /// Those that the command being walked prints to.
    pub(super) given: Vec<Named>,
}

/// What runs beside what follows it, or behind it.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Background jobs met so far.
    pub(super) jobs: u32,
    pub(super) later: Vec<Later>,
    /// Whether there is more of that than is kept.
    pub(super) crowded: bool,
}

/// What is known at the point that the walk has come to. Each file of this folder walks a part of the language.
pub(super) struct Walker<'a> {
    pub(super) buffers: &'a mut Buffers,
    pub(super) workspace: &'a Workspace,
    pub(super) specs: Specs<'static>,
    pub(super) facts: &'a dyn Facts,
    pub(super) limits: Limits,
    /// What has been found.
    pub(super) out: Resolution,
    pub(super) spent: Spent,
    pub(super) within: Within,
    /// All of what the shell runs whose commands are being walked, where it is in sight.
    pub(super) source: Option<Rc<Script>>,
    /// Files being walked, and how many forks there were when each was entered.
    pub(super) reading: Vec<(String, u32)>,
    pub(super) around: Around,
    pub(super) functions: Functions,
    pub(super) flow: Flow,
    pub(super) chain: Chain,
    pub(super) traps: Traps,
    pub(super) files: Files,
    pub(super) beside: Beside,
    /// Commands that print to the output being watched.
    pub(super) printing: SmallVec<[Unit; 8]>,
    /// What stands in `>(…)` of the command that is being walked.
    pub(super) fed: Vec<(Rc<Script>, u32)>,
    /// Words, of the commands that are being walked, that came to several, and where these stand.
    pub(super) several: Vec<(Word, Range<usize>)>,
    /// Variables that stand for others, and those others.
    pub(super) references: Vec<(String, String)>,
    /// A variable that was told to a command which prints nothing of it, but leaves it in `$_` or `BASH_REMATCH`.
    pub(super) told: Option<String>,
}

impl<'a> Walker<'a> {
    /// One that has found nothing yet.
    pub(super) fn new(scene: &Scene<'a>, buffers: &'a mut Buffers) -> Self {
        let Scene { workspace, specs, facts, limits, .. } = *scene;
        Self {
            buffers,
            workspace,
            specs,
            facts,
            limits,
            out: Resolution::default(),
            spent: Spent::default(),
            within: Within { shell: Shell::Users, anchor: Anchor::Own, via: None, file: None },
            source: None,
            reading: Vec::new(),
            around: Around::default(),
            functions: Functions::default(),
            flow: Flow::default(),
            chain: Chain::default(),
            traps: Traps::default(),
            files: Files::default(),
            beside: Beside::default(),
            printing: SmallVec::new(),
            fed: Vec::new(),
            several: Vec::new(),
            references: Vec::new(),
            told: None,
        }
    }

    pub(super) const fn span(&self, span: Span) -> Span {
        match self.within.anchor {
            Anchor::Own => span,
            Anchor::Fixed(span) => span,
        }
    }

    /// Notes something. What belongs to no single command of a file belongs to the command that runs the file; what a
    /// file leaves behind in its own process, or does not say, is part of running it.
    pub(super) fn note(&mut self, unit: Unit, span: Span, kind: NoteKind) {
        let Some(file) = self.within.file else {
            return self.out.notes.push(Note { unit, span, kind });
        };
        let part = matches!(
            kind,
            NoteKind::Assigned(..)
                | NoteKind::State(_)
                | NoteKind::Shadows(_)
                | NoteKind::Unknown(_)
                | NoteKind::Evaluates(_)
        );
        if !part {
            let unit = if unit == 0 { file } else { unit };
            self.out.notes.push(Note { unit, span, kind });
        }
    }

    /// Whether the shell of whoever uses the agent runs this, which may be zsh or fish as well as bash.
    pub(super) fn is_users_shell(&self) -> bool {
        self.within.shell == Shell::Users
    }

    /// Notes that this means to zsh or fish what it does not mean to bash.
    pub(super) fn unknown_to_bash(&mut self, span: Span) {
        self.note(0, span, NoteKind::Unknown("zsh or fish reads this otherwise than bash"));
    }

    /// Whether the shell that is walked ends with what it runs, while the proposal's own goes on.
    pub(super) fn is_apart(&self) -> bool {
        self.around.forks + self.around.copies > 0
    }

    /// How far a variable reaches that is set here.
    pub(super) fn reach(&self, exported: bool) -> Reach {
        match exported {
            false => Reach::Shell,
            true if self.is_apart() => Reach::Apart,
            true => Reach::Commands,
        }
    }

    /// The units that were found since there were `before` of them.
    pub(super) fn since(&self, before: usize) -> Vec<Unit> {
        self.out.invocations.iter().skip(before).map(|i| i.unit).collect()
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            invocations: self.out.invocations.len(),
            notes: self.out.notes.len(),
            jumps: self.flow.jumps.len(),
            printing: self.printing.len(),
        }
    }

    /// Forgets what was found since.
    pub(super) fn reset(&mut self, mark: Mark) {
        self.out.invocations.truncate(mark.invocations);
        self.out.notes.truncate(mark.notes);
        self.flow.jumps.truncate(mark.jumps);
        self.printing.truncate(mark.printing);
    }

    /// Joins the states of the jumps since, which end here or further out.
    pub(super) fn land(&self, mark: Mark, state: &mut State) {
        for jump in self.flow.jumps.iter().skip(mark.jumps) {
            state.join(jump);
        }
    }

    /// As [`Self::land`], and no jump goes further out.
    pub(super) fn land_all(&mut self, mark: Mark, state: &mut State) {
        self.land(mark, state);
        self.flow.jumps.truncate(mark.jumps);
    }

    /// The state at a jump or error is one that may hold later.
    pub(super) fn keep(list: &mut Vec<State>, state: &State) {
        const MOST: usize = 32;
        if list.iter().any(|known| known.same(state)) {
            return;
        }
        if list.len() >= MOST
            && let Some(last) = list.last_mut()
        {
            last.join(state);
        } else {
            list.push(state.clone());
        }
    }
}
