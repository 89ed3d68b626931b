//! The plain part of Perl: a small grammar, closed on every side, as that of the other languages is. What a token of Perl is
//! depends on what may stand in its place; here the grammar says what may, and where a slash, an angle bracket, a percent
//! sign or a brace is not what it says, the code is not plain. No references, no functions of its own, no barewords.

use super::perl_tokens::Token;
use super::perl_words::{ACTS, LISTS, TERMS, UNARY};
use super::plain::{DEEPEST, Plain};

/// Operators between operands, the longest first; two slashes or angle brackets are one token.
#[rustfmt::skip]
const INFIX: &[&str] = &[
    "**=", "||=", "&&=", "<=>", "...", "**", "==", "!=", "<=", ">=", "&&", "||", "..", "+=", "-=", "*=", "/=", ".=", "%=",
    "|=", "&=", "^=", "+", "-", "*", "/", "%", ".", "<", ">", "&", "|", "^", "=",
];

/// Words between operands, and those behind a statement that say when it runs.
#[rustfmt::skip]
const INFIX_WORDS: &[&str] = &[
    "x", "eq", "ne", "lt", "gt", "le", "ge", "cmp", "and", "or", "xor", "if", "unless", "while", "until", "for", "foreach",
];

/// Words that may take a block in front of their list.
const BLOCKS: &[&str] = &["map", "grep", "sort", "first", "any", "all", "none", "reduce"];

/// Where code goes beyond what is plain, if it does.
pub(super) fn beyond(tokens: &[Token<'_>]) -> Option<String> {
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    if parser.statements(None).is_some() {
        return None;
    }
    Some(match parser.at.checked_sub(1).and_then(|last| tokens.get(last)) {
        Some(Token::Word(text) | Token::Variable(_, text)) => format!("`{text}`"),
        Some(Token::Sign(sign)) => format!("`{}`", char::from(*sign)),
        Some(_) => "a string or number".to_owned(),
        None => "its end".to_owned(),
    })
}

struct Parser<'a, 'b> {
    tokens: &'b [Token<'a>],
    at: usize,
    depth: u32,
}

