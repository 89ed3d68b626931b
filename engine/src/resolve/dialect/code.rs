//! What code in Python, JavaScript and Ruby does, as far as its words say: what is in a language's table says what its use
//! does. Whether that is all, the grammar of plain code says (`plain.rs`), and where it does not, what the code does is
//! unknown.

use super::code_names::{Among, Held, given_once, mentioned};
use super::code_tokens::{Syntax, Token, tokens};
use super::language::Language;
use super::plain::beyond;
use super::python::is_recoded;
use super::turns::{self, Piece};
use super::{Action, Actions};
use guardian_rules::EffectKind;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What code does besides computing and printing.
pub(super) fn read(language: &Language, text: &str, actions: &mut Actions) {
    let tokens = match tokens(language.syntax, text) {
        Ok(tokens) => tokens,
        Err(why) => return actions.unknown(why),
    };
    let mut code = Code {
        language,
        tokens: &tokens,
        aliases: BTreeMap::new(),
        objects: BTreeMap::new(),
        evaluates: false,
        known: None,
        given: given_once(language.syntax, &tokens),
        held: BTreeMap::new(),
        mentioned: mentioned(language.syntax, &tokens),
        actions,
    };
    if let Err(why) = code.read() {
        code.actions.unknown(why);
    }
    if language.syntax == Syntax::Python && is_recoded(text) {
        code.actions.unknown("Python in an encoding in which a comment may be code");
    }
    let fetched = code.actions.list.iter().any(|a| matches!(a.kind, EffectKind::Fetch | EffectKind::Send));
    if code.evaluates {
        code.actions.push(if fetched {
            Action::on(EffectKind::Execute, "a download")
        } else {
            Action::unknown("text that is run as code")
        });
    }
    code.exhausts();
    let beyond = beyond(language, &tokens, &code.aliases);
    let pieces: Vec<Piece<'_>> = tokens.iter().map(piece).collect();
    turns::look(&pieces, actions);
    actions.no_more_than_found(beyond);
}

/// Where code goes beyond what is plain, by its tokens alone and without its imports.
#[cfg(test)]
pub(super) fn beyond_plain(language: &Language, text: &str) -> Option<String> {
    match tokens(language.syntax, text) {
        Ok(tokens) => beyond(language, &tokens, &BTreeMap::new()),
        Err(why) => Some(why.to_owned()),
    }
}

fn piece<'a>(token: &Token<'a>) -> Piece<'a> {
    match token {
        Token::Name(name) => Piece::Word(name),
        Token::Number(digits) => Piece::Number(Some(digits.bytes().all(|b| matches!(b, b'0' | b'.')))),
        Token::Sign(sign) => Piece::Sign(*sign),
        Token::Line => Piece::Sign(b'\n'),
        _ => Piece::Other,
    }
}

/// How far one looks for an argument.
pub(super) const FAR: usize = 64;

