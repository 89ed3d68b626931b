//! What code may look at and not change: the environment, which later commands see, and the words that it was given, as
//! files of their names may be read next.

use super::Action;
use super::code::{Code, FAR, Read};
use super::code_tokens::{Syntax, Token};
use guardian_rules::EffectKind;
use guardian_rules::places::is_secret_variable as is_secret;

/// Methods of a list that leave it as it is, and give no more of it than one of its elements or another list.
const LOOKS: &[&str] = &[
    "any", "count", "empty", "first", "grep", "include", "index", "inspect", "join", "last", "length", "map", "none",
    "reject", "reverse", "select", "size", "sort",
];

impl Code<'_, '_> {
    pub(super) fn variable(&mut self, name: &str) {
        if is_secret(name) {
            self.actions.push(Action::on(EffectKind::Reveal, format!("variable {name}")));
        }
    }

    /// `environ["X"]`, `environ.get("X")`, `env.X`: one harmless variable is fine.
    pub(super) fn environment(&mut self, i: usize) -> Read<()> {
        let mut j = i;
        if self.is(j, b'.') {
            match self.name_at(j + 1) {
                Some("get" | "fetch") => j += 2,
                Some(name) if self.language.syntax == Syntax::JavaScript => {
                    self.variable(name);
                    return self.not_set(i, j + 2);
                }
                _ => {}
            }
        }
        let opened = self.is(j, b'[') || self.is(j, b'(');
        let closed = self.is(j + 2, b']') || self.is(j + 2, b')') || self.is(j + 2, b',');
        match self.at(j + 1) {
            Some(Token::Text(Some(name))) if opened && closed => {
                self.variable(name);
                self.not_set(i, j + 3)
            }
            _ => {
                self.actions.push(Action::on(EffectKind::Reveal, "environment"));
                Ok(())
            }
        }
    }

    /// The words that the code was given: one of them, or what is made of them. They themselves are frozen. (Ruby, "ARGV")
    pub(super) fn words(&self, i: usize) -> Read<()> {
        let method = self.name_at(i + 1).filter(|_| self.is(i, b'.'));
        let made = method.is_some_and(|method| LOOKS.contains(&method));
        let number = matches!(self.at(i + 1), Some(Token::Number(_)));
        let one = self.is(i, b'[') && number && self.is(i + 2, b']') && self.not_set(i, i + 3).is_ok();
        if made || one { Ok(()) } else { Err("files that are read next may change") }
    }

    /// Refuses an element that may be set, of a variable whose name ends at `name`; the element ends at `end`.
    fn not_set(&self, name: usize, end: usize) -> Read<()> {
        let operator = |i: &usize| match self.at(*i) {
            Some(Token::Sign(sign)) => matches!(sign, b'+' | b'-' | b'*' | b'/' | b'%' | b'|' | b'&' | b'?' | b'^'),
            _ => false,
        };
        let closing = |i: &usize| matches!(self.at(*i), Some(Token::Sign(b')' | b']' | b'}')));
        let behind = |passed: &dyn Fn(&usize) -> bool| (end..end + FAR).find(|i| !passed(i)).unwrap_or(end);
        let twice = |sign| self.is(end, sign) && self.is(end + 1, sign);
        let set = self.gives(behind(&operator))
            || self.gives(behind(&closing))
            || twice(b'+')
            || twice(b'-')
            || matches!(self.at(end), Some(Token::Name("of")))
            || self.is_target(name)
            || self.is_one_of_several(end);
        if set { Err("what is kept for others may be set") } else { Ok(()) }
    }

    /// Whether a value is given here: `=`, and neither `==`, `=>` nor Ruby's `=~`.
    fn gives(&self, i: usize) -> bool {
        let compares = |sign: u8| sign == b'=' || sign == b'>' || sign == b'~' && self.language.syntax == Syntax::Ruby;
        self.is(i, b'=') && !matches!(self.at(i + 1), Some(Token::Sign(sign)) if compares(*sign))
    }

    /// What stands in front of a dotted name, which ends here.
    pub(super) fn in_front(&self, end: usize) -> Option<&Token<'_>> {
        let dotted = |i: &usize| self.is(*i, b'.') || self.name_at(*i).is_some() && self.is(i + 1, b'.');
        let start = (0..end.saturating_sub(1)).rev().find(|i| !dotted(i))?;
        self.at(start)
    }

    /// Whether a word in front of a dotted name, which ends here, makes a target of it: `for environ["X"] in …`.
    fn is_target(&self, end: usize) -> bool {
        matches!(self.in_front(end), Some(Token::Name("for" | "as" | "del" | "delete" | "alias")))
    }

    /// Whether values are given to several things at once, of which this, which ends here, is not the last: `x, y = 1, 2`.
    /// `=` within a call names an argument; in JavaScript a list that is set stands in brackets.
    fn is_one_of_several(&self, end: usize) -> bool {
        if !self.is(end, b',') {
            return false;
        }
        let open = self.open_brackets(end);
        let mut depth = open;
        for i in end..end + FAR {
            match self.at(i) {
                Some(Token::Sign(b'(' | b'[' | b'{')) => depth += 1,
                Some(Token::Sign(b')' | b']' | b'}')) => depth -= 1,
                None | Some(Token::Line | Token::Sign(b';')) => return false,
                _ if depth == 0 && self.gives(i) => return open > 0 || self.language.syntax != Syntax::JavaScript,
                _ => {}
            }
        }
        true
    }

    /// How many brackets of the statement are open here.
    fn open_brackets(&self, end: usize) -> i32 {
        let mut open = 0;
        for i in (0..end).rev() {
            match self.at(i) {
                Some(Token::Sign(b'(' | b'[' | b'{')) => open += 1,
                Some(Token::Sign(b')' | b']' | b'}')) => open -= 1,
                Some(Token::Line | Token::Sign(b';')) => break,
                _ => {}
            }
        }
        open
    }
}
