//! Tokens of Perl one-liners. Perl cannot be tokenised without being run; the plain part can, and the rest is unknown.

use super::cursor::{Cursor, begins_name, in_name};
use super::perl_words::{ACTS, LISTS};

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A bare word.
    Word(&'a str),
    /// A variable with its sigil.
    Variable(u8, &'a str),
    /// A string; its value if it is plain.
    Text(Option<&'a str>),
    /// Shell code.
    Shell(Option<&'a str>),
    Number,
    /// A match, substitution or transliteration.
    Regex,
    /// `<$f>`, `<STDIN>`, `<>`
    Line,
    /// `<*.c>`
    Glob,
    Sign(u8),
}

impl Token<'_> {
    pub(super) fn is(self, sign: u8) -> bool {
        self == Self::Sign(sign)
    }

    fn operand(self) -> bool {
        match self {
            Self::Word(_) => false,
            Self::Sign(sign) => matches!(sign, b')' | b']' | b'}'),
            _ => true,
        }
    }
}

type Read<T> = Result<T, &'static str>;

/// All tokens, or why they cannot be told.
pub(super) fn tokens(code: &str) -> Read<Vec<Token<'_>>> {
    let mut tokenizer = Tokenizer { at: Cursor::new(code), tokens: Vec::new(), line: false };
    while let Some(byte) = tokenizer.at.peek() {
        tokenizer.token(byte)?;
    }
    Ok(tokenizer.tokens)
}

const CODE: &str = "code in a string of Perl";

/// Words behind which a hash stands.
const HASHES: &[&str] = &["my", "our", "local", "keys", "values", "each", "delete", "exists", "undef"];

/// Words behind which an operand stands.
const TAKES: &[&str] = &[
    "and", "chomp", "for", "foreach", "grep", "if", "in", "join", "lc", "map", "not", "or", "print", "printf", "push",
    "return", "reverse", "say", "scalar", "sort", "uc", "unless", "unlink", "until", "while",
];

/// A name within a string, and the subscript behind it: a number, a variable, or within braces a word. Any other word, or a
/// sum of two, would be called.
fn named(at: &mut Cursor<'_>) -> Read<()> {
    if matches!(at.take_while(in_name), "ENV" | "ARGV" | "INC" | "SIG") {
        return Err("a special variable in a string of Perl");
    }
    // It parted packages of old.
    if at.peek() == Some(b'\'') {
        return Err(CODE);
    }
    if let Some(open @ (b'[' | b'{')) = at.peek() {
        at.next();
        let variable = at.eat(b'$');
        let minus = !variable && at.eat(b'-');
        let name = at.take_while(in_name);
        let number = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
        let plain = number || !name.is_empty() && (variable || open == b'{' && !minus);
        let close = if open == b'[' { b']' } else { b'}' };
        if !plain || at.next() != Some(close) || matches!(at.peek(), Some(b'[' | b'{')) {
            return Err(CODE);
        }
    }
    if at.rest().starts_with("->") || at.rest().starts_with("::") { Err(CODE) } else { Ok(()) }
}

struct Tokenizer<'a> {
    at: Cursor<'a>,
    tokens: Vec<Token<'a>>,
    /// Whether a line has ended since the last token.
    line: bool,
}

impl<'a> Tokenizer<'a> {
    fn operand(&self) -> bool {
        self.tokens.last().is_some_and(|t| t.operand())
    }

    fn push(&mut self, token: Token<'a>) {
        self.line = false;
        self.tokens.push(token);
    }