/// An argument of a call.
pub(super) enum Argument<'a> {
    Text(&'a str),
    Number(&'a str),
    /// The number of a process that it has started, or is.
    Own,
    /// A list of texts.
    List(Vec<&'a str>),
    /// Any of these.
    Among(Rc<Among>),
    /// `name = …`
    Keyword(&'a str, Option<&'a str>),
    Other,
}

pub(super) type Read<T> = Result<T, &'static str>;

pub(super) struct Code<'a, 'b> {
    pub(super) language: &'b Language,
    pub(super) tokens: &'b [Token<'a>],
    /// Own names for what is in the table.
    pub(super) aliases: BTreeMap<&'a str, String>,
    /// Further names for it, of which the grammar of plain code knows nothing.
    pub(super) objects: BTreeMap<&'a str, String>,
    pub(super) evaluates: bool,
    /// A method that was understood with the path that it is called on.
    pub(super) known: Option<usize>,
    /// Names that are given a value once, with where, and those of them whose value is known.
    pub(super) given: BTreeMap<&'a str, usize>,
    pub(super) held: BTreeMap<&'a str, Held<'a>>,
    /// Names that may be something else than what was imported.
    pub(super) mentioned: BTreeSet<&'a str>,
    pub(super) actions: &'b mut Actions,
}

impl<'a, 'b> Code<'a, 'b> {
    pub(super) fn at(&self, i: usize) -> Option<&'b Token<'a>> {
        self.tokens.get(i)
    }

    pub(super) fn is(&self, i: usize, sign: u8) -> bool {
        self.at(i).is_some_and(|t| t.is(sign))
    }

    pub(super) fn name_at(&self, i: usize) -> Option<&'a str> {
        match self.at(i) {
            Some(Token::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// The token before, over line ends.
    pub(super) fn before(&self, i: usize) -> Option<&'b Token<'a>> {
        let tokens: &'b [Token<'a>] = self.tokens;
        tokens.get(..i).unwrap_or_default().iter().rev().find(|token| **token != Token::Line)
    }

    pub(super) fn read(&mut self) -> Read<()> {
        let mut i = 0;
        // What JavaScript imports is there before its first line runs.
        let mut first = true;
        while let Some(token) = self.at(i) {
            let imports = first && token.is_name("import") && self.language.syntax == Syntax::JavaScript;
            first = imports || first && matches!(token, Token::Line | Token::Sign(b';'));
            i = match token {
                Token::Name("import") if imports => self.import_module(i)?,
                Token::Name("import" | "from") if self.language.syntax == Syntax::Python && self.begins(i) => {
                    self.import(i)?
                }
                Token::Name("import" | "export") if self.language.syntax == Syntax::JavaScript => {
                    return Err("a module that is imported");
                }
                Token::Name("require") if self.language.syntax != Syntax::Python => self.require(i)?,
                Token::Name(_) => self.chain(i)?,
                Token::Shell(text) => {
                    self.run_text(*text);
                    i + 1
                }
                _ => i + 1,
            };
        }
        Ok(())
    }

    pub(super) fn begins(&self, i: usize) -> bool {
        match i.checked_sub(1).and_then(|i| self.at(i)) {
            None | Some(Token::Line | Token::Sign(b';' | b':')) => true,
            Some(_) => false,
        }
    }

    /// `require("x")` of JavaScript and `require "x"` of Ruby.
    pub(super) fn require(&mut self, i: usize) -> Read<usize> {
        let bracket = self.is(i + 1, b'(');
        let j = i + 1 + usize::from(bracket);
        let Some(Token::Text(Some(module))) = self.at(j) else {
            return Err("a module whose name is not known");
        };
        if bracket && !self.is(j + 1, b')') {
            return Err("a module whose name is not known");
        }
        let end = j + 1 + usize::from(bracket);
        let module = module.strip_prefix("node:").unwrap_or(module);
        if self.language.syntax == Syntax::JavaScript && module.starts_with(['.', '/']) {
            if module.ends_with(".json") {
                self.actions.push(Action::on(EffectKind::Read, module));
                return Ok(end);
            }
            self.actions.push(Action::on(EffectKind::Execute, "project module"));
        }
        self.module(module)?;
        if self.language.syntax == Syntax::Ruby {
            return Ok(end);
        }
        let path = module.replace('/', ".");
        // `x = require("m")`, `{a, b: c} = require("m")`
        let bound = i.checked_sub(1).filter(|i| self.is(*i, b'='));
        if let Some(at) = bound
            && !self.is(end, b'.')
            && !self.is(end, b'[')
            && !self.is(end, b'(')
        {
            let left = at.checked_sub(1).ok_or("a module that is handed on")?;
            if let Some(name) = self.name_at(left) {
                self.bind(end, name, path)?;
                return Ok(end);
            }
            if self.is(left, b'}') {
                self.destructure(left, &path)?;
                return Ok(end);
            }
        }
        self.path(path, end)
    }

    /// Binds `{a, b: c}`, given its end.
    pub(super) fn destructure(&mut self, end: usize, path: &str) -> Read<()> {
        let mut i = end;
        for _ in 0..FAR {
            i = i.checked_sub(1).ok_or("a pattern that is not understood")?;
            match self.at(i) {
                Some(Token::Sign(b'{')) => return Ok(()),
                Some(Token::Sign(b',')) => {}
                Some(Token::Name(name)) => {
                    let member = if i.checked_sub(1).is_some_and(|i| self.is(i, b':')) {
                        i -= 2;
                        self.name_at(i).ok_or("a pattern that is not understood")?
                    } else {
                        name
                    };
                    let name = *name;
                    self.bind(end + 1, name, format!("{path}.{member}"))?;
                }
                _ => break,
            }
        }
        Err("a pattern that is not understood")
    }

    /// A name with what follows it behind dots.
    pub(super) fn chain(&mut self, i: usize) -> Read<usize> {
        let Some(name) = self.name_at(i) else {
            return Ok(i + 1);
        };
        if self.attribute(i) {
            let of_paths = self.language.paths.iter().any(|(method, _)| *method == name);
            let of_others = self.language.methods.contains(&name);
            if of_paths && !of_others && self.known != Some(i) {
                return Err("a method of a path that is not known");
            }
            return Ok(i + 1);
        }
        // A name that is given a value is not used.
        let given = self.is(i + 1, b'=') && !matches!(self.at(i + 2), Some(Token::Sign(b'=' | b'>' | b'~')));
        if given || self.label(i) {
            if self.given.get(name) == Some(&(i + 2)) {
                self.hold(name, i + 2);
            }
            return Ok(i + 1);
        }
        if self.given.get(name) == Some(&(i + 2)) && self.is_loops(i) {
            self.hold_each(name, i + 2);
            return Ok(i + 1);
        }
        self.hold_before(name, i);
        if self.held_path(name, i) {
            return Ok(i + 3);
        }
        // Own names come first: many keywords are names elsewhere.
        match self.aliases.get(name).or_else(|| self.objects.get(name)) {
            Some(path) => self.object(i, path.clone()),
            None if self.language.keywords.contains(&name) => Ok(i + 1),
            None if self.language.is_root(name) => self.object(i, name.to_owned()),
            // The program's own, or an error.
            None => Ok(i + 1),
        }
    }

    /// Whether the name stands behind a dot, and not behind a range or spread.
    pub(super) fn attribute(&self, i: usize) -> bool {
        let mut tokens =
            self.tokens.get(i.saturating_sub(FAR)..i).unwrap_or_default().iter().rev().filter(|t| **t != Token::Line);
        tokens.next().is_some_and(|t| t.is(b'.')) && !tokens.next().is_some_and(|t| t.is(b'.'))
    }

    /// `name:` is a key, `name=` within a call a parameter, neither is a use.
    pub(super) fn label(&self, i: usize) -> bool {
        let behind = matches!(self.before(i), Some(Token::Sign(b'(' | b',' | b'{')));
        let key = self.language.syntax != Syntax::Python
            && self.is(i + 1, b':')
            && matches!(self.before(i), Some(Token::Sign(b',' | b'{' | b'(')));
        let parameter =
            self.language.syntax == Syntax::Python && behind && self.is(i + 1, b'=') && !self.is(i + 2, b'=');
        key || parameter
    }

    /// A path of the table, with what follows at `i`. Gives where to read on.
    pub(super) fn path(&mut self, mut path: String, mut i: usize) -> Read<usize> {
        let mut best = self.language.does(&path).map(|does| (does, i));
        for _ in 0..6 {
            let (true, Some(name)) = (self.is(i, b'.'), self.name_at(i + 1)) else {
                break;
            };
            path.push('.');
            path.push_str(name);
            i += 2;
            if let Some(does) = self.language.does(&path) {
                best = Some((does, i));
            }
        }
        let Some((does, end)) = best else { return Ok(i) };
        self.does(does, end)?;
        Ok(end)
    }
}
