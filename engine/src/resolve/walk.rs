//! Walks the tree of a script in the order in which it would run, with the shell's state, and collects what would run.

use super::buffers::Buffers;
use super::redirect::redirects_output;
use super::resolution::{Input, NoteKind, Piped, Resolution};
use super::state::{Directory, Fields, State};
use super::value::Value;
use super::walker::{ANYTHING, Call, Failed, Scene, Walker};
use crate::shell::{Node, NodeId, NodeKind, Prefix, Run, Script, Span};
use std::rc::Rc;
use std::sync::Arc;

/// Resolves a script.
#[must_use]
pub fn resolve(script: Script, scene: Scene<'_>) -> Resolution {
    resolve_in(script, scene, &mut Buffers::default())
}

/// As [`resolve`], with buffers that are there already.
pub(crate) fn resolve_in(script: Script, scene: Scene<'_>, buffers: &mut Buffers) -> Resolution {
    let mut state = State::new(Directory::Known(Arc::clone(&scene.directory)));
    let mut walker = Walker::new(&scene, buffers);
    let script = walker.buffers.script(script);
    walker.source = Some(Rc::clone(&script));
    walker.read_by_others(&script, script.differs);
    walker.node(&script, script.body, &mut state, &Input::Inherited);
    let said = || state.variable("IFS").is_some_and(|signs| signs.value.known().is_some());
    if state.fields != Fields::Default && said() {
        walker.note(0, Span::default(), NoteKind::State("signs between fields"));
    }
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

impl Walker<'_> {
    /// Walks a command of any form. `input` is its standard input. The state becomes that behind its success.
    pub(super) fn node(&mut self, script: &Rc<Script>, id: NodeId, state: &mut State, input: &Input) -> Failed {
        let node = script.node(id);
        let span = self.span(node.span);
        if self.limited() {
            return None;
        }
        self.spent.steps += 1;
        if self.spent.depth >= self.limits.depth {
            self.limit(span, "nesting is too deep to be followed");
            return None;
        }
        if self.spent.steps > self.limits.steps || state.variables.len() > self.limits.names {
            self.limit(span, "there is more than is followed");
            return None;
        }
        self.spent.depth += 1;
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
        self.spent.depth -= 1;
        failed
    }

    fn compound(&mut self, script: &Rc<Script>, node: &Node, state: &mut State, input: &Input) -> Failed {
        match &node.kind {
            NodeKind::List { items } => return self.list(script, *items, state, input),
            NodeKind::Background { body } | NodeKind::Subshell { body } => {
                let background = matches!(node.kind, NodeKind::Background { .. });
                self.beside.jobs += u32::from(background);
                self.around.forks += 1;
                let first = self.next_unit();
                if background {
                    self.runs_later(script, *body, (state, input), self.within);
                    self.perhaps(|walker| walker.apart(script, *body, state, input));
                } else {
                    self.apart(script, *body, state, input);
                }
                self.around.forks -= 1;
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
        self.forked(script, body, &mut state.clone(), input);
    }

    /// Walks with a state that is another process's.
    fn forked(&mut self, script: &Rc<Script>, body: NodeId, state: &mut State, input: &Input) {
        let mark = self.mark();
        let errors = self.take_errors();
        self.node(script, body, state, input);
        self.put_errors(errors);
        self.flow.jumps.truncate(mark.jumps());
    }

    /// Walks something as a condition, where failing ends nothing.
    pub(super) fn condition<T>(&mut self, is: bool, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.around.conditions += u32::from(is);
        let result = walk(self);
        self.around.conditions -= u32::from(is);
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
                if !(state.errexit && self.around.conditions == 0 && simple(previous)) {
                    state.join(&other);
                }
            }
            if top {
                if before.is_some_and(|previous| !same_line(script, previous, item)) {
                    self.line_ended();
                }
                for error in &self.flow.errors {
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
        self.around.forks += 1;
        for (i, &stage) in stages.iter().enumerate() {
            let before = self.out.invocations.len();
            if i + 1 == stages.len() {
                let mut inside = state.clone();
                self.forked(script, stage, &mut inside, &input);
                self.kept_by_zsh(state, &inside);
                break;
            }
            let outer = std::mem::take(&mut self.printing);
            self.apart(script, stage, state, &input);
            let printing = std::mem::replace(&mut self.printing, outer);
            input = Input::Pipe(Piped::by(self.since(before), self.printed_by(&printing)));
        }
        self.around.forks -= 1;
    }
}

/// Whether the shell reads one command together with the one in front of it.
fn same_line(script: &Script, previous: NodeId, next: NodeId) -> bool {
    let between = script.node(previous).span.end as usize..script.node(next).span.start as usize;
    script.source.get(between).is_some_and(|between| !between.contains('\n'))
}
