//! Branches and loops: what holds behind them is what holds on every way through.

use super::arithmetic::is_safe;
use super::resolution::{Input, Invocation, NoteKind};
use super::state::{Callable, Function, State};
use super::value::{Knowledge, Value, Why};
use super::walker::{Failed, Mark, SOMETIMES, Walker};
use crate::shell::{Clause, ClauseEnd, Node, NodeId, NodeKind, PartKind, Run, Script, Span};
use guardian_rules::places::is_secret_variable as is_secret;
use std::rc::Rc;

/// A loop over so many known words is followed word by word.
const MOST_UNROLLED: usize = 24;
/// Of more words than these, so many that say more than a name.
const MOST_TELLING: usize = 64;
/// A loop's body is walked so often before everything that it may change is forgotten.
const MOST_ROUNDS: u32 = 3;

/// Builtins that take no time.
const WORKS: &[&str] =
    &[":", "true", "false", "echo", "printf", "test", "[", "let", "set", "shift", "unset", "export", "local"];

impl Walker<'_> {
    /// Any of the bodies may run, or none where there is no `else`.
    pub(super) fn if_clauses(&mut self, script: &Rc<Script>, clauses: Run, state: &mut State, input: &Input) {
        let mut joined: Option<State> = None;
        let mut otherwise = false;
        self.printing.push(SOMETIMES);
        for clause in script.clauses_of(clauses) {
            let failed = match clause.condition {
                Some(condition) => self.condition(true, |w| w.node(script, condition, state, input)),
                None => {
                    otherwise = true;
                    None
                }
            };
            let mut inside = state.clone();
            if let Some(failed) = failed {
                *state = *failed;
            }
            self.perhaps(|walker| walker.body(script, clause.body, &mut inside, input));
            join(&mut joined, inside);
        }
        if let Some(mut joined) = joined {
            if !otherwise {
                joined.join(state);
            }
            *state = joined;
        }
    }

    /// `&&` and `||`.
    pub(super) fn and_or(
        &mut self,
        script: &Rc<Script>,
        (left, right, or): (NodeId, NodeId, bool),
        state: &mut State,
        input: &Input,
    ) -> Failed {
        let part = std::mem::take(&mut self.chain.is_part);
        let longer = matches!(script.node(left).kind, NodeKind::AndOr { .. });
        self.chain.is_part = longer;
        let failed = self.condition(true, |w| w.node(script, left, state, input));
        let filled = self.files.written.clone();
        // Only the first of them surely runs.
        let first = if longer { std::mem::take(&mut self.chain.filled) } else { filled.clone() };
        self.printing.push(SOMETIMES);
        let mut other = if or {
            let succeeded = state.clone();
            if let Some(failed) = failed {
                *state = *failed;
            }
            succeeded
        } else {
            failed.map_or_else(|| state.clone(), |failed| *failed)
        };
        let failed = self.node(script, right, state, input).map_or_else(|| state.clone(), |failed| *failed);
        if part {
            self.chain.filled = first;
        } else {
            self.or_as(&first);
        }
        if or {
            self.or_as(&filled);
            state.join(&other);
            other = failed;
        } else {
            other.join(&failed);
        }
        if other.same(state) { None } else { Some(Box::new(other)) }
    }

    fn body(&mut self, script: &Rc<Script>, body: NodeId, state: &mut State, input: &Input) {
        if let Some(failed) = self.node(script, body, state, input) {
            state.join(&failed);
        }
    }

    pub(super) fn case_clauses(&mut self, script: &Rc<Script>, clauses: Run, state: &mut State, input: &Input) {
        let mut joined: Option<State> = None;
        let mut falling: Option<State> = None;
        let mut any = false;
        self.printing.push(SOMETIMES);
        for clause in script.clauses_of(clauses) {
            any |= matches_all(script, clause);
            for &pattern in script.words_of(clause.patterns) {
                self.expand(script, pattern, state);
            }
            let mut inside = state.clone();
            if let Some(falling) = falling.take() {
                inside.join(&falling);
            }
            self.perhaps(|walker| walker.body(script, clause.body, &mut inside, input));
            if clause.end != ClauseEnd::Stop {
                falling = Some(inside.clone());
            }
            join(&mut joined, inside);
        }
        if let Some(mut joined) = joined {
            if !any {
                joined.join(state);
            }
            *state = joined;
        }
    }

    /// Walks a body until walking it once more would find nothing new. `once` takes the state at the head to that at
    /// the end of the body.
    fn repeat(&mut self, state: &mut State, mut once: impl FnMut(&mut Self, &mut State)) {
        self.around.loops += 1;
        self.printing.push(SOMETIMES);
        let first = self.mark();
        for round in 0..=MOST_ROUNDS {
            let (mut inside, filled) = (state.clone(), self.files.written.clone());
            self.perhaps(|walker| once(walker, &mut inside));
            self.land(first, &mut inside);
            let mut head = state.clone();
            head.join(&inside);
            // What is filled later in the body may be run earlier in it.
            let same = self.files.written.is(&filled) || *self.files.written == *filled;
            let last = round + 1 == MOST_ROUNDS;
            let settled = head.same(state) || last && head.nearly_same(state);
            let stable = same && settled || round == MOST_ROUNDS || self.limited();
            *state = head;
            if stable {
                break;
            }
            self.reset(first);
            if last {
                state.forget_all();
            }
        }
        self.around.loops -= 1;
    }

    pub(super) fn while_loop(
        &mut self,
        script: &Rc<Script>,
        (condition, body, until): (NodeId, NodeId, bool),
        state: &mut State,
        input: &Input,
    ) {
        let (first, before) = (self.mark(), (self.beside.jobs, self.flow.ends));
        let mut exit: Option<State> = None;
        self.repeat(state, |walker, inside| {
            let failed = walker.condition(true, |w| w.node(script, condition, inside, input));
            let mut left = failed.map_or_else(|| inside.clone(), |failed| *failed);
            if until {
                std::mem::swap(&mut left, inside);
            }
            exit = Some(left);
            walker.body(script, body, inside, input);
        });
        if let Some(exit) = exit {
            *state = exit;
        }
        self.land(first, state);
        if is_constant(script, condition, !until) {
            self.without_end(first, before, self.span(script.node(body).span));
        }
    }

    /// A loop that nothing ends: one which started jobs and waited for none, or in which nothing takes its time.
    fn without_end(&mut self, first: Mark, (jobs, ends): (u32, u32), span: Span) {
        if self.flow.ends > ends {
            return;
        }
        if self.beside.jobs > jobs {
            return self.note(0, span, NoteKind::Swarms);
        }
        let works = |invocation: &Rc<Invocation>| {
            invocation.in_shell && invocation.file.is_none() && WORKS.contains(&invocation.name.as_str())
        };
        let ended =
            self.within.via.and_then(|unit| self.out.invocation(unit)).is_some_and(|outer| self.is_ended(outer));
        if !ended && self.out.invocations.iter().skip(first.invocations()).all(works) {
            self.note(0, span, NoteKind::Turns);
        }
    }

    /// Whether a command, or one that runs it, ends what it runs.
    fn is_ended(&self, invocation: &Invocation) -> bool {
        let mut at = Some(invocation);
        while let Some(outer) = at {
            if outer.binding.as_ref().is_some_and(|binding| binding.spec.ends()) {
                return true;
            }
            at = outer.via.filter(|via| *via < outer.unit).and_then(|unit| self.out.invocation(unit)).map(Rc::as_ref);
        }
        false
    }

    pub(super) fn for_arithmetic(
        &mut self,
        script: &Rc<Script>,
        (expressions, body): (Run, NodeId),
        state: &mut State,
        input: &Input,
    ) {
        let mut words = script.words_of(expressions).iter();
        if let Some(&word) = words.next() {
            self.arithmetic(script, word, state);
        }
        let rest: Vec<_> = words.copied().collect();
        let (first, before) = (self.mark(), (self.beside.jobs, self.flow.ends));
        self.repeat(state, |walker, inside| {
            for &word in rest.iter().take(1) {
                walker.arithmetic(script, word, inside);
            }
            walker.body(script, body, inside, input);
            for &word in rest.iter().skip(1) {
                walker.arithmetic(script, word, inside);
            }
        });
        if rest.first().is_some_and(|word| script.parts_of(*word).is_empty()) {
            self.without_end(first, before, self.span(script.node(body).span));
        }
    }

    /// The words a `for` goes through.
    fn loop_words(&mut self, script: &Rc<Script>, words: Option<Run>, state: &mut State, span: Span) -> Vec<Value> {
        match words {
            Some(run) => {
                let words = script.words_of(run).to_vec();
                words.into_iter().flat_map(|word| self.expand(script, word, state)).collect()
            }
            None => match &state.positional {
                Some(values) => values.to_vec(),
                None => vec![Value { many: true, ..Value::unknown(Why::Input, span) }],
            },
        }
    }

    /// Of many words those that say more than a name, and one for all others.
    fn unrolled(&mut self, values: Vec<Value>, span: Span) -> Vec<Value> {
        let name = |value: &Value| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
            value.known().is_none_or(|text| text.bytes().all(plain) && !text.starts_with(['-', '.']))
        };
        let (names, telling): (Vec<Value>, Vec<Value>) = values.into_iter().partition(name);
        let mut kept = self.at_most(telling, MOST_TELLING, span, "a loop goes over more words than are followed");
        if !names.is_empty() {
            kept.push(Value { many: true, ..join_values(&names, span) });
        }
        kept
    }

    pub(super) fn for_loop(&mut self, script: &Rc<Script>, node: &Node, state: &mut State, input: &Input) {
        let NodeKind::For { variable, words, body, select } = &node.kind else {
            return;
        };
        let (name, span) = (script.text(*variable).to_owned(), self.span(node.span));
        let values = self.loop_words(script, *words, state, span);
        if *select {
            self.note(0, span, NoteKind::Unknown("the choice of a `select` is not known"));
            self.assign("REPLY", Value::unknown(Why::Input, span), state, 0);
        }
        let values = if *select {
            vec![Value { many: true, ..join_values(&values, span) }]
        } else if values.len() > MOST_UNROLLED {
            self.unrolled(values, span)
        } else {
            values
        };
        let first = self.mark();
        for value in values {
            let one = if value.many { value.single() } else { value.clone() };
            if value.many {
                self.repeat(state, |walker, inside| {
                    walker.assign(&name, one.clone(), inside, 0);
                    walker.body(script, *body, inside, input);
                });
            } else {
                self.around.loops += 1;
                self.printing.push(SOMETIMES);
                self.assign(&name, one, state, 0);
                self.body(script, *body, state, input);
                self.land(first, state);
                self.around.loops -= 1;
            }
        }
    }

    /// `[[ … ]]`: words are not split; `-v` and arithmetic operators evaluate text.
    pub(super) fn test(&mut self, script: &Rc<Script>, words: Run, state: &mut State) {
        let mut before: Option<Value> = None;
        let (mut evaluates, mut matches, mut names) = (false, false, false);
        let found = (self.out.notes.len(), self.out.invocations.len());
        for word in script.words_of(words).to_vec() {
            let operator = word.bare(script).unwrap_or_default().to_owned();
            let value = self.expand_quoted(script, word, state);
            let left = before.take().filter(|_| compares_numbers(&operator));
            let subscript = names && value.known().is_none_or(|name| name.contains('['));
            for value in left.iter().chain(Some(&value).filter(|_| evaluates || subscript)) {
                if subscript || !is_safe(value, state) {
                    self.evaluates(0, value, value.span, state, "`[[` evaluates this text as arithmetic");
                }
            }
            if matches {
                self.matched_by_zsh(&value);
            }
            matches = operator == "=~";
            evaluates = compares_numbers(&operator);
            // A name is looked up as it stands; a subscript behind it is evaluated.
            names = matches!(operator.as_str(), "-v" | "-R");
            before = Some(value);
        }
        let compares = script.words_of(words).iter().any(|word| word.bare(script).is_some_and(compares_numbers));
        if !compares {
            self.unsay(found);
        }
        // `=~` sets what it matched.
        self.assign("BASH_REMATCH", Value::unknown(Why::Expansion, Span::default()), state, 0);
    }

    /// `[ -n "$TOKEN" ]` prints nothing of what it is told. What compares numbers may quote it in a message, as may what
    /// is told several words; `:` never does.
    pub(super) fn tests_quietly(&mut self, found: (usize, usize), words: &[Value], state: &State) {
        let Some((name, words)) = words.split_first() else { return };
        let own = |name: &&str| !state.functions.contains_key(*name) && !state.aliases.contains_key(*name);
        let Some(name) = name.known().filter(own) else { return };
        let loud = |word: &Value| word.many || word.known().is_some_and(compares_numbers);
        if matches!(name, ":" | "true" | "false") || matches!(name, "[" | "test") && !words.iter().any(loud) {
            self.unsay(found);
        }
    }

    /// Takes back that variables were read out, where nothing was run, none of it was kept, and no trace is printed.
    pub(super) fn unsay(&mut self, (notes, invocations): (usize, usize)) {
        let said = self.out.notes.get(notes..).unwrap_or_default();
        if !said.iter().any(|note| matches!(note.kind, NoteKind::Expands(_)))
            || said.iter().any(|note| matches!(note.kind, NoteKind::Assigned(..)))
            || self.out.invocations.len() > invocations
            || self.out.invocations.iter().any(|found| traces(found))
        {
            return;
        }
        let told = said.iter().find_map(|note| match &note.kind {
            NoteKind::Expands(name) => Some(name.clone()).filter(|name| is_secret(name)),
            _ => None,
        });
        self.told = told.or_else(|| self.told.take());
        let mut at = 0;
        self.out.notes.retain(|note| {
            at += 1;
            at <= notes || !matches!(note.kind, NoteKind::Expands(_))
        });
    }

    /// A variable that may hold what was told before to a command which prints nothing of it: the last word of one, or what
    /// a pattern matched.
    pub(super) fn tells(&mut self, name: &str, span: Span) {
        if matches!(name, "_" | "BASH_REMATCH")
            && let Some(told) = self.told.clone()
        {
            self.note(0, span, NoteKind::Expands(told));
        }
    }

    pub(super) fn define(&mut self, script: &Rc<Script>, name: &str, body: NodeId, state: &mut State, span: Span) {
        if self.specs.program(name).is_some() {
            self.note(0, span, NoteKind::Shadows(name.to_owned()));
        }
        if name == "command_not_found_handle" || self.is_called_by_zsh(name) {
            self.functions.calls_back = true;
        }
        if state.functions.len() > self.limits.names {
            return self.limit(span, "there are more functions than are followed");
        }
        let function = Function { script: Rc::clone(script), body };
        self.traps.define(name, &function);
        let callable = Callable { definitions: vec![function], certain: true };
        state.functions.make_mut().insert(name.into(), callable);
    }
}

