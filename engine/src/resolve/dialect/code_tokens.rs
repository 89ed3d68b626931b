//! Tokens of Python, JavaScript and Ruby. Where a slash, a percent sign or a question mark could begin a literal or be an
//! operator, and the place does not tell, the code is unknown: a string taken for code, or code for a string, would hide
//! what runs.

use super::cursor::{Cursor, begins_name, in_name};

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Name(&'a str),
    /// A string; its value if it is known. Code within it follows in brackets.
    Text(Option<&'a str>),
    /// Shell code of Ruby's backticks; the value if it is known.
    Shell(Option<&'a str>),
    /// `:name` of Ruby.
    Symbol(&'a str),
    Number(&'a str),
    Regex,
    /// A character that means something.
    Sign(u8),
    Line,
}

impl Token<'_> {
    pub(super) fn is(&self, sign: u8) -> bool {
        *self == Self::Sign(sign)
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self, Self::Name(n) if *n == name)
    }
}

/// A language that is tokenised here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Python,
    JavaScript,
    Ruby,
}

pub(super) type Read<T> = Result<T, &'static str>;

/// All tokens, or why they cannot be told.
pub(super) fn tokens(syntax: Syntax, code: &str) -> Read<Vec<Token<'_>>> {
    let mut tokenizer = Tokenizer { at: Cursor::new(code), syntax, tokens: Vec::new(), open: Vec::new() };
    tokenizer.all(true)?;
    if tokenizer.open.is_empty() { Ok(tokenizer.tokens) } else { Err("an open bracket or string") }
}

pub(super) struct Tokenizer<'a> {
    pub(super) at: Cursor<'a>,
    pub(super) syntax: Syntax,
    pub(super) tokens: Vec<Token<'a>>,
    /// Open brackets; a quote stands for code within that string.
    open: Vec<u8>,
}

/// What formats a field of Python's strings: behind the first colon that no bracket or string holds.
fn format_of(field: &str) -> &str {
    let (mut depth, mut quote) = (0_u32, None);
    for (at, byte) in field.bytes().enumerate() {
        match (byte, quote) {
            (_, Some(open)) if byte == open => quote = None,
            (_, Some(_)) => {}
            (b'\'' | b'"', None) => quote = Some(byte),
            (b'(' | b'[' | b'{', None) => depth += 1,
            (b')' | b']' | b'}', None) => depth = depth.saturating_sub(1),
            (b':', None) if depth == 0 => return field.get(at..).unwrap_or_default(),
            _ => {}
        }
    }
    ""
}

impl<'a> Tokenizer<'a> {
    /// Reads all there is. Strings with code in them are only taken apart once (`outer`).
    fn all(&mut self, outer: bool) -> Read<()> {
        while let Some(byte) = self.at.peek() {
            match byte {
                b'=' if self.syntax == Syntax::Ruby && matches!(self.at.before(), None | Some(b'\n')) => {
                    return Err("a comment of Ruby");
                }
                b'<' | b'-' if self.html() => return Err("a comment as in HTML"),
                b'#' if self.syntax == Syntax::JavaScript => {
                    return Err("a private name, or a first line");
                }
                b' ' | b'\t' | b'\r' => {
                    self.at.next();
                }
                b'\\' if self.at.look(1) == Some(b'\n') => {
                    self.at.eat_text("\\\n");
                }
                b'\n' => {
                    self.at.next();
                    self.tokens.push(Token::Line);
                }
                b'#' => {
                    self.line()?;
                }
                b'/' if self.syntax == Syntax::JavaScript && self.comment()? => {}
                b'"' | b'\'' | b'`' => self.text(byte, outer)?,
                b'0'..=b'9' => self.number()?,
                b'/' if self.syntax != Syntax::Python => self.slash()?,
                b'%' | b'?' | b':' | b'<' | b'$' | b'@' if self.syntax == Syntax::Ruby => self.ruby(byte)?,
                _ if begins_name(byte) || (byte == b'$' && self.syntax == Syntax::JavaScript) => self.name(outer)?,
                b'(' | b'[' | b'{' => self.opens(byte),
                b')' | b']' | b'}' => self.closes(byte)?,
                _ if byte.is_ascii_punctuation() && byte != b'\\' => {
                    self.at.next();
                    self.tokens.push(Token::Sign(byte));
                }
                _ => return Err("a character that is not known"),
            }
        }
        Ok(())
    }

    fn opens(&mut self, byte: u8) {
        self.open.push(byte);
        self.at.next();
        self.tokens.push(Token::Sign(byte));
    }

