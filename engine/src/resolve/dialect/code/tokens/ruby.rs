//! What only Ruby writes so.

use super::super::super::cursor::{begins_name, in_name};
use super::{Read, Token, Tokenizer};

impl Tokenizer<'_> {
    /// What only Ruby writes so.
    pub(super) fn ruby(&mut self, byte: u8) -> Read<()> {
        let next = self.at.look(1);
        let operand = matches!(
            self.tokens.last(),
            Some(
                Token::Name(_)
                    | Token::Text(_)
                    | Token::Number(_)
                    | Token::Symbol(_)
                    | Token::Regex
                    | Token::Sign(b')' | b']' | b'}')
            )
        );
        match byte {
            b'%' if operand && matches!(next, Some(b' ' | b'=')) => {}
            b'%' => return Err("a quoted form of Ruby"),
            b'?' if matches!(next, Some(b' ' | b'\n')) => {}
            b'?' => return Err("a question mark of Ruby that may quote"),
            b'<' if next == Some(b'<')
                && !matches!(self.at.look(2), Some(b' ' | b'=' | b'0'..=b'9')) =>
            {
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
