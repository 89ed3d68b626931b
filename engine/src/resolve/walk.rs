//! Walks the tree of a script in the order in which it would run, with the shell's state, and collects what would run.

use super::argv::Binding;
use super::dialect::Action;
use super::expand::value_is_safe_arithmetic;
use super::state::{Directory, Function, State};
use super::value::Unit;
use super::value::{Knowledge, Value, Why};
use crate::facts::Facts;
use crate::request::Workspace;
use crate::shell::{
    Node, NodeId, NodeKind, PartKind, Redirect, RedirectOperator, RedirectTarget, Run, Script, Span,
};
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
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            units: 1000,
            depth: 96,
            inner_bytes: 1 << 18,
        }
    }
}

/// Where a command's standard input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Wherever the shell's comes from.
    Inherited,
    /// The output of these commands.
    Pipe(Vec<Unit>),
    /// This text.
    Text(Value),
    /// This file.
    File(Value),
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
    pub name: String,
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

/// Kinds of notes.
#[derive(Clone, Debug)]
pub enum NoteKind {
    /// A redirection to or from a file.
    Redirect(Written),
    /// A variable is set for the rest of the script, and whether it is exported.
    Assigned(String, Value, bool),
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
    /// A program that another is told to run by an option, and that is not described.
    Helper(String),
    /// What code in a small language does besides running commands, and where its relative paths start.
    Dialect(guardian_rules::Role, Vec<Action>, Directory),
    /// The value of a variable of the environment is used.
    Expands(String),
    /// A function or script starts copies of itself.
    Replicates,
    /// Not understood.
    Unknown(&'static str),
    /// A limit was hit.
    Limit(&'static str),
}

/// All that would run.
#[derive(Debug, Default)]
pub struct Resolution {
    /// Commands, in order; unit numbers begin with 1.
    pub invocations: Vec<Invocation>,
    /// The rest.
    pub notes: Vec<Note>,
}

/// Resolves a script.
#[must_use]
pub fn resolve(
    script: Script,
    directory: &str,
    workspace: &Workspace,
    facts: &dyn Facts,
    limits: Limits,
) -> Resolution {
    let mut walker = Walker::new(workspace, facts, limits);
    let mut state = State::new(directory);
    let script = Rc::new(script);
    walker.node(&script, script.body, &mut state, &Input::Inherited);
    walker.out
}

/// Resolves an argv that is run without a shell.
#[must_use]
pub fn resolve_argv(
    argv: &[String],
    spans: &[Span],
    directory: &str,
    workspace: &Workspace,
    facts: &dyn Facts,
    limits: Limits,
) -> Resolution {
    let mut walker = Walker::new(workspace, facts, limits);
    let mut state = State::new(directory);
    let values = argv
        .iter()
        .zip(spans)
        .map(|(text, span)| Value::exact(text.as_str(), *span))
        .collect();
    let span = spans.iter().copied().reduce(Span::to).unwrap_or_default();
    walker.invoke(
        values,
        &mut state,
        &Input::Inherited,
        Vec::new(),
        None,
        span,
    );
    walker.out
}

/// How spans of the script being walked relate to the proposal's text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    /// They are shifted by so many bytes.
    Shift(u32),
    /// All of it stands for this part.
    Fixed(Span),
}

pub(super) struct Walker<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) facts: &'a dyn Facts,
    pub(super) limits: Limits,
    pub(super) out: Resolution,
    pub(super) depth: u32,
    pub(super) inner_bytes: usize,
    pub(super) anchor: Anchor,
    /// The command whose inner script is being walked.
    pub(super) via: Option<Unit>,
    /// Functions being called, to see recursion.
    pub(super) calls: Vec<String>,
    pub(super) limited: bool,
}

impl<'a> Walker<'a> {
    fn new(workspace: &'a Workspace, facts: &'a dyn Facts, limits: Limits) -> Self {
        Self {
            workspace,
            facts,
            limits,
            out: Resolution::default(),
            depth: 0,
            inner_bytes: 0,
            anchor: Anchor::Shift(0),
            via: None,
            calls: Vec::new(),
            limited: false,
        }
    }

    pub(super) fn span(&self, span: Span) -> Span {
        match self.anchor {
            Anchor::Shift(by) => Span::new(span.start + by, span.end + by),
            Anchor::Fixed(span) => span,
        }
    }

    pub(super) fn note(&mut self, unit: Unit, span: Span, kind: NoteKind) {
        self.out.notes.push(Note { unit, span, kind });
    }