    fn closes(&mut self, byte: u8) -> Read<()> {
        let matching = match byte {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        self.at.next();
        match self.open.pop() {
            Some(open) if open == matching => {
                self.tokens.push(Token::Sign(byte));
                Ok(())
            }
            Some(quote) if byte == b'}' && matches!(quote, b'"' | b'`') => {
                self.tokens.push(Token::Sign(b')'));
                self.interpolated(quote)
            }
            _ => Err("brackets that do not match"),
        }
    }

    fn html(&self) -> bool {
        self.syntax == Syntax::JavaScript && (self.at.rest().starts_with("<!--") || self.at.rest().starts_with("-->"))
    }

    /// A comment up to the end of its line, which other characters than a newline may be.
    fn line(&mut self) -> Read<()> {
        let comment = self.at.take_until(b'\n').trim_end_matches('\r');
        if comment.contains(['\r', '\x0b', '\x0c', '\u{85}', '\u{2028}', '\u{2029}']) {
            return Err("a comment that may end before its line");
        }
        Ok(())
    }

    /// `//` and `/* */`.
    fn comment(&mut self) -> Read<bool> {
        if self.at.eat_text("//") {
            self.line()?;
            return Ok(true);
        }
        if !self.at.eat_text("/*") {
            return Ok(false);
        }
        let Some((comment, _)) = self.at.rest().split_once("*/") else {
            return Err("a comment without end");
        };
        self.at.eat_text(comment);
        self.at.eat_text("*/");
        Ok(true)
    }

    fn name(&mut self, outer: bool) -> Read<()> {
        let start = self.at.at();
        let name = self.at.take_while(|b| in_name(b) || b == b'$');
        if self.at.peek().is_some_and(|b| !b.is_ascii() || b == b'\\') && self.syntax != Syntax::Ruby {
            // Other letters are normalised to the plain ones by Python, and may be escaped in JavaScript.
            return Err("a name with other letters");
        }
        if self.syntax == Syntax::Python && matches!(self.at.peek(), Some(b'"' | b'\'')) {
            return self.prefixed(name, outer);
        }
        if self.syntax == Syntax::Ruby {
            if name == "__END__" {
                return Err("data behind the code");
            }
            // `empty?` and `map!` are names of their own. The one is nothing but a question; the other changes what it is
            // called on.
            if self.at.look(1) != Some(b'=') && self.at.eat(b'?') {
                self.tokens.push(Token::Name(name));
                return Ok(());
            }
            if self.at.look(1) != Some(b'=') && self.at.eat(b'!') {
                self.tokens.push(Token::Name(self.at.since(start)));
                return Ok(());
            }
        }
        self.tokens.push(Token::Name(name));
        Ok(())
    }

    /// Python's `r''`, `b''`, `f''`.
    fn prefixed(&mut self, prefix: &str, outer: bool) -> Read<()> {
        let lower = prefix.to_ascii_lowercase();
        let quote = self.at.peek().unwrap_or(b'"');
        match lower.as_str() {
            "r" | "b" | "u" | "br" | "rb" => self.text(quote, outer),
            "f" | "fr" | "rf" if outer => {
                let text = self.python(quote)?;
                self.tokens.push(Token::Text(None));
                self.fields(text)
            }
            _ => Err("a string of a kind that is not read"),
        }
    }

    /// The code in the braces of an f-string, in brackets.
    fn fields(&mut self, text: &'a str) -> Read<()> {
        let mut at = Cursor::new(text);
        while let Some(byte) = at.next() {
            match byte {
                b'{' if at.eat(b'{') => {}
                b'{' => {
                    let start = at.at();
                    let mut depth = 1_u32;
                    while depth > 0 {
                        match at.next() {
                            None => return Err("a brace without end in a string"),
                            Some(b'{') => depth += 1,
                            Some(b'}') => depth -= 1,
                            Some(_) => {}
                        }
                    }
                    let field = at.since(start);
                    let field = field.get(..field.len().saturating_sub(1)).unwrap_or_default();
                    // What is behind `:` or `!` formats, and is read as code as well: that is too strict, or not at all where
                    // what would begin a string or comment of code is text there.
                    if field.contains('#') || format_of(field).contains(['\'', '"']) {
                        return Err("a format that may hide code");
                    }
                    let mut inner =
                        Tokenizer { at: Cursor::new(field), syntax: self.syntax, tokens: Vec::new(), open: Vec::new() };
                    inner.all(false)?;
                    if !inner.open.is_empty() {
                        return Err("brackets that do not match");
                    }
                    self.tokens.push(Token::Sign(b'('));
                    self.tokens.append(&mut inner.tokens);
                    self.tokens.push(Token::Sign(b')'));
                }
                // `\N{name}` has braces of its own.
                // `\N{name}` has braces of its own; before any other brace a backslash means nothing.
                b'\\' if at.peek() == Some(b'N') => return Err("a named character in a string"),
                _ => {}
            }
        }
        Ok(())
    }

    fn text(&mut self, quote: u8, outer: bool) -> Read<()> {
        match (self.syntax, quote) {
            (Syntax::Python, b'`') => Err("a backtick in Python"),
            (Syntax::Python, _) => {
                let text = self.python(quote)?;
                let known = (!text.contains('\\')).then_some(text);
                self.tokens.push(Token::Text(known));
                Ok(())
            }
            (Syntax::JavaScript, b'`') | (Syntax::Ruby, b'"' | b'`') if outer => {
                self.at.next();
                self.interpolated(quote)
            }
            _ => {
                self.at.next();
                let text = self.plain(quote, self.syntax == Syntax::Ruby)?;
                let known = (!text.contains('\\')).then_some(text);
                self.tokens.push(Token::Text(known));
                Ok(())
            }
        }
    }

    /// What stands up to the quote, which is taken.
    fn plain(&mut self, quote: u8, lines: bool) -> Read<&'a str> {
        let start = self.at.at();
        loop {
            match self.at.peek() {
                None => return Err("a string without end"),
                Some(b'\n') if !lines => return Err("a string without end"),
                Some(b'\\') => {
                    self.at.next();
                    self.at.next();
                }
                Some(byte) if byte == quote => {
                    let text = self.at.since(start);
                    self.at.next();
                    return Ok(text);
                }
                Some(_) => {
                    self.at.next();
                }
            }
        }
    }

