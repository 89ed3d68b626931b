//! Objects of a language that code hands on by another name, or as a whole: `const p = process`, `const {env} = process`,
//! `send(process)`. What it does under that name is found; that it is plain, the grammar of plain code never says.

use super::Action;
use super::code::{Code, FAR, Read};
use super::code_tokens::{Syntax, Token};
use super::language::Does;
use guardian_rules::EffectKind;

/// Names of the object that holds all others.
const GLOBAL: &[&str] = &["globalThis", "global", "window", "self", "root", "GLOBAL"];

impl<'a> Code<'a, '_> {
    /// A name of the table, or one that stands for such a name, where it is used.
    pub(super) fn object(&mut self, i: usize, path: String) -> Read<usize> {
        let (mut path, mut start) = (path, i + 1);
        // `globalThis.process` is `process`.
        while self.language.syntax == Syntax::JavaScript
            && GLOBAL.contains(&path.as_str())
            && self.is(start, b'.')
            && let Some(inner) = self.name_at(start + 1)
        {
            path = inner.to_owned();
            start += 2;
        }
        self.handed_on(i, path.clone(), start);
        self.path(path, start)
    }

    /// Follows an object, whose name is at `i` and goes on at `end`, to whatever stands for it then.
    fn handed_on(&mut self, i: usize, mut path: String, mut end: usize) {
        while let (true, Some(name)) = (self.is(end, b'.'), self.name_at(end + 1)) {
            path.push('.');
            path.push_str(name);
            end += 2;
        }
        let whole = self.language.syntax == Syntax::JavaScript && GLOBAL.contains(&path.as_str());
        if self.language.does(&path).is_some() || !whole && !self.language.begins(&path) {
            return;
        }
        let before = |n: usize| i.checked_sub(n).and_then(|at| self.at(at));
        let assigned = before(1).is_some_and(|t| t.is(b'=')) && !before(2).is_some_and(|t| t.is(b'='));
        let sign = |token: Option<&Token<'_>>, signs: &[u8]| signs.iter().any(|s| token.is_some_and(|t| t.is(*s)));
        let argument = sign(before(1), b"(,[.:") && sign(self.at(end), b"),]}");
        let named = matches!(self.at(end + 1), Some(Token::Text(Some(_)))) && self.is(end + 2, b']');
        let indexed = self.is(end, b'[') && !named;
        if assigned && !self.is(end, b'[') && !self.is(end, b'(') {
            match i.checked_sub(2) {
                Some(left) if self.is(left, b'}') => self.taken_apart(left, &path),
                Some(left) => {
                    if let Some(name) = self.name_at(left) {
                        self.objects.insert(name, path);
                    }
                }
                None => {}
            }
        } else if self.language.syntax == Syntax::JavaScript && (argument || indexed) {
            self.holds_environment(&path);
        }
    }

    /// The names of `{a, b: c, ...d} = path`, given its end. What a member is taken apart into is not followed.
    fn taken_apart(&mut self, end: usize, path: &str) {
        let mut depth = 0_usize;
        let tokens = self.tokens;
        for (i, token) in tokens.iter().enumerate().take(end + 1).rev().take(FAR) {
            match token {
                Token::Sign(b'}') => depth += 1,
                Token::Sign(b'{') if depth <= 1 => return,
                Token::Sign(b'{') => depth -= 1,
                Token::Name(name) if depth == 1 && !i.checked_sub(1).is_some_and(|at| self.is(at, b':')) => {
                    let member = if GLOBAL.contains(&path) { (*name).to_owned() } else { format!("{path}.{name}") };
                    match (self.is(i + 1, b':'), self.name_at(i + 2)) {
                        (true, Some(own)) => self.objects.insert(own, member),
                        (true, None) if self.language.does(&member) == Some(Does::Environment) => {
                            self.actions.push(Action::on(EffectKind::Reveal, "environment"));
                            None
                        }
                        (true, None) => None,
                        (false, _) if i.checked_sub(1).is_some_and(|at| self.is(at, b'.')) => {
                            self.objects.insert(name, path.to_owned())
                        }
                        (false, _) => self.objects.insert(name, member),
                    };
                }
                _ => {}
            }
        }
    }

    /// Whoever is given an object is given the environment that is in it.
    fn holds_environment(&mut self, path: &str) {
        let below = |name: &str| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        if self.language.names.iter().any(|(name, does)| *does == Does::Environment && below(name)) {
            self.actions.push(Action::on(EffectKind::Reveal, "environment"));
        }
    }
}
