//! Names that a program of Python gives one value, once: a text, or a path made of one; or, in a loop, any of some paths.

use super::code::{Code, Does, FAR};
use super::code_tokens::{Syntax, Token};
use super::{Action, code::Argument};
use guardian_rules::EffectKind;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

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
    paths: Vec<String>,
    /// Whether they are patterns.
    pattern: bool,
    /// Whether they are objects of `pathlib`, not texts.
    objects: bool,
}

/// Endings of sources. `pathlib` finds names with a leading dot too, and no file of secrets ends so.
const SOURCES: &[&str] = &[
    "py", "pyi", "js", "jsx", "ts", "tsx", "mjs", "cjs", "md", "rst", "rs", "go", "java", "kt", "c", "h", "cc", "cpp",
    "hpp", "rb", "php", "css", "scss", "html", "svg", "proto", "graphql", "vue", "svelte", "swift", "cs", "scala",
    "ex", "exs",
];

/// Words with which a name may come to stand for something else in a way that is not followed here.
const REBINDING: &[&str] = &["def", "lambda", "class", "global", "nonlocal", "match", "exec", "eval", "del"];

/// Words that open a block, up to its colon.
const OPENING: &[&str] = &["if", "elif", "else", "while", "for", "with", "try", "except", "finally", "async"];

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
                // The name of a loop that is a statement is given each of what stands behind `in`.
                if let (0, "for", [Token::Name(name), Token::Name("in"), ..]) = (depth, *word, rest)
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

