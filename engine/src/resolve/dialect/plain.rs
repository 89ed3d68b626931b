//! The plain part of Python, JavaScript and Ruby: a small grammar, closed on every side. What code does is known only where
//! it parses in it to its end: then it does what its reader found, and nothing else. A name is bound by this very code or
//! stands on a list; so is what is called, and what is behind a dot; what reads has one shape. Where a token could be two
//! things, the position in the grammar says which, or the code is not plain.
//!
//! More than valid code may parse here, as what is not valid does not run. The grammar is read by descent, to a depth.

use super::code_tokens::{Syntax, Token};
use super::language::Language;
use super::plain_words::{Grammar, HIDDEN};
use std::collections::{BTreeMap, BTreeSet};

/// Deeper brackets are not plain.
pub(super) const DEEPEST: u32 = 64;

/// Found to be plain so far.
pub(super) type Plain = Option<()>;

/// Where code goes beyond what is plain, if it does, given the names that it has imported.
pub(super) fn beyond<'a>(
    language: &Language,
    tokens: &[Token<'a>],
    imported: &BTreeMap<&'a str, String>,
) -> Option<String> {
    let mut parser = Parser {
        language,
        grammar: Grammar::of(language.syntax),
        tokens,
        imported,
        at: 0,
        inside: 0,
        depth: 0,
        values: BTreeSet::new(),
        functions: BTreeSet::new(),
        used: BTreeSet::new(),
        called: BTreeSet::new(),
    };
    match parser.statements(None) {
        Some(()) => parser.open_name().map(|name| format!("`{name}`")),
        None => Some(match parser.at.checked_sub(1).and_then(|last| tokens.get(last)) {
            Some(Token::Name(text) | Token::Number(text) | Token::Symbol(text)) => format!("`{text}`"),
            Some(Token::Sign(sign)) => format!("`{}`", char::from(*sign)),
            Some(Token::Text(_) | Token::Shell(_) | Token::Regex) => "a string".to_owned(),
            Some(Token::Line) | None => "a line's end".to_owned(),
        }),
    }
}

pub(super) struct Parser<'a, 'b> {
    pub(super) language: &'b Language,
    pub(super) grammar: &'static Grammar,
    tokens: &'b [Token<'a>],
    pub(super) imported: &'b BTreeMap<&'a str, String>,
    at: usize,
    /// Open brackets, within which the end of a line means nothing.
    inside: u32,
    depth: u32,
    /// The code's own names: of values, of functions, and which of them are used and called.
    values: BTreeSet<&'a str>,
    functions: BTreeSet<&'a str>,
    used: BTreeSet<&'a str>,
    called: BTreeSet<&'a str>,
}

