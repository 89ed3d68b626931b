//! Simple commands and their assignments.

use super::compound::CompoundFrame;
use super::cursor::is_meta;
use super::word::{Mode, WordFrame};
use super::{Frame, MarkKind, NodeKind, ProblemKind, Reader, Step, Stumble, Value, drain};
use crate::shell::ast::{AssignedValue, Assignment, PartKind, Word};
use crate::shell::keyword::Keyword;
use crate::shell::span::{Text, WordId};

/// Whether a builtin of this name takes assignments as arguments, which are not split. (bash(1), "SHELL BUILTIN COMMANDS",
/// `declare`)
pub(crate) fn declares(name: &str) -> bool {
    matches!(name, "declare" | "export" | "local" | "readonly" | "typeset")
}

/// A simple command that is being read.
pub(super) struct SimpleFrame {
    start: usize,
    words: usize,
    assignments: usize,
    redirects: usize,
    declares: bool,
    /// Where its last word begins.
    word: usize,
    /// Whether it stands behind `time` or `coproc`.
    prefixed: bool,
}

impl SimpleFrame {
    /// Where it begins.
    pub(super) const fn start(&self) -> usize {
        self.start
    }

    /// Where its words, assignments and redirections begin on the scratch stacks.
    pub(super) const fn bases(&self) -> (usize, usize, usize) {
        (self.words, self.assignments, self.redirects)
    }
}

/// An assignment that is being read.
pub(super) struct AssignFrame {
    start: usize,
    name: Text,
    subscript: Option<WordId>,
    append: bool,
    argument: bool,
    stage: Stage,
    /// Where the elements of an array begin on the scratch stack.
    words: usize,
    /// Where the subscript ends, and where the region ends.
    bracket: usize,
    limit: usize,
}

/// Whether a byte outside quotes means nothing to the shell wherever in a word it stands. A table, as nearly every byte
/// of every script is looked up.
#[expect(clippy::indexing_slicing, reason = "a constant has no other way, and is made by the compiler")]
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let letter = byte as u8;
        plain[byte] = letter.is_ascii_alphanumeric()
            || matches!(letter, b'_' | b'-' | b'.' | b'/' | b':' | b',' | b'+' | b'@' | b'%' | b'=' | b'^');
        byte += 1;
    }
    plain
};

/// How far an assignment has been read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Subscript,
    Value,
    Elements,
}

/// The beginning of an assignment: `NAME=`, `NAME+=`, `NAME[…]=`, `NAME[…]+=`.
struct Head {
    name: usize,
    /// The bracket that closes the subscript.
    bracket: Option<usize>,
    append: bool,
    /// Where the value begins.
    value: usize,
}

impl Reader {
    /// Begins the command the reader is at.
    pub(super) fn begin_command(&mut self) -> Step {
        let start = self.region.pos;
        match self.peek() {
            None | Some(b')' | b';' | b'|' | b'\n') => return self.unexpected(),
            Some(b'&') if self.peek_second() != Some(b'>') => return self.unexpected(),
            Some(b'(') => return self.begin_parenthesis(),
            _ => {}
        }
        match self.keyword() {
            None | Some(Keyword::Time) => self.begin_simple(start),
            Some(keyword) => self.begin_compound(keyword, start),
        }
    }

    fn begin_simple(&mut self, start: usize) -> Step {
        let frame = SimpleFrame {
            start,
            words: self.words.len(),
            assignments: self.assignments.len(),
            redirects: self.redirects.len(),
            declares: false,
            word: start,
            prefixed: std::mem::take(&mut self.prefixed),
        };
        self.fits()?;
        self.simple(frame)
    }

    pub(super) fn simple(&mut self, mut frame: SimpleFrame) -> Step {
        if let Value::Word(word) = std::mem::replace(&mut self.value, Value::Nothing) {
            self.take_word(&mut frame, word);
        }
        while let Some(word) = self.plain_word(&mut frame) {
            self.take_word(&mut frame, word);
        }
        match self.peek() {
            None | Some(b'\n' | b';' | b'|' | b')') => return self.finish_simple(&frame),
            Some(b'&') if self.peek_second() != Some(b'>') => return self.finish_simple(&frame),
            Some(b'(') => return self.function_or_fail(&frame),
            _ => {}
        }
        if self.at_redirect() {
            return self.call_redirect(Frame::Simple(frame));
        }
        let leading = self.words.len() == frame.words;
        if (leading || frame.declares)
            && let Some(head) = self.assignment_head()
            && (leading || self.byte(head.value) == Some(b'('))
        {
            return self.begin_assignment(Frame::Simple(frame), &head, !leading);
        }
        if leading || frame.declares {
            self.check_subscript();
        }
        let start = self.region.pos;
        frame.word = start;
        self.call(Frame::Simple(frame), WordFrame::new(self, Mode::Plain, start))
    }

