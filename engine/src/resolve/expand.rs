//! Words to values: quote removal has happened, the rest of the shell's expansions happen here, abstractly.

use super::lookup::Lookup;
use super::resolution::{Input, NoteKind, Piped};
use super::state::{Directory, Fields, State, Variable};
use super::value::{Knowledge, Unit, Value, Why};
use super::walker::Walker;
use super::ways::one_of;
use super::word::{Builder, Piece, Standing, size_of, size_of_text};
use crate::shell::{AssignedValue, Assignment, Operator, Part, PartKind, Script, Span, Word};
use guardian_rules::variables::{AGENT_HOMES, before};
use smallvec::SmallVec;
use std::rc::Rc;

/// A brace expansion gives at most so many words; beyond, the word is not known.
const MOST_ALTERNATIVES: usize = 64;

/// A word that becomes more than this takes the shell's memory: it makes them all before it begins.
const MOST_WORDS: u64 = 10_000_000;

/// Braces are counted so deep.
const NESTED: usize = 8;

/// Variables that the shell itself changes: what was assigned is not what they are.
pub(super) const SHIFTING: &[&str] = &[
    "_",
    "PWD",
    "OLDPWD",
    "BASH_COMMAND",
    "BASH_REMATCH",
    "FUNCNAME",
    "BASH_SOURCE",
    "BASH_LINENO",
    "BASH_ARGV",
    "BASH_ARGV0",
    "PIPESTATUS",
    "DIRSTACK",
    "GROUPS",
    "HISTCMD",
    "REPLY",
    "MAPFILE",
    "OPTARG",
    "COMP_WORDS",
    "BASHOPTS",
    "SHELLOPTS",
    "BASH_EXECUTION_STRING",
    "EPOCHREALTIME",
    "COPROC",
    "READLINE_LINE",
];

/// How the names of variables end whose values are lists that are added to.
const KEPT: &[&str] = &["PATH", "FLAGS", "OPTIONS", "OPTS", "LIB", "OPT", "DIRS"];

/// Variables that nobody can assign.
const READ_ONLY: &[&str] = &["UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO"];

/// What a word becomes: mostly one.
pub(super) type Words = SmallVec<[Value; 1]>;

/// The text of a word that is no more than that, as most are.
fn literal(script: &Script, word: Word) -> Option<&str> {
    match script.parts_of(word) {
        [Part { kind: PartKind::Literal(text), quoted, .. }] => {
            Some(script.text(*text)).filter(|text| *quoted || !text.is_empty())
        }
        _ => None,
    }
}

fn one(value: Value) -> Words {
    SmallVec::from_buf([value])
}

