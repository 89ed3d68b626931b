//! `${…}`.

use super::cursor::begins_name;
use super::word::{Mode, WordFrame};
use super::{Frame, Halt, Part, PartKind, ProblemKind, Reader, Step, Stumble, Text, Value};
use crate::shell::ast::Operator;
use crate::shell::span::WordId;

/// A `${…}` that is being read.
pub(super) struct ParameterFrame {
    start: usize,
    quoted: bool,
    /// `!` or `#` in front of the name.
    prefix: Option<u8>,
    name: Text,
    subscript: Option<WordId>,
    operator: Operator,
    symbol: Text,
    /// Where its operands begin on the scratch stack.
    base: usize,
    /// Whether it stands in a pattern within double quotes.
    obscure: bool,
    /// How many marks there were in front of it.
    marks: usize,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Name,
    Subscript,
    Operands,
}

impl Reader {
    /// Begins `${`; the reader is behind the brace.
    pub(super) fn begin_parameter(&mut self, start: usize, word: &WordFrame) -> Result<Frame, Halt> {
        let quoted = word.quoted();
        let mut prefix = None;
        let first = self.peek();
        if matches!(first, Some(b' ' | b'\t' | b'\n' | b'|' | b'(')) {
            // `${ command; }` of newer shells.
            return self.fail(ProblemKind::Unsupported, self.since(start));
        }
        if let Some(byte @ (b'!' | b'#')) = first {
            let second = self.peek_second();
            let third = self.byte(self.region.pos + 2);
            let named = second.is_some_and(|byte| begins_name(byte) || byte.is_ascii_digit())
                || (second.is_some_and(is_special) && matches!(third, Some(b'}' | b'[')));
            if named {
                prefix = Some(byte);
                self.bump();
            }
        }
        let name = self.parameter_name(start)?;
        Ok(Frame::Parameter(ParameterFrame {
            start,
            quoted,
            prefix,
            name,
            subscript: None,
            operator: Operator::Plain,
            symbol: Text::default(),
            base: self.words.len(),
            obscure: word.within && word.in_pattern(),
            marks: self.marks.len(),
            stage: Stage::Name,
        }))
    }

    fn parameter_name(&mut self, start: usize) -> Result<Text, Halt> {
        self.peek();
        let at = self.region.pos;
        let end = match self.byte(at) {
            Some(byte) if begins_name(byte) => self.name_end(at).unwrap_or(at),
            Some(byte) if byte.is_ascii_digit() => {
                let mut end = at;
                while self.byte(end).is_some_and(|byte| byte.is_ascii_digit()) {
                    end += 1;
                }
                end
            }
            Some(byte) if is_special(byte) => at + 1,
            None => return self.fail(ProblemKind::Unclosed, self.since(start)),
            Some(_) => return self.fail(ProblemKind::Syntax, self.since(start)),
        };
        self.region.pos = end;
        Ok(self.slice(at, end))
    }

    pub(super) fn parameter(&mut self, mut frame: ParameterFrame) -> Step {
        match frame.stage {
            Stage::Name => {
                if self.eat(b'[') {
                    frame.stage = Stage::Subscript;
                    let at = self.region.pos;
                    let word = WordFrame::new(self, Mode::Subscript, at);
                    return self.call(Frame::Parameter(frame), word);
                }
                self.operator(frame)
            }
            Stage::Subscript => {
                let word = self.taken_word()?;
                self.expect(b']', frame.start)?;
                frame.subscript = Some(self.add_word(word));
                self.operator(frame)
            }
            Stage::Operands => {
                let word = self.taken_word()?;
                self.words.push(word);
                let count = self.words.len() - frame.base;
                let next = match frame.operator {
                    Operator::Replace if count == 1 && self.eat(b'/') => Some(Mode::Operand { pattern: true }),
                    Operator::Substring if count == 1 && self.eat(b':') => Some(Mode::Length),
                    _ => None,
                };
                match next {
                    Some(mode) => self.operand(frame, mode),
                    None => self.close_parameter(frame),
                }
            }
        }
    }

