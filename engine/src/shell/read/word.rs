//! Words: what bash joins between blanks, and what stands where a word may stand within an expansion.

use super::characters::{deceptive_character, odd_character};
use super::cursor::is_meta;
use super::{Frame, Halt, MarkKind, Part, PartKind, ProblemKind, Reader, Run, Span, Step, Stumble, Text, Value, Word};

/// Braces and commas of one word at most: what is never closed takes quadratic time.
const MAX_BRACES: usize = 4096;

/// Where a word stands; this decides what ends it and what is live in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// A word of a command, of a `for`, or a redirection's target.
    Plain,
    /// The value of an assignment.
    Value,
    /// An element of an array.
    Element,
    /// A pattern of a `case`.
    Pattern,
    /// The subject of a `case`, the text of a here-string: no globs, no braces.
    Subject,
    /// A word of `[[ … ]]`.
    Test,
    /// The pattern of a comparison in `[[ … ]]`.
    TestPattern,
    /// The right side of `=~`.
    Regex,
    /// Behind an operator of `${…}`, up to `}`.
    Operand {
        /// Whether it is a pattern, in which single quotes always quote.
        pattern: bool,
    },
    /// The pattern of `${name/…/…}`, up to `/` or `}`.
    Replace,
    /// The offset of `${name:…:…}`, up to `:` or `}`.
    Offset,
    /// The length behind it, up to `}`.
    Length,
    /// Arithmetic text up to the end of the region.
    Arithmetic,
    /// An expression of the C-style `for`, up to `;`.
    Expression,
    /// A subscript, up to `]`.
    Subscript,
    /// The body of a here-document.
    Body {
        /// Whether tabs at the beginning of lines are removed.
        strip: bool,
    },
}

impl Mode {
    /// Whether globs are live.
    pub(super) const fn globs(self) -> bool {
        matches!(
            self,
            Self::Plain | Self::Element | Self::Pattern | Self::TestPattern | Self::Operand { .. } | Self::Replace
        )
    }

    /// Whether braces are live.
    const fn braces(self) -> bool {
        matches!(self, Self::Plain | Self::Element)
    }

    /// Whether blanks and metacharacters end the word.
    const fn by_meta(self) -> bool {
        matches!(
            self,
            Self::Plain
                | Self::Value
                | Self::Element
                | Self::Pattern
                | Self::Subject
                | Self::Test
                | Self::TestPattern
                | Self::Regex
        )
    }

    /// Whether the text is arithmetic.
    pub(super) const fn is_arithmetic(self) -> bool {
        matches!(self, Self::Arithmetic | Self::Expression | Self::Offset | Self::Length)
    }

    /// Whether something must close it.
    pub(super) const fn must_close(self) -> bool {
        matches!(self, Self::Operand { .. } | Self::Replace | Self::Offset | Self::Length)
    }
}

/// A word that is being read.
pub(super) struct WordFrame {
    pub(super) mode: Mode,
    pub(super) start: usize,
    /// Where its parts begin on the scratch stack.
    pub(super) base: usize,
    /// Where its braces begin on theirs.
    pub(super) braces: usize,
    /// Where the double quote that is open was opened.
    pub(super) double: Option<usize>,
    /// Whether all of it stands within double quotes that a word further out has opened.
    pub(super) within: bool,
    /// Parentheses that are open in a pattern, or brackets in a subscript.
    pub(super) parens: u32,
    /// Whether an unquoted `{` has been seen.
    pub(super) braced: bool,
}

impl WordFrame {
    /// A word that begins here.
    #[expect(clippy::new_ret_no_self, reason = "a frame is only ever wanted as an entry of the stack")]
    pub(super) fn new(reader: &Reader, mode: Mode, start: usize) -> Frame {
        Self::nested(reader, mode, start, false)
    }

    /// A word within an expansion, which may stand within double quotes.
    pub(super) fn nested(reader: &Reader, mode: Mode, start: usize, within: bool) -> Frame {
        Frame::Word(Self {
            mode,
            start,
            base: reader.parts.len(),
            braces: reader.braces.len(),
            double: None,
            within,
            parens: 0,
            braced: false,
        })
    }