    fn token(&mut self, byte: u8) -> Read<()> {
        match byte {
            b'\n' if self.at.look(1) == Some(b'=') => return Err("a comment of Perl"),
            b' ' | b'\t' | b'\n' | b'\r' => {
                self.at.next();
                self.line |= matches!(byte, b'\n' | b'\r');
            }
            b'=' if self.at.before().is_none() => return Err("a comment of Perl"),
            b'#' => {
                self.at.take_until(b'\n');
            }
            b'"' | b'\'' | b'`' => {
                self.at.next();
                let text = self.delimited(byte)?;
                let known = self.string(text, byte != b'\'')?;
                self.push(if byte == b'`' { Token::Shell(known) } else { Token::Text(known) });
            }
            b'0'..=b'9' => {
                self.at.take_while(|b| b.is_ascii_digit() || b == b'_');
                if self.at.peek() == Some(b'.') && self.at.look(1).is_some_and(|b| b.is_ascii_digit()) {
                    self.at.next();
                    self.at.take_while(|b| b.is_ascii_digit());
                }
                if self.at.peek().is_some_and(begins_name) {
                    return Err("a number with letters behind it");
                }
                self.push(Token::Number);
            }
            b'$' | b'@' => self.variable(byte)?,
            b'%' | b'&' | b'*' => self.sign(byte)?,
            b'?' if self.behind_handle() => return Err("a sign that is not clear"),
            b'<' => self.angle()?,
            b'/' => self.slash()?,
            b'?' if self.tokens.is_empty() => return Err("a match in question marks"),
            _ if begins_name(byte) => self.word()?,
            _ if byte.is_ascii_punctuation() && byte != b'\\' => {
                self.at.next();
                self.push(Token::Sign(byte));
            }
            _ => return Err("something of Perl that is not read"),
        }
        Ok(())
    }

    /// An operator, or what begins a hash.
    fn sign(&mut self, byte: u8) -> Read<()> {
        if self.behind_handle() && self.at.look(1).is_some_and(begins_name) {
            return Err("a sign that is not clear");
        }
        if !self.operand() {
            // Behind a word without arguments it is what remains of a division.
            let takes = |word: &&str| TAKES.contains(word) || HASHES.contains(word);
            return match (byte, self.tokens.last()) {
                (b'&', _) => Err("a call by reference"),
                (b'*', _) => Err("a glob of Perl's names"),
                (_, Some(Token::Word(word))) if !takes(word) => Err("a percent sign that is not clear"),
                _ => self.variable(byte),
            };
        }
        let twice = byte != b'%' && self.at.look(1) == Some(byte);
        for _ in 0..=usize::from(twice) {
            self.at.next();
            self.push(Token::Sign(byte));
        }
        Ok(())
    }

