//! Names that a program of Python gives one value, and those that may be something else than what they were given.

use super::code_tokens::{Syntax, Token};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Words with which a name may come to stand for something else in a way that is not followed here.
const REBINDING: &[&str] = &["def", "lambda", "class", "global", "nonlocal", "match", "exec", "eval", "del"];

/// Words that open a block, up to its colon.
const OPENING: &[&str] = &["if", "elif", "else", "while", "for", "with", "try", "except", "finally", "async"];

/// What a name stands for wherever it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Held<'a> {
    Text(&'a str),
    Path(&'a str),
    Among(Rc<Among>),
}

/// Paths of which a name stands for any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Among {
    pub(super) paths: Vec<String>,
    /// Whether they are patterns.
    pub(super) pattern: bool,
    /// Whether they are objects of `pathlib`, not texts.
    pub(super) objects: bool,
}

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
            // `name: kind = …`
            Token::Sign(b':') if depth == 0 && !tokens.get(i + 1).is_some_and(|t| t.is(b'=')) => {
                let left = tokens.get(start..i).unwrap_or_default();
                if !matches!(left, [Token::Name(word), ..] if OPENING.contains(word)) {
                    other.extend(names(Some(left)));
                }
                start = i + 1;
            }
            Token::Line | Token::Sign(b';') if depth == 0 => start = i + 1,
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
                // The name of a loop is given each of what stands behind `in`.
                if let ("for", [Token::Name(name), Token::Name("in"), ..]) = (*word, rest)
                    && !given.contains_key(name)
                {
                    given.insert(*name, i + 3);
                    seen = i + 3;
                    continue;
                }
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

/// Names that stand somewhere for themselves: not to be called, nor in front of a dot, nor where they are imported. One that
/// was imported may be something else by then.
pub(super) fn mentioned<'a>(syntax: Syntax, tokens: &[Token<'a>]) -> BTreeSet<&'a str> {
    let mut mentioned = BTreeSet::new();
    if syntax != Syntax::Python {
        return mentioned;
    }
    let mut start = 0;
    for (i, token) in tokens.iter().enumerate() {
        match token {
            Token::Line | Token::Sign(b';') => start = i + 1,
            Token::Name(name) => {
                let asked = tokens.get(i + 1).is_some_and(|next| next.is(b'.') || next.is(b'('));
                let imported = tokens.get(start).is_some_and(|first| first.is_name("import") || first.is_name("from"));
                if !asked && !imported {
                    mentioned.insert(*name);
                }
            }
            _ => {}
        }
    }
    mentioned
}

fn names<'t, 'a: 't>(tokens: Option<&'t [Token<'a>]>) -> impl Iterator<Item = &'a str> + 't {
    tokens.unwrap_or_default().iter().filter_map(|token| match token {
        Token::Name(name) => Some(*name),
        _ => None,
    })
}
