//! Names that a program of Python gives one value, once: a text, or a path made of one.

use super::code::{Code, Does, FAR};
use super::code_tokens::{Syntax, Token};
use std::collections::{BTreeMap, BTreeSet};

/// What a name stands for wherever it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held<'a> {
    Text(&'a str),
    Path(&'a str),
}

/// Words with which a name may come to stand for something else in a way that is not followed here.
const REBINDING: &[&str] = &["def", "lambda", "class", "global", "nonlocal", "match", "exec", "eval", "del"];

/// The names that are given a value in one place only, each with where that value begins.
pub(super) fn given_once<'a>(syntax: Syntax, tokens: &[Token<'a>]) -> BTreeMap<&'a str, usize> {
    let rebinds = |token: &Token<'_>| matches!(token, Token::Name(name) if REBINDING.contains(name));
    if syntax != Syntax::Python || tokens.iter().any(rebinds) {
        return BTreeMap::new();
    }
    let mut given = BTreeMap::new();
    let mut other = BTreeSet::new();
    let (mut depth, mut start, mut seen) = (0_usize, 0, 0);
    for (i, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign(b'(' | b'[' | b'{') => depth += 1,
            Token::Sign(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            Token::Line | Token::Sign(b';' | b':') if depth == 0 => start = i + 1,
            Token::Sign(b'=') if depth == 0 => {
                // What compares gives nothing a value, and to leave out a name is never wrong.
                match tokens.get(start..i) {
                    Some([Token::Name(name)]) if !given.contains_key(name) => {
                        given.insert(*name, i + 1);
                    }
                    left => other.extend(names(left)),
                }
                start = i + 1;
            }
            // `(name := …)`, within brackets too.
            Token::Sign(b':') if tokens.get(i + 1).is_some_and(|t| t.is(b'=')) => {
                other.extend(names(tokens.get(i.saturating_sub(1)..i)));
            }
            // `for name in …`, `… as name`: no name is looked at twice.
            Token::Name(word @ ("for" | "as" | "import" | "from")) if i >= seen => {
                let ends = |t: &Token<'_>| match *word {
                    "for" => t.is_name("in"),
                    _ => matches!(t, Token::Line | Token::Sign(b';')),
                };
                let rest = tokens.get(i + 1..).unwrap_or_default();
                let length = rest.iter().position(ends).unwrap_or(rest.len());
                other.extend(names(rest.get(..length)));
                seen = i + 1 + length;
            }
            _ => {}
        }
    }
    given.retain(|name, _| !other.contains(name));
    given
}

fn names<'t, 'a: 't>(tokens: Option<&'t [Token<'a>]>) -> impl Iterator<Item = &'a str> + 't {
    tokens.unwrap_or_default().iter().filter_map(|token| match token {
        Token::Name(name) => Some(*name),
        _ => None,
    })
}

impl<'a> Code<'a, '_> {
    /// What a name is given where it is given a value, if that is a text or a path of one, and nothing else of it is done
    /// there.
    pub(super) fn hold(&mut self, name: &'a str, value: usize) {
        let ends = |i: usize| matches!(self.at(i), None | Some(Token::Line | Token::Sign(b';')));
        let held = match self.at(value) {
            Some(Token::Text(Some(text))) if ends(value + 1) => Some(Held::Text(text)),
            Some(Token::Name(first)) => {
                let mut path = self.aliases.get(first).cloned().unwrap_or_else(|| (*first).to_owned());
                let mut i = value + 1;
                while self.is(i, b'.') && i < value + FAR {
                    let Some(part) = self.name_at(i + 1) else { return };
                    path.push('.');
                    path.push_str(part);
                    i += 2;
                }
                match (self.language.does(&path), self.at(i + 1)) {
                    (Some(Does::Names), Some(Token::Text(Some(text))))
                        if self.is(i, b'(') && self.is(i + 2, b')') && ends(i + 3) =>
                    {
                        Some(Held::Path(text))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        if let Some(held) = held {
            self.held.insert(name, held);
        }
    }

    /// The method of a path that a name stands for, with the path.
    pub(super) fn held_path(&self, name: &str, i: usize) -> Option<(&'a str, guardian_rules::EffectKind)> {
        let (Some(Held::Path(path)), true) = (self.held.get(name), self.is(i + 1, b'.')) else {
            return None;
        };
        let method = self.name_at(i + 2).filter(|_| self.is(i + 3, b'('))?;
        let (_, kind) = self.language.paths.iter().find(|(known, _)| *known == method)?;
        Some((path, *kind))
    }
}
