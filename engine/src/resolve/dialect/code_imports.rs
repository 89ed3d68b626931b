//! What Python and JavaScript import, and under which names.

use super::Action;
use super::code::{Code, FAR, Read};
use super::code_tokens::Token;
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
                let name = self.name_at(j + 1).ok_or("an import that is not understood")?;
                j = self.bind(j, name, module)?;
            } else {
                let name = self.name_at(start).ok_or("an import that is not understood")?;
                j = self.bind(j, name, first)?;
            }
            if !self.is(j, b',') {
                return Ok(j);
            }
            start = j + 1;
            (module, j) = self.dotted(start)?;
        }
    }

    /// `import a, {b, c as d} from "m"`, `import * as a from "m"`, `import "m"`.
    pub(super) fn import_module(&mut self, i: usize) -> Read<usize> {
        const UNCLEAR: &str = "a module that is imported";
        let mut names: Vec<(&'a str, Option<&'a str>)> = Vec::new();
        let mut j = i + 1;
        let mut inside = false;
        for _ in 0..FAR {
            match self.at(j).ok_or(UNCLEAR)? {
                Token::Text(Some(module)) if !inside => {
                    // Attributes of the import, and a module of the project.
                    let plain = matches!(self.at(j + 1), None | Some(Token::Line | Token::Sign(b';')));
                    let from =
                        names.is_empty() == (j == i + 1) && (names.is_empty() || self.name_at(j - 1) == Some("from"));
                    if !plain || !from || module.starts_with(['.', '/']) || module.contains("://") {
                        return Err(UNCLEAR);
                    }
                    let module = module.strip_prefix("node:").unwrap_or(module);
                    self.module(module)?;
                    let path = module.replace('/', ".");
                    for (name, member) in names {
                        let path = member.map_or_else(|| path.clone(), |member| format!("{path}.{member}"));
                        self.bind(j + 1, name, path)?;
                    }
                    return Ok(j + 1);
                }
                Token::Name("from") if !inside && !names.is_empty() => j += 1,
                Token::Name(name) => {
                    let own = self.name_at(j + 2).filter(|_| self.name_at(j + 1) == Some("as"));
                    let member = inside.then_some(*name).filter(|name| *name != "default");
                    names.push((own.unwrap_or(name), member));
                    j += if own.is_some() { 3 } else { 1 };
                }
                Token::Sign(b'*') if !inside && self.name_at(j + 1) == Some("as") => {
                    names.push((self.name_at(j + 2).ok_or(UNCLEAR)?, None));
                    j += 3;
                }
                Token::Sign(b'{') if !inside => (inside, j) = (true, j + 1),
                Token::Sign(b'}') if inside => (inside, j) = (false, j + 1),
                Token::Sign(b',') | Token::Line => j += 1,
                _ => return Err(UNCLEAR),
            }
        }
        Err(UNCLEAR)
    }

    /// `as other` behind an imported name, or nothing.
    pub(super) fn bind(&mut self, i: usize, name: &'a str, path: String) -> Read<usize> {
        let (name, next) = if self.at(i).is_some_and(|t| t.is_name("as")) {
            let own = self.name_at(i + 1).ok_or("an import that is not understood")?;
            (own, i + 2)
        } else {
            (name, i)
        };
        match self.aliases.insert(name, path.clone()) {
            Some(other) if other != path => Err("a name that stands for two things"),
            _ => Ok(next),
        }
    }

    pub(super) fn dotted(&self, mut i: usize) -> Read<(String, usize)> {
        let mut path = self.name_at(i).ok_or("an import that is not understood")?.to_owned();
        i += 1;
        for _ in 0..FAR {
            if !self.is(i, b'.') {
                return Ok((path, i));
            }
            path.push('.');
            path.push_str(self.name_at(i + 1).ok_or("an import that is not understood")?);
            i += 2;
        }
        Err("an import that is not understood")
    }

    pub(super) fn module(&mut self, module: &str) -> Read<()> {
        if self.language.modules.contains(&module) {
            return Ok(());
        }
        if !self.language.others {
            return Err("a module that is not known");
        }
        self.actions.push(Action::on(EffectKind::Execute, "project libraries"));
        Ok(())
    }
}