    pub(super) fn limit(&mut self, span: Span, what: &'static str) {
        // Said once: padding must not make the list long.
        if !self.limited {
            self.limited = true;
            self.note(0, span, NoteKind::Limit(what));
        }
    }

    /// The units that were found since there were `before` of them.
    pub(super) fn since(&self, before: usize) -> Vec<Unit> {
        self.out
            .invocations
            .iter()
            .skip(before)
            .map(|i| i.unit)
            .collect()
    }

    /// Walks a command of any form. `input` is its standard input.
    pub(super) fn node(
        &mut self,
        script: &Rc<Script>,
        id: NodeId,
        state: &mut State,
        input: &Input,
    ) {
        let node = script.node(id);
        let span = self.span(node.span);
        if self.depth >= self.limits.depth || self.limited {
            return self.limit(span, "nesting is too deep to be followed");
        }
        self.depth += 1;
        match &node.kind {
            NodeKind::Simple { assignments, words } => {
                self.simple(
                    script,
                    (*assignments, *words, node.redirects),
                    state,
                    input,
                    span,
                );
            }
            NodeKind::Function { name, body } => {
                self.define(script, script.text(*name), *body, state, span)
            }
            NodeKind::Unknown => {
                self.note(0, span, NoteKind::Unknown("this part could not be read"))
            }
            _ => {
                let input = self.redirects(script, node.redirects, state, input, 0);
                self.compound(script, node, state, &input);
            }
        }
        self.depth -= 1;
    }

    fn compound(&mut self, script: &Rc<Script>, node: &Node, state: &mut State, input: &Input) {
        match &node.kind {
            NodeKind::List { items } => {
                for &item in script.children_of(*items) {
                    self.node(script, item, state, input);
                }
            }
            NodeKind::Background { body } | NodeKind::Subshell { body } => {
                self.node(script, *body, &mut state.clone(), input);
            }
            NodeKind::Coproc { body, .. } => {
                self.note(
                    0,
                    self.span(node.span),
                    NoteKind::State("a coprocess keeps running"),
                );
                self.node(script, *body, &mut state.clone(), &Input::Pipe(Vec::new()));
            }
            NodeKind::Group { body } | NodeKind::Prefixed { body, .. } => {
                self.node(script, *body, state, input)
            }
            NodeKind::AndOr { left, right, .. } => {
                self.node(script, *left, state, input);
                self.node(script, *right, state, input);
            }
            NodeKind::Pipeline { stages } => self.pipeline(script, *stages, state, input),
            NodeKind::If { clauses } => self.branches(script, *clauses, state, input),
            NodeKind::While {
                condition, body, ..
            } => {
                state.forget(assigned_names(script));
                self.node(script, *condition, state, input);
                let mut inside = state.clone();
                self.node(script, *body, &mut inside, input);
                state.join(inside);
            }
            NodeKind::For { .. } => self.for_loop(script, node, state, input),
            NodeKind::ForArithmetic { expressions, body } => {
                state.forget(assigned_names(script));
                for &word in script.words_of(*expressions) {
                    self.arithmetic(script, word, state);
                }
                self.node(script, *body, state, input);
            }
            NodeKind::Case { subject, clauses } => {
                self.expand(script, script.word(*subject), state);
                self.branches(script, *clauses, state, input);
            }
            NodeKind::Test { words } => self.test(script, *words, state),
            NodeKind::Arithmetic { expression } => {
                self.arithmetic(script, script.word(*expression), state);
                state.forget(assigned_names(script));
            }
            NodeKind::Simple { .. } | NodeKind::Function { .. } | NodeKind::Unknown => {}
        }
    }

    fn pipeline(&mut self, script: &Rc<Script>, stages: Run, state: &mut State, input: &Input) {
        let mut input = input.clone();
        for &stage in script.children_of(stages) {
            let before = self.out.invocations.len();
            self.node(script, stage, &mut state.clone(), &input);
            input = Input::Pipe(self.since(before));
        }
    }

    /// The clauses of `if` and `case`: any of the bodies may run, or none.
    fn branches(&mut self, script: &Rc<Script>, clauses: Run, state: &mut State, input: &Input) {
        let mut joined: Option<State> = None;
        for clause in script.clauses_of(clauses) {
            for &pattern in script.words_of(clause.patterns) {
                self.expand(script, pattern, state);
            }
            if let Some(condition) = clause.condition {
                self.node(script, condition, state, input);
            }
            let mut inside = state.clone();
            self.node(script, clause.body, &mut inside, input);
            match &mut joined {
                Some(joined) => joined.join(inside),
                None => joined = Some(inside),
            }
        }
        if let Some(joined) = joined {
            state.join(joined);
        }
    }

