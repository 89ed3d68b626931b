//! Walks the tree of a script in the order in which it would run, with the shell's state, and collects what would run.

use super::buffers::Buffers;
use super::filled::{Filled, Later};
use super::named::Named;
use super::print::redirects_output;
use super::resolution::{Input, Limits, Note, NoteKind, Piped, Resolution};
use super::state::{Directory, State};
use super::value::Unit;
use super::value::Value;
use crate::facts::Facts;
use crate::request::Workspace;
use crate::shell::{Node, NodeId, NodeKind, Prefix, Run, Script, Span};
use guardian_rules::Specs;
use smallvec::SmallVec;
use std::rc::Rc;
use std::sync::Arc;

/// Resolves a script.
#[must_use]
pub fn resolve(
    script: Script,
    directory: &str,
    workspace: &Workspace,
    specs: Specs<'static>,
    facts: &dyn Facts,
    limits: Limits,
) -> Resolution {
    let scene = Scene { directory: directory.into(), workspace, specs, facts, limits };
    resolve_in(script, scene, &mut Buffers::default())
}

/// What resolving goes by besides the proposal.
pub(crate) struct Scene<'a> {
    pub(crate) directory: Arc<str>,
    pub(crate) workspace: &'a Workspace,
    pub(crate) specs: Specs<'static>,
    pub(crate) facts: &'a dyn Facts,
    pub(crate) limits: Limits,
}

/// As [`resolve`], with buffers that are there already.
pub(crate) fn resolve_in(script: Script, scene: Scene<'_>, buffers: &mut Buffers) -> Resolution {
    let mut state = State::new(Directory::Known(Arc::clone(&scene.directory)));
    let mut walker = Walker::new(&scene, buffers);
    let script = walker.buffers.script(script);
    walker.source = Some(Rc::clone(&script));
    walker.node(&script, script.body, &mut state, &Input::Inherited);
    walker.hidden_functions(&state);
    walker.source = None;
    walker.buffers.leave(script);
    walker.out
}

/// Resolves an argv that is run without a shell.
pub(crate) fn resolve_argv(argv: &[(&str, Span)], scene: Scene<'_>, buffers: &mut Buffers) -> Resolution {
    let mut state = State::new(Directory::Known(Arc::clone(&scene.directory)));
    let mut walker = Walker::new(&scene, buffers);
    let words: Vec<Value> = argv.iter().map(|(text, span)| Value::exact(*text, *span)).collect();
    let span = argv.iter().map(|(_, span)| *span).reduce(Span::to).unwrap_or_default();
    let call = Call::process(words, None, span);
    walker.invoke(call, &mut state, &Input::Inherited);
    walker.hidden_functions(&state);
    walker.out
}

/// How spans of the script being walked relate to the proposal's text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    /// They are the proposal's own.
    Own,
    /// All of it stands for this part.
    Fixed(Span),
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
}