    fn take_word(&mut self, frame: &mut SimpleFrame, word: Word) {
        self.words.push(word);
        if self.words.len() == frame.words + 1 {
            self.mark_command(frame);
            frame.declares = self.declares(word);
        }
    }

    /// The next word, where it is so plain that it is read as it stands: letters and what means nothing to the shell, up to
    /// what ends a word. Most words are. The first may not be an assignment either.
    fn plain_word(&mut self, frame: &mut SimpleFrame) -> Option<Word> {
        self.blanks();
        let start = self.region.pos;
        if frame.declares || self.is_full() {
            return None;
        }
        let first = self.words.len() == frame.words;
        let text = self.text_from(start);
        let ends = |byte: &u8| !PLAIN.get(usize::from(*byte)).is_some_and(|plain| *plain) || (first && *byte == b'=');
        let end = start + text.iter().position(ends).unwrap_or(text.len());
        // What stands in front of `<` or `>` may be the number of a descriptor.
        let ends = matches!(self.byte(end), None | Some(b' ' | b'\t' | b'\n' | b';' | b'|' | b'&' | b')'));
        if start == end || !ends {
            return None;
        }
        self.region.pos = end;
        frame.word = start;
        let (text, span) = (self.slice(start, end), self.span(start, end));
        Some(self.literal_word(text, span))
    }

    /// Where an assignment may stand, bash reads `NAME[` up to the closing bracket, blanks included, and only then
    /// looks whether it is one. What is none, or might not be read so, is a problem.
    fn check_subscript(&mut self) {
        let start = self.fold(self.region.pos);
        let Some(open) = self.name_end(start).filter(|&end| self.byte(end) == Some(b'[')) else {
            return;
        };
        let close = self.matching(open + 1, b'[', b']');
        let blank = close.is_none_or(|close| self.str_at(open, close).bytes().any(is_meta));
        if blank || self.assignment_head().is_none() {
            self.note(ProblemKind::Unsupported, self.span(start, open + 1));
        }
    }

    /// Records the first word of a command.
    fn mark_command(&mut self, frame: &SimpleFrame) {
        if !self.marking {
            return;
        }
        let at = frame.word;
        self.mark(MarkKind::Command, at, at);
        if let Some(mark) = self.marks.last_mut() {
            mark.optional = frame.prefixed;
        }
        // To tree-sitter's grammar an expression in which quoted operators have no place.
        if self.byte(at) == Some(b'[') && self.byte(at + 1).is_some_and(is_meta) {
            self.stumble(Stumble::Word, b'x', at, at + 1);
        }
    }

    /// Whether a word names a builtin that takes assignments as arguments.
    fn declares(&self, word: Word) -> bool {
        match self.script.parts_of(word) {
            [part] if !part.quoted => {
                matches!(part.kind, PartKind::Literal(text) if declares(self.script.text(text)))
            }
            _ => false,
        }
    }

    /// `NAME ()` begins a function; any other parenthesis behind a word is wrong.
    fn function_or_fail(&mut self, frame: &SimpleFrame) -> Step {
        let alone = self.words.len() == frame.words + 1
            && self.assignments.len() == frame.assignments
            && self.redirects.len() == frame.redirects;
        if !alone {
            return self.unexpected();
        }
        self.bump();
        self.blanks();
        self.expect(b')', frame.start)?;
        let Some(word) = self.words.pop() else {
            return self.unexpected();
        };
        while self.marks.last().is_some_and(|mark| mark.start as usize >= frame.start) {
            self.marks.pop();
        }
        self.begin_function(frame.start, word)
    }

    fn finish_simple(&mut self, frame: &SimpleFrame) -> Step {
        let empty = self.words.len() == frame.words
            && self.assignments.len() == frame.assignments
            && self.redirects.len() == frame.redirects;
        if empty {
            return self.unexpected();
        }
        let mut end = frame.start;
        let last_word = self.words.get(frame.words..).unwrap_or_default().last().map(|word| word.span.end);
        let last_redirect = self.redirects.get(frame.redirects..).unwrap_or_default().last().map(|it| it.span.end);
        let last_assigned = self.assignments.get(frame.assignments..).unwrap_or_default().last().map(|it| it.span.end);
        for last in [last_word, last_redirect, last_assigned].into_iter().flatten() {
            end = end.max(last as usize);
        }
        let words = self.drain_words(frame.words);
        let assignments = drain(&mut self.assignments, frame.assignments, &mut self.script.assignments);
        let redirects = self.drain_redirects(frame.redirects);
        let span = self.span(frame.start, end);
        let node = self.add_node(NodeKind::Simple { assignments, words }, span, redirects);
        self.closable = false;
        self.give(Value::Node(node))
    }