    /// Reads the operator and goes on with its first operand.
    fn operator(&mut self, mut frame: ParameterFrame) -> Step {
        let Some(first) = self.peek() else {
            return self.fail(ProblemKind::Unclosed, self.since(frame.start));
        };
        if first == b'}' {
            return self.close_parameter(frame);
        }
        let start = self.region.pos;
        let second = self.peek_second();
        let (operator, len, mode) = match (first, second) {
            (b':', Some(b'-' | b'=' | b'?' | b'+')) => (default_operator(second), 2, Mode::Operand { pattern: false }),
            (b'-' | b'=' | b'?' | b'+', _) => (default_operator(Some(first)), 1, Mode::Operand { pattern: false }),
            (b':', _) => (Operator::Substring, 1, Mode::Offset),
            (b'#', Some(b'#')) => (Operator::RemoveLongestPrefix, 2, Mode::Operand { pattern: true }),
            (b'#', _) => (Operator::RemovePrefix, 1, Mode::Operand { pattern: true }),
            (b'%', Some(b'%')) => (Operator::RemoveLongestSuffix, 2, Mode::Operand { pattern: true }),
            (b'%', _) => (Operator::RemoveSuffix, 1, Mode::Operand { pattern: true }),
            (b'/', Some(b'/' | b'#' | b'%')) => (Operator::Replace, 2, Mode::Replace),
            (b'/', _) => (Operator::Replace, 1, Mode::Replace),
            (b'^', Some(b'^')) | (b',', Some(b',')) | (b'~', Some(b'~')) => {
                (Operator::Case, 2, Mode::Operand { pattern: true })
            }
            (b'^' | b',' | b'~', _) => (Operator::Case, 1, Mode::Operand { pattern: true }),
            (b'@' | b'*', Some(b'}')) if frame.prefix == Some(b'!') => (Operator::Indirect, 1, Mode::Arithmetic),
            (b'@', _) => (Operator::Transform, 1, Mode::Operand { pattern: false }),
            _ => return self.fail(ProblemKind::Syntax, self.since(frame.start)),
        };
        for _ in 0..len {
            self.bump();
        }
        if mode == Mode::Offset && self.peek() == Some(b'$') {
            // tree-sitter's grammar knows no variable right there, but one behind another operator.
            self.stumble(Stumble::Word, b'-', start, start + 1);
        }
        frame.operator = operator;
        frame.symbol = self.fold_text(start);
        if frame.obscure && mode != Mode::Arithmetic {
            // An expansion in a pattern within double quotes: whether single quotes quote there depends on the shell.
            self.note(ProblemKind::Unsupported, self.since(frame.start));
        }
        if mode == Mode::Arithmetic {
            return self.close_parameter(frame);
        }
        self.operand(frame, mode)
    }

    fn operand(&mut self, mut frame: ParameterFrame, mode: Mode) -> Step {
        frame.stage = Stage::Operands;
        let at = self.region.pos;
        let within = frame.quoted;
        let word = WordFrame::nested(self, mode, at, within);
        self.call(Frame::Parameter(frame), word)
    }

    fn close_parameter(&mut self, frame: ParameterFrame) -> Step {
        self.expect(b'}', frame.start)?;
        self.marks.iter_mut().skip(frame.marks).for_each(|mark| mark.optional = true);
        let span = self.since(frame.start);
        let operands = self.drain_words(frame.base);
        let mut operator = frame.operator;
        match frame.prefix {
            Some(b'!') => operator = Operator::Indirect,
            Some(_) if operator == Operator::Plain => operator = Operator::Length,
            // `${#name-word}` and the like: bash refuses some and reads others oddly.
            Some(_) => self.note(ProblemKind::Unsupported, span),
            None => {
                if let (Operator::Plain, Some(subscript)) = (operator, frame.subscript) {
                    operator = self.subscript_operator(subscript);
                }
            }
        }
        let kind = PartKind::Parameter {
            name: frame.name,
            subscript: frame.subscript,
            operator,
            symbol: frame.symbol,
            operands,
        };
        self.give(Value::Part(Part { kind, span, quoted: frame.quoted }))
    }

    /// Whether a subscript names all elements or one.
    fn subscript_operator(&self, subscript: WordId) -> Operator {
        match self.script.parts_of(self.script.word(subscript)) {
            [part] if !part.quoted => match part.kind {
                PartKind::Literal(text) if matches!(self.script.text(text), "@" | "*") => Operator::Elements,
                _ => Operator::Subscript,
            },
            _ => Operator::Subscript,
        }
    }
}

/// The operator of the default family that a byte names.
const fn default_operator(byte: Option<u8>) -> Operator {
    match byte {
        Some(b'-') => Operator::Default,
        Some(b'=') => Operator::Assign,
        Some(b'?') => Operator::Error,
        Some(b'+') => Operator::Alternate,
        _ => Operator::Unknown,
    }
}

/// Whether a byte names a special parameter.
const fn is_special(byte: u8) -> bool {
    matches!(byte, b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')
}
