//! Tokens of SQL. Whether SQLite reads a text is known by whom it is given to; of the others, PostgreSQL, MySQL, T-SQL and
//! their kin, it is not, so where they differ in what is a name, a string or a comment, and it could matter, the text is
//! unknown.

use super::cursor::Cursor;

/// Who reads a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// SQLite, to which `[…]` is a quoted name.
    Sqlite,
    /// A server, or another program: `[…]` may be a quoted name, an index or a list.
    Any,
}

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A bare word or number.
    Word(&'a str),
    /// A string or a quoted name, as written between its quotes.
    Text(&'a str),
    /// Any other character.
    Sign(u8),
    /// The code of a dollar-quoted string.
    Code,
    /// A command of psql or mysql: its letters and the rest of its line.
    Backslash(&'a str, &'a str),
    /// A command of sqlite3: the line behind the dot.
    Dot(&'a str),
}

impl<'a> Token<'a> {
    /// Whether it is this word, in any case.
    pub(super) fn word(self, word: &str) -> bool {
        matches!(self, Token::Word(w) if w.eq_ignore_ascii_case(word))
    }

    /// Whether it is one of these words.
    pub(super) fn any(self, words: &[&str]) -> bool {
        words.iter().any(|word| self.word(word))
    }

    pub(super) fn text(self) -> Option<&'a str> {
        match self {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is the name of a setting that says where files lie, or what is loaded.
    pub(super) fn names_place(self) -> bool {
        const ENDS: &[&str] =
            &["_output", "_path", "_paths", "_directory", "_dir", "_file", "_repository", "_library", "_libraries"];
        let (Token::Word(name) | Token::Text(name)) = self else { return false };
        let ends = |end: &&str| {
            name.len()
                .checked_sub(end.len())
                .and_then(|at| name.get(at..))
                .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
        };
        !name.eq_ignore_ascii_case("search_path") && ENDS.iter().any(ends)
    }

    /// Whether it is a string that names a file by how it is written, rather than a table.
    pub(super) fn names_file(self) -> bool {
        const ENDS: &[&str] = &[".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".gz"];
        self.text().is_some_and(|text| text.contains('/') || ENDS.iter().any(|end| text.ends_with(end)))
    }
}

type Read<T> = Result<T, &'static str>;

/// All tokens, or why they cannot be told.
pub(super) fn tokens(dialect: Dialect, text: &str) -> Read<Vec<Token<'_>>> {
    // A blank to one, a letter to another.
    if text.contains('\u{feff}') {
        return Err("a byte order mark in SQL");
    }
    let mut tokenizer = Tokenizer { at: Cursor::new(text), tokens: Vec::new(), dialect, brackets: 0 };
    while let Some(byte) = tokenizer.at.peek() {
        let (start, open) = (tokenizer.at.at(), tokenizer.brackets > 0);
        tokenizer.token(byte)?;
        if open && byte != b']' && tokenizer.at.since(start).contains(']') {
            return Err("a bracket that ends a name to one SQL and not to another");
        }
    }
    Ok(tokenizer.tokens)
}

struct Tokenizer<'a> {
    at: Cursor<'a>,
    tokens: Vec<Token<'a>>,
    dialect: Dialect,
    /// Open `[` where that is no name for certain.
    brackets: u32,
}

impl<'a> Tokenizer<'a> {
    /// Whether a statement begins here.
    fn begins(&self) -> bool {
        matches!(self.tokens.last(), None | Some(Token::Sign(b';') | Token::Backslash(..) | Token::Dot(_)))
    }

    fn token(&mut self, byte: u8) -> Read<()> {
        match byte {
            _ if byte.is_ascii_whitespace() => {
                self.at.next();
            }
            b'[' if self.dialect == Dialect::Sqlite => self.bracketed()?,
            b'$' | b'@' | b':' if self.dialect == Dialect::Sqlite => {
                self.at.next();
                self.variable(byte)?;
            }
            b'u' | b'U' if self.at.look(1) == Some(b'&') && matches!(self.at.look(2), Some(b'\'' | b'"')) => {
                return Err("a name or string of SQL that is written in escapes");
            }
            b'-' if self.at.look(1) == Some(b'-') => self.dashes()?,
            b'/' if self.at.look(1) == Some(b'*') => self.comment()?,
            b'#' => self.hash()?,
            b'\'' | b'"' | b'`' => self.quoted(byte)?,
            b'$' => self.dollar()?,
            b'\\' => self.backslash()?,
            b'.' if self.at.look(1).is_some_and(|b| b.is_ascii_alphabetic()) && self.line_start() => {
                if !self.begins() {
                    return Err("a line of SQL that may be a command of the client");
                }
                self.at.next();
                let line = self.line()?;
                self.tokens.push(Token::Dot(line));
            }
            _ if in_word(byte) => {
                let word = self.at.take_while(|b| in_word(b) || b == b'$');
                self.tokens.push(Token::Word(word));
            }
            _ => {
                self.brackets = match byte {
                    b'[' => self.brackets + 1,
                    b']' => self.brackets.saturating_sub(1),
                    _ => self.brackets,
                };
                self.at.next();
                self.tokens.push(Token::Sign(byte));
                if byte == b']' && self.at.peek() == Some(b']') {
                    self.doubled_bracket()?;
                }
            }
        }
        Ok(())
    }

    /// `[name]`, whatever stands in it. ("SQLite Keywords")
    fn bracketed(&mut self) -> Read<()> {
        self.at.next();
        let name = self.at.take_until(b']');
        if !self.at.eat(b']') {
            return Err("a name of SQL without end");
        }
        self.tokens.push(Token::Text(name));
        Ok(())
    }

    /// A variable of SQLite: behind its name, anything may stand in parentheses and be part of it.
    fn variable(&mut self, sign: u8) -> Read<()> {
        self.at.take_while(|b| in_word(b) || matches!(b, b'$' | b':'));
        if self.at.peek() == Some(b'(') {
            return Err("a variable of SQL that is not read");
        }
        self.tokens.push(Token::Sign(sign));
        Ok(())
    }

    /// `]]`: an index of an index for one, for another (T-SQL) a bracket in a name, which goes on.
    fn doubled_bracket(&self) -> Read<()> {
        let behind = self.at.rest().get(1..).unwrap_or_default();
        let name = behind.split_once(']').map_or("", |(name, _)| name);
        if name.contains(['\'', '"', '`', '/', '-', '#', '$', '\\', ';', '(']) {
            return Err("a bracket that ends a name to one SQL and not to another");
        }
        Ok(())
    }

    /// Whether only blanks stand before on this line.
    fn line_start(&self) -> bool {
        matches!(self.at.before(), None | Some(b'\n' | b'\r')) || self.begins()
    }

    /// The rest of a line that is a client's command; another client may end it at a semicolon.
    fn line(&mut self) -> Read<&'a str> {
        let line = self.at.take_until(b'\n').trim();
        let line = line.strip_suffix(';').unwrap_or(line).trim_end();
        if line.contains(';') || line.contains("\\\\") {
            return Err("a command of the SQL client with more behind it");
        }
        Ok(line)
    }

    /// `--` begins a comment, for MySQL only with a blank behind it.
    fn dashes(&mut self) -> Read<()> {
        self.at.eat_text("--");
        let plain = self.at.peek().is_none_or(|b| b.is_ascii_whitespace());
        let line = self.at.take_until(b'\n');
        if plain || !line.contains([';', '\'', '"', '`', '(', '*', '\\', '$']) {
            Ok(())
        } else {
            Err("a comment to one SQL and code to another")
        }
    }

    /// `#` begins a comment for MySQL, and is an operator to PostgreSQL: read as both.
    fn hash(&mut self) -> Read<()> {
        let start = self.at;
        let line = self.at.take_until(b'\n');
        if line.contains(['\'', '"', '`', '*', '\\', '$', '-']) && !line.starts_with("#>") {
            return Err("a comment to one SQL and code to another");
        }
        self.at = start;
        self.at.next();
        if self.dialect == Dialect::Sqlite {
            return self.variable(b'#');
        }
        self.tokens.push(Token::Sign(b'#'));
        Ok(())
    }

    /// `/* */`; nests for one and not for another, and `/*!` and `/*M!` are code to MySQL.
    fn comment(&mut self) -> Read<()> {
        self.at.eat_text("/*");
        if matches!(self.at.peek(), Some(b'!' | b'M' | b'm')) {
            return Err("a comment that MySQL runs");
        }
        let start = self.at.at();
        loop {
            match self.at.next() {
                None => return Err("a comment of SQL without end"),
                Some(b'*') if self.at.peek() == Some(b'/') => break,
                Some(_) => {}
            }
        }
        if self.at.since(start).contains("/*") {
            return Err("a comment that ends in different places");
        }
        self.at.next();
        Ok(())
    }

    /// A string or name; a doubled quote stands for itself, and a backslash may escape.
    fn quoted(&mut self, quote: u8) -> Read<()> {
        self.at.next();
        let start = self.at.at();
        loop {
            match self.at.next() {
                None => return Err("a string of SQL without end"),
                Some(b'\\') if self.at.peek() == Some(quote) || self.at.peek() == Some(b'\\') => {
                    return Err("a string that ends in different places");
                }
                Some(byte) if byte == quote && !self.at.eat(quote) => break,
                Some(_) => {}
            }
        }
        let text = self.at.since(start);
        let text = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
        // PostgreSQL knows no backticks.
        let differs = self.dialect == Dialect::Any && quote == b'`';
        if differs && text.contains([';', '\'', '"', '\\', '-', '/', '$']) {
            return Err("a string to one SQL and code to another");
        }
        self.tokens.push(Token::Text(text));
        Ok(())
    }

    /// `$1`, or a dollar-quoted string.
    fn dollar(&mut self) -> Read<()> {
        let mut ahead = self.at;
        let start = ahead.at();
        ahead.next();
        if ahead.peek().is_some_and(|b| b.is_ascii_digit()) {
            ahead.take_while(|b| b.is_ascii_digit());
            self.at = ahead;
            return Ok(());
        }
        ahead.take_while(in_word);
        if !ahead.eat(b'$') {
            return Err("a dollar sign in SQL that is not known");
        }
        let tag = ahead.since(start);
        let Some((body, _)) = ahead.rest().split_once(tag) else {
            return Err("a dollar-quoted string without end");
        };
        self.at = ahead;
        self.at.eat_text(body);
        self.at.eat_text(tag);
        self.tokens.push(Token::Code);
        Ok(())
    }

    fn backslash(&mut self) -> Read<()> {
        self.at.next();
        let letters = if matches!(self.at.peek(), Some(b'!' | b'.' | b'?' | b'#' | b';' | b':')) {
            let start = self.at.at();
            self.at.next();
            self.at.since(start)
        } else {
            self.at.take_while(|b| in_word(b) || b == b'+')
        };
        let line = if letters == "!" { self.at.take_until(b'\n').trim() } else { self.line()? };
        self.tokens.push(Token::Backslash(letters, line));
        Ok(())
    }
}

/// Bytes of words; other alphabets may stand in names.
const fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}