    /// Whether the reader is within double quotes or what behaves like them.
    pub(super) const fn quoted(&self) -> bool {
        self.double.is_some() || self.soft() || matches!(self.mode, Mode::Body { .. })
    }

    /// Whether text outside quotes of its own is protected by quotes further out. A pattern is not: in
    /// `"${name%*.c}"` the star is live, and single quotes quote.
    pub(super) const fn soft(&self) -> bool {
        self.within && !self.in_pattern()
    }

    /// Whether it is a pattern of an expansion.
    pub(super) const fn in_pattern(&self) -> bool {
        matches!(self.mode, Mode::Operand { pattern: true } | Mode::Replace)
    }
}

/// How the reading of a word goes on.
pub(super) enum Next {
    /// With the next byte.
    More,
    /// The word is complete.
    Done,
    /// With something nested.
    Call(Frame),
}

impl Reader {
    pub(super) fn word(&mut self, mut frame: WordFrame) -> Step {
        if let Value::Part(part) = std::mem::replace(&mut self.value, Value::Nothing) {
            self.parts.push(part);
        }
        loop {
            match self.word_byte(&mut frame)? {
                Next::More => {}
                Next::Done => return self.finish_word(&frame),
                Next::Call(child) => return self.call(Frame::Word(frame), child),
            }
        }
    }

    fn word_byte(&mut self, frame: &mut WordFrame) -> Result<Next, Halt> {
        let Some(byte) = self.peek() else {
            return self.text_ends(frame);
        };
        match byte {
            b'$' => return self.dollar(frame),
            b'`' => return self.backtick(frame),
            b'\\' => return self.escape(frame),
            b'"' if !matches!(frame.mode, Mode::Body { .. }) => {
                self.double_quote(frame);
                return Ok(Next::More);
            }
            _ => {}
        }
        if frame.double.is_some() || matches!(frame.mode, Mode::Body { .. }) {
            self.quoted_run(frame);
            return Ok(Next::More);
        }
        if self.ends_word(frame, byte) {
            return Ok(Next::Done);
        }
        if byte == b'\'' && self.single_quotes(frame) {
            return self.single_quote(frame);
        }
        if frame.soft() {
            if byte == b'\'' {
                // In `"${name:-it's}"` the quote is a character, but bash pairs it with a later one when it looks for
                // the end of the expansion.
                self.note(ProblemKind::Unsupported, self.here());
            }
            self.char_literal(frame, true);
            return Ok(Next::More);
        }
        self.unquoted(frame, byte)
    }

    /// The text is at its end.
    fn text_ends(&mut self, frame: &WordFrame) -> Result<Next, Halt> {
        if let Some(open) = frame.double {
            return self.fail(ProblemKind::Unclosed, self.since(open));
        }
        if frame.mode.must_close() || (frame.parens > 0 && frame.mode != Mode::Subscript) {
            return self.fail(ProblemKind::Unclosed, self.since(frame.start));
        }
        Ok(Next::Done)
    }

    /// Whether an unquoted byte ends the word.
    fn ends_word(&mut self, frame: &WordFrame, byte: u8) -> bool {
        if frame.mode.by_meta() {
            let inside = frame.parens > 0 || (frame.mode == Mode::Regex && matches!(byte, b'(' | b'|'));
            return !inside && is_meta(byte) && !self.at_process();
        }
        match frame.mode {
            Mode::Operand { .. } | Mode::Length => byte == b'}',
            Mode::Replace => matches!(byte, b'}' | b'/'),
            Mode::Offset => byte == b'}' || (byte == b':' && frame.parens == 0),
            Mode::Expression => byte == b';',
            Mode::Subscript => byte == b']' && frame.parens == 0,
            _ => false,
        }
    }

    /// Whether a single quote quotes here.
    fn single_quotes(&mut self, frame: &WordFrame) -> bool {
        if frame.mode.is_arithmetic() {
            self.note(ProblemKind::Unsupported, self.here());
            return false;
        }
        !frame.soft() || frame.mode == Mode::Subscript
    }

