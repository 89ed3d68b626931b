//! Where an operand of Ruby or JavaScript begins, and where an operator stands: a slash begins a regular expression in the
//! one place and divides in the other.

use super::code_tokens::{Read, Syntax, Token, Tokenizer};

impl Syntax {
    /// Reserved words behind which an operand begins, wherever they stand; no name is spelled so but behind a dot.
    #[rustfmt::skip]
    pub(super) const fn before_operands(self) -> &'static [&'static str] {
        match self {
            Self::Python => &[],
            Self::JavaScript => &[
                "return", "typeof", "case", "in", "instanceof", "new", "delete", "void", "throw", "else", "do",
            ],
            Self::Ruby => &[
                "and", "or", "not", "if", "unless", "while", "until", "when", "then", "else", "elsif", "do", "in",
                "return", "case",
            ],
        }
    }

    /// Words that are reserved somewhere, or mean more than a name in some place, and are no values: what begins behind them
    /// does not show.
    #[rustfmt::skip]
    const fn unclear(self) -> &'static [&'static str] {
        match self {
            Self::Python => &[],
            Self::JavaScript => &[
                "of", "yield", "await", "async", "let", "const", "var", "break", "continue", "debugger", "default",
                "extends", "export", "import", "class", "function", "enum", "with", "finally", "try", "catch", "switch",
                "for", "while", "if", "static", "get", "set",
            ],
            Self::Ruby => &[
                "BEGIN", "END", "alias", "begin", "break", "class", "def", "defined", "ensure", "for", "module", "next",
                "redo", "rescue", "retry", "super", "undef", "yield", "puts", "print", "p", "pp", "raise",
            ],
        }
    }
}

/// What may stand somewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Operand,
    Operator,
    Unclear,
}

impl Tokenizer<'_> {
    /// Whether a bracket that opens here is that of the head of a statement, behind which an operand begins.
    pub(super) fn at_head(&self) -> bool {
        let words = [self.syntax.before_operands(), self.syntax.unclear()];
        let heads = |name: &str| words.iter().any(|words| words.contains(&name));
        let own = self.tokens.iter().rev().take_while(|token| !matches!(token, Token::Line | Token::Sign(b';')));
        let defines = self.syntax == Syntax::Ruby && own.take(8).any(|token| token.is_name("def"));
        matches!(self.tokens.last(), Some(Token::Name(name)) if heads(name) || defines)
    }

    /// What stands here, by the token in front of it.
    pub(super) fn place(&self) -> Place {
        // In JavaScript no statement ends where an operator could follow.
        let goes_on = |token: &&Token<'_>| self.syntax != Syntax::JavaScript || **token != Token::Line;
        let before = |n: usize| self.tokens.iter().rev().filter(goes_on).nth(n - 1);
        let reserved = |name: &&str| self.syntax.before_operands().contains(name);
        match before(1) {
            None | Some(Token::Line) => Place::Operand,
            Some(Token::Name(name)) if reserved(name) || self.syntax.unclear().contains(name) => {
                let named = before(2).is_some_and(|token| token.is(b'.'));
                if reserved(name) && !named { Place::Operand } else { Place::Unclear }
            }
            Some(
                Token::Name(_) | Token::Text(_) | Token::Shell(_) | Token::Symbol(_) | Token::Number(_) | Token::Regex,
            ) => Place::Operator,
            Some(Token::Sign(b')' | b']')) => Place::Operator,
            // `x++ / 2`
            Some(Token::Sign(b'+' | b'-')) if before(1) == before(2) => Place::Unclear,
            // `:/`
            Some(Token::Sign(b':')) if self.syntax == Syntax::Ruby && self.at.before() == Some(b':') => Place::Unclear,
            Some(Token::Sign(sign)) if b"(,=:[!&|?{;<>~*%^/+-".contains(sign) => Place::Operand,
            // `1. / 2`
            Some(Token::Sign(_)) => Place::Unclear,
        }
    }

    /// A regular expression or a division.
    pub(super) fn slash(&mut self, head: bool) -> Read<()> {
        const UNCLEAR: &str = "a slash that may divide or begin a regular expression";
        if head {
            return Err(UNCLEAR);
        }
        let blank = self.at.before().is_some_and(|b| b.is_ascii_whitespace());
        let tight = !matches!(self.at.look(1), Some(b' ' | b'=') | None);
        let place = match (self.tokens.last(), self.place()) {
            // A command with an argument, or a variable that is divided.
            (Some(Token::Name(_)), Place::Operator) if self.syntax == Syntax::Ruby && blank && tight => Place::Unclear,
            (_, place) => place,
        };
        self.at.next();
        match place {
            Place::Unclear => return Err(UNCLEAR),
            Place::Operator => {
                self.tokens.push(Token::Sign(b'/'));
                return Ok(());
            }
            Place::Operand => {}
        }
        let mut bracket = false;
        loop {
            match self.at.next() {
                None | Some(b'\n') => return Err(UNCLEAR),
                Some(b'\\') => {
                    self.at.next();
                }
                // In brackets a slash is plain to JavaScript only.
                Some(b'[') => bracket = true,
                Some(b']') => bracket = false,
                Some(b'/') if bracket => return Err(UNCLEAR),
                Some(b'#') if self.syntax == Syntax::Ruby => {
                    return Err("code in a regular expression");
                }
                Some(b'/') => break,
                Some(_) => {}
            }
        }
        self.at.take_while(|b| b.is_ascii_alphabetic());
        self.tokens.push(Token::Regex);
        Ok(())
    }
}
