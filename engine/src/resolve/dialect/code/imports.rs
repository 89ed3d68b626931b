//! Modules that code imports, and the names it gives them.

use super::super::Action;
use super::tokens::{Syntax, Token};
use super::{Code, FAR, Read};
use guardian_rules::EffectKind;

impl<'a> Code<'a, '_> {
    /// `import a.b as c, d`, `from a import b as c`.
    pub(super) fn import(&mut self, i: usize) -> Read<usize> {
        let from = self.at(i).is_some_and(|t| t.is_name("from"));
        let mut j = i + 1;
        let (module, next) = self.dotted(j)?;
        j = next;
        if from {
            self.module(&module)?;
            if !self.at(j).is_some_and(|t| t.is_name("import")) {
                return Err("an import that is not understood");
            }
            j += 1;
            let bracket = self.is(j, b'(');
            j += usize::from(bracket);
            loop {
                while bracket && self.at(j) == Some(&Token::Line) {
                    j += 1;
                }
                let name = self.name_at(j).ok_or("an import that is not understood")?;
                j = self.bind(j + 1, name, format!("{module}.{name}"))?;
                if !self.is(j, b',') {
                    break;
                }
                j += 1;
            }
            return Ok(j);
        }
        let (mut module, mut j, mut start) = (module, j, i + 1);
        loop {
            self.module(&module)?;
            let first = module.split('.').next().unwrap_or_default().to_owned();
            if self.at(j).is_some_and(|t| t.is_name("as")) {
                let name = self
                    .name_at(j + 1)
                    .ok_or("an import that is not understood")?;
                j = self.bind(j, name, module)?;
            } else {
                let name = self
                    .name_at(start)
                    .ok_or("an import that is not understood")?;
                j = self.bind(j, name, first)?;
            }
            if !self.is(j, b',') {
                return Ok(j);
            }
            start = j + 1;
            (module, j) = self.dotted(start)?;
        }
    }

    /// `as other` behind an imported name, or nothing.
    fn bind(&mut self, i: usize, name: &'a str, path: String) -> Read<usize> {
        let (name, next) = if self.at(i).is_some_and(|t| t.is_name("as")) {
            let own = self
                .name_at(i + 1)
                .ok_or("an import that is not understood")?;
            (own, i + 2)
        } else {
            (name, i)
        };
        match self.aliases.insert(name, path.clone()) {
            Some(other) if other != path => Err("a name that stands for two things"),
            _ => Ok(next),
        }
    }

    fn dotted(&self, mut i: usize) -> Read<(String, usize)> {
        let mut path = self
            .name_at(i)
            .ok_or("an import that is not understood")?
            .to_owned();
        i += 1;
        for _ in 0..FAR {
            if !self.is(i, b'.') {
                return Ok((path, i));
            }
            path.push('.');
            path.push_str(
                self.name_at(i + 1)
                    .ok_or("an import that is not understood")?,
            );
            i += 2;
        }
        Err("an import that is not understood")
    }

    fn module(&mut self, module: &str) -> Read<()> {
        if self.language.modules.contains(&module) {
            return Ok(());
        }
        if self.language.found.contains(&module) {
            self.actions
                .push(Action::on(EffectKind::Execute, "project modules"));
            return Ok(());
        }
        Err("a module that is not known")
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
            self.actions
                .push(Action::on(EffectKind::Execute, "project module"));
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
    fn destructure(&mut self, end: usize, path: &str) -> Read<()> {
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
}