    /// An unquoted byte that neither quotes nor expands nor ends the word.
    fn unquoted(&mut self, frame: &mut WordFrame, byte: u8) -> Result<Next, Halt> {
        let pattern = frame.parens > 0 && frame.mode.globs() && frame.mode.by_meta();
        match byte {
            b'<' | b'>' if frame.mode.by_meta() && self.at_process() => {
                return Ok(self.process(byte));
            }
            b'~' if self.tilde(frame) => return Ok(Next::More),
            // A folder that a function names.
            b'~' if self.region.pos == frame.start && self.peek_second() == Some(b'[') => self.differs(self.here()),
            b'=' if self.region.pos == frame.start => self.equals_sign(),
            b'{' | b',' | b'}' if frame.mode.braces() && (byte == b'{' || frame.braced) => {
                frame.braced = true;
                self.plain &= self.is_plain_brace(frame.start);
                if self.braces.len() - frame.braces >= MAX_BRACES {
                    return self.fail(ProblemKind::TooMany, self.here());
                }
                self.braces.push((self.parts.len(), byte));
                let at = self.region.pos;
                self.bump();
                let part = Part {
                    kind: PartKind::Literal(self.slice(at, at + 1)),
                    span: self.span(at, at + 1),
                    quoted: false,
                };
                self.parts.push(part);
                return Ok(Next::More);
            }
            b'*' | b'?' | b'+' | b'@' | b'!'
                if frame.mode.globs() && frame.mode.by_meta() && self.at_extended(frame) =>
            {
                frame.parens += 1;
                // tree-sitter's grammar knows it at the beginning of a word.
                self.stumble(Stumble::Word, b'x', self.region.pos, self.region.pos + 2);
                self.glob(frame, 2);
                return Ok(Next::More);
            }
            b'*' | b'?' if frame.mode.globs() => {
                self.glob(frame, 1);
                return Ok(Next::More);
            }
            b'[' if frame.mode.globs() => {
                self.bracket(frame);
                return Ok(Next::More);
            }
            b'(' | b')' | b'|' | b'[' | b']' | b'?' | b':' => self.nest(frame, byte),
            // A base in front of what is expanded: `10#$m`.
            b'#' if frame.mode.is_arithmetic() => {
                self.stumble(Stumble::Word, b'+', self.region.pos, self.region.pos + 1)
            }
            _ => {}
        }
        if pattern && matches!(byte, b'(' | b')' | b'|') {
            self.stumble(Stumble::Word, b'x', self.region.pos, self.region.pos + 1);
            self.glob(frame, 1);
            return Ok(Next::More);
        }
        if byte.is_ascii_alphanumeric() {
            self.plain_run(frame)
        } else {
            self.char_literal(frame, false)
        }
        Ok(Next::More)
    }

    /// Counts what is open in modes where that decides what ends the word.
    fn nest(&mut self, frame: &mut WordFrame, byte: u8) {
        let (open, close) = match frame.mode {
            Mode::Subscript => (b'[', b']'),
            Mode::Offset
            | Mode::Length
            | Mode::Regex
            | Mode::Plain
            | Mode::TestPattern
            | Mode::Pattern
            | Mode::Element => (b'(', b')'),
            _ => return,
        };
        if byte == open {
            frame.parens += 1;
        } else if byte == close {
            frame.parens = frame.parens.saturating_sub(1);
        } else if byte == b'?' && frame.mode == Mode::Offset {
            // The colon of `a ? b : c` would be taken for the one in front of a length.
            self.note(ProblemKind::Unsupported, self.here());
        } else if byte == b'|' && frame.mode == Mode::Regex && frame.parens == 0 && self.peek_second() == Some(b'|') {
            self.note(ProblemKind::Unsupported, self.here());
        }
    }

