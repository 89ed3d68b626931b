//! What a program of Python gives a name: a text, or a path made of one; or, in a loop, any of some paths.

use super::Action;
use super::code::{Argument, Code, FAR};
use super::code_calls::opened;
use super::code_names::{Among, Held};
use super::code_tokens::{Syntax, Token};
use super::language::Does;
use guardian_rules::EffectKind;
use std::rc::Rc;

/// Endings of sources. `pathlib` finds names with a leading dot too, and no file of secrets ends so.
const SOURCES: &[&str] = &[
    "py", "pyi", "js", "jsx", "ts", "tsx", "mjs", "cjs", "md", "rst", "rs", "go", "java", "kt", "c", "h", "cc", "cpp",
    "hpp", "rb", "php", "css", "scss", "html", "svg", "proto", "graphql", "vue", "svelte", "swift", "cs", "scala",
    "ex", "exs",
];

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
        // In brackets it stands for them there, and may stand for something else outside.
        let has_other =
            || self.aliases.contains_key(name) || self.language.is_root(name) || self.language.builtins.contains(&name);
        if self.is_bracketed(start) && has_other() {
            return;
        }
        let sorted = self.name_at(start) == Some("sorted") && self.is(start + 1, b'(');
        let start = start + 2 * usize::from(sorted);
        let Some((among, mut end)) = self.listed(start).or_else(|| self.globbed(start)) else { return };
        end += usize::from(sorted);
        let over = match self.at(end) {
            Some(Token::Sign(sign)) => matches!(sign, b':' | b']' | b')' | b'}'),
            Some(Token::Name(word)) => *word == "if",
            _ => false,
        };
        if (!sorted || self.is(end - 1, b')')) && over {
            self.held.insert(name, Held::Among(Rc::new(among)));
        }
    }

    /// The name of a loop within brackets, which is used in front of it: no other name there is, so that nothing else can
    /// have it outside of them.
    pub(super) fn hold_before(&mut self, name: &'a str, i: usize) {
        let Some(&value) = self.given.get(name).filter(|&&value| value > i + 2) else { return };
        if self.is_bracketed(value) && !self.held.contains_key(name) {
            self.hold_each(name, value);
        }
    }

    /// Whether what a loop goes through, which begins there, is that of a loop within brackets.
    fn is_bracketed(&self, value: usize) -> bool {
        value.checked_sub(2).is_some_and(|name| self.is_loops(name) && !self.begins(name - 1))
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
        let (Some((method, kind)), Some(held)) = (known, self.held.get(name).cloned()) else {
            return false;
        };
        let kind = self.opened_by(method, *kind, i + 3);
        match held {
            Held::Path(path) => self.actions.push(Action::on(kind, path)),
            Held::Among(among) if among.objects && !matches!(kind, EffectKind::Delete | EffectKind::Metadata) => {
                self.on_each(kind, &among);
            }
            _ => return false,
        }
        true
    }

    /// What a method does to the path that it is called on: `open` says by its mode how, and reads where it says none.
    pub(super) fn opened_by(&self, method: &str, kind: EffectKind, i: usize) -> EffectKind {
        if method != "open" {
            return kind;
        }
        let Ok(arguments) = self.arguments(i) else { return kind };
        let mut mode = "r";
        for (n, argument) in arguments.iter().enumerate() {
            match argument {
                Argument::Text(text) if n == 0 => mode = text,
                Argument::Keyword("mode", Some(text)) => mode = text,
                Argument::Keyword("encoding" | "errors" | "newline", _) => {}
                _ => return kind,
            }
        }
        opened(mode)
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