impl<'a> Code<'a, '_> {
    /// What a name is given where it is given a value, if that is a text or a path of one, and nothing else of it is done
    /// there.
    pub(super) fn hold(&mut self, name: &'a str, value: usize) {
        let ends = |i: usize| matches!(self.at(i), None | Some(Token::Line | Token::Sign(b';')));
        let held = match self.at(value) {
            Some(Token::Text(Some(text))) if ends(value + 1) => Some(Held::Text(text)),
            Some(Token::Name(_)) => {
                let Some((path, i)) = self.dotted_name(value) else { return };
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

    /// Whether the name is that of a loop.
    pub(super) fn is_loops(&self, i: usize) -> bool {
        let before = i.checked_sub(1).and_then(|before| self.name_at(before));
        before == Some("for") && self.name_at(i + 1) == Some("in")
    }

    /// What a name stands for in a loop, if that is one of some paths.
    pub(super) fn hold_each(&mut self, name: &'a str, start: usize) {
        let sorted = self.name_at(start) == Some("sorted") && self.is(start + 1, b'(');
        let start = start + 2 * usize::from(sorted);
        let Some((among, mut end)) = self.listed(start).or_else(|| self.globbed(start)) else { return };
        end += usize::from(sorted);
        if (!sorted || self.is(end - 1, b')')) && self.is(end, b':') {
            self.held.insert(name, Held::Among(Rc::new(among)));
        }
    }

    /// `['a', 'b']`, `('a', 'b')`, with where it ends.
    fn listed(&self, start: usize) -> Option<(Among, usize)> {
        let close = match self.at(start)? {
            token if token.is(b'[') => b']',
            token if token.is(b'(') => b')',
            _ => return None,
        };
        let mut paths = Vec::new();
        for (i, token) in self.tokens.iter().enumerate().skip(start + 1).take(FAR) {
            match token {
                token if token.is(close) => return Some((Among { paths, pattern: false, objects: false }, i + 1)),
                Token::Text(Some(text)) => paths.push((*text).to_owned()),
                Token::Line | Token::Sign(b',') => {}
                _ => return None,
            }
        }
        None
    }

    /// `glob.glob('src/*.py')`, `Path('src').rglob('*.py')`, with where it ends.
    fn globbed(&self, start: usize) -> Option<(Among, usize)> {
        let first =
            self.name_at(start).filter(|name| self.held.contains_key(name) || !self.mentioned.contains(name))?;
        let text = |i: usize| match (self.is(i, b'('), self.at(i + 1)) {
            (true, Some(Token::Text(Some(text)))) => Some(*text),
            _ => None,
        };
        let (folder, at) = match self.held.get(first) {
            Some(Held::Path(folder)) => (*folder, start + 1),
            Some(_) => return None,
            None => {
                let (path, i) = self.dotted_name(start)?;
                if matches!(path.as_str(), "glob.glob" | "glob.iglob") {
                    let recursive = self.is(i + 2, b',')
                        && self.name_at(i + 3) == Some("recursive")
                        && self.is(i + 4, b'=')
                        && self.name_at(i + 5) == Some("True");
                    let end = i + 2 + 4 * usize::from(recursive);
                    let among = Among { paths: vec![text(i)?.to_owned()], pattern: true, objects: false };
                    return self.is(end, b')').then_some((among, end + 1));
                }
                let makes = self.language.does(&path) == Some(Does::Names) && self.is(i + 2, b')');
                (text(i).filter(|_| makes)?, i + 3)
            }
        };
        let (method, pattern) = (self.name_at(at + 1).filter(|_| self.is(at, b'.'))?, text(at + 2)?);
        let ending = pattern.rsplit_once("*.").filter(|(_, ending)| SOURCES.contains(ending));
        let hidden =
            folder.split('/').any(|part| part.starts_with('.')) || pattern.contains("/.") || pattern.starts_with('.');
        if ending.is_none() || hidden || !self.is(at + 4, b')') {
            return None;
        }
        let path = match method {
            "glob" => format!("{folder}/{pattern}"),
            "rglob" => format!("{folder}/**/{pattern}"),
            _ => return None,
        };
        Some((Among { paths: vec![path], pattern: true, objects: true }, at + 5))
    }

    /// Something is done to each of some paths.
    pub(super) fn on_each(&mut self, kind: EffectKind, among: &Among) {
        for path in &among.paths {
            self.actions.push(Action { pattern: among.pattern, ..Action::on(kind, path.as_str()) });
        }
    }

    /// Whether a call that reads or writes is given paths of a loop, or a descriptor that is open from the start.
    pub(super) fn is_given_paths(&mut self, kind: EffectKind, argument: Option<&Argument<'a>>) -> bool {
        let plain = matches!(kind, EffectKind::Read | EffectKind::Inspect | EffectKind::Write | EffectKind::Append);
        match argument {
            Some(Argument::Among(among)) if plain => {
                self.on_each(kind, among);
                true
            }
            Some(Argument::Number("0" | "1" | "2")) => plain && self.language.syntax == Syntax::JavaScript,
            _ => false,
        }
    }

    /// A method of a path, or of any of some, that a name stands for: whether it was understood.
    pub(super) fn held_path(&mut self, name: &str, i: usize) -> bool {
        let method = self.name_at(i + 2).filter(|_| self.is(i + 1, b'.') && self.is(i + 3, b'('));
        let known = method.and_then(|method| self.language.paths.iter().find(|(known, _)| *known == method));
        let (Some((_, kind)), Some(held)) = (known, self.held.get(name).cloned()) else {
            return false;
        };
        match held {
            Held::Path(path) => self.actions.push(Action::on(*kind, path)),
            Held::Among(among) if among.objects && !matches!(kind, EffectKind::Delete | EffectKind::Metadata) => {
                self.on_each(*kind, &among);
            }
            _ => return false,
        }
        true
    }

    /// A dotted name as the table has it, and where it ends.
    fn dotted_name(&self, start: usize) -> Option<(String, usize)> {
        let first = self.name_at(start)?;
        let mut path = self.aliases.get(first).cloned().unwrap_or_else(|| first.to_owned());
        let mut i = start + 1;
        while self.is(i, b'.') && i < start + FAR {
            path.push('.');
            path.push_str(self.name_at(i + 1)?);
            i += 2;
        }
        Some((path, i))
    }
}
