//! Names of plain code, what is called, and what is behind a dot: all of them from lists, or of the code's own.

use super::code_tokens::{Syntax, Token};
use super::language::Does;
use super::plain::{Parser, Plain};
use super::plain_words::{HIDDEN, STREAMS};
use super::python_names::VERSIONS;
use guardian_rules::EffectKind as K;
use std::ops::RangeInclusive;

impl<'a> Parser<'a, '_> {
    /// What begins with a name, which was taken.
    pub(super) fn named(&mut self, name: &'a str) -> Plain {
        match (self.syntax(), name) {
            (Syntax::Python, "lambda") => {
                self.parameters(":")?;
                self.expect(":")?;
                return self.expression();
            }
            (Syntax::JavaScript, "function") => {
                if let Some(Token::Name(name)) = self.here() {
                    self.take();
                    self.bind_function(name)?;
                }
                return self.function();
            }
            // `new` is as harmless as what it makes.
            (Syntax::JavaScript, "new") => {
                let name = self.name()?;
                return self.imported.get(name).cloned().or_else(|| self.root(name)).and_then(|path| self.listed(path));
            }
            (Syntax::JavaScript, "require") => return self.required(),
            (Syntax::JavaScript, _) if self.is("=>") => {
                self.bind(name)?;
                return self.arrow();
            }
            _ => {}
        }
        if self.grammar.constants.contains(&name) {
            return self.postfix();
        }
        let path = self.imported.get(name).cloned().or_else(|| self.root(name));
        match path {
            Some(path) => self.listed(path),
            None => self.uses(name),
        }
    }

    fn root(&self, name: &str) -> Option<String> {
        let unlisted = self.language.builtins.contains(&name) && !self.language.begins(name);
        (self.language.is_root(name) && !unlisted && !self.language.keywords.contains(&name)).then(|| name.to_owned())
    }

    /// Parameters in brackets, and the body in braces.
    pub(super) fn function(&mut self) -> Plain {
        self.expect("(")?;
        self.within(")", |parser| parser.parameters(")"))?;
        self.expect("{")?;
        self.block()
    }

    /// `require("./x.json")`, `require("module").name`; the module's name was looked at where it is imported.
    fn required(&mut self) -> Plain {
        self.expect("(")?;
        let Token::Text(Some(module)) = self.take()? else { return None };
        self.expect(")")?;
        if module.ends_with(".json") {
            return self.postfix();
        }
        let module = module.strip_prefix("node:").unwrap_or(module);
        if module.starts_with(['.', '/']) {
            return None;
        }
        self.listed(module.replace('/', "."))
    }

    /// A name of the language's table, with what belongs to it.
    fn listed(&mut self, mut path: String) -> Plain {
        // The name in front, which was taken.
        let name = self.taken();
        let start = self.index();
        let mut at = start;
        let mut best = self.language.does(&path).map(|does| (does, path.clone(), at));
        let mut steps = 0;
        while steps < 12 {
            let (true, Some(Token::Name(name))) = (self.sign_at(at, b'.'), self.between(at + 1, at + 2).first()) else {
                break;
            };
            path.push('.');
            path.push_str(name);
            at += 2;
            if let Some(does) = self.language.does(&path) {
                best = Some((does, path.clone(), at));
            }
            steps += 1;
        }
        let Some((does, path, end)) = best else { return self.version(&path, start, at) };
        let within = |never: &&str| match never.strip_suffix('*') {
            Some(module) => path.starts_with(module),
            None => path == *never,
        };
        if self.grammar.never.iter().any(within) {
            return None;
        }
        while self.index() < end {
            self.take();
        }
        match does {
            Does::Computes if self.syntax() == Syntax::JavaScript && STREAMS.contains(&path.as_str()) => {
                return self.stream(name);
            }
            Does::Computes if self.command(&path)? => return Some(()),
            Does::Computes if path == "type" => {
                self.expect("(")?;
                self.within(")", Self::expression)?;
            }
            Does::Computes if self.is("(") => self.arguments()?,
            Does::Computes => {}
            // It may be shown; what changes a list is handed it, or has it under another name.
            Does::Searches => return self.is_shown(start),
            Does::Words => self.given_words()?,
            Does::Environment | Does::Variable => self.variable(does)?,
            Does::Opens | Does::Names | Does::Asks | Does::Path(K::Read | K::Inspect) | Does::Tree(K::Inspect) => {
                self.reads(does)?;
            }
            // What else is done to what is named, the reader says whatever is given beside it.
            _ => self.acts()?,
        }
        self.ruby_block()?;
        self.postfix()
    }

    fn sign_at(&self, i: usize, sign: u8) -> bool {
        self.between(i, i + 1).first().is_some_and(|token| token.is(sign))
    }

    /// What tells the version of a module that is not in the table, or where it is.
    fn version(&mut self, path: &str, start: usize, end: usize) -> Plain {
        let (_, last) = path.rsplit_once('.')?;
        while self.index() < end {
            self.take();
        }
        if last == "__path__" {
            return self.is_shown(start);
        }
        (VERSIONS.contains(&last) && self.language.others && !self.is("(")).then_some(())
    }

    /// What follows an operand: `.name`, `.name(…)`, `[…]`, a block.
    pub(super) fn postfix(&mut self) -> Plain {
        loop {
            // `a?.[0]` is `a[0]`, if there is an `a`.
            if self.syntax() == Syntax::JavaScript && self.is("?.[") {
                self.eat("?.");
            }
            if self.is(".") || self.syntax() == Syntax::JavaScript && self.is("?.") {
                // `1..2`
                if self.syntax() == Syntax::Ruby && self.is("..") {
                    return Some(());
                }
                self.eat("?");
                self.eat(".");
                self.attribute()?;
            } else if self.is("[") {
                self.eat("[");
                self.deeper(|parser| parser.within("]", Self::subscript))?;
            } else if self.syntax() == Syntax::Ruby && self.follows_line(b'.') {
                while self.here() == Some(&Token::Line) {
                    self.take();
                }
            } else {
                return Some(());
            }
        }
    }

    /// Whether the next line of Ruby goes on with a dot.
    fn follows_line(&self, sign: u8) -> bool {
        let mut tokens = self.between(self.index(), self.index() + 8).iter();
        self.here() == Some(&Token::Line)
            && tokens.find(|token| **token != Token::Line).is_some_and(|token| token.is(sign))
    }

    fn attribute(&mut self) -> Plain {
        let before = self.between(self.index().saturating_sub(3), self.index().saturating_sub(1));
        let name = self.name()?;
        // What a class or function is called is a text like any other.
        let told = matches!(name, "__version__" | "__name__");
        if HIDDEN.contains(&name) || name.starts_with('_') && !told {
            return None;
        }
        let plain = name.trim_end_matches('!');
        let called = self.is("(");
        let listed = self.language.methods.contains(&plain);
        // Whether the reader knows the path, it says itself.
        let path = called && self.language.paths.iter().any(|(known, _)| *known == name);
        // Data of JavaScript has fields of any name; of what plain code can have, nothing that they lead to does harm.
        let field = self.syntax() == Syntax::JavaScript && !called;
        if !listed && !field && !path {
            return None;
        }
        if self.syntax() == Syntax::Python && name == "format" && !(called && formats_plainly(before)) {
            return None;
        }
        let more = self.means_more(plain);
        if called {
            let count = self.arguments_counted()?;
            more.is_none_or(|plainly| plainly.contains(&count)).then_some(())?;
        } else if more.is_some() {
            return None;
        } else if self.command(name)? {
            return Some(());
        }
        self.ruby_block()
    }

    /// With how many arguments a method means no more than on any text or list, if it does on what a module gives that is
    /// imported here.
    fn means_more(&self, name: &str) -> Option<RangeInclusive<usize>> {
        let has = |module: &str| {
            self.imported
                .values()
                .any(|path| path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
        };
        let found = self.grammar.more.iter().find(|(module, method, ..)| *method == name && has(module));
        found.map(|(.., least, most)| *least..=*most)
    }

    /// What stands in a subscript: anything but in JavaScript, where it may name whatever an object has.
    fn subscript(&mut self) -> Plain {
        if self.syntax() == Syntax::JavaScript {
            return match self.take()? {
                Token::Number(_) => Some(()),
                Token::Text(Some(text)) if !HIDDEN.contains(text) && !text.starts_with('_') => Some(()),
                _ => None,
            };
        }
        while !self.is("]") {
            let parted = |parser: &Self| parser.is(",") || parser.syntax() == Syntax::Python && parser.is(":");
            if !parted(self) {
                self.expression()?;
            }
            if !parted(self) {
                break;
            }
            self.take();
        }
        Some(())
    }

    pub(super) fn arguments(&mut self) -> Plain {
        self.arguments_counted().map(|_| ())
    }

    /// How many there are that stand for themselves; more than any call has where there may be others.
    fn arguments_counted(&mut self) -> Option<usize> {
        self.expect("(")?;
        let mut count = 0;
        self.deeper(|parser| {
            parser.within(")", |parser| {
                count = parser.items(")")?;
                Some(())
            })
        })?;
        Some(count)
    }

    /// Elements or arguments up to a bracket, which is left.
    pub(super) fn items(&mut self, close: &str) -> Option<usize> {
        let mut count = 0_usize;
        while !self.is(close) {
            let start = self.index();
            self.item()?;
            count = match self.between(start, start + 2) {
                [Token::Sign(b'*'), ..] => usize::MAX,
                [Token::Name(_), Token::Sign(b'=')] if self.syntax() == Syntax::Python => count,
                _ => count.saturating_add(1),
            };
            if self.syntax() == Syntax::Python {
                self.comprehension()?;
            }
            if !self.eat(",") {
                break;
            }
        }
        Some(count)
    }

    fn item(&mut self) -> Plain {
        match self.syntax() {
            Syntax::Python => {
                let _star = self.eat("**") || self.eat("*");
                let named = matches!(self.here(), Some(Token::Name(_)));
                let keyword = named
                    && self.behind(1).is_some_and(|token| token.is(b'='))
                    && !self.behind(2).is_some_and(|token| token.is(b'='));
                if keyword {
                    let name = self.name()?;
                    if name.starts_with("__") {
                        return None;
                    }
                    self.eat("=");
                }
            }
            Syntax::JavaScript => {
                self.eat("...");
            }
            Syntax::Ruby if self.eat("&") => {
                return match self.take()? {
                    Token::Symbol(name) if self.language.methods.contains(name) => Some(()),
                    _ => None,
                };
            }
            Syntax::Ruby => {
                if let (Some(Token::Name(_)), true) = (self.here(), self.behind(1).is_some_and(|t| t.is(b':'))) {
                    self.take();
                    self.eat(":");
                }
            }
        }
        self.expression()
    }

    /// `for x in y if z` behind an element.
    fn comprehension(&mut self) -> Plain {
        while self.eat_word("for") {
            self.targets()?;
            self.eat_word("in").then_some(())?;
            self.expression()?;
        }
        Some(())
    }

    /// What stands in braces: `k: v`, an element, `...x`.
    pub(super) fn fields(&mut self) -> Plain {
        while !self.is("}") {
            match (self.syntax(), self.here()?) {
                (Syntax::JavaScript, Token::Sign(b'.')) => {
                    self.expect("...")?;
                    self.expression()?;
                }
                (Syntax::JavaScript, Token::Name(name)) => {
                    self.take();
                    let key = !HIDDEN.contains(name) && !name.starts_with('_');
                    key.then_some(())?;
                    if self.eat(":") {
                        self.expression()?;
                    } else if self.imported.contains_key(name) {
                        return None;
                    } else {
                        self.uses(name)?;
                    }
                }
                (Syntax::JavaScript, Token::Text(Some(text))) => {
                    self.take();
                    (!HIDDEN.contains(text) && !text.starts_with('_')).then_some(())?;
                    self.expect(":")?;
                    self.expression()?;
                }
                (Syntax::JavaScript, _) => return None,
                (Syntax::Ruby, Token::Name(_)) if self.behind(1).is_some_and(|token| token.is(b':')) => {
                    self.take();
                    self.eat(":");
                    self.expression()?;
                }
                (Syntax::Ruby, _) => {
                    self.expression()?;
                    self.expect("=>")?;
                    self.expression()?;
                }
                (Syntax::Python, _) => {
                    let _star = self.eat("**") || self.eat("*");
                    self.expression()?;
                    if self.eat(":") {
                        self.expression()?;
                    }
                    self.comprehension()?;
                }
            }
            if !self.eat(",") {
                return Some(());
            }
        }
        Some(())
    }
}

/// Whether the second is a text that goes on from none before it, and of which the fields are no more than numbers or names: a
/// field may go on with attributes and subscripts. (Python, "Format String Syntax")
fn formats_plainly(before: &[Token<'_>]) -> bool {
    let [Token::Sign(b'(' | b',' | b'=' | b'[' | b':' | b'+'), Token::Text(Some(text))] = before else { return false };
    let text = text.replace("{{", "");
    let mut rest = text.as_str();
    while let Some((_, field)) = rest.split_once('{') {
        let name = field.split([':', '!', '}', '{']).next().unwrap_or_default();
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return false;
        }
        rest = field;
    }
    true
}