    /// Looks for an assignment at the reader's place.
    fn assignment_head(&self) -> Option<Head> {
        let start = self.fold(self.region.pos);
        let name = self.name_end(start)?;
        let bracket = match self.byte(name) {
            Some(b'[') => Some(self.matching(name + 1, b'[', b']')?),
            _ => None,
        };
        let mut at = bracket.map_or(name, |bracket| bracket + 1);
        let append = self.byte(at) == Some(b'+');
        if append {
            at += 1;
        }
        (self.byte(at) == Some(b'=')).then_some(Head { name, bracket, append, value: at + 1 })
    }

    fn begin_assignment(&mut self, parent: Frame, head: &Head, argument: bool) -> Step {
        self.script.only_bash |= head.append || head.bracket.is_some();
        let start = self.region.pos;
        let mut frame = AssignFrame {
            start,
            name: self.slice(start, head.name),
            subscript: None,
            append: head.append,
            argument,
            stage: Stage::Subscript,
            words: self.words.len(),
            bracket: head.bracket.unwrap_or(head.name),
            limit: self.region.limit,
        };
        self.stack.push(parent);
        if let Some(bracket) = head.bracket {
            self.region.pos = head.name + 1;
            self.region.limit = bracket;
            let word = WordFrame::new(self, Mode::Subscript, head.name + 1);
            return self.call(Frame::Assign(frame), word);
        }
        self.region.pos = head.value;
        frame.stage = Stage::Value;
        self.assign_value(frame)
    }

    pub(super) fn assign(&mut self, mut frame: AssignFrame) -> Step {
        let word = self.taken_word()?;
        match frame.stage {
            Stage::Subscript => {
                self.region.limit = frame.limit;
                if self.region.pos != frame.bracket {
                    return self.fail(ProblemKind::Syntax, self.since(frame.start));
                }
                frame.subscript = Some(self.add_word(word));
                self.region.pos += 2 + usize::from(frame.append);
                self.assign_value(frame)
            }
            Stage::Value => {
                let value = (word.span.start != word.span.end || !word.parts.is_empty()).then(|| self.add_word(word));
                self.finish_assignment(&frame, AssignedValue::Word(value))
            }
            Stage::Elements => {
                self.words.push(word);
                self.elements(frame)
            }
        }
    }

    fn assign_value(&mut self, mut frame: AssignFrame) -> Step {
        let start = self.region.pos;
        match self.byte(start) {
            None => return self.finish_assignment(&frame, AssignedValue::Word(None)),
            Some(b'(') => {
                self.bump();
                frame.stage = Stage::Elements;
                return self.elements(frame);
            }
            Some(b'<' | b'>') if self.byte(start + 1) == Some(b'(') => {}
            Some(byte) if is_meta(byte) => {
                return self.finish_assignment(&frame, AssignedValue::Word(None));
            }
            _ => {}
        }
        frame.stage = Stage::Value;
        let word = WordFrame::new(self, Mode::Value, start);
        self.call(Frame::Assign(frame), word)
    }

    /// Reads the next element of an array, or its end.
    fn elements(&mut self, frame: AssignFrame) -> Step {
        self.newlines()?;
        let start = self.region.pos;
        match self.peek() {
            Some(b')') => {
                self.bump();
                let run = self.drain_words(frame.words);
                self.finish_assignment(&frame, AssignedValue::Array(run))
            }
            Some(b'<' | b'>') if self.peek_second() == Some(b'(') => {
                let word = WordFrame::new(self, Mode::Element, start);
                self.call(Frame::Assign(frame), word)
            }
            Some(byte) if !is_meta(byte) => {
                let word = WordFrame::new(self, Mode::Element, start);
                self.call(Frame::Assign(frame), word)
            }
            _ => self.unexpected(),
        }
    }

    fn finish_assignment(&mut self, frame: &AssignFrame, value: AssignedValue) -> Step {
        let span = self.since(frame.start);
        self.assignments.push(Assignment {
            name: frame.name,
            subscript: frame.subscript,
            append: frame.append,
            value,
            argument: frame.argument,
            span,
        });
        // An array must end its word: nothing may be glued to it.
        if matches!(value, AssignedValue::Array(_)) && self.peek().is_some_and(|byte| !is_meta(byte)) {
            return self.unexpected();
        }
        self.give(Value::Nothing)
    }

    /// Begins a function whose name has been read.
    pub(super) fn begin_function(&mut self, start: usize, name: Word) -> Step {
        let text = match self.script.parts_of(name) {
            [part] if !part.quoted => match part.kind {
                PartKind::Literal(text) => Some(text),
                _ => None,
            },
            _ => None,
        };
        let Some(name) = text else {
            return self.fail(ProblemKind::Unsupported, name.span);
        };
        self.newlines()?;
        let compound = self.peek() == Some(b'(') || self.keyword().is_some_and(Keyword::opens);
        if !compound {
            return self.unexpected();
        }
        self.value = Value::Nothing;
        self.stack.push(Frame::Compound(CompoundFrame::function(start, name)));
        self.begin_command()
    }
}
