//! Words to values: quote removal has happened, the rest of the shell's expansions happen here, abstractly.

use super::state::State;
use super::value::{Knowledge, Value, Why};
use super::walk::{Input, NoteKind, Walker};
use crate::shell::{Operator, Part, PartKind, Run, Script, Span, Text, Word};
use std::rc::Rc;

/// A brace expansion gives at most so many words; beyond, the word is not known.
const MOST_ALTERNATIVES: usize = 64;

impl Walker<'_> {
    /// Expands a word where the shell splits and globs: it may become any number of values.
    pub(super) fn expand(
        &mut self,
        script: &Rc<Script>,
        word: Word,
        state: &mut State,
    ) -> Vec<Value> {
        let span = self.span(word.span);
        let mut words: Vec<Builder> = vec![Builder::new(span)];
        for part in script.parts_of(word) {
            words = self.extend(script, part, words, state);
            if words.len() > MOST_ALTERNATIVES {
                return vec![Value {
                    many: true,
                    ..Value::unknown(Why::Expansion, span)
                }];
            }
        }
        words
            .into_iter()
            .flat_map(|w| w.finish(state.ifs_changed))
            .collect()
    }

    /// Expands a word as inside double quotes: one value.
    pub(super) fn expand_quoted(
        &mut self,
        script: &Rc<Script>,
        word: Word,
        state: &mut State,
    ) -> Value {
        let mut builder = Builder::new(self.span(word.span));
        for part in script.parts_of(word) {
            let quoted = Part {
                quoted: true,
                ..*part
            };
            let mut words = self.extend(script, &quoted, vec![builder], state);
            builder = words.pop().unwrap_or_else(|| Builder::new(word.span));
        }
        builder.whole()
    }

    /// The values of a word without what expanding it would run.
    pub(super) fn quiet(
        &mut self,
        script: &Rc<Script>,
        word: Word,
        state: &mut State,
    ) -> Vec<Value> {
        let (notes, invocations) = (self.out.notes.len(), self.out.invocations.len());
        let values = self.expand(script, word, &mut state.clone());
        self.out.notes.truncate(notes);
        self.out.invocations.truncate(invocations);
        values
    }

    fn extend(
        &mut self,
        script: &Rc<Script>,
        part: &Part,
        mut words: Vec<Builder>,
        state: &mut State,
    ) -> Vec<Builder> {
        if let PartKind::Braces { alternatives } = part.kind {
            let alternatives: Vec<Vec<Builder>> = script
                .words_of(alternatives)
                .iter()
                .map(|&word| self.alternative(script, word, state))
                .collect();
            return words
                .iter()
                .flat_map(|w| alternatives.iter().flatten().map(|a| w.clone().joined(a)))
                .take(MOST_ALTERNATIVES + 1)
                .collect();
        }
        let piece = self.piece(script, part, state);
        for word in &mut words {
            word.add(
                &piece,
                part.quoted,
                !matches!(part.kind, PartKind::Literal(_) | PartKind::Tilde(_)),
            );
        }
        words
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
    fn piece(&mut self, script: &Rc<Script>, part: &Part, state: &mut State) -> Value {
        let span = self.span(part.span);
        match part.kind {
            PartKind::Literal(text) => Value::exact(script.text(text), span),
            PartKind::Glob(text) => Value {
                knowledge: Knowledge::Pattern,
                ..Value::exact(script.text(text), span)
            },
            PartKind::Tilde(user) => self.tilde(script.text(user), state, span),
            PartKind::Sequence(_) => Value {
                knowledge: Knowledge::Number,
                many: true,
                ..Value::exact("", span)
            },
            PartKind::Parameter {
                name,
                operator,
                operands,
                subscript,
                ..
            } => {
                let whole = self.parameter(script, (name, operator, operands), part, state);
                match subscript {
                    Some(subscript) => {
                        self.subscripted(script, script.word(subscript), whole, state)
                    }
                    None => whole,
                }
            }
            PartKind::Command { body } => self.substitution(script, body, part, state),
            PartKind::Process { body, output } => {
                let before = self.out.invocations.len();
                let input = if output {
                    Input::Pipe(Vec::new())
                } else {
                    Input::Inherited
                };
                self.node(script, body, &mut state.clone(), &input);
                Value {
                    from: self.since(before),
                    ..Value::exact("/dev/fd/63", span)
                }
            }
            PartKind::Arithmetic { expression } => {
                self.arithmetic(script, script.word(expression), state);
                Value {
                    knowledge: Knowledge::Number,
                    ..Value::exact("", span)
                }
            }
            PartKind::Braces { .. } | PartKind::Unknown => Value::unknown(Why::Expansion, span),
        }
    }

    fn tilde(&self, user: &str, state: &State, span: Span) -> Value {
        match user {
            "" => match state.variables.get("HOME") {
                Some(home) => home.clone().at(span),
                None => Value::exact(self.workspace.home.as_str(), span),
            },
            "root" => Value::exact("/root", span),
            _ => Value::unknown(Why::Expansion, span),
        }
    }

    fn substitution(
        &mut self,
        script: &Rc<Script>,
        body: u32,
        part: &Part,
        state: &State,
    ) -> Value {
        let span = self.span(part.span);
        let before = self.out.invocations.len();
        let redirects_before = self.out.notes.len();
        self.node(script, body, &mut state.clone(), &Input::Inherited);
        let mut value = Value {
            many: !part.quoted,
            ..Value::unknown(Why::Output, span)
        };
        value.from = self.since(before);
        if let Some(prints) = self
            .out
            .invocations
            .iter()
            .skip(before)
            .next_back()
            .and_then(|i| i.prints.clone())
        {
            value.text = prints.text;
            value.knowledge = prints.knowledge;
        }
        // `$(< file)` prints the file.
        if value.from.is_empty()
            && self.out.notes.len() == redirects_before
            && script.redirects_of(script.node(body).redirects).is_empty()
        {
            value = Value {
                many: !part.quoted,
                ..Value::exact("", span)
            };
        }
        value
    }

    fn parameter(
        &mut self,
        script: &Rc<Script>,
        (name, operator, operands): (Text, Operator, Run),
        part: &Part,
        state: &mut State,
    ) -> Value {
        let span = self.span(part.span);
        let name = script.text(name);
        let operand_values: Vec<Value> = script
            .words_of(operands)
            .iter()
            .map(|w| self.expand_quoted(script, *w, state))
            .collect();
        let value = self.variable(name, state, span, part.quoted);
        if value.knowledge == Knowledge::Unknown(Why::Variable)
            && !state.variables.contains_key(name)
        {
            self.note(0, span, NoteKind::Expands(name.to_owned()));
        }
        let transformed = |why: Why| Value {
            from: value.from.clone(),
            many: !part.quoted,
            ..Value::unknown(why, span)
        };
        match operator {
            Operator::Plain => value,
            Operator::Length => Value {
                knowledge: Knowledge::Number,
                ..Value::exact("", span)
            },
            Operator::Default | Operator::Assign | Operator::Error | Operator::Alternate => {
                if operator == Operator::Assign {
                    let assigned = operand_values
                        .into_iter()
                        .next()
                        .unwrap_or_else(|| Value::exact("", span));
                    self.assign(name, assigned, state);
                    state.forget([name.to_owned()]);
                }
                transformed(Why::Expansion)
            }
            Operator::RemovePrefix
            | Operator::RemoveLongestPrefix
            | Operator::RemoveSuffix
            | Operator::RemoveLongestSuffix
            | Operator::Replace
            | Operator::Case => transformed(Why::Expansion),
            Operator::Subscript => transformed(Why::Expansion),
            Operator::Substring => {
                if !operand_values
                    .iter()
                    .all(|v| value_is_safe_arithmetic(v, state))
                {
                    self.note(
                        0,
                        span,
                        NoteKind::Evaluates("a subscript or offset is evaluated as arithmetic"),
                    );
                }
                transformed(Why::Expansion)
            }
            Operator::Elements => Value {
                many: true,
                ..transformed(Why::Expansion)
            },
            Operator::Transform => {
                let plain = operand_values.iter().all(|v| {
                    v.known().is_some_and(|t| {
                        matches!(t, "Q" | "U" | "u" | "L" | "a" | "A" | "K" | "k" | "E")
                    })
                });
                if !plain {
                    self.note(
                        0,
                        span,
                        NoteKind::Evaluates("`@P` expands the value once more"),
                    );
                }
                transformed(Why::Expansion)
            }
            Operator::Indirect | Operator::Unknown => {
                self.note(
                    0,
                    span,
                    NoteKind::Evaluates("the name of the variable is itself computed"),
                );
                transformed(Why::Expansion)
            }
        }
    }

    /// `${name[…]…}`: the subscript is evaluated, and which element it is stays open.
    fn subscripted(
        &mut self,
        script: &Rc<Script>,
        subscript: Word,
        whole: Value,
        state: &mut State,
    ) -> Value {
        let value = self.expand_quoted(script, subscript, state);
        let all = matches!(value.known(), Some("@" | "*"));
        if !all && !value_is_safe_arithmetic(&value, state) {
            self.note(
                0,
                value.span,
                NoteKind::Evaluates("a subscript is evaluated as arithmetic"),
            );
        }
        if whole.knowledge == Knowledge::Number {
            return whole;
        }
        Value {
            many: whole.many || all,
            from: whole.from,
            ..Value::unknown(Why::Expansion, whole.span)
        }
    }

    /// The value of a variable or special parameter.
    fn variable(&self, name: &str, state: &State, span: Span, quoted: bool) -> Value {
        if let Some(value) = state.variables.get(name) {
            let many = value.many
                || (!quoted && !matches!(value.knowledge, Knowledge::Exact | Knowledge::Number));
            return Value {
                many: many && !quoted,
                ..value.clone().at(span)
            };
        }
        let number = || Value {
            knowledge: Knowledge::Number,
            ..Value::exact("", span)
        };
        let unknown = || Value {
            many: !quoted,
            ..Value::unknown(Why::Variable, span)
        };
        match name {
            "?" | "$" | "!" | "#" | "RANDOM" | "SECONDS" | "LINENO" | "PPID" | "UID" | "EUID"
            | "SHLVL" | "BASHPID" | "EPOCHSECONDS" | "COLUMNS" | "LINES" => number(),
            "HOME" => Value::exact(self.workspace.home.as_str(), span),
            "PWD" => match &state.directory {
                super::state::Directory::Known(path) => Value::exact(path.as_str(), span),
                super::state::Directory::Unknown => unknown(),
            },
            "@" | "*" => match &state.positional {
                Some(values) if values.len() == 1 => {
                    values.first().cloned().unwrap_or_else(unknown).at(span)
                }
                Some(values) if values.is_empty() => Value {
                    many: true,
                    ..Value::exact("", span)
                },
                _ => Value {
                    many: name == "@" || !quoted,
                    ..Value::unknown(Why::Input, span)
                },
            },
            _ if name.bytes().all(|b| b.is_ascii_digit()) => {
                let nth: usize = name.parse().unwrap_or(0);
                match (&state.positional, nth) {
                    (Some(values), 1..) => values.get(nth - 1).cloned().map_or_else(
                        || Value {
                            many: !quoted,
                            ..Value::exact("", span)
                        },
                        |v| v.at(span),
                    ),
                    _ => Value {
                        many: !quoted,
                        ..Value::unknown(Why::Input, span)
                    },
                }
            }
            _ => unknown(),
        }
    }

    /// Arithmetic text: what it substitutes is run, and what it evaluates must be plain.
    pub(super) fn arithmetic(&mut self, script: &Rc<Script>, word: Word, state: &mut State) {
        let value = self.expand_quoted(script, word, state);
        if !value_is_safe_arithmetic(&value, state) {
            self.note(
                0,
                value.span,
                NoteKind::Evaluates(
                    "arithmetic evaluates the text of a variable that is not known",
                ),
            );
        }
    }

    /// Sets a variable, and notes what that means to later commands.
    pub(super) fn assign(&mut self, name: &str, value: Value, state: &mut State) {
        match name {
            "PATH" => state.path_changed = true,
            "IFS" => state.ifs_changed = true,
            _ => {}
        }
        state.variables.insert(name.to_owned(), value);
    }
}

