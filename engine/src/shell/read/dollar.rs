//! `$`: what it begins.

use super::cursor::{begins_name, in_name, is_meta};
use super::substitution::Form;
use super::word::{Mode, Next, WordFrame};
use super::{Halt, Part, PartKind, ProblemKind, Reader, Run, Span};
use crate::shell::ast::Operator;
use crate::shell::span::Text;

impl Reader {
    /// The reader is at a dollar.
    pub(super) fn dollar(&mut self, frame: &mut WordFrame) -> Result<Next, Halt> {
        let at = self.region.pos;
        let next = self.fold(at + 1);
        let quoted = frame.quoted();
        let quotes = !quoted && !frame.mode.is_arithmetic();
        match self.byte(next) {
            Some(b'(') => {
                if self.byte(self.fold(next + 1)) == Some(b'(')
                    && let Some(child) = self.arithmetic_expansion(at, next, quoted)
                {
                    return Ok(Next::Call(child));
                }
                Ok(Next::Call(self.substitute(Form::Dollar, at, next + 1, quoted)))
            }
            Some(b'{') => {
                self.region.pos = next + 1;
                self.begin_parameter(at, frame).map(Next::Call)
            }
            Some(b'[') => {
                self.script.only_bash = true;
                self.bracket_expansion(at, next, quoted).map(Next::Call)
            }
            Some(b'\'') if quotes => {
                self.script.only_bash = true;
                self.ansi_quote(frame, at, next)
            }
            Some(b'"') if quotes => {
                self.script.only_bash = true;
                self.plain = false;
                self.region.pos = next;
                self.double_quote(frame);
                Ok(Next::More)
            }
            Some(byte) if begins_name(byte) => {
                let end = self.name_end(next).unwrap_or(next);
                let folded = self.fold(end);
                if folded != end && self.byte(folded).is_some_and(in_name) {
                    return self.fail(ProblemKind::Unsupported, self.span(at, folded));
                }
                self.plain_parameter(at, next, end, quoted);
                Ok(Next::More)
            }
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => {
                if self.byte(next) == Some(b'$') && self.byte(next + 1).is_some_and(begins_name) {
                    // To fish the variable that the value of another one names.
                    self.differs(self.span(at, next + 2));
                }
                self.plain_parameter(at, next, next + 1, quoted);
                Ok(Next::More)
            }
            follower => {
                if follower == Some(b'`') {
                    // bash reads a dollar and a substitution; tree-sitter, one substitution.
                    self.note(ProblemKind::Unsupported, self.span(at, next + 1));
                }
                self.lone_dollar(frame, at, follower);
                Ok(Next::More)
            }
        }
    }

    /// A dollar that begins nothing. It protects itself, except where it is an anchor.
    fn lone_dollar(&mut self, frame: &WordFrame, at: usize, follower: Option<u8>) {
        self.plain &= match frame.double {
            Some(_) => matches!(follower, Some(b'"' | b'/')),
            None => at > frame.start && follower.is_none_or(|byte| byte == b' '),
        };
        // What zsh makes of a value: `$=x` is split, `$~x` is a pattern.
        let operator = matches!(follower, Some(b'=' | b'~' | b'^' | b'+'));
        if operator && self.byte(at + 2).is_some_and(|byte| in_name(byte) || byte == b'{') {
            self.differs(self.span(at, at + 2));
        }
        self.region.pos = at + 1;
        let (text, span) = (self.slice(at, at + 1), self.span(at, at + 1));
        let alone = !frame.mode.is_arithmetic() && frame.mode != Mode::Regex;
        self.push_literal(frame.base, text, frame.quoted() || alone, span);
    }

    /// `$name`.
    fn plain_parameter(&mut self, at: usize, start: usize, end: usize, quoted: bool) {
        self.region.pos = end;
        let kind = PartKind::Parameter {
            name: self.slice(start, end),
            subscript: None,
            operator: Operator::Plain,
            symbol: Text::default(),
            operands: Run::default(),
        };
        let span = self.span(at, end);
        self.parts.push(Part { kind, span, quoted });
        match self.byte(end) {
            Some(b'[') => self.differs(span),
            Some(b':') if self.byte(end + 1).is_some_and(is_modifier) => {
                if self.region.decoded || !self.is_gentle(end + 1) {
                    self.differs(span);
                }
                self.script.modifies = true;
            }
            _ => {}
        }
    }

    /// Whether the modifier here leaves letters and digits what they are, or a path of them. The letter behind `s` begins a
    /// text that is replaced, which has a slash in it.
    fn is_gentle(&self, at: usize) -> bool {
        let [letter, rest @ ..] = self.text_from(at) else { return false };
        match letter {
            b'a' | b'l' | b'p'..=b'r' | b't' | b'u' | b'x' | b'A' | b'P' | b'Q' => rest.first() != Some(&b':'),
            b's' => {
                let [next, rest @ ..] = rest else { return false };
                let ends = |byte: &u8| byte == next || is_meta(*byte) || matches!(byte, b'"' | b'$' | b'`' | b'\\');
                next.is_ascii_alphanumeric() && rest.iter().take_while(|byte| !ends(byte)).any(|byte| *byte == b'/')
            }
            _ => false,
        }
    }

    /// An equals sign at the beginning of a word: zsh takes it for the path of the program of that name. (zshexpn(1), "`='
    /// EXPANSION")
    #[cold]
    pub(super) fn equals_sign(&mut self) {
        if self.peek_second().is_some_and(|byte| !is_meta(byte) && !matches!(byte, b'=' | b'~')) {
            self.differs(self.here());
        }
    }

    /// Notes a place that zsh or fish reads otherwise than bash.
    #[cold]
    pub(super) fn differs(&mut self, span: Span) {
        if self.script.differs == Span::default() {
            self.script.differs = span;
        }
    }
}

/// Whether a letter behind a colon changes a value in zsh. (zshexpn(1), "Modifiers")
const fn is_modifier(byte: u8) -> bool {
    matches!(byte, b'a' | b'c' | b'e'..=b'h' | b'l' | b'p'..=b'u' | b'w' | b'x' | b'A' | b'F' | b'P' | b'Q' | b'W' | b'&')
}