impl Call {
    /// A process of its own.
    pub(super) const fn process(words: Vec<Value>, via: Option<Unit>, span: Span) -> Self {
        Self { words, environment: Vec::new(), via, span, plain: false, in_shell: false, own_input: false }
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

pub(super) struct Walker<'a> {
    pub(super) buffers: &'a mut Buffers,
    pub(super) workspace: &'a Workspace,
    pub(super) specs: Specs<'static>,
    pub(super) facts: &'a dyn Facts,
    pub(super) limits: Limits,
    pub(super) out: Resolution,
    pub(super) depth: u32,
    pub(super) steps: u32,
    pub(super) inner_bytes: usize,
    /// What stands in `>(…)` of the command that is being walked.
    pub(super) fed: Vec<(Rc<Script>, u32)>,
    pub(super) expanded: usize,
    pub(super) anchor: Anchor,
    /// All of what the shell runs whose commands are being walked, where it is in sight.
    pub(super) source: Option<Rc<Script>>,
    /// The shell that reads the script being walked.
    pub(super) shell: super::code::Shell,
    /// The command whose inner script is being walked.
    pub(super) via: Option<Unit>,
    /// Functions and files being run, and how many forks there were when each was entered.
    pub(super) calls: Vec<(String, u32)>,
    /// Pipelines, background jobs and subshells around this point.
    pub(super) forks: u32,
    /// Background jobs met so far, and commands that wait for them or leave a loop.
    pub(super) jobs: u32,
    pub(super) ends: u32,
    /// Loops around this point, within the function.
    pub(super) loops: u32,
    /// Conditions around this point, where `set -e` does not hold.
    pub(super) conditions: u32,
    /// States at `break`, `continue` and `return`, which flow to the end of what they leave.
    pub(super) jumps: Vec<State>,
    /// States at errors that end a line but not the script.
    pub(super) errors: Vec<State>,
    /// Commands that print to the output being watched.
    pub(super) printing: SmallVec<[Unit; 8]>,
    /// Variables that the functions around this point have made local.
    pub(super) locals: Vec<String>,
    pub(super) traps: super::traps::Traps,
    /// Functions that were called.
    pub(super) called: std::collections::HashSet<String>,
    /// Whether functions may be called by names that are not in sight.
    pub(super) calls_back: bool,
    /// Files being walked, and how many forks there were when each was entered.
    pub(super) reading: Vec<(String, u32)>,
    /// The command of the proposal that runs the file being walked.
    pub(super) file: Option<Unit>,
    /// Files that the script itself has written, with what it put there as far as that is known.
    pub(super) written: Filled,
    /// Links that the script has made, with what each leads to; and whether it has copied, moved or linked what may be a folder.
    pub(super) links: Vec<(String, String)>,
    pub(super) copies_folders: bool,
    /// What runs beside what follows it, or behind it; and whether there is more than is kept.
    pub(super) later: Vec<Later>,
    pub(super) crowded: bool,
    /// What was filled behind the first command of the `&&` and `||` being walked, and whether these are part of others.
    pub(super) chain: (Filled, bool),
    /// Descriptors that were opened for writing, and the files behind them; and those that the command being walked prints to.
    pub(super) opened: Vec<(u32, Named)>,
    pub(super) given: Vec<Named>,
}

impl<'a> Walker<'a> {
    fn new(scene: &Scene<'a>, buffers: &'a mut Buffers) -> Self {
        let Scene { workspace, specs, facts, limits, .. } = *scene;
        Self {
            buffers,
            workspace,
            specs,
            facts,
            limits,
            out: Resolution::default(),
            depth: 0,
            steps: 0,
            inner_bytes: 0,
            fed: Vec::new(),
            expanded: 0,
            anchor: Anchor::Own,
            source: None,
            shell: super::code::Shell::Bash,
            via: None,
            calls: Vec::new(),
            forks: 0,
            jobs: 0,
            ends: 0,
            loops: 0,
            conditions: 0,
            jumps: Vec::new(),
            errors: Vec::new(),
            printing: SmallVec::new(),
            locals: Vec::new(),
            traps: super::traps::Traps::default(),
            called: std::collections::HashSet::new(),
            calls_back: false,
            reading: Vec::new(),
            file: None,
            written: Filled::default(),
            links: Vec::new(),
            copies_folders: false,
            later: Vec::new(),
            crowded: false,
            chain: (Filled::default(), false),
            opened: Vec::new(),
            given: Vec::new(),
        }
    }

    pub(super) const fn span(&self, span: Span) -> Span {
        match self.anchor {
            Anchor::Own => span,
            Anchor::Fixed(span) => span,
        }
    }