impl Walker<'_> {
    /// Expands a word where the shell splits and globs: it may become any number of values.
    pub(super) fn expand(&mut self, script: &Rc<Script>, word: Word, state: &mut State) -> Words {
        let span = self.span(word.span);
        if let Some(text) = literal(script, word) {
            return self.exact(text, span).into_iter().collect();
        }
        if script.parts_of(word).is_empty() {
            return one(Value::exact("", span));
        }
        if braces(script, word, NESTED) > MOST_WORDS {
            self.note(0, span, NoteKind::Floods);
        }
        let mut words: Vec<Builder> = vec![Builder::new(span)];
        for part in script.parts_of(word) {
            words = self.extend(script, part, words, state);
            if words.len() > MOST_ALTERNATIVES {
                // Numbers in a row say less than words that somebody has written.
                if script.parts_of(word).iter().any(|part| matches!(part.kind, PartKind::Braces { .. })) {
                    self.limit(span, "braces come to more words than are followed");
                }
                return one(Value { many: true, ..Value::unknown(Why::Expansion, span) });
            }
        }
        let mut words: Words = words.into_iter().flat_map(Builder::finish).collect();
        if words.iter().any(|word| word.split && word.knowledge == Knowledge::Name) {
            self.with_parts(&mut words, &state.directory);
        }
        words
    }

    /// As [`Self::expand`], onto a list. Whether it comes to several words.
    pub(super) fn expand_onto(
        &mut self,
        script: &Rc<Script>,
        word: Word,
        state: &mut State,
        values: &mut Vec<Value>,
    ) -> bool {
        match literal(script, word) {
            Some(text) => {
                let span = self.span(word.span);
                if self.counted_bytes(size_of_text(text), span) {
                    values.push(Value::exact(text, span));
                }
                false
            }
            None => {
                let words = self.expand(script, word, state);
                let several = words.len() > 1;
                values.extend(words);
                several
            }
        }
    }

    /// A word in which nothing is expanded, unless there is too much to be followed.
    fn exact(&mut self, text: &str, span: Span) -> Option<Value> {
        self.counted_bytes(size_of_text(text), span).then(|| Value::exact(text, span))
    }

    /// Expands a word as inside double quotes: one value.
    pub(super) fn expand_quoted(&mut self, script: &Rc<Script>, word: Word, state: &mut State) -> Value {
        let span = self.span(word.span);
        let mut builder = Builder::new(span);
        for part in script.parts_of(word) {
            let quoted = Part { quoted: true, ..*part };
            let mut words = self.extend(script, &quoted, vec![builder], state);
            if words.len() != 1 {
                return Value::unknown(Why::Expansion, span);
            }
            builder = words.pop().unwrap_or_else(|| Builder::new(span));
        }
        builder.whole()
    }

    fn extend(&mut self, script: &Rc<Script>, part: &Part, mut words: Vec<Builder>, state: &mut State) -> Vec<Builder> {
        if let PartKind::Braces { alternatives } = part.kind {
            let alternatives: Vec<Vec<Builder>> = script
                .words_of(alternatives)
                .to_vec()
                .into_iter()
                .map(|word| self.alternative(script, word, state))
                .collect();
            return words
                .iter()
                .flat_map(|w| alternatives.iter().flatten().map(|a| w.clone().joined(a)))
                .take(MOST_ALTERNATIVES + 1)
                .collect();
        }
        let piece = self.piece(script, part, state);
        if !self.counted(&piece, words.len(), self.span(part.span)) {
            return words;
        }
        let standing = Standing {
            quoted: part.quoted,
            expanded: !matches!(part.kind, PartKind::Literal(_) | PartKind::Tilde(_) | PartKind::Glob(_)),
            fields: &state.fields,
            wide: state.wide_globs,
        };
        for word in &mut words {
            word.add(&piece, standing);
        }
        words
    }

    /// Counts what a part adds to so many words. A text that is doubled again and again is not followed to the end of
    /// memory.
    fn counted(&mut self, piece: &Piece, words: usize, span: Span) -> bool {
        self.counted_bytes(piece.size().saturating_mul(words), span)
    }

    /// Counts the words of a command that another runs. What runs a command that runs a command is judged with all its
    /// words at each of them.
    pub(super) fn counted_words(&mut self, words: &[Value], span: Span) -> bool {
        self.counted_bytes(words.iter().map(size_of).sum(), span)
    }

    fn counted_bytes(&mut self, bytes: usize, span: Span) -> bool {
        self.spent.expanded = self.spent.expanded.saturating_add(bytes);
        let followed = self.spent.expanded <= self.limits.expanded;
        if !followed {
            self.limit(span, "expansions come to more than is followed");
        }
        followed
    }

    fn alternative(&mut self, script: &Rc<Script>, word: Word, state: &mut State) -> Vec<Builder> {
        let mut words = vec![Builder::new(self.span(word.span))];
        for part in script.parts_of(word) {
            words = self.extend(script, part, words, state);
            words.truncate(MOST_ALTERNATIVES + 1);
        }
        words
    }

    /// What a part contributes.
    fn piece(&mut self, script: &Rc<Script>, part: &Part, state: &mut State) -> Piece {
        let span = self.span(part.span);
        Piece::One(match part.kind {
            PartKind::Literal(text) => Value::exact(script.text(text), span),
            PartKind::Glob(text) if state.wide_globs => wide(script.text(text), span),
            PartKind::Glob(text) => {
                Value { knowledge: Knowledge::Pattern, many: true, ..Value::exact(script.text(text), span) }
            }
            PartKind::Tilde(user) => self.tilde(script.text(user), state, span),
            PartKind::Sequence(text) => sequence(script.text(text), span),
            PartKind::Parameter { .. } => return self.parameter(script, part, state),
            PartKind::Command { body } => self.substitution(script, body, part, state),
            PartKind::Process { body, output } => {
                let before = self.out.invocations.len();
                let input = if output { Input::Pipe(Piped::default()) } else { Input::Inherited };
                if output {
                    self.fed.push((Rc::clone(script), body));
                }
                let outer = std::mem::take(&mut self.printing);
                self.aside(script, body, state, &input);
                let printing = std::mem::replace(&mut self.printing, outer);
                let prints = self.printed_by(&printing).filter(|v| v.knowledge == Knowledge::Exact);
                let from = self.since(before);
                if let Some(prints) = &prints {
                    self.opened_by_fish(&prints.text, output, span, state);
                }
                Value {
                    from,
                    // What is read there, for those that take it as code.
                    sketch: prints.map(|v| v.text.into()),
                    ..Value::exact(super::value::PROCESS, span)
                }
            }
            PartKind::Arithmetic { expression } => {
                self.expanded_arithmetic(script, script.word(expression), state);
                Value::number(span)
            }
            PartKind::Braces { .. } | PartKind::Unknown => Value::unknown(Why::Expansion, span),
        })
    }

    fn tilde(&self, user: &str, state: &State, span: Span) -> Value {
        match user {
            "" => match state.variable("HOME") {
                Some(home) => home.value.as_ref().clone().at(span),
                None => Value::exact(self.workspace.home.as_str(), span),
            },
            "root" => Value::exact("/root", span),
            "+" => match &state.directory {
                Directory::Known(path) => Value::exact(&**path, span),
                _ => Value::unknown(Why::Expansion, span),
            },
            _ => Value::unknown(Why::Expansion, span),
        }
    }

    /// Walks in a subshell whose end does not end this one.
    fn aside(&mut self, script: &Rc<Script>, body: u32, state: &State, input: &Input) {
        let mark = self.mark();
        let errors = self.take_errors();
        let mut inner = state.clone();
        // `set -e` does not reach into a substitution.
        inner.errexit = false;
        self.around.copies += 1;
        self.node(script, body, &mut inner, input);
        self.around.copies -= 1;
        self.put_errors(errors);
        self.flow.jumps.truncate(self.flow.jumps.len().min(mark.jumps()));
    }

    /// Walks what stands in `>(…)` of a command once more, with what that prints, or hands on, for its input.
    pub(super) fn feed(&mut self, since: usize, unit: Unit, own: &Input, state: &State) {
        if self.fed.len() == since {
            return;
        }
        let prints = self.printed_by(&[unit]).filter(|value| value.knowledge == Knowledge::Exact);
        let input = match (prints, own) {
            (None, Input::Text(_)) => own.clone(),
            (None, Input::Pipe(piped)) if piped.prints.is_some() => own.clone(),
            (prints, _) => Input::Pipe(Piped { units: vec![unit], prints }),
        };
        let outer = std::mem::take(&mut self.printing);
        for (script, body) in self.fed.split_off(since) {
            self.aside(&script, body, state, &input);
        }
        self.printing = outer;
    }

    fn substitution(&mut self, script: &Rc<Script>, body: u32, part: &Part, state: &State) -> Value {
        let span = self.span(part.span);
        let before = self.out.invocations.len();
        let notes = self.out.notes.len();
        let outer = std::mem::take(&mut self.printing);
        self.aside(script, body, state, &Input::Inherited);
        let printing = std::mem::replace(&mut self.printing, outer);
        let from = self.since(before);
        let nothing = from.is_empty() && self.out.notes.len() == notes && printing.is_empty();
        let mut value = match self.printed_by(&printing) {
            // Trailing newlines are cut off.
            Some(printed) if printed.knowledge == Knowledge::Exact => {
                Value { text: printed.text.trim_end_matches('\n').into(), many: false, ..printed }
            }
            Some(printed) if printed.is_made() => Value { many: !part.quoted, ..printed },
            Some(printed) => Value { many: !part.quoted && printed.knowledge != Knowledge::Number, ..printed },
            None if nothing && script.redirects_of(script.node(body).redirects).is_empty() && !self.limited() => {
                Value::exact("", span)
            }
            None => Value { many: !part.quoted, ..Value::unknown(Why::Output, span) },
        };
        value.span = span;
        value.from = from;
        value
    }

    /// The value of a variable or special parameter, as it stands here.
    pub(super) fn variable(&self, name: &str, state: &State, span: Span, quoted: bool) -> Value {
        if let Some(variable) = state.variable(name) {
            if let Some(all) = &variable.elements
                && all.len() > 1
                && self.is_users_shell()
            {
                // To bash the name of an array stands for its first element, to zsh for all of them.
                return Value { many: true, ..one_of(all.iter(), span) };
            }
            let value = variable.value.as_ref().clone().at(span);
            let settled = matches!(value.knowledge, Knowledge::Exact | Knowledge::Number);
            return Value { many: !quoted && !settled, ..value };
        }
        let unknown = |why: Why| Value { many: !quoted, ..Value::unknown(why, span) };
        match name {
            "!" => Value { text: super::value::JOB.into(), ..Value::number(span) },
            "?" | "$" | "#" => Value::number(span),
            _ if super::arithmetic::is_number_variable(name) => Value::number(span),
            // Which shell it is matters little to what is handed to it.
            "SHELL" | "BASH" | "0" => Value { sketch: Some("bash".into()), ..unknown(Why::Variable) },
            "HOME" => Value::exact(self.workspace.home.as_str(), span),
            "PWD" => directory(&state.directory, span).unwrap_or_else(|| unknown(Why::Variable)),
            "OLDPWD" => directory(&state.previous, span).unwrap_or_else(|| unknown(Why::Variable)),
            "-" => Value::unknown(Why::Expansion, span),
            _ if SHIFTING.contains(&name) => unknown(Why::Expansion),
            _ if name.bytes().all(|b| b.is_ascii_digit()) => {
                let behind = |from| Value { from, ..unknown(Why::Input) };
                nth(state, name.parse().unwrap_or(0), span).unwrap_or_else(behind)
            }
            // What lies below it may be settings.
            _ if let Some((_, usual)) = AGENT_HOMES.iter().find(|(known, _)| *known == name) => {
                Value { sketch: Some((*usual).into()), ..unknown(Why::Variable) }
            }
            // What it was before is kept in sight where it is put in front of, or behind, something else.
            _ if KEPT.iter().any(|end| name.ends_with(end)) => {
                Value { sketch: Some(before(name).into()), ..unknown(Why::Variable) }
            }
            _ => unknown(Why::Variable),
        }
    }

    /// Sets a variable, and notes what that means to later commands.
    pub(super) fn assign(&mut self, name: &str, value: Value, state: &mut State, unit: Unit) {
        self.assign_as(name, Variable::of(value), state, unit);
    }

    /// Sets a variable that may be an array or exported.
    pub(super) fn assign_as(&mut self, name: &str, mut variable: Variable, state: &mut State, unit: Unit) {
        self.integer(name, &variable.value, state);
        self.told_to_zsh(name, &variable, state);
        let before = state.variable(name);
        let peculiar = before.is_some_and(|v| v.peculiar);
        variable.exported |= state.exports_all || before.is_some_and(|v| v.exported);
        let value = Rc::clone(&variable.value);
        if peculiar || state.volatile || (SHIFTING.contains(&name) && !matches!(name, "REPLY" | "MAPFILE" | "OPTARG")) {
            let mut unknown = Value::unknown(Why::Expansion, value.span);
            unknown.from.clone_from(&value.from);
            variable.value = Rc::new(unknown);
            variable.elements = None;
        }
        if peculiar && !self.is_reference(name) || READ_ONLY.contains(&name) {
            // Assigning a read-only variable ends the line.
            Self::keep(&mut self.flow.errors, state);
        }
        variable.peculiar |= peculiar;
        match name {
            "PATH" => match Lookup::of(&variable.value, &state.directory, self.workspace) {
                Lookup::Same => {}
                Lookup::Project(folders) => state.path_own = folders.first().map(|folder| folder.as_str().into()),
                Lookup::Changed => state.path_changed = true,
            },
            // Setting it turns on `dotglob` as well.
            "GLOBIGNORE" => state.wide_globs = true,
            "IFS" => {
                state.fields = match variable.value.known() {
                    Some(text) if text.len() == 3 && text.bytes().all(|b| b" \t\n".contains(&b)) => Fields::Default,
                    Some(text) => Fields::Known(text.to_owned()),
                    None => Fields::Unknown,
                };
            }
            _ => {}
        }
        let kind = NoteKind::Assigned(name.to_owned(), value.as_ref().clone(), self.reach(variable.exported));
        self.note(unit, value.span, kind);
        state.variables.make_mut().insert(name.into(), variable);
        self.referred(name, &value, state, unit);
    }
}