    fn for_loop(&mut self, script: &Rc<Script>, node: &Node, state: &mut State, input: &Input) {
        let NodeKind::For {
            variable,
            words,
            body,
            select,
        } = &node.kind
        else {
            return;
        };
        let name = script.text(*variable).to_owned();
        let values: Vec<Value> = match words {
            Some(run) => script
                .words_of(*run)
                .iter()
                .flat_map(|word| self.expand(script, *word, state))
                .collect(),
            None => state.positional.clone().unwrap_or_else(|| {
                vec![Value {
                    many: true,
                    ..Value::unknown(Why::Input, self.span(node.span))
                }]
            }),
        };
        if *select {
            self.note(
                0,
                self.span(node.span),
                NoteKind::Unknown("the choice of a `select` is not known"),
            );
        }
        let literal = values.len() <= 8
            && !values
                .iter()
                .any(|v| v.many && v.knowledge != Knowledge::Pattern);
        if literal {
            for value in values {
                self.assign(
                    &name,
                    Value {
                        many: false,
                        ..value
                    },
                    state,
                );
                self.node(script, *body, state, input);
            }
        } else {
            state.forget(assigned_names(script));
            let joined = join_values(&values, self.span(node.span));
            self.assign(&name, joined, state);
            let mut inside = state.clone();
            self.node(script, *body, &mut inside, input);
            state.join(inside);
        }
    }

    /// `[[ … ]]`: words are not split; `-v` and arithmetic operators evaluate text.
    fn test(&mut self, script: &Rc<Script>, words: Run, state: &mut State) {
        let mut evaluates = false;
        for &word in script.words_of(words) {
            let values = self.expand(script, word, state);
            for value in &values {
                let operator = value.known().is_some_and(|t| {
                    matches!(
                        t,
                        "-v" | "-R" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge"
                    )
                });
                if evaluates && !value_is_safe_arithmetic(value, state) {
                    self.note(
                        0,
                        value.span,
                        NoteKind::Evaluates("`[[` evaluates this text as arithmetic"),
                    );
                }
                evaluates = operator;
            }
        }
        // The left operand of an arithmetic operator is evaluated too.
        let texts: Vec<Value> = script
            .words_of(words)
            .iter()
            .flat_map(|w| self.quiet(script, *w, state))
            .collect();
        for pair in texts.windows(2) {
            if let [left, operator] = pair
                && operator
                    .known()
                    .is_some_and(|t| matches!(t, "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge"))
                && !value_is_safe_arithmetic(left, state)
            {
                self.note(
                    0,
                    left.span,
                    NoteKind::Evaluates("`[[` evaluates this text as arithmetic"),
                );
            }
        }
    }

    fn define(
        &mut self,
        script: &Rc<Script>,
        name: &str,
        body: NodeId,
        state: &mut State,
        span: Span,
    ) {
        if guardian_rules::built_in().program(name).is_some() {
            self.note(0, span, NoteKind::Shadows(name.to_owned()));
        }
        state.functions.insert(
            name.to_owned(),
            Function {
                script: Rc::clone(script),
                body,
            },
        );
    }

    /// Applies redirections to whatever they stand at; gives the standard input they leave.
    pub(super) fn redirects(
        &mut self,
        script: &Rc<Script>,
        run: Run,
        state: &mut State,
        input: &Input,
        unit: Unit,
    ) -> Input {
        let mut input = input.clone();
        for redirect in script.redirects_of(run) {
            self.redirect(script, redirect, state, &mut input, unit);
        }
        input
    }

