//! Where an operand of Ruby or JavaScript begins, and where an operator stands, by the token in front: a slash begins a regular
//! expression in the one place and divides in the other. What is so taken for the wrong one does not stand where the
//! grammar of plain code has it.

use super::code_tokens::{Read, Syntax, Token, Tokenizer};

impl Syntax {
    /// Reserved words behind which an operand begins.
    #[rustfmt::skip]
    const fn before_operands(self) -> &'static [&'static str] {
        match self {
            Self::Python => &[],
            Self::JavaScript => &[
                "return", "typeof", "case", "in", "instanceof", "new", "delete", "void", "throw", "else", "do", "of",
                "yield", "await",
            ],
            Self::Ruby => &[
                "and", "or", "not", "if", "unless", "while", "until", "when", "then", "else", "elsif", "do", "in",
                "return", "case",
            ],
        }
    }
}

impl Tokenizer<'_> {
    /// Whether an operator follows the last token. In JavaScript no statement ends where one could.
    pub(super) fn before_operator(&self) -> bool {
        let goes_on = |token: &&Token<'_>| self.syntax != Syntax::JavaScript || **token != Token::Line;
        match self.tokens.iter().rev().find(goes_on) {
            None | Some(Token::Line) => false,
            Some(Token::Name(name)) => !self.syntax.before_operands().contains(name),
            Some(Token::Sign(sign)) => matches!(sign, b')' | b']' | b'}'),
            Some(_) => true,
        }
    }

    /// A regular expression or a division.
    pub(super) fn slash(&mut self) -> Read<()> {
        const UNCLEAR: &str = "a slash that may divide or begin a regular expression";
        let blank = self.at.before().is_some_and(|b| b.is_ascii_whitespace());
        let tight = !matches!(self.at.look(1), Some(b' ' | b'=') | None);
        // A command with an argument, or a variable that is divided.
        if self.syntax == Syntax::Ruby && blank && tight && matches!(self.tokens.last(), Some(Token::Name(_))) {
            return Err(UNCLEAR);
        }
        self.at.next();
        if self.before_operator() {
            self.tokens.push(Token::Sign(b'/'));
            return Ok(());
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