/// Whether evaluating a value as arithmetic can run nothing: numbers, operators, and names whose values are so too.
pub(super) fn value_is_safe_arithmetic(value: &Value, state: &State) -> bool {
    match value.knowledge {
        Knowledge::Number => {
            !value.text.contains(['[', '$', '`']) && text_is_safe_arithmetic(&value.text, state, 0)
        }
        Knowledge::Exact => text_is_safe_arithmetic(&value.text, state, 0),
        _ => false,
    }
}

fn text_is_safe_arithmetic(text: &str, state: &State, depth: usize) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b" \t\n_+-*/%()<>=!&|^~?:,.#".contains(&b);
    if depth > 4 || !text.bytes().all(plain) {
        return false;
    }
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '#')
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
        .all(|name| match state.variables.get(name) {
            Some(value) if value.knowledge == Knowledge::Number => true,
            Some(value) if value.knowledge == Knowledge::Exact => {
                text_is_safe_arithmetic(&value.text, state, depth + 1)
            }
            Some(_) => false,
            // Of the environment, or unset: its text is not known.
            None => matches!(
                name,
                "RANDOM"
                    | "SECONDS"
                    | "LINENO"
                    | "UID"
                    | "EUID"
                    | "PPID"
                    | "COLUMNS"
                    | "LINES"
                    | "EPOCHSECONDS"
            ),
        })
}

