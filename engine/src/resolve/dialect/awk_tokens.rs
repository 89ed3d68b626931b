//! Tokens of awk. A slash begins a regular expression where an operand may begin, as in POSIX awk, "Lexical Conventions";
//! in brackets it is plain (gawk). An awk that ends the expression there stops with an error: the bracket is open.

use super::cursor::{Cursor, begins_name, in_name};

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name, and whether `(` follows at once.
    Name(&'a str, bool),
    /// A string as written between its quotes.
    Text(&'a str),
    Number,
    Regex,
    /// An operator, or a bracket.
    Sign(&'static str),
    /// The end of a line.
    Line,
}

impl Token<'_> {
    /// Whether an operand ends here, so that a slash divides.
    pub(super) fn ends_operand(self) -> bool {
        match self {
            Self::Name(name, _) => !is_keyword(name),
            Self::Text(_) | Self::Number | Self::Regex => true,
            Self::Sign(sign) => matches!(sign, ")" | "]" | "++" | "--"),
            Self::Line => false,
        }
    }

    pub(super) fn is(self, sign: &str) -> bool {
        matches!(self, Self::Sign(s) if s == sign)
    }
}

/// Words that are no operands.
pub(super) fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "BEGIN"
            | "END"
            | "BEGINFILE"
            | "ENDFILE"
            | "if"
            | "else"
            | "while"
            | "for"
            | "do"
            | "break"
            | "continue"
            | "next"
            | "nextfile"
            | "exit"
            | "return"
            | "delete"
            | "in"
            | "getline"
            | "print"
            | "printf"
            | "function"
            | "func"
            | "switch"
            | "case"
            | "default"
    )
}

/// Follows `if (…)`, `while (…)`, `for (…)`: behind the bracket a statement begins, and with it maybe a regular expression.
#[derive(Default)]
struct Heads {
    /// For each open bracket, whether it is one of these.
    open: Vec<bool>,
    /// Whether the last token closed one.
    closed: bool,
}

impl Heads {
    fn token(&mut self, last: Option<Token<'_>>, token: Token<'_>) {
        self.closed = false;
        if token.is("(") {
            let head = matches!(last, Some(Token::Name("if" | "while" | "for" | "switch", _)));
            self.open.push(head);
        } else if token.is(")") {
            self.closed = self.open.pop().unwrap_or(true);
        }
    }
}

const SIGNS: &[&str] = &[
    "**=", "|&", "**", "+=", "-=", "*=", "/=", "%=", "^=", "==", "<=", ">=", "!=", "!~", "++", "--", "&&", "||", ">>",
    "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=",
    "@",
];

/// All tokens, or why they cannot be told.
pub(super) fn tokens(code: &str) -> Result<Vec<Token<'_>>, &'static str> {
    let mut at = Cursor::new(code);
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut heads = Heads::default();
    while let Some(byte) = at.peek() {
        let token = match byte {
            b' ' | b'\t' | b'\r' => {
                at.next();
                continue;
            }
            b'\\' => {
                at.next();
                at.eat(b'\r');
                if !at.eat(b'\n') {
                    return Err("a stray backslash in awk");
                }
                continue;
            }
            b'#' => {
                if at.take_until(b'\n').ends_with(['\\', '\r']) {
                    return Err("a comment of awk that may go on");
                }
                continue;
            }
            b'\n' => {
                at.next();
                Token::Line
            }
            b'"' => text(&mut at)?,
            b'0'..=b'9' => number(&mut at)?,
            b'.' if at.look(1).is_some_and(|b| b.is_ascii_digit()) => number(&mut at)?,
            _ if begins_name(byte) => {
                let name = at.take_while(in_name);
                Token::Name(name, at.peek() == Some(b'('))
            }
            b'/' => match tokens.last() {
                // `getline /x/` is read as one or the other.
                Some(Token::Name("getline", _)) => return Err("a slash behind `getline` in awk"),
                Some(_) if heads.closed => return Err("a slash that begins a statement in awk"),
                Some(last) if last.ends_operand() => sign(&mut at)?,
                _ => regex(&mut at)?,
            },
            _ => sign(&mut at)?,
        };
        heads.token(tokens.last().copied(), token);
        tokens.push(token);
    }
    Ok(tokens)
}

fn sign<'a>(at: &mut Cursor<'a>) -> Result<Token<'a>, &'static str> {
    SIGNS
        .iter()
        .find(|sign| at.eat_text(sign))
        .map(|sign| Token::Sign(sign))
        .ok_or("a character that awk does not know")
}

fn text<'a>(at: &mut Cursor<'a>) -> Result<Token<'a>, &'static str> {
    at.next();
    let start = at.at();
    loop {
        match at.peek() {
            None | Some(b'\n') => return Err("a string without end in awk"),
            Some(b'"') => break,
            Some(b'\\') => {
                at.next();
                at.next();
            }
            Some(_) => {
                at.next();
            }
        }
    }
    let text = at.since(start);
    at.next();
    Ok(Token::Text(text))
}

/// A decimal number. What follows at once must be no letter: `3system("x")` is a number and a call.
fn number<'a>(at: &mut Cursor<'a>) -> Result<Token<'a>, &'static str> {
    let digits = |at: &mut Cursor<'a>| {
        at.take_while(|b| b.is_ascii_digit());
    };
    digits(at);
    if at.eat(b'.') {
        digits(at);
    }
    if matches!(at.peek(), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(at.look(1), Some(b'+' | b'-')));
        if at.look(1 + signed).is_some_and(|b| b.is_ascii_digit()) {
            at.next();
            if signed == 1 {
                at.next();
            }
            digits(at);
        }
    }
    if at.peek().is_some_and(begins_name) {
        return Err("a number of awk with letters behind it");
    }
    Ok(Token::Number)
}

fn regex<'a>(at: &mut Cursor<'a>) -> Result<Token<'a>, &'static str> {
    const UNCLEAR: &str = "a regular expression of awk whose end is not clear";
    at.next();
    loop {
        match at.next() {
            None | Some(b'\n') => return Err(UNCLEAR),
            Some(b'/') => return Ok(Token::Regex),
            Some(b'\\') if matches!(at.next(), None | Some(b'\n')) => return Err(UNCLEAR),
            Some(b'[') => bracket(at).ok_or(UNCLEAR)?,
            Some(_) => {}
        }
    }
}

/// The rest of a bracket expression. Implementations differ in what a `[` within means beside a slash.
fn bracket(at: &mut Cursor<'_>) -> Option<()> {
    at.eat(b'^');
    let mut odd = at.eat(b']');
    let mut slash = false;
    loop {
        match at.next()? {
            b'\n' => return None,
            b']' if odd && slash => return None,
            b']' => return Some(()),
            b'/' => slash = true,
            b'\\' => match at.next()? {
                b'\n' => return None,
                b']' | b'[' => odd = true,
                _ => {}
            },
            b'[' if matches!(at.peek(), Some(b':' | b'.' | b'=')) => {
                let kind = at.next()?;
                loop {
                    match at.next()? {
                        b'\n' | b'/' | b'[' => return None,
                        byte if byte == kind && at.eat(b']') => break,
                        _ => {}
                    }
                }
            }
            b'[' => odd = true,
            _ => {}
        }
    }
}