impl<'a, 'b> Parser<'a, 'b> {
    /// A name that is used and has no value here, or is called and may be more than a function of the code's own.
    fn open_name(&self) -> Option<&'a str> {
        let own = |name: &&str| self.values.contains(*name) || self.functions.contains(*name);
        let function = |name: &&str| self.functions.contains(*name) && !self.values.contains(*name);
        let unbound = self.used.iter().find(|name| !own(name));
        unbound.or_else(|| self.called.iter().find(|name| !function(name))).copied()
    }

    pub(super) fn syntax(&self) -> Syntax {
        self.language.syntax
    }

    /// Where the next token is. In JavaScript a line ends a statement only where that cannot go on.
    pub(super) fn index(&self) -> usize {
        let over = self.inside > 0 || self.syntax() == Syntax::JavaScript;
        let lines = self.tokens.iter().skip(self.at).take_while(|token| over && **token == Token::Line).count();
        self.at + lines
    }

    /// Where the token is that was taken last.
    pub(super) fn taken(&self) -> usize {
        self.at.saturating_sub(1)
    }

    pub(super) fn here(&self) -> Option<&'b Token<'a>> {
        self.behind(0)
    }

    /// The token so many behind the next.
    pub(super) fn behind(&self, count: usize) -> Option<&'b Token<'a>> {
        self.tokens.get(self.index() + count)
    }

    /// Whether the next tokens are these signs.
    pub(super) fn is(&self, signs: &str) -> bool {
        let start = self.index();
        signs.bytes().enumerate().all(|(i, sign)| self.tokens.get(start + i).is_some_and(|token| token.is(sign)))
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.here().is_some_and(|token| token.is_name(word))
    }

    pub(super) fn take(&mut self) -> Option<&'b Token<'a>> {
        let i = self.index();
        self.at = i + 1;
        self.tokens.get(i)
    }

    pub(super) fn eat(&mut self, signs: &str) -> bool {
        let is = self.is(signs);
        if is {
            self.at = self.index() + signs.len();
        }
        is
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        if is {
            self.take();
        }
        is
    }

    pub(super) fn expect(&mut self, signs: &str) -> Plain {
        self.eat(signs).then_some(())
    }

    pub(super) fn name(&mut self) -> Option<&'a str> {
        match self.take()? {
            Token::Name(name) => Some(name),
            _ => None,
        }
    }

    /// Whether a line has ended since the last token.
    pub(super) fn at_line(&self) -> bool {
        matches!(self.tokens.get(self.at), None | Some(Token::Line))
    }

    /// The tokens between two places.
    pub(super) fn between(&self, start: usize, end: usize) -> &'b [Token<'a>] {
        let tokens: &'b [Token<'a>] = self.tokens;
        tokens.get(start..end.min(tokens.len())).unwrap_or_default()
    }

    /// One level deeper, or not plain.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let read = if self.depth > DEEPEST { None } else { read(self) };
        self.depth -= 1;
        read
    }

    /// Within brackets, of which the first was taken.
    pub(super) fn within(&mut self, close: &str, read: impl FnOnce(&mut Self) -> Plain) -> Plain {
        self.inside += 1;
        read(self)?;
        self.expect(close)?;
        self.inside -= 1;
        Some(())
    }

    /// Within the braces of a block of statements, whose first was taken.
    pub(super) fn block(&mut self) -> Plain {
        let inside = std::mem::take(&mut self.inside);
        self.deeper(|parser| parser.statements(Some(b'}')))?;
        self.inside = inside;
        self.expect("}")
    }

    /// A name of the code's own, which is none of the language's, nor imported.
    fn own(&self, name: &str) -> Plain {
        let taken = self.grammar.is_reserved(name)
            || self.language.keywords.contains(&name)
            || self.language.is_root(name)
            || self.imported.contains_key(name)
            || HIDDEN.contains(&name)
            || name.starts_with("__");
        (!taken).then_some(())
    }

    pub(super) fn bind(&mut self, name: &'a str) -> Plain {
        self.own(name)?;
        self.values.insert(name);
        Some(())
    }

    pub(super) fn bind_function(&mut self, name: &'a str) -> Plain {
        self.own(name)?;
        self.functions.insert(name);
        Some(())
    }

    /// A name that is given a value, or several in brackets.
    pub(super) fn one_target(&mut self) -> Plain {
        let pattern = [("(", ")"), ("[", "]"), ("{", "}")].into_iter().find(|(open, _)| self.eat(open));
        if let Some((_, close)) = pattern {
            return self.deeper(|parser| parser.within(close, Self::targets));
        }
        let _spread = self.eat("...") || self.eat("*");
        let name = self.name()?;
        self.bind(name)
    }

    /// Names on the left: `a`, `a, b`, `(a, *b)`, `[a, b]`, `{a, b}`.
    pub(super) fn targets(&mut self) -> Plain {
        loop {
            self.one_target()?;
            if !self.eat(",") {
                return Some(());
            }
            if matches!(self.here(), Some(Token::Sign(b')' | b']' | b'}' | b'='))) {
                return Some(());
            }
        }
    }

    /// Parameters up to where they end, which is left.
    pub(super) fn parameters(&mut self, end: &str) -> Plain {
        while !self.is(end) {
            let _all = self.eat("...") || self.eat("**") || self.eat("*");
            match self.here()? {
                Token::Name(_) => {
                    let name = self.name()?;
                    self.bind(name)?;
                }
                // `*` or `/` alone.
                Token::Sign(b',') if self.syntax() == Syntax::Python => {}
                Token::Sign(b'/') if self.syntax() == Syntax::Python => {
                    self.take();
                }
                Token::Sign(open @ (b'(' | b'[' | b'{')) if self.syntax() != Syntax::Python => {
                    let close = match open {
                        b'(' => ")",
                        b'[' => "]",
                        _ => "}",
                    };
                    self.take();
                    self.deeper(|parser| parser.within(close, Self::targets))?;
                }
                _ => return None,
            }
            if self.eat("=") {
                self.expression()?;
            }
            if !self.eat(",") {
                return self.is(end).then_some(());
            }
        }
        Some(())
    }

    /// Operands and the operators between them.
    pub(super) fn expression(&mut self) -> Plain {
        self.deeper(|parser| {
            loop {
                while parser.prefix() {}
                parser.operand()?;
                if !parser.infix()? {
                    return Some(());
                }
            }
        })
    }

    /// Expressions with commas between them.
    pub(super) fn expressions(&mut self) -> Plain {
        loop {
            if self.syntax() == Syntax::Python {
                self.eat("*");
            }
            self.expression()?;
            if !self.eat(",") {
                return Some(());
            }
            // `x,` is a list of one.
            if self.at_line() || matches!(self.here(), Some(Token::Sign(b')' | b']' | b'=' | b';'))) {
                return (self.syntax() == Syntax::Python).then_some(());
            }
        }
    }

    fn prefix(&mut self) -> bool {
        match self.here() {
            // It may count up a field.
            Some(Token::Sign(b'+' | b'-'))
                if self.syntax() == Syntax::JavaScript && (self.is("++") || self.is("--")) =>
            {
                false
            }
            Some(Token::Name(word)) if self.grammar.prefix_words.contains(word) => self.take().is_some(),
            Some(Token::Sign(sign)) if self.grammar.prefix.contains(sign) => self.take().is_some(),
            _ => false,
        }
    }

    /// An operator, if an operand follows it: whether one does.
    fn infix(&mut self) -> Option<bool> {
        if let Some(Token::Name(word)) = self.here() {
            if !self.grammar.infix_words.contains(word) {
                return Some(false);
            }
            self.take();
            return if *word == "not" && !self.eat_word("in") { None } else { Some(true) };
        }
        if self.grammar.chooses && self.is("?") && !self.is("??") {
            self.take();
            self.expression()?;
            self.expect(":")?;
            return Some(true);
        }
        let Some(operator) = self.grammar.infix.iter().find(|operator| self.is(operator)) else {
            return Some(false);
        };
        let sets = self.behind(operator.len()).is_some_and(|token| token.is(b'='));
        if sets && !matches!(*operator, "==" | "===" | "<=" | ">=" | "!=" | "!==" | "<=>") {
            return Some(false);
        }
        Some(self.eat(operator))
    }

    fn operand(&mut self) -> Plain {
        match self.take()? {
            // What is behind the dot of a number may belong to it.
            Token::Number(_) => {
                if self.is(".") && self.syntax() != Syntax::Ruby {
                    return None;
                }
            }
            Token::Sign(b'.') => match self.take()? {
                Token::Number(_) if self.syntax() != Syntax::Ruby => {}
                _ => return None,
            },
            Token::Text(_) | Token::Shell(_) => self.text()?,
            Token::Regex => {}
            // What it names may be called by whoever is handed it; as a key it is none.
            Token::Symbol(name) => {
                let before = self.at.checked_sub(2).and_then(|i| self.tokens.get(i));
                let key = self.is("=>") || self.is("]") && before.is_some_and(|token| token.is(b'['));
                (key || self.language.methods.contains(name)).then_some(())?;
            }
            Token::Name(name) => return self.named(name),
            Token::Sign(b'(') if self.is_arrows() => {
                self.within(")", |parser| parser.parameters(")"))?;
                return self.arrow();
            }
            Token::Sign(b'(') => self.within(")", |parser| parser.items(")").map(|_| ()))?,
            Token::Sign(b'[') => self.within("]", |parser| parser.items("]").map(|_| ()))?,
            Token::Sign(b'{') => self.within("}", Self::fields)?,
            _ => return None,
        }
        self.postfix()
    }

    /// What follows the first piece of a string: code in brackets, and further pieces.
    fn text(&mut self) -> Plain {
        if self.syntax() == Syntax::Python {
            loop {
                if matches!(self.here(), Some(Token::Text(_))) {
                    self.take();
                } else if self.eat("(") {
                    self.deeper(|parser| parser.within(")", Self::field))?;
                } else {
                    return Some(());
                }
            }
        }
        while self.eat("(") {
            self.deeper(|parser| parser.within(")", Self::expression))?;
            let (Token::Text(_) | Token::Shell(_)) = self.take()? else { return None };
        }
        Some(())
    }

    /// A field of Python's strings: `{x}`, `{x=}`, `{x!r}`, `{x:>{width}}`.
    fn field(&mut self) -> Plain {
        self.expressions()?;
        self.eat("=");
        if self.eat("!") {
            self.name()?;
        }
        if self.eat(":") {
            while !self.is(")") {
                match self.take()? {
                    // Code again.
                    Token::Sign(b'{') => {
                        let name = self.name()?;
                        self.used.insert(name);
                        self.expect("}")?;
                    }
                    Token::Name(_) | Token::Number(_) => {}
                    Token::Sign(sign) if !b"()[]{}".contains(sign) => {}
                    _ => return None,
                }
            }
        }
        Some(())
    }

    /// Whether the bracket that was taken holds parameters: `(…) => …`.
    fn is_arrows(&self) -> bool {
        self.syntax() == Syntax::JavaScript && self.arrow_behind(self.at)
    }

    /// Whether `= (` stands there, and is the beginning of a function.
    pub(super) fn gives_arrow(&self, at: usize) -> bool {
        matches!(self.between(at, at + 2), [Token::Sign(b'='), Token::Sign(b'(')]) && self.arrow_behind(at + 2)
    }

    /// Whether an arrow follows the bracket that closes what begins there.
    fn arrow_behind(&self, start: usize) -> bool {
        let mut depth = 1_u32;
        let mut tokens = self.tokens.iter().skip(start).filter(|token| **token != Token::Line);
        for token in tokens.by_ref() {
            match token {
                Token::Sign(b'(') => depth += 1,
                Token::Sign(b')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        tokens.next().is_some_and(|token| token.is(b'=')) && tokens.next().is_some_and(|token| token.is(b'>'))
    }

    /// `=> …` behind parameters.
    pub(super) fn arrow(&mut self) -> Plain {
        self.expect("=>")?;
        if self.eat("{") { self.block() } else { self.expression() }
    }

    /// An own name of which nothing else is asked.
    pub(super) fn uses_only(&mut self, name: &'a str) -> Plain {
        self.own(name)?;
        self.used.insert(name);
        Some(())
    }

    /// What the code's own name is used for.
    pub(super) fn uses(&mut self, name: &'a str) -> Plain {
        self.uses_only(name)?;
        if self.syntax() == Syntax::JavaScript {
            let operator = ["=", "+=", "-=", "*=", "||="].into_iter().find(|operator| self.is(operator));
            let compares = self.is("==") || self.is("=>");
            if !self.at_line() && (self.eat("++") || self.eat("--")) {
                self.values.insert(name);
                return Some(());
            }
            if let Some(operator) = operator.filter(|_| !compares) {
                self.eat(operator);
                self.values.insert(name);
                return self.expression();
            }
        }
        if self.is("(") && self.syntax() != Syntax::Ruby {
            self.called.insert(name);
            self.arguments()?;
        }
        self.postfix()
    }
}