    /// Text up to the delimiter; brackets nest. The opening one was taken.
    fn delimited(&mut self, open: u8) -> Read<&'a str> {
        let close = match open {
            b'(' => b')',
            b'[' => b']',
            b'{' => b'}',
            b'<' => b'>',
            other => other,
        };
        let start = self.at.at();
        let mut depth = 0_u32;
        loop {
            match self.at.next() {
                None => return Err("a string of Perl without end"),
                Some(b'\\') => {
                    self.at.next();
                }
                Some(byte) if byte == close && depth == 0 => break,
                Some(byte) if byte == close => depth -= 1,
                Some(byte) if byte == open => depth += 1,
                Some(_) => {}
            }
        }
        let text = self.at.since(start);
        Ok(text.get(..text.len().saturating_sub(1)).unwrap_or_default())
    }

    /// The value of a string. An interpolating one may hold plain variables with plain subscripts, and nothing else.
    fn string(&mut self, text: &'a str, interpolates: bool) -> Read<Option<&'a str>> {
        let known = (!text.contains('\\')).then_some(text);
        if !interpolates || !text.contains(['$', '@']) {
            return Ok(known);
        }
        self.interpolated(text, false)?;
        Ok(None)
    }

    /// A closed world: what is in sight behind `$` or `@` is a name with a plain subscript, or a variable of punctuation
    /// without one; in a pattern `$` may be an anchor. (perldata, "Scalar value constructors"; perlvar)
    fn interpolated(&self, text: &str, pattern: bool) -> Read<()> {
        let mut at = Cursor::new(text);
        while let Some(byte) = at.next() {
            match byte {
                b'\\' => {
                    at.next();
                }
                b'$' | b'@' if at.peek().is_some_and(in_name) => named(&mut at)?,
                b'$' if pattern && matches!(at.peek(), None | Some(b')' | b'|' | b' ' | b'\t' | b'\n' | b'\r')) => {}
                b'$' => match at.next() {
                    None => {}
                    Some(b'.' | b',' | b'/' | b'&' | b'!' | b';' | b'@')
                        if !matches!(at.peek(), Some(b'[' | b'{' | b'-' | b'#' | b'$')) => {}
                    Some(_) => return Err(CODE),
                },
                // Before anything else it is itself. (perlop, "Gory details of parsing quoted constructs")
                b'@' if matches!(at.peek(), Some(b'{' | b'[' | b'$' | b':' | b'\'' | b'+' | b'-' | b'^')) => {
                    return Err(CODE);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn variable(&mut self, sigil: u8) -> Read<()> {
        self.at.next();
        let start = self.at.at();
        if sigil == b'$' && self.at.peek() == Some(b'#') {
            self.at.next();
            self.at.eat(b'$');
        } else {
            self.at.take_while(|b| b == b'$');
        }
        let name = self.at.take_while(in_name);
        if self.at.rest().starts_with("::") || self.at.rest().starts_with('\'') && !name.is_empty() {
            return Err("a variable of another package");
        }
        if name.is_empty() {
            match self.at.peek() {
                // The number of the process, or how many there are.
                _ if self.at.at() > start && sigil == b'$' => {}
                Some(b'.' | b',' | b'/' | b'\\' | b'&' | b'!' | b'0' | b';' | b'"' | b'|' | b'@') if sigil == b'$' => {
                    self.at.next();
                }
                _ => return Err("a variable of Perl that is not read"),
            }
        }
        // `$$x`, `@$x`, `$${x}`: a reference, which any text is without `use strict`.
        let bracket = matches!(self.at.peek(), Some(b'{' | b'['));
        if (!name.is_empty() || bracket) && self.at.since(start).starts_with('$') {
            return Err("a reference that is followed");
        }
        self.push(Token::Variable(sigil, name));
        Ok(())
    }

    /// Whether a variable stands in front that may be what is written to, and this sign the beginning of what is: a blank
    /// stands in front of it, and none behind it. (perlfunc, "print")
    fn behind_handle(&self) -> bool {
        let blank = |b: u8| b.is_ascii_whitespace();
        let joined = self.at.before().is_some_and(blank) && !self.at.look(1).is_none_or(|b| blank(b) || b == b'=');
        let takes = |word: &str| LISTS.contains(&word) || ACTS.contains(&word);
        joined && matches!(self.tokens.as_slice(), [.., Token::Word(word), Token::Variable(b'$', _)] if takes(word))
    }

    /// `<$f>`, `<STDIN>`, `<>`, a glob, or less-than.
    fn angle(&mut self) -> Read<()> {
        if self.behind_handle() {
            return Err("an angle bracket that is not clear");
        }
        if self.operand() {
            self.at.next();
            if self.at.peek() == Some(b'<') {
                self.at.next();
            }
            self.push(Token::Sign(b'<'));
            return Ok(());
        }
        // Behind a word without arguments it compares.
        let takes = match self.tokens.last() {
            Some(Token::Word(word)) => TAKES.contains(word),
            _ => true,
        };
        if !takes {
            return Err("an angle bracket that is not clear");
        }
        self.at.next();
        if self.at.peek() == Some(b'<') {
            return Err("a here-document of Perl");
        }
        let inner = self.at.take_while(|b| !matches!(b, b'>' | b'\n' | b';'));
        if !self.at.eat(b'>') {
            return Err("an angle bracket that is not clear");
        }
        let name = inner.strip_prefix('$').unwrap_or(inner);
        // A glob is a string that interpolates.
        if !name.bytes().all(in_name) && inner.contains(['$', '@', '\\']) {
            return Err("a glob that is put together");
        }
        self.push(if name.bytes().all(in_name) { Token::Line } else { Token::Glob });
        Ok(())
    }

    /// A match where an operand may begin, else a division.
    fn slash(&mut self) -> Read<()> {
        match self.tokens.last() {
            Some(Token::Word(
                "split" | "grep" | "and" | "or" | "not" | "if" | "unless" | "while" | "until" | "return" | "print"
                | "map",
            )) => {}
            Some(Token::Word(_)) => return Err("a slash that may divide or match"),
            Some(_) if self.behind_handle() => return Err("a slash that may divide or match"),
            Some(last) if last.operand() => {
                self.at.next();
                if self.at.peek() == Some(b'/') {
                    self.at.next();
                }
                self.push(Token::Sign(b'/'));
                return Ok(());
            }
            _ => {}
        }
        self.at.next();
        self.pattern(b'/')?;
        self.flags(false)
    }

    fn pattern(&mut self, open: u8) -> Read<()> {
        let text = self.delimited(open)?;
        // A backslash in front of the delimiter is not part of the pattern.
        let bare = text.replace('\\', "");
        if [text, bare.as_str()]
            .iter()
            .any(|text| ["(?{", "(??{", "(?p{", "(*{"].iter().any(|code| text.contains(code)))
        {
            return Err("code in a regular expression");
        }
        self.interpolated(text, true)
    }

    fn flags(&mut self, substitutes: bool) -> Read<()> {
        let flags = self.at.take_while(|b| b.is_ascii_alphabetic());
        if flags.contains('e') && substitutes || !flags.bytes().all(|b| b"msixpogcadlunre".contains(&b)) {
            return Err("a replacement that is code, or a flag that is not known");
        }
        self.push(Token::Regex);
        Ok(())
    }

    fn word(&mut self) -> Read<()> {
        let start = self.at.at();
        self.at.take_while(in_name);
        while self.at.rest().starts_with("::") {
            self.at.eat_text("::");
            self.at.take_while(in_name);
        }
        let word = self.at.since(start);
        let mut ahead = self.at;
        // Beyond the end of a line it is no string.
        ahead.take_while(|b| matches!(b, b' ' | b'\t'));
        let arrow = ahead.rest().starts_with("=>");
        let count = self.tokens.len();
        let of = count.checked_sub(2).and_then(|i| self.tokens.get(i));
        let subscript = self.tokens.last().is_some_and(|t| t.is(b'{'))
            && matches!(of, Some(Token::Variable(..)))
            && !self.line
            && ahead.peek() == Some(b'}');
        if arrow || subscript {
            // A word there is a string.
            self.push(Token::Text(Some(word)));
            return Ok(());
        }
        let test = self.tokens.last().is_some_and(|t| t.is(b'-')) && word.len() == 1;
        match word {
            "q" | "qq" | "qw" | "qx" | "m" | "qr" | "s" | "tr" | "y" if test => Err("a file test that may quote"),
            "q" | "qq" | "qw" | "qx" => {
                let open = self.opening()?;
                let text = self.delimited(open)?;
                let known = self.string(text, word == "qq" || word == "qx" && open != b'\'')?;
                self.push(match word {
                    "qx" => Token::Shell(known),
                    "qw" => Token::Text(None),
                    _ => Token::Text(known),
                });
                Ok(())
            }
            "m" | "qr" => {
                let open = self.opening()?;
                self.pattern(open)?;
                self.flags(false)
            }
            "s" | "tr" | "y" => self.substitution(word == "s"),
            "__END__" | "__DATA__" | "format" => Err("data behind the code"),
            _ if self.at.peek() == Some(b'\'') => Err("a quote of old package names"),
            _ => {
                self.push(Token::Word(word));
                Ok(())
            }
        }
    }

    /// The delimiter of a quoting word.
    fn opening(&mut self) -> Read<u8> {
        let blank = self.at.peek().is_some_and(|b| b.is_ascii_whitespace());
        self.at.take_while(|b| b.is_ascii_whitespace());
        match self.at.next() {
            Some(b'#') if blank => Err("a comment within a quote"),
            Some(byte) if byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'=' | b',' | b';' | b')') => Ok(byte),
            _ => Err("a quote whose delimiter is not clear"),
        }
    }

    fn substitution(&mut self, pattern: bool) -> Read<()> {
        let open = self.opening()?;
        self.pattern(open)?;
        let second = if matches!(open, b'(' | b'[' | b'{' | b'<') { self.opening()? } else { open };
        let text = self.delimited(second)?;
        self.string(text, true)?;
        self.flags(pattern)
    }
}