/// A pattern of which it is not known what it matches.
fn wide(text: &str, span: Span) -> Value {
    Value { many: true, sketch: Some(text.into()), ..Value::unknown(Why::Expansion, span) }
}

fn directory(directory: &Directory, span: Span) -> Option<Value> {
    match directory {
        Directory::Known(path) => Some(Value::exact(&**path, span)),
        Directory::OneOf(_) | Directory::Matched(_) | Directory::Unknown => None,
    }
}

/// A positional parameter, where the arguments up to it are known to be one word each; else where it comes from.
fn nth(state: &State, nth: usize, span: Span) -> Result<Value, Vec<Unit>> {
    let (Some(values), Some(at)) = (&state.positional, nth.checked_sub(1)) else { return Err(Vec::new()) };
    if values.iter().take(nth).any(|v| v.many) {
        return Err(values.iter().flat_map(|v| v.from.iter().copied()).collect());
    }
    Ok(values.get(at).map_or_else(|| Value::exact("", span), |v| v.clone().at(span)))
}

/// How many words the braces of a word make of it.
fn braces(script: &Script, word: Word, depth: usize) -> u64 {
    let of = |part: &Part| match part.kind {
        PartKind::Sequence(text) => steps(script.text(text)),
        PartKind::Braces { alternatives } if depth > 0 => {
            let words = script.words_of(alternatives).iter();
            words.fold(0, |sum: u64, word| sum.saturating_add(braces(script, *word, depth - 1)))
        }
        _ => 1,
    };
    script.parts_of(word).iter().map(of).fold(1, u64::saturating_mul)
}

