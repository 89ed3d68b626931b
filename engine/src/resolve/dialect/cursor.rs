//! A place in a text, byte by byte. Every language here has an ASCII syntax, so a byte is enough to look at, and pieces
//! are only cut out beside ASCII bytes.

/// Reads a text from left to right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Where it stands.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The byte `ahead` bytes away.
    pub(super) fn look(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// The next byte.
    pub(super) fn peek(&self) -> Option<u8> {
        self.look(0)
    }

    /// The byte before.
    pub(super) fn before(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at.checked_sub(1)?).copied()
    }

    /// Takes the next byte.
    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Takes the next byte if it is this one.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    /// Takes this text if it is next.
    pub(super) fn eat_text(&mut self, text: &str) -> bool {
        let is = self.rest().starts_with(text);
        if is {
            self.at += text.len();
        }
        is
    }

    /// Takes bytes while they fit.
    pub(super) fn take_while(&mut self, fits: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&fits) {
            self.at += 1;
        }
        self.since(start)
    }

    /// Takes up to this byte or the end, and leaves it.
    pub(super) fn take_until(&mut self, byte: u8) -> &'a str {
        self.take_while(|b| b != byte)
    }

    /// What was taken since it stood there.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// All that is left as tokens, which blanks and ends of lines stand between; none where one of them is not told apart.
    pub(super) fn tokens<T>(mut self, token: impl Fn(&mut Self, u8) -> Option<T>) -> Option<Vec<T>> {
        let mut tokens = Vec::new();
        loop {
            self.take_while(|b| matches!(b, b' ' | b'\t' | b'\n'));
            let Some(byte) = self.peek() else { return Some(tokens) };
            tokens.push(token(&mut self, byte)?);
        }
    }

    /// Skips blanks and tabs.
    pub(super) fn blanks(&mut self) {
        self.take_while(|b| matches!(b, b' ' | b'\t'));
    }
}

/// Whether a byte may begin a name.
pub(super) const fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Whether a byte may stand in a name.
pub(super) const fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
