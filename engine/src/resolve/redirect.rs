//! Redirections: which files the shell opens, and what they make of standard input.

use super::expand::Words;
use super::readings::{MORE_READINGS, MOST_READINGS, seems_known, seen};
use super::resolution::{Input, NoteKind, Piped, Written};
use super::state::State;
use super::value::{Knowledge, Unit, Value, Why};
use super::walker::{ANYTHING, Walker};
use crate::shell::{Descriptor, Redirect, RedirectOperator as Op, RedirectTarget, Run, Script};
use std::borrow::Cow;
use std::rc::Rc;

impl Walker<'_> {
    /// Applies redirections to whatever they stand at; gives the standard input they leave.
    pub(super) fn redirects<'i>(
        &mut self,
        script: &Rc<Script>,
        run: Run,
        state: &mut State,
        input: &'i Input,
        unit: Unit,
    ) -> Cow<'i, Input> {
        if script.redirects_of(run).is_empty() {
            return Cow::Borrowed(input);
        }
        let mut input = input.clone();
        for redirect in script.redirects_of(run).to_vec() {
            self.redirect(script, &redirect, state, &mut input, unit);
        }
        Cow::Owned(input)
    }

    fn redirect(&mut self, script: &Rc<Script>, redirect: &Redirect, state: &mut State, input: &mut Input, unit: Unit) {
        let span = self.span(redirect.span);
        let word = match redirect.target {
            RedirectTarget::Word(word) => word,
            RedirectTarget::Body { body, .. } => body,
        };
        let text = matches!(redirect.operator, Op::Heredoc | Op::HereString);
        let values = if text {
            Words::from_buf([self.expand_quoted(script, script.word(word), state)])
        } else {
            self.expand(script, script.word(word), state)
        };
        let value = match values.as_slice() {
            [one] => one.clone(),
            _ => Value {
                from: values.iter().flat_map(|v| v.from.iter().copied()).collect(),
                ..Value::unknown(Why::Expansion, span)
            },
        };
        // Messages of errors hold any word, and are printed with the rest where they do not go nowhere.
        let nowhere = || value.known().is_some_and(|text| matches!(text, "/dev/null" | "-"));
        let reads = matches!(redirect.operator, Op::Read | Op::Heredoc | Op::HereString);
        if redirect.descriptor == Descriptor::Number(2) && !reads && !nowhere() {
            self.printing.push(ANYTHING);
        }
        let first = matches!(redirect.descriptor, Descriptor::Default | Descriptor::Number(0));
        if let Descriptor::Variable(name) = redirect.descriptor {
            let name = script.text(name).to_owned();
            self.note(unit, span, NoteKind::State("a descriptor stays open"));
            self.assign(&name, Value::number(span), state, unit);
        }
        match redirect.operator {
            Op::Heredoc | Op::HereString if first => *input = Input::Text(value),
            Op::Heredoc | Op::HereString => {}
            Op::DuplicateIn | Op::DuplicateOut => {
                if redirect.operator == Op::DuplicateIn && first {
                    // Another descriptor, whatever it leads to.
                    *input = Input::Pipe(Piped::of(state.connections.to_vec()));
                }
                let plain = value.knowledge == Knowledge::Number
                    || value
                        .known()
                        .is_some_and(|t| !t.is_empty() && t.trim_end_matches('-').bytes().all(|b| b.is_ascii_digit()));
                if redirect.operator == Op::DuplicateOut
                    && let Some(number) = value.known().and_then(|text| text.parse().ok())
                {
                    self.prints_to(number);
                }
                if !plain {
                    // `>&word` with anything else writes a file of that name, and so may a word that is not known.
                    self.opened(Op::WriteBoth, value, state, unit);
                }
            }
            operator => {
                // To the shell it is a name like any other.
                let mut named = value;
                if named.known() == Some("-") {
                    named.text = "./-".into();
                }
                self.opens_file((redirect.descriptor, operator), named, state, input, unit);
            }
        }
    }

    /// A file is opened for a descriptor.
    fn opens_file(
        &mut self,
        (descriptor, operator): (Descriptor, Op),
        value: Value,
        state: &mut State,
        input: &mut Input,
        unit: Unit,
    ) {
        let first = matches!(descriptor, Descriptor::Default | Descriptor::Number(0));
        if value.text.starts_with("/dev/tcp/") || value.text.starts_with("/dev/udp/") {
            state.connections.make_mut().push(unit);
        }
        if first && matches!(operator, Op::Read | Op::ReadWrite) {
            *input = if let Some(text) = self.made_text(&value, state) {
                Input::Text(text)
            } else if !value.is_process() {
                Input::File(value.clone())
            } else {
                Input::Pipe(Piped { prints: self.printed_by(&value.from), units: value.from.clone() })
            };
        }
        if let Descriptor::Number(number) = descriptor
            && matches!(operator, Op::Write | Op::Clobber | Op::Append | Op::ReadWrite)
        {
            for file in state.directory.named(&value) {
                self.opens(number, file);
            }
        }
        self.out.descriptors |= !first && matches!(operator, Op::Read | Op::ReadWrite);
        self.opened(operator, value, state, unit);
    }

    fn opened(&mut self, operator: Op, target: Value, state: &State, unit: Unit) {
        let span = target.span;
        // What the file seems to be counts beside that which is not known.
        if seems_known(&target) {
            let texts: Vec<String> =
                target.sketch.iter().flat_map(|sketch| sketch.lines()).map(str::to_owned).collect();
            for text in self.at_most(texts, MOST_READINGS, span, MORE_READINGS) {
                self.opened(operator, seen(text.trim(), &target), state, unit);
            }
        }
        for directory in state.directory.each() {
            let written = Written { operator, target: target.clone(), directory };
            self.note(unit, span, NoteKind::Redirect(written));
        }
    }
}

/// Whether standard output goes elsewhere.
pub(super) fn redirects_output(script: &Script, run: Run) -> bool {
    script.redirects_of(run).iter().any(|redirect| {
        let writes = !matches!(redirect.operator, Op::Read | Op::Heredoc | Op::HereString | Op::DuplicateIn);
        match redirect.descriptor {
            Descriptor::Default => writes,
            Descriptor::Number(n) => n == 1 || matches!(redirect.operator, Op::WriteBoth | Op::AppendBoth),
            Descriptor::Variable(_) => false,
        }
    })
}