/// A word while its parts are put together.
#[derive(Clone, Debug)]
struct Builder {
    value: Value,
    /// Whether text may still be added to what is known of it.
    open: bool,
    /// Whether anything was there at all, so that an empty word is a word.
    present: bool,
    /// Known text that came from an unquoted expansion, and is split.
    splits: bool,
}

impl Builder {
    fn new(span: Span) -> Self {
        Self {
            value: Value::exact("", span),
            open: true,
            present: false,
            splits: false,
        }
    }

    fn add(&mut self, piece: &Value, quoted: bool, expanded: bool) {
        self.value.from.extend(piece.from.iter().copied());
        self.value.many |= piece.many;
        let first = !self.present;
        self.present |=
            quoted || !piece.text.is_empty() || piece.knowledge != Knowledge::Exact || !piece.many;
        if !self.open {
            return;
        }
        match piece.knowledge {
            Knowledge::Exact => {
                self.splits |=
                    expanded && !quoted && piece.text.contains([' ', '\t', '\n', '*', '?', '[']);
                self.value.text.push_str(&piece.text);
            }
            Knowledge::Pattern => {
                self.value.text.push_str(&piece.text);
                self.value.knowledge = Knowledge::Pattern;
                self.value.many = true;
            }
            knowledge @ (Knowledge::Name | Knowledge::Path) if first => {
                self.value.text.push_str(&piece.text);
                self.value.knowledge = knowledge;
                self.open = false;
            }
            Knowledge::Number if first => {
                self.value.knowledge = Knowledge::Number;
                self.value.text.push_str(&piece.text);
            }
            Knowledge::Unknown(why) => {
                self.value.text.push_str(&piece.text);
                self.value.knowledge = Knowledge::Unknown(why);
                self.open = false;
            }
            Knowledge::Name | Knowledge::Path | Knowledge::Number => {
                self.value
                    .text
                    .push_str(if piece.knowledge == Knowledge::Path {
                        ""
                    } else {
                        &piece.text
                    });
                self.value.knowledge = Knowledge::Unknown(Why::Expansion);
                self.open = false;
            }
        }
        if self.value.knowledge == Knowledge::Number
            && piece.knowledge == Knowledge::Exact
            && !piece.text.bytes().all(|b| b.is_ascii_digit())
        {
            // `$?x` is no number any more, but surely does not begin with anything else than one.
            self.value.knowledge = Knowledge::Unknown(Why::Expansion);
            "0".clone_into(&mut self.value.text);
            self.open = false;
        }
    }

    fn joined(mut self, other: &Self) -> Self {
        self.add(&other.value, false, false);
        self.splits |= other.splits;
        self.present |= other.present;
        self
    }

    fn whole(self) -> Value {
        Value {
            many: false,
            ..self.value
        }
    }

    fn finish(self, ifs_changed: bool) -> Vec<Value> {
        let Self {
            value,
            present,
            splits,
            ..
        } = self;
        if !present && value.knowledge == Knowledge::Exact && value.text.is_empty() {
            // An unquoted expansion that is empty leaves no word at all.
            return if value.many { Vec::new() } else { vec![value] };
        }
        if splits && value.knowledge == Knowledge::Exact {
            if ifs_changed || value.text.contains(['*', '?', '[']) {
                return vec![Value {
                    many: true,
                    ..Value::unknown(Why::Expansion, value.span)
                }];
            }
            return value
                .text
                .split_whitespace()
                .map(|field| Value {
                    text: field.to_owned(),
                    ..value.clone()
                })
                .collect();
        }
        if ifs_changed && value.many {
            return vec![Value {
                text: String::new(),
                knowledge: Knowledge::Unknown(Why::Expansion),
                ..value
            }];
        }
        vec![value]
    }
}