    fn redirect(
        &mut self,
        script: &Rc<Script>,
        redirect: &Redirect,
        state: &mut State,
        input: &mut Input,
        unit: Unit,
    ) {
        use crate::shell::{Descriptor, RedirectOperator as Op};
        let span = self.span(redirect.span);
        let word = match redirect.target {
            RedirectTarget::Word(word) => word,
            RedirectTarget::Body { body, .. } => body,
        };
        let values = match redirect.operator {
            Op::Heredoc | Op::HereString => {
                vec![self.expand_quoted(script, script.word(word), state)]
            }
            _ => self.expand(script, script.word(word), state),
        };
        let value = match values.as_slice() {
            [one] => one.clone(),
            _ => Value::unknown(Why::Expansion, span),
        };
        let first = matches!(
            redirect.descriptor,
            Descriptor::Default | Descriptor::Number(0)
        );
        if let Descriptor::Variable(name) = redirect.descriptor {
            let name = script.text(name).to_owned();
            self.note(unit, span, NoteKind::State("a descriptor stays open"));
            self.assign(
                &name,
                Value {
                    knowledge: Knowledge::Number,
                    ..Value::unknown(Why::Expansion, span)
                },
                state,
            );
        }
        match redirect.operator {
            Op::Heredoc | Op::HereString => {
                if first {
                    *input = Input::Text(value);
                }
            }
            Op::DuplicateIn | Op::DuplicateOut => {
                let plain = value.known().is_some_and(|t| {
                    t == "-" || t.trim_end_matches('-').bytes().all(|b| b.is_ascii_digit())
                });
                if !plain {
                    // `>&word` with anything else writes a file of that name, and so may a word that is not known.
                    let written = Written {
                        operator: Op::WriteBoth,
                        target: value,
                        directory: state.directory.clone(),
                    };
                    self.note(unit, span, NoteKind::Redirect(written));
                }
            }
            operator => {
                if first && matches!(operator, Op::Read | Op::ReadWrite) {
                    *input = if value.from.is_empty() {
                        Input::File(value.clone())
                    } else {
                        Input::Pipe(value.from.clone())
                    };
                }
                let written = Written {
                    operator,
                    target: value,
                    directory: state.directory.clone(),
                };
                self.note(unit, span, NoteKind::Redirect(written));
            }
        }
    }
}

/// Every name that something in the script assigns, as far as the text shows.
fn assigned_names(script: &Script) -> Vec<String> {
    let mut names: Vec<String> = script
        .assignments
        .iter()
        .map(|a| script.text(a.name).to_owned())
        .collect();
    for node in &script.nodes {
        match &node.kind {
            NodeKind::For { variable, .. } => names.push(script.text(*variable).to_owned()),
            // The words of any command may be names that `read`, `printf -v`, `let` and their kind assign.
            NodeKind::Simple { words, .. } => {
                let mut literals = script
                    .words_of(*words)
                    .iter()
                    .map(|w| literal_text(script, *w));
                if literals.next().flatten().is_some_and(|n| {
                    matches!(
                        n,
                        "read"
                            | "mapfile"
                            | "readarray"
                            | "printf"
                            | "getopts"
                            | "let"
                            | "unset"
                            | "declare"
                            | "local"
                            | "export"
                            | "typeset"
                            | "readonly"
                    )
                }) {
                    names.extend(
                        literals
                            .flatten()
                            .map(|t| t.split('=').next().unwrap_or(t).to_owned()),
                    );
                }
            }
            NodeKind::Arithmetic { expression } => {
                identifiers(script.word(*expression).span.of(&script.source), &mut names)
            }
            NodeKind::ForArithmetic { expressions, .. } => {
                for word in script.words_of(*expressions) {
                    identifiers(word.span.of(&script.source), &mut names);
                }
            }
            _ => {}
        }
    }
    for part in &script.parts {
        if let PartKind::Arithmetic { expression } = part.kind {
            identifiers(script.word(expression).span.of(&script.source), &mut names);
        }
    }
    names
}

/// Names that occur in arithmetic text: any of them may be assigned there.
fn identifiers(text: &str, names: &mut Vec<String>) {
    names.extend(
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|w| !w.is_empty() && !w.starts_with(|c: char| c.is_ascii_digit()))
            .map(str::to_owned),
    );
}

fn literal_text(script: &Script, word: crate::shell::Word) -> Option<&str> {
    match script.parts_of(word) {
        [
            crate::shell::Part {
                kind: PartKind::Literal(text),
                ..
            },
        ] => Some(script.text(*text)),
        _ => None,
    }
}

/// One value that stands for each of several.
fn join_values(values: &[Value], span: Span) -> Value {
    match values {
        [only] => Value {
            many: false,
            ..only.clone()
        },
        [first, rest @ ..]
            if rest
                .iter()
                .all(|v| v.knowledge == first.knowledge && v.knowledge != Knowledge::Exact) =>
        {
            let common = rest.iter().fold(first.text.as_str(), |common, v| {
                let n = common
                    .bytes()
                    .zip(v.text.bytes())
                    .take_while(|(a, b)| a == b)
                    .count();
                common.get(..n).unwrap_or_default()
            });
            let mut joined = Value {
                text: common.to_owned(),
                many: false,
                ..first.clone()
            };
            if joined.knowledge == Knowledge::Pattern {
                joined.text.push('*');
            }
            joined
        }
        _ => {
            let mut joined = Value::unknown(Why::Paths, span);
            joined.from = values.iter().flat_map(|v| v.from.iter().copied()).collect();
            joined
        }
    }
}