/// How many words `{1..5}` is.
fn steps(text: &str) -> u64 {
    let mut numbers = text.split("..").map(|part| part.parse::<i64>());
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(from)), Some(Ok(to)), by) => {
            let by = by.and_then(Result::ok).map_or(1, i64::unsigned_abs).max(1);
            from.abs_diff(to) / by + 1
        }
        _ => 1,
    }
}

/// `{1..5}`, `{a..e}`: words of a known kind.
fn sequence(text: &str, span: Span) -> Value {
    let numbers = text.split("..").all(|part| part.parse::<i64>().is_ok());
    if numbers {
        return Value { many: true, ..Value::number(span) };
    }
    let letters: Vec<&str> = text.split("..").collect();
    match letters.as_slice() {
        [from, to]
            if from.len() == 1 && to.len() == 1 && from.bytes().chain(to.bytes()).all(|b| b.is_ascii_lowercase()) =>
        {
            Value { knowledge: Knowledge::Pattern, many: true, ..Value::exact("[a-z]", span) }
        }
        _ => Value { many: true, ..Value::unknown(Why::Expansion, span) },
    }
}

/// Whether an assignment sets a variable to what it is: `A=$A`, `A="${A}"`.
pub(super) fn stays(script: &Script, assignment: &Assignment) -> bool {
    let AssignedValue::Word(Some(word)) = assignment.value else { return false };
    let [Part { kind: PartKind::Parameter { name, subscript: None, operator: Operator::Plain, .. }, .. }] =
        script.parts_of(script.word(word))
    else {
        return false;
    };
    let whole = !assignment.append && assignment.subscript.is_none();
    whole && script.text(*name) == script.text(assignment.name)
}
