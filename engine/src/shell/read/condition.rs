//! `[[ … ]]`: the words of a conditional, checked against its grammar.

use super::cursor::is_meta;
use super::word::{Mode, WordFrame};
use super::{Frame, NodeKind, Part, PartKind, ProblemKind, Reader, Run, Step, Value, Word};

/// A conditional that is being read.
pub(super) struct ConditionFrame {
    start: usize,
    words: usize,
    parens: u32,
    stage: Stage,
}

/// What the reader waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// An operand, `!`, `(` or a unary operator.
    Operand,
    /// The operand of a unary operator.
    Unary,
    /// What follows a first operand: a binary operator, or the end of the term.
    Operator,
    /// The second operand of a binary operator.
    Second,
    /// `&&`, `||`, `)` or `]]`.
    Joint,
}

impl Reader {
    pub(super) fn begin_condition(&mut self, start: usize) -> Step {
        self.script.only_bash = true;
        self.region.pos = start;
        self.bump();
        self.bump();
        let frame = ConditionFrame { start, words: self.words.len(), parens: 0, stage: Stage::Operand };
        self.go(Frame::Condition(frame))
    }

    pub(super) fn condition(&mut self, mut frame: ConditionFrame) -> Step {
        if let Value::Word(word) = std::mem::replace(&mut self.value, Value::Nothing) {
            self.words.push(word);
            frame.stage = self.after_word(&frame, word)?;
        }
        loop {
            if matches!(frame.stage, Stage::Operand | Stage::Joint) {
                self.newlines()?;
            } else {
                self.blanks();
            }
            let at = self.region.pos;
            if self.closes_condition(at) && matches!(frame.stage, Stage::Operator | Stage::Joint) {
                return self.close_condition(&frame);
            }
            match (frame.stage, self.peek()) {
                (_, None) => return self.unexpected(),
                (Stage::Operand, Some(b'(')) => {
                    frame.parens += 1;
                    self.operator_word(1);
                }
                (Stage::Joint | Stage::Operator, Some(b')')) if frame.parens > 0 => {
                    frame.parens -= 1;
                    self.operator_word(1);
                    frame.stage = Stage::Joint;
                }
                (Stage::Joint | Stage::Operator, Some(byte @ (b'&' | b'|'))) if self.peek_second() == Some(byte) => {
                    self.operator_word(2);
                    frame.stage = Stage::Operand;
                }
                (Stage::Operator, Some(b'<' | b'>')) if !self.at_process() => {
                    self.operator_word(1);
                    return self.second(frame, Mode::Test);
                }
                (Stage::Joint, _) => return self.unexpected(),
                (Stage::Second, Some(b'(')) if self.second_mode() == Mode::Regex => {
                    return self.condition_word(frame);
                }
                (_, Some(byte)) if is_meta(byte) && !self.at_process() => return self.unexpected(),
                _ => return self.condition_word(frame),
            }
        }
    }

    /// Whether `]]` stands here as a word.
    fn closes_condition(&self, at: usize) -> bool {
        self.byte(at) == Some(b']') && self.byte(at + 1) == Some(b']') && self.byte(at + 2).is_none_or(is_meta)
    }

    /// Adds an operator of so many bytes as a bare word.
    fn operator_word(&mut self, len: usize) {
        let start = self.region.pos;
        for _ in 0..len {
            self.bump();
        }
        let span = self.since(start);
        let text = if self.region.pos == start + len { self.slice(start, start + len) } else { self.fold_text(start) };
        let first = self.script.parts.len() as u32;
        self.script.parts.push(Part { kind: PartKind::Literal(text), span, quoted: false });
        self.words.push(Word { parts: Run { start: first, end: first + 1 }, span });
    }

    /// Reads the word that comes next.
    fn condition_word(&mut self, frame: ConditionFrame) -> Step {
        if frame.stage == Stage::Operand && self.closes_condition(self.region.pos) {
            return self.unexpected();
        }
        let at = self.region.pos;
        let mode = match frame.stage {
            Stage::Second => self.second_mode(),
            _ => Mode::Test,
        };
        let word = WordFrame::new(self, mode, at);
        self.call(Frame::Condition(frame), word)
    }

    fn second(&mut self, mut frame: ConditionFrame, mode: Mode) -> Step {
        frame.stage = Stage::Second;
        self.blanks();
        let at = self.region.pos;
        if self.peek().is_none_or(is_meta) && !self.at_process() {
            return self.unexpected();
        }
        let word = WordFrame::new(self, mode, at);
        self.call(Frame::Condition(frame), word)
    }

    /// How the second operand is read: as a pattern, a regular expression or a plain word.
    fn second_mode(&self) -> Mode {
        match self.words.last().map(|&word| self.bare(word)) {
            Some("=~") => Mode::Regex,
            Some("=" | "==" | "!=") => Mode::TestPattern,
            _ => Mode::Test,
        }
    }

    /// The text of a word that is one unquoted literal.
    fn bare(&self, word: Word) -> &str {
        match self.script.parts_of(word) {
            [part] if !part.quoted => match part.kind {
                PartKind::Literal(text) => self.script.text(text),
                _ => "",
            },
            _ => "",
        }
    }

    /// What is waited for behind a word.
    fn after_word(&mut self, frame: &ConditionFrame, word: Word) -> Result<Stage, super::Halt> {
        let text = self.bare(word);
        Ok(match frame.stage {
            Stage::Operand if text == "!" => Stage::Operand,
            Stage::Operand if is_unary(text) => Stage::Unary,
            Stage::Operand => Stage::Operator,
            Stage::Operator if is_binary(text) => Stage::Second,
            Stage::Unary | Stage::Second => Stage::Joint,
            Stage::Operator | Stage::Joint => return self.fail(ProblemKind::Syntax, word.span),
        })
    }

    fn close_condition(&mut self, frame: &ConditionFrame) -> Step {
        if frame.parens > 0 {
            return self.unexpected();
        }
        self.region.pos += 2;
        let words = self.drain_words(frame.words);
        self.finish_compound(frame.start, NodeKind::Test { words }, false)
    }
}

/// Whether bash takes this for a unary operator of conditionals.
fn is_unary(text: &str) -> bool {
    match text.as_bytes() {
        [b'-', letter] => b"abcdefghknoprstuvwxzGLNORS".contains(letter),
        _ => false,
    }
}

/// Whether bash takes this for a binary operator of conditionals.
fn is_binary(text: &str) -> bool {
    matches!(text, "=" | "==" | "!=" | "=~" | "-nt" | "-ot" | "-ef" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge")
}