    /// Notes something. What belongs to no single command of a file belongs to the command that runs the file; what a
    /// file leaves behind in its own process, or does not say, is part of running it.
    pub(super) fn note(&mut self, unit: Unit, span: Span, kind: NoteKind) {
        let Some(file) = self.file else {
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

    /// The units that were found since there were `before` of them.
    pub(super) fn since(&self, before: usize) -> Vec<Unit> {
        self.out.invocations.iter().skip(before).map(|i| i.unit).collect()
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            invocations: self.out.invocations.len(),
            notes: self.out.notes.len(),
            jumps: self.jumps.len(),
            printing: self.printing.len(),
        }
    }

    /// Forgets what was found since.
    pub(super) fn reset(&mut self, mark: Mark) {
        self.out.invocations.truncate(mark.invocations);
        self.out.notes.truncate(mark.notes);
        self.jumps.truncate(mark.jumps);
        self.printing.truncate(mark.printing);
    }

    /// Joins the states of the jumps since, which end here or further out.
    pub(super) fn land(&self, mark: Mark, state: &mut State) {
        for jump in self.jumps.iter().skip(mark.jumps) {
            state.join(jump);
        }
    }

    /// As [`Self::land`], and no jump goes further out.
    pub(super) fn land_all(&mut self, mark: Mark, state: &mut State) {
        self.land(mark, state);
        self.jumps.truncate(mark.jumps);
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

    /// Walks a command of any form. `input` is its standard input. The state becomes that behind its success.
    pub(super) fn node(&mut self, script: &Rc<Script>, id: NodeId, state: &mut State, input: &Input) -> Failed {
        let node = script.node(id);
        let span = self.span(node.span);
        if self.limited() {
            return None;
        }
        self.steps += 1;
        if self.depth >= self.limits.depth {
            self.limit(span, "nesting is too deep to be followed");
            return None;
        }
        if self.steps > self.limits.steps || state.variables.len() > self.limits.names {
            self.limit(span, "there is more than is followed");
            return None;
        }
        self.depth += 1;
        let failed = match &node.kind {
            NodeKind::Simple { assignments, words } => {
                self.simple(script, (*assignments, *words, node.redirects), state, input, span)
            }
            NodeKind::Function { name, body } => {
                self.define(script, script.text(*name), *body, state, span);
                None
            }
            NodeKind::Unknown => {
                self.note(0, span, NoteKind::Unknown("this part could not be read"));
                None
            }
            _ => {
                let (notes, before) = (self.out.notes.len(), self.out.invocations.len());
                let input = self.redirects(script, node.redirects, state, input, 0);
                let redirected = notes..self.out.notes.len();
                let failed = self.compound(script, node, state, &input);
                if redirects_output(script, node.redirects) {
                    self.remember(&self.since(before), redirected);
                    self.printing.push(ANYTHING);
                }
                failed
            }
        };
        self.depth -= 1;
        failed
    }

    fn compound(&mut self, script: &Rc<Script>, node: &Node, state: &mut State, input: &Input) -> Failed {
        match &node.kind {
            NodeKind::List { items } => return self.list(script, *items, state, input),
            NodeKind::Background { body } | NodeKind::Subshell { body } => {
                let background = matches!(node.kind, NodeKind::Background { .. });
                self.jobs += u32::from(background);
                self.forks += 1;
                let first = self.next_unit();
                if background {
                    self.runs_later(script, *body, (state, input), (self.anchor, self.via));
                    self.perhaps(|walker| walker.apart(script, *body, state, input));
                } else {
                    self.apart(script, *body, state, input);
                }
                self.forks -= 1;
                if background {
                    self.detaches(first, self.span(node.span));
                }
            }
            NodeKind::Coproc { name, body } => {
                let span = self.span(node.span);
                self.note(0, span, NoteKind::State("a coprocess keeps running"));
                self.perhaps(|walker| walker.apart(script, *body, state, &Input::Pipe(Piped::default())));
                let name = name.map_or("COPROC", |name| script.text(name)).to_owned();
                self.assign(&name, Value::number(span), state, 0);
            }
            NodeKind::Group { body } => return self.node(script, *body, state, input),
            NodeKind::Prefixed { prefix, body } => {
                let failed = self.condition(*prefix == Prefix::Not, |w| w.node(script, *body, state, input));
                if *prefix == Prefix::Not
                    && let Some(mut other) = failed
                {
                    std::mem::swap(state, &mut other);
                    return Some(other);
                }
                return failed;
            }
            NodeKind::AndOr { left, right, or } => {
                return self.and_or(script, (*left, *right, *or), state, input);
            }
            NodeKind::Pipeline { stages } => self.pipeline(script, *stages, state, input),
            NodeKind::If { clauses } => self.if_clauses(script, *clauses, state, input),
            NodeKind::While { condition, body, until } => {
                self.while_loop(script, (*condition, *body, *until), state, input);
            }
            NodeKind::For { .. } => self.for_loop(script, node, state, input),
            NodeKind::ForArithmetic { expressions, body } => {
                self.for_arithmetic(script, (*expressions, *body), state, input);
            }
            NodeKind::Case { subject, clauses } => {
                self.expand(script, script.word(*subject), state);
                self.case_clauses(script, *clauses, state, input);
            }
            NodeKind::Test { words } => self.test(script, *words, state),
            NodeKind::Arithmetic { expression } => {
                self.arithmetic(script, script.word(*expression), state);
            }
            NodeKind::Simple { .. } | NodeKind::Function { .. } | NodeKind::Unknown => {}
        }
        None
    }

    /// Walks with a copy of the state: another process.
    pub(super) fn apart(&mut self, script: &Rc<Script>, body: NodeId, state: &State, input: &Input) {
        let mark = self.mark();
        let errors = std::mem::take(&mut self.errors);
        self.node(script, body, &mut state.clone(), input);
        self.errors = errors;
        self.jumps.truncate(mark.jumps);
    }

    /// Walks something as a condition, where failing ends nothing.
    pub(super) fn condition<T>(&mut self, is: bool, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.conditions += u32::from(is);
        let result = walk(self);
        self.conditions -= u32::from(is);
        result
    }

    fn list(&mut self, script: &Rc<Script>, items: Run, state: &mut State, input: &Input) -> Failed {
        let mut failed: Failed = None;
        let simple = |id: NodeId| matches!(script.node(id).kind, NodeKind::Simple { .. });
        let mut before: Option<NodeId> = None;
        // An error ends what was read with it, loops and all; the next command of the script goes on.
        let top = script.node(script.body).kind == NodeKind::List { items };
        for &item in script.children_of(items) {
            if let (Some(other), Some(previous)) = (failed.take(), before) {
                // Under `set -e` what failed by itself does not go on.
                if !(state.errexit && self.conditions == 0 && simple(previous)) {
                    state.join(&other);
                }
            }
            if top {
                for error in &self.errors {
                    state.join(error);
                }
            }
            failed = self.node(script, item, state, input);
            before = Some(item);
        }
        failed
    }

    fn pipeline(&mut self, script: &Rc<Script>, stages: Run, state: &mut State, input: &Input) {
        let mut input = input.clone();
        let stages = script.children_of(stages);
        self.forks += 1;
        for (i, &stage) in stages.iter().enumerate() {
            let before = self.out.invocations.len();
            if i + 1 == stages.len() {
                self.apart(script, stage, state, &input);
                break;
            }
            let outer = std::mem::take(&mut self.printing);
            self.apart(script, stage, state, &input);
            let printing = std::mem::replace(&mut self.printing, outer);
            input = Input::Pipe(Piped { units: self.since(before), prints: self.printed_by(&printing) });
        }
        self.forks -= 1;
    }
}
