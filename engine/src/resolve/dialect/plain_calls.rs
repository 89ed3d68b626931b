//! Calls of plain code that do more than compute: each has one shape.

use super::code::FAR;
use super::code_tokens::{Syntax, Token};
use super::language::Does;
use super::plain::{Parser, Plain};
use super::plain_words::{LOOKS, SETTINGS, SHOWS};

impl Parser<'_, '_> {
    /// Whether what begins in front of this place is gone through, or is an argument of what only shows it.
    pub(super) fn is_shown(&self, start: usize) -> Plain {
        let mut depth = 0_i32;
        let before = self.between(start.saturating_sub(FAR), start.saturating_sub(1));
        for (i, token) in before.iter().enumerate().rev() {
            match token {
                Token::Name("in") if i + 1 == before.len() => return Some(()),
                Token::Sign(b'(') if depth == 0 => {
                    let function = i.checked_sub(1).and_then(|i| before.get(i));
                    return matches!(function, Some(Token::Name(name)) if SHOWS.contains(name)).then_some(());
                }
                Token::Name("for" | "lambda") | Token::Sign(b'[' | b'{') if depth == 0 => return None,
                Token::Sign(b'(' | b'[' | b'{') => depth -= 1,
                Token::Sign(b')' | b']' | b'}') => depth += 1,
                _ => {}
            }
        }
        None
    }

    /// What does more than read; Ruby may leave the brackets out.
    pub(super) fn acts(&mut self) -> Plain {
        match self.here() {
            Some(Token::Sign(b'(')) => self.arguments(),
            Some(Token::Text(_)) if self.syntax() == Syntax::Ruby => self.expressions(),
            Some(Token::Name(word)) if self.syntax() == Syntax::Ruby && !self.grammar.is_reserved(word) => {
                self.expressions()
            }
            _ if self.syntax() == Syntax::Ruby => Some(()),
            // A function that runs text may be handed on: it is known to run.
            _ => self.evaluates(),
        }
    }

    /// A stream, of which the name stands there: it is written to, or looked at. What else is done with it gives it once more,
    /// so it is a statement of its own: whoever has the stream may have its methods called by somebody else.
    pub(super) fn stream(&mut self, name: usize) -> Plain {
        let begins = self.begins_statement(name);
        loop {
            self.expect(".")?;
            let method = self.name()?;
            match method {
                "isTTY" | "columns" | "rows" | "fd" if !self.is("(") => return self.is_looked_at(),
                "write" | "read" => {
                    self.arguments()?;
                    return self.postfix();
                }
                "on" | "once" | "setEncoding" | "resume" | "end" if begins => self.arguments()?,
                _ => return None,
            }
            if !self.is(".") {
                let goes_on = self.is("[") || self.is("(") || self.is("?");
                return (!goes_on && (self.at_line() || self.is(";") || self.is("}"))).then_some(());
            }
        }
    }

    /// Whether a statement of JavaScript surely begins there.
    fn begins_statement(&self, at: usize) -> bool {
        let before = self.between(at.saturating_sub(FAR), at);
        let lines = before.iter().rev().take_while(|token| **token == Token::Line).count();
        match before.iter().rev().nth(lines) {
            None => at == lines,
            Some(Token::Sign(b';' | b'{' | b'}')) => true,
            Some(Token::Sign(b')') | Token::Text(_) | Token::Number(_)) => lines > 0,
            _ => false,
        }
    }

    fn evaluates(&self) -> Plain {
        let last = self.between(self.index().saturating_sub(1), self.index());
        let does = match last {
            [Token::Name(name)] => self.language.does(name),
            _ => None,
        };
        (does == Some(Does::Evaluates)).then_some(())
    }

    /// The words that the code was given: one of them, or what is made of them. They themselves are frozen. (Ruby, "ARGV")
    pub(super) fn given_words(&mut self) -> Plain {
        let looks = match self.behind(1) {
            Some(Token::Number(_)) => self.is("[") && self.behind(2).is_some_and(|token| token.is(b']')),
            Some(Token::Name(name)) => self.is(".") && LOOKS.contains(name),
            _ => false,
        };
        looks.then_some(())
    }

    /// One variable of the environment, which is named; else it is all of it, as the reader says.
    pub(super) fn variable(&mut self, does: Does) -> Plain {
        if does == Does::Variable {
            return self.arguments();
        }
        let named = match (self.behind(1), self.behind(2)) {
            (Some(Token::Name("get" | "fetch")), Some(Token::Sign(b'('))) if self.is(".") => {
                self.eat(".");
                self.take();
                return self.arguments();
            }
            (Some(Token::Name(_)), _) => self.is(".") && self.syntax() == Syntax::JavaScript,
            (Some(Token::Text(Some(_))), Some(Token::Sign(b']'))) => self.is("["),
            _ => false,
        };
        if named {
            let subscript = self.eat("[");
            if !subscript {
                self.eat(".");
            }
            self.take();
            if subscript {
                self.expect("]")?;
            }
        }
        self.is_looked_at()
    }

    /// Whether what was read is not set.
    fn is_looked_at(&self) -> Plain {
        let sets = self.is("=") && !self.is("==") && !self.is("=~");
        (!sets && !self.is("++") && !self.is("--")).then_some(())
    }

    /// A call that reads what it names, and says no more of how than is listed.
    pub(super) fn reads(&mut self, does: Does) -> Plain {
        if self.syntax() == Syntax::Ruby && matches!(self.here(), Some(Token::Text(_))) {
            return self.expressions();
        }
        self.expect("(")?;
        let mut count = 0;
        while !self.is(")") {
            // What is only asked about may be any.
            if count == 0 && does == Does::Asks {
                self.expression()?;
            } else {
                self.read_with(does, count)?;
            }
            count += 1;
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")
    }

    /// What stands in this place of such a call.
    fn read_with(&mut self, does: Does, place: usize) -> Plain {
        match (self.take()?, place == 0) {
            (Token::Text(Some(_)) | Token::Number("0"), true) => {}
            (Token::Name(name), true) => {
                if !self.is(")") && !self.is(",") {
                    return None;
                }
                self.uses(name)?;
            }
            // A mode; what stands behind it may be another to the reader.
            (Token::Text(Some(_)), false) if does == Does::Opens && place == 1 => {}
            // An encoding.
            (Token::Text(Some(_)), false) if self.syntax() == Syntax::JavaScript => {}
            (Token::Name("mode"), false) if self.eat("=") => {
                let Token::Text(Some(_)) = self.take()? else { return None };
            }
            (Token::Name(name), false) if SETTINGS.contains(name) && (self.eat("=") || self.eat(":")) => {
                self.setting()?;
            }
            (Token::Sign(b'{'), false) => loop {
                let name = self.name()?;
                SETTINGS.contains(&name).then_some(())?;
                self.expect(":")?;
                self.setting()?;
                if !self.eat(",") {
                    self.expect("}")?;
                    break;
                }
            },
            // `text => …`
            (Token::Name(name), false) if self.is("=>") => {
                self.bind(name)?;
                self.arrow()?;
            }
            (Token::Sign(b'('), false) => {
                self.within(")", |parser| parser.parameters(")"))?;
                self.arrow()?;
            }
            _ => return None,
        }
        Some(())
    }

    /// A text or constant.
    fn setting(&mut self) -> Plain {
        match self.take()? {
            Token::Text(Some(_)) => Some(()),
            Token::Name(name) if self.grammar.constants.contains(name) => Some(()),
            _ => None,
        }
    }
}