    /// Python's string, with one quote or three.
    fn python(&mut self, quote: u8) -> Read<&'a str> {
        let three = if quote == b'"' { "\"\"\"" } else { "'''" };
        if !self.at.eat_text(three) {
            self.at.next();
            return self.plain(quote, false);
        }
        let start = self.at.at();
        loop {
            if self.at.rest().starts_with(three) {
                let text = self.at.since(start);
                self.at.eat_text(three);
                return Ok(text);
            }
            match self.at.next() {
                None => return Err("a string without end"),
                Some(b'\\') => {
                    self.at.next();
                }
                Some(_) => {}
            }
        }
    }

    /// A string with code in it: to its end, or to the next piece of code, which follows as tokens.
    fn interpolated(&mut self, quote: u8) -> Read<()> {
        let before = if self.syntax == Syntax::Ruby { b'#' } else { b'$' };
        let start = self.at.at();
        let goes_on = self.tokens.last().is_some_and(|t| t.is(b')'));
        loop {
            match self.at.next() {
                None => return Err("a string without end"),
                Some(b'\\') => {
                    self.at.next();
                }
                Some(byte) if byte == before && self.at.peek() == Some(b'{') => {
                    self.at.next();
                    self.open.push(quote);
                    self.tokens.push(self.string(quote, None));
                    self.tokens.push(Token::Sign(b'('));
                    return Ok(());
                }
                Some(byte) if byte == quote => {
                    let text = self.at.since(start);
                    let text = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
                    let plain = !goes_on && !text.contains(['\\', '#']);
                    self.tokens.push(self.string(quote, plain.then_some(text)));
                    return Ok(());
                }
                Some(_) => {}
            }
        }
    }

    fn string(&self, quote: u8, text: Option<&'a str>) -> Token<'a> {
        if quote == b'`' && self.syntax == Syntax::Ruby { Token::Shell(text) } else { Token::Text(text) }
    }

    fn number(&mut self) -> Read<()> {
        let start = self.at.at();
        self.at.take_while(|b| b.is_ascii_alphanumeric() || b == b'_');
        if self.at.peek() == Some(b'.') && self.at.look(1).is_some_and(|b| b.is_ascii_digit()) {
            self.at.next();
            self.at.take_while(|b| b.is_ascii_alphanumeric() || b == b'_');
        }
        let number = self.at.since(start);
        let odd = number.bytes().any(|b| {
            b.is_ascii_alphabetic() && !b.is_ascii_hexdigit() && !matches!(b, b'x' | b'X' | b'o' | b'n' | b'j' | b'_')
        });
        if odd {
            return Err("a number with letters behind it");
        }
        self.tokens.push(Token::Number(number));
        Ok(())
    }

    /// What only Ruby writes so.
    fn ruby(&mut self, byte: u8) -> Read<()> {
        let next = self.at.look(1);
        let operator = self.before_operator();
        match byte {
            b'%' if operator && matches!(next, Some(b' ' | b'=')) => {}
            b'%' => return Err("a quoted form of Ruby"),
            b'?' if matches!(next, Some(b' ' | b'\n')) => {}
            b'?' => return Err("a question mark of Ruby that may quote"),
            b'<' if next == Some(b'<') && !matches!(self.at.look(2), Some(b' ' | b'=' | b'0'..=b'9')) => {
                return Err("a here-document of Ruby");
            }
            b':' if next == Some(b':') => {
                // `A::B` is read as `A.B`.
                self.at.eat_text("::");
                self.tokens.push(Token::Sign(b'.'));
                return Ok(());
            }
            b':' if next.is_some_and(begins_name) => {
                self.at.next();
                let name = self.at.take_while(in_name);
                self.tokens.push(Token::Symbol(name));
                return Ok(());
            }
            b':' if matches!(next, Some(b'"' | b'\'')) => return Err("a symbol of Ruby in quotes"),
            b'$' | b'@' => {
                self.at.next();
                if byte == b'$' && !self.at.peek().is_some_and(begins_name) {
                    return Err("a special variable of Ruby");
                }
                self.at.take_while(|b| b == b'@');
                let name = self.at.take_while(in_name);
                if name.starts_with("LOAD") {
                    return Err("a change of where libraries are found");
                }
                // A variable is a value.
                self.tokens.push(Token::Text(None));
                return Ok(());
            }
            _ => {}
        }
        self.at.next();
        self.tokens.push(Token::Sign(byte));
        Ok(())
    }
}
