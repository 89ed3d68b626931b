//! Tokens of a `.rules` file, with spans. The language is Starlark's; the lexer knows all of its tokens, so that
//! the reader can name a construct it does not evaluate instead of stumbling over it.
//!
//! A lexer is a cursor over the text: cheap to copy, which is how the reader looks ahead, and without a stack.

use std::borrow::Cow;

use crate::diagnostic::Span;

mod string;

/// Whether the name means something to Starlark itself.
pub fn is_keyword(name: &str) -> bool {
    const KEYWORDS: [&str; 36] = [
        "True", "False", "None", "and", "break", "continue", "def", "elif", "else", "for", "if", "in", "lambda",
        "load", "not", "or", "pass", "return", "as", "assert", "async", "await", "class", "del", "except", "finally",
        "from", "global", "import", "is", "nonlocal", "raise", "try", "while", "with", "yield",
    ];
    KEYWORDS.contains(&name)
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind<'a>,
    /// Where it is.
    pub span: Span,
    /// Its line, from 1.
    pub line: u32,
    /// How many bytes of its line precede it; 0 means that a statement can start here.
    pub indent: usize,
}

/// The kinds of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind<'a> {
    /// A name or a keyword.
    Name(&'a str),
    /// A string literal, escapes resolved.
    Str(Cow<'a, str>),
    /// An integer literal as written.
    Int(&'a str),
    /// A literal that has to be evaluated, or that no rule can use: its name in words.
    Foreign(&'static str),
    /// An operator or a delimiter.
    Punct(&'static str),
    /// The end of a line.
    Newline,
    /// Something that is no token: what is wrong with it.
    Invalid(&'static str),
    /// The end of the text.
    End,
}

impl TokenKind<'_> {
    /// Whether it is this operator or delimiter.
    #[must_use]
    pub fn is(&self, punct: &str) -> bool {
        matches!(self, Self::Punct(own) if *own == punct)
    }
}

/// Longest first: the first that fits is the token.
const PUNCTUATION: [&str; 44] = [
    "//=", "<<=", ">>=", "...", "**", "->", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
    "//", "<<", ">>", "(", ")", "[", "]", "{", "}", ",", ":", ";", ".", "=", "+", "-", "*", "/", "%", "<", ">", "&",
    "|", "^", "~", "@",
];

/// A cursor over the text of a `.rules` file.
#[derive(Clone, Copy, Debug)]
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    line_start: usize,
}

impl<'a> Lexer<'a> {
    /// A lexer at the start of the text. A byte order mark is skipped.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, line: 1, line_start: at }
    }

    /// The next token. After the end there is always another end.
    pub fn token(&mut self) -> Token<'a> {
        self.skip_blank();
        let (start, line, indent) = (self.at, self.line, self.at.saturating_sub(self.line_start));
        let kind = self.kind();
        Token { kind, span: Span::new(start, self.at), line, indent }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Moves on by one character and keeps count of lines.
    fn bump(&mut self) -> Option<char> {
        let letter = self.rest().chars().next()?;
        self.at += letter.len_utf8();
        if letter == '\n' {
            self.line += 1;
            self.line_start = self.at;
        }
        Some(letter)
    }

    /// Spaces, comments and escaped line ends; not the line end itself.
    fn skip_blank(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'#') => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                }
                Some(b'\\') if self.rest().starts_with("\\\n") || self.rest().starts_with("\\\r\n") => {
                    while self.bump().is_some_and(|letter| letter != '\n') {}
                }
                _ => return,
            }
        }
    }

    fn kind(&mut self) -> TokenKind<'a> {
        let Some(first) = self.peek() else {
            return TokenKind::End;
        };
        match first {
            b'\n' => {
                self.bump();
                TokenKind::Newline
            }
            b'"' | b'\'' => self.string(false),
            b'0'..=b'9' => self.number(),
            b'.' if self.rest().as_bytes().get(1).is_some_and(u8::is_ascii_digit) => self.number(),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => self.name(),
            _ => self.punctuation(first),
        }
    }

    /// Whether the next token is this `=` or bracket, if that can be told from a look at its bytes.
    pub(crate) fn is_next(&self, punct: u8) -> Option<bool> {
        let mut rest = self.text.as_bytes().iter().skip(self.at).skip_while(|byte| matches!(byte, b' ' | b'\t'));
        match rest.next()? {
            b'=' => Some(punct == b'=' && rest.next() != Some(&b'=')),
            found @ (b'(' | b')' | b'[' | b']' | b',') => Some(*found == punct),
            _ => None,
        }
    }

    fn punctuation(&mut self, first: u8) -> TokenKind<'a> {
        let follower = self.text.as_bytes().get(self.at + 1);
        // Nearly all there is, without a search.
        let common = match first {
            b'(' => Some("("),
            b')' => Some(")"),
            b'[' => Some("["),
            b']' => Some("]"),
            b',' => Some(","),
            b'=' if follower != Some(&b'=') => Some("="),
            _ => None,
        };
        let rest = self.rest();
        let search = || PUNCTUATION.into_iter().find(|punct| rest.starts_with(punct));
        match common.or_else(search) {
            Some(punct) => {
                self.at += punct.len();
                TokenKind::Punct(punct)
            }
            None => {
                self.bump();
                TokenKind::Invalid("this character means nothing here")
            }
        }
    }

    fn take_while(&mut self, fits: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().position(|byte| !fits(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// A name, or the prefix of a string literal.
    fn name(&mut self) -> TokenKind<'a> {
        let name = self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !matches!(self.peek(), Some(b'"' | b'\'')) {
            return TokenKind::Name(name);
        }
        let foreign = match name {
            "r" => return self.string(true),
            "f" | "fr" | "rf" => TokenKind::Foreign("an f-string"),
            "b" | "br" | "rb" => TokenKind::Foreign("a bytes literal"),
            _ => return TokenKind::Name(name),
        };
        match self.string(name.contains('r')) {
            TokenKind::Invalid(problem) => TokenKind::Invalid(problem),
            _ => foreign,
        }
    }

    fn number(&mut self) -> TokenKind<'a> {
        let digits = self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        let radix = |prefix: [&str; 2], radix: u32| {
            let body = prefix.into_iter().find_map(|prefix| digits.strip_prefix(prefix));
            body.is_some_and(|body| !body.is_empty() && body.chars().all(|digit| digit.is_digit(radix)))
        };
        let decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
        if decimal && digits.len() > 1 && digits.starts_with('0') {
            return TokenKind::Invalid("a number does not start with `0`");
        }
        if decimal || radix(["0x", "0X"], 16) || radix(["0o", "0O"], 8) || radix(["0b", "0B"], 2) {
            return TokenKind::Int(digits);
        }
        let float = digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E'));
        if float { TokenKind::Foreign("a floating-point number") } else { TokenKind::Invalid("this is no number") }
    }
}