/// Whether a command may be what makes the shell print each word that it expands: `set -x`, `bash -x`.
fn traces(invocation: &Invocation) -> bool {
    let may = |word: &Value| match word.known() {
        Some(text) => text == "xtrace" || text.starts_with(['-', '+']) && !text.starts_with("--") && text.contains('x'),
        None => true,
    };
    invocation.name == "set" || invocation.name.ends_with("sh") && invocation.arguments.iter().any(may)
}

/// Whether a condition is one command that always comes out the same.
fn is_constant(script: &Script, condition: NodeId, success: bool) -> bool {
    match &script.node(condition).kind {
        NodeKind::List { items } => match script.children_of(*items) {
            [only] => is_constant(script, *only, success),
            _ => false,
        },
        NodeKind::Simple { words, .. } => match script.words_of(*words) {
            [word] => match word.bare(script) {
                Some(":" | "true") => success,
                Some("false") => !success,
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

fn join(joined: &mut Option<State>, state: State) {
    match joined {
        Some(joined) => joined.join(&state),
        None => *joined = Some(state),
    }
}

/// Whether a clause of a `case` takes whatever is left.
fn matches_all(script: &Script, clause: &Clause) -> bool {
    script.words_of(clause.patterns).iter().any(|&word| {
        matches!(script.parts_of(word), [part] if matches!(part.kind, PartKind::Glob(text) if script.text(text) == "*"))
    })
}

/// One value that stands for each of several.
fn join_values(values: &[Value], span: Span) -> Value {
    let from = || values.iter().flat_map(|v| v.from.iter().copied()).collect();
    let unknown = || Value { from: from(), ..Value::unknown(Why::Paths, span) };
    match values {
        [only] => Value { many: false, ..only.clone() },
        [first, rest @ ..]
            if rest.iter().all(|v| v.knowledge == first.knowledge)
                && !matches!(first.knowledge, Knowledge::Exact | Knowledge::Unknown(_)) =>
        {
            let common = rest.iter().fold(first.text.as_str(), |common, v| {
                let same = common.bytes().zip(v.text.bytes()).take_while(|(a, b)| a == b).count();
                common.get(..same).unwrap_or_default()
            });
            // Whole folders only: `src` and `srv` have no folder in common.
            let folder = common.rfind('/').map_or("", |at| common.get(..=at).unwrap_or_default());
            match first.knowledge {
                Knowledge::Pattern => {
                    Value { text: format!("{folder}*").into(), many: false, from: from(), ..first.clone() }
                }
                Knowledge::Name if rest.iter().any(|v| v.text != first.text) => unknown(),
                _ => Value { many: false, from: from(), ..first.clone() },
            }
        }
        _ => unknown(),
    }
}

/// Whether an operator of a test compares numbers, and so evaluates what it is given.
fn compares_numbers(operator: &str) -> bool {
    matches!(operator, "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge")
}
