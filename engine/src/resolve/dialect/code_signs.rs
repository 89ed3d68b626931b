//! Signs of Ruby and JavaScript that reach what is named beside them: an attribute by a text, a field that is set, a block.

use super::code::{Code, HIDDEN, Read};
use super::code_tokens::{Syntax, Token};

impl Code<'_, '_> {
    pub(super) fn sign(&self, i: usize, sign: u8) -> Read<()> {
        let syntax = self.language.syntax;
        // `x[y]` may be any attribute in JavaScript, `constructor` among them, which makes code of text.
        if syntax == Syntax::JavaScript && sign == b'[' {
            let postfix = matches!(
                self.before(i),
                Some(Token::Name(_) | Token::Text(_) | Token::Regex | Token::Sign(b')' | b']' | b'}' | b'.'))
            );
            if postfix && !self.begins_list(i) {
                let plain = match self.at(i + 1) {
                    Some(Token::Number(_)) => true,
                    Some(Token::Text(Some(text))) => !HIDDEN.contains(text),
                    _ => false,
                };
                if !plain || !self.is(i + 2, b']') {
                    return Err("an attribute whose name is not known");
                }
            }
        }
        let next = || self.tokens.iter().skip(i + 1).find(|token| **token != Token::Line);
        if syntax == Syntax::JavaScript && sign == b']' && next().is_some_and(|token| token.is(b':')) {
            return Err("an attribute whose name is not known");
        }
        // What a call of the table gives may act on what its fields say, and later than it is called.
        if syntax == Syntax::JavaScript && sign == b'=' && self.sets_field(i) {
            return Err("a field that is set");
        }
        // `{"constructor": c}` may be a pattern, which reads what it names.
        if syntax == Syntax::JavaScript
            && sign == b':'
            && let [Some(Token::Text(text)), Some(Token::Sign(b'{' | b','))] = self.two_before(i)
            && text.is_none_or(|text| HIDDEN.contains(&text))
        {
            return Err("an attribute whose name is not known");
        }
        if syntax == Syntax::Ruby && sign == b'&' {
            let block = matches!(self.before(i), Some(Token::Sign(b'(' | b',') | Token::Name(_)));
            if block && !matches!(self.at(i + 1), Some(Token::Symbol(_))) {
                return Err("a block that is not known");
            }
        }
        // `f.()` calls without a name.
        if sign == b'.' && self.is(i + 1, b'(') {
            return Err("a call without a name");
        }
        Ok(())
    }

    /// Whether a bracket behind a word begins a list: behind one that is reserved, or `of` in the head of a loop.
    fn begins_list(&self, i: usize) -> bool {
        let [Some(Token::Name(word)), front] = self.two_before(i) else { return false };
        let reserved = self.language.syntax.before_operands().contains(word);
        let looped = *word == "of" && matches!(front, Some(Token::Name(_) | Token::Sign(b']' | b'}')));
        (reserved || looped) && !front.is_some_and(|token| token.is(b'.'))
    }

    /// Whether `=` gives a value to a field: `x.path = …`, but for what a module gives to those who import it.
    fn sets_field(&self, i: usize) -> bool {
        let compares = self.is(i + 1, b'=') || self.is(i + 1, b'>');
        match self.two_before(i) {
            [Some(Token::Name(field)), Some(Token::Sign(b'.'))] => !compares && *field != "exports",
            _ => false,
        }
    }
}