    /// Whether the reader is at one of the braces of `{}`, or in a word of which a brace may be the beginning or a part.
    fn is_plain_brace(&self, start: usize) -> bool {
        let at = self.region.pos;
        match self.byte(at) {
            Some(b'{') => {
                let stands = self.byte(at + 1) == Some(b'}') || self.str_at(at, at + 3) == "{.}";
                stands || self.is_brace_expansion(at)
            }
            Some(b'}') => {
                let before = self.str_at(start, at);
                before.ends_with('{') || before.ends_with("{.") || self.has_brace(start, at)
            }
            _ => true,
        }
    }

    /// Whether a brace opens an expansion of letters and the like, without others in it.
    fn is_brace_expansion(&self, open: usize) -> bool {
        if !self.byte(open + 1).is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            return false;
        }
        let mut at = open + 2;
        let mut parted = false;
        while let Some(byte) = self.byte(at) {
            match byte {
                b'}' => return parted,
                b',' => parted = true,
                b'.' => {
                    parted |= self.byte(at + 1) == Some(b'.')
                        && self.byte(at + 2).is_some_and(|byte| byte.is_ascii_alphanumeric());
                }
                b'_' | b'-' | b'/' => {}
                byte if byte.is_ascii_alphanumeric() => {}
                _ => return false,
            }
            at += 1;
        }
        false
    }

    /// Whether such a brace is open.
    fn has_brace(&self, start: usize, at: usize) -> bool {
        self.str_at(start, at).rfind('{').is_some_and(|open| self.is_brace_expansion(start + open))
    }

    /// A run of unquoted letters and the like.
    fn plain_run(&mut self, frame: &WordFrame) {
        let start = self.region.pos;
        let mut end = start + 1;
        while self
            .byte(end)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'='))
        {
            end += 1;
        }
        self.region.pos = end;
        let (text, span) = (self.slice(start, end), self.span(start, end));
        self.push_literal(frame.base, text, false, span);
    }

    /// One unquoted character, which may be an odd one.
    pub(super) fn char_literal(&mut self, frame: &WordFrame, quoted: bool) {
        let start = self.region.pos;
        let end = start + self.char_len(start);
        let counts = !frame.within || self.deceptive(start, end);
        if counts && self.str_at(start, end).chars().any(odd_character) {
            self.note(ProblemKind::OddCharacter, self.span(start, end));
        }
        self.plain &= quoted || self.is_plain_character(frame, start, end);
        self.region.pos = end;
        let (text, span) = (self.slice(start, end), self.span(start, end));
        self.push_literal(frame.base, text, quoted, span);
    }

    /// Whether quoted text holds characters that change how the text around it is shown.
    pub(super) fn deceptive(&self, start: usize, end: usize) -> bool {
        self.str_at(start, end).chars().any(deceptive_character)
    }

    /// A word that is one unquoted literal.
    pub(super) fn literal_word(&mut self, text: Text, span: Span) -> Word {
        self.mark(MarkKind::Word, text.start as usize, text.end as usize);
        let start = self.script.parts.len() as u32;
        self.script.parts.push(Part { kind: PartKind::Literal(text), span, quoted: false });
        Word { parts: Run { start, end: start + 1 }, span }
    }

    fn finish_word(&mut self, frame: &WordFrame) -> Step {
        if self.braces.len() > frame.braces {
            self.resolve_braces(frame.base, frame.braces);
        }
        if let [part] = self.parts.get(frame.base..).unwrap_or_default()
            && let PartKind::Literal(text) = part.kind
            && text.start == text.end
        {
            self.parts.truncate(frame.base);
        }
        let end = self.region.pos;
        if frame.mode.by_meta() {
            self.mark(MarkKind::Word, frame.start, end);
        }
        if !self.pending.is_empty() && self.str_at(frame.start, end).contains('\n') {
            // A newline within the word, while a here-document waits for one: shells differ on where its body begins.
            self.note(ProblemKind::Unsupported, self.since(frame.start));
        }
        let start = self.script.parts.len() as u32;
        self.script.parts.extend(self.parts.drain(frame.base..));
        let parts = Run { start, end: self.script.parts.len() as u32 };
        let span = self.since(frame.start);
        self.give(Value::Word(Word { parts, span }))
    }
}