impl<'a> Parser<'a, '_> {
    fn here(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn behind(&self, count: usize) -> Option<Token<'a>> {
        self.tokens.get(self.at + count).copied()
    }

    fn is(&self, signs: &str) -> bool {
        signs.bytes().enumerate().all(|(i, sign)| self.behind(i).is_some_and(|token| token.is(sign)))
    }

    fn eat(&mut self, signs: &str) -> bool {
        let is = self.is(signs);
        self.at += if is { signs.len() } else { 0 };
        is
    }

    fn expect(&mut self, signs: &str) -> Plain {
        self.eat(signs).then_some(())
    }

    fn eat_word(&mut self, words: &[&str]) -> bool {
        let is = matches!(self.here(), Some(Token::Word(word)) if words.contains(&word));
        self.at += usize::from(is);
        is
    }

    fn take(&mut self) -> Option<Token<'a>> {
        let token = self.here();
        self.at += 1;
        token
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Plain) -> Plain {
        self.depth += 1;
        let read = if self.depth > DEEPEST { None } else { read(self) };
        self.depth -= 1;
        read
    }

    fn statements(&mut self, close: Option<&str>) -> Plain {
        loop {
            while self.eat(";") {}
            match close {
                None if self.here().is_none() => return Some(()),
                Some(close) if self.is(close) => return Some(()),
                // What `-n` puts around the code ends, and what stands behind is run in the end. (perlrun)
                None if self.eat("}{") => {}
                _ => self.statement()?,
            }
        }
    }

    fn block(&mut self) -> Plain {
        self.expect("{")?;
        self.deeper(|parser| parser.statements(Some("}")))?;
        self.expect("}")
    }

    fn statement(&mut self) -> Plain {
        let word = match self.here() {
            Some(Token::Word(word)) => word,
            Some(Token::Sign(b'{')) => return self.block(),
            _ => "",
        };
        match word {
            // Which modules, the reader knows.
            "use" | "no" => {
                self.at += 1;
                let (Token::Word(_) | Token::Number) = self.take()? else { return None };
                while matches!(self.here(), Some(Token::Text(_) | Token::Number | Token::Sign(b','))) {
                    self.at += 1;
                }
            }
            "BEGIN" | "END" => {
                self.at += 1;
                return self.block();
            }
            "if" | "unless" | "while" | "until" => {
                self.at += 1;
                self.condition()?;
                while self.eat_word(&["elsif"]) {
                    self.condition()?;
                }
                return if self.eat_word(&["else"]) { self.block() } else { Some(()) };
            }
            "for" | "foreach" => {
                self.at += 1;
                let declared = self.eat_word(&["my", "our"]);
                match self.here() {
                    Some(Token::Variable(b'$', _)) => self.at += 1,
                    _ if declared => return None,
                    _ => {}
                }
                self.expect("(")?;
                while !self.eat(")") {
                    if !self.eat(";") {
                        self.expressions()?;
                    }
                }
                return self.block();
            }
            _ => self.expressions()?,
        }
        matches!(self.here(), None | Some(Token::Sign(b';' | b'}'))).then_some(())
    }

    /// `(…) {…}`
    fn condition(&mut self) -> Plain {
        self.expect("(")?;
        self.expressions()?;
        self.expect(")")?;
        self.block()
    }

    fn expressions(&mut self) -> Plain {
        loop {
            self.expression()?;
            if !self.eat("=>") && !self.eat(",") {
                return Some(());
            }
            if !self.begins_operand() {
                return Some(());
            }
        }
    }

    fn expression(&mut self) -> Plain {
        self.deeper(|parser| {
            loop {
                parser.prefixed()?;
                if !parser.infix()? {
                    return Some(());
                }
            }
        })
    }

    fn prefixed(&mut self) -> Plain {
        while self.eat("-") || self.eat("+") || self.eat("!") || self.eat("~") || self.eat_word(&["not"]) {}
        self.operand()
    }

    /// Whether an operand begins here, of a function that may have none.
    fn begins_operand(&self) -> bool {
        match self.here() {
            None => false,
            Some(Token::Word(word)) => !INFIX_WORDS.contains(&word),
            Some(Token::Sign(sign)) => matches!(sign, b'(' | b'-' | b'!' | b'+' | b'~'),
            Some(_) => true,
        }
    }

    /// An operator, if an operand follows it: whether one does.
    fn infix(&mut self) -> Option<bool> {
        // What follows them is behind an operand.
        while self.eat("++") || self.eat("--") {}
        if self.eat_word(INFIX_WORDS) {
            return Some(true);
        }
        // A text would be a pattern, with code in it.
        if self.eat("=~") || self.eat("!~") {
            let Token::Regex = self.take()? else { return None };
            return self.infix();
        }
        if self.eat("?") {
            self.expression()?;
            self.expect(":")?;
            return Some(true);
        }
        if self.is("=>") {
            return Some(false);
        }
        Some(INFIX.iter().any(|operator| self.eat(operator)))
    }

    fn operand(&mut self) -> Plain {
        match self.take()? {
            Token::Number | Token::Text(_) | Token::Shell(_) | Token::Regex | Token::Line | Token::Glob => Some(()),
            Token::Variable(..) => self.subscripts(),
            Token::Sign(b'(') => {
                self.list()?;
                if self.is("[") { self.subscripts() } else { Some(()) }
            }
            Token::Word(word) => self.word(word),
            Token::Sign(_) => None,
        }
    }

    /// What stands in brackets, whose first was taken.
    fn list(&mut self) -> Plain {
        if !self.is(")") {
            self.expressions()?;
        }
        self.expect(")")
    }

    /// `[…]` or `{…}` behind a variable: one, as a second would follow a reference.
    fn subscripts(&mut self) -> Plain {
        let close = if self.eat("[") {
            "]"
        } else if self.eat("{") {
            "}"
        } else {
            return Some(());
        };
        self.expressions()?;
        self.expect(close)?;
        (!self.is("[") && !self.is("{")).then_some(())
    }

    fn word(&mut self, word: &str) -> Plain {
        match word {
            "my" | "our" | "local" | "state" => match self.take()? {
                Token::Variable(..) => self.subscripts(),
                Token::Sign(b'(') => self.list(),
                _ => None,
            },
            "do" => self.block(),
            "open" => self.opens(),
            "print" | "printf" | "say" => {
                let bracket = self.eat("(");
                let handle = matches!(
                    (self.here(), self.behind(1)),
                    (
                        Some(Token::Variable(b'$', _)),
                        Some(Token::Text(_) | Token::Number | Token::Variable(b'$' | b'@', _))
                    )
                );
                if handle || matches!(self.here(), Some(Token::Word("STDERR" | "STDOUT"))) {
                    self.at += 1;
                }
                self.arguments(bracket)
            }
            // The first may be a pattern.
            "split" => {
                let bracket = self.eat("(");
                match self.here()? {
                    Token::Regex => {}
                    Token::Text(Some(text)) if !text.contains('(') => {}
                    _ => return None,
                }
                self.arguments(bracket)
            }
            _ if BLOCKS.contains(&word) => {
                let bracket = self.eat("(");
                if self.is("{") {
                    self.block()?;
                    // Were it no block, an operator could follow.
                    match self.here()? {
                        Token::Variable(b'$' | b'@', _) | Token::Text(_) | Token::Number | Token::Sign(b'(') => {}
                        Token::Word(word) if LISTS.contains(&word) || UNARY.contains(&word) => {}
                        _ => return None,
                    }
                }
                self.arguments(bracket)
            }
            _ if LISTS.contains(&word) || ACTS.contains(&word) => {
                let bracket = self.eat("(");
                self.arguments(bracket)
            }
            _ if UNARY.contains(&word) => {
                if self.eat("(") {
                    return self.list();
                }
                if self.begins_operand() { self.deeper(Self::prefixed) } else { Some(()) }
            }
            _ => TERMS.contains(&word).then_some(()),
        }
    }

    /// What a function is given, in brackets or not.
    fn arguments(&mut self, bracket: bool) -> Plain {
        if bracket {
            return self.list();
        }
        if self.begins_operand() { self.expressions() } else { Some(()) }
    }

    /// `open(my $f, '<', 'file')`, which the reader looks at.
    fn opens(&mut self) -> Plain {
        let bracket = self.eat("(");
        self.eat_word(&["my"]).then_some(())?;
        let Token::Variable(b'$', _) = self.take()? else { return None };
        self.expect(",")?;
        let Token::Text(Some(_)) = self.take()? else { return None };
        self.expect(",")?;
        let Token::Text(Some(_)) = self.take()? else { return None };
        if bracket { self.expect(")") } else { Some(()) }
    }
}
