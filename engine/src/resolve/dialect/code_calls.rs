//! What a call does by its name, in any of the languages that are read word by word.

use super::code::{Argument, Code, FAR, Read};
use super::code_names::Held;
use super::code_tokens::{Syntax, Token};
use super::language::Does;
use super::{Action, OWN, ShellInput, WHOEVER};
use guardian_rules::EffectKind;
use guardian_rules::places::{self, is_secret_variable as is_secret};
use std::rc::Rc;

impl<'a> Code<'a, '_> {
    pub(super) fn does(&mut self, does: Does, i: usize) -> Read<()> {
        use EffectKind as K;
        match does {
            Does::Computes | Does::Searches | Does::Words => return Ok(()),
            Does::Environment => {
                self.environment(i);
                return Ok(());
            }
            Does::Evaluates => {
                self.evaluates = true;
                return Ok(());
            }
            _ => {}
        }
        let arguments = self.arguments(i)?;
        let text = |n: usize| match arguments.get(n) {
            Some(Argument::Text(text)) => Some(*text),
            _ => None,
        };
        match does {
            Does::Path(kind) if self.is_given_paths(kind, arguments.first()) => {}
            Does::Asks if self.is_given_paths(K::Inspect, arguments.first()) => {}
            // As `test -e "$x"` does.
            Does::Asks => self.actions.push(match text(0) {
                Some(path) => Action::on(K::Inspect, path),
                None => Action { target: None, ..Action::on(K::Inspect, "") },
            }),
            Does::Path(kind) | Does::Tree(kind) => {
                let path = match (text(0), arguments.is_empty(), kind) {
                    (Some(path), ..) => path,
                    (None, true, K::Inspect) => ".",
                    _ => return Err("a path that is not known"),
                };
                self.actions.push(match does {
                    Does::Tree(_) => Action::on_tree(kind, path),
                    _ => Action::on(kind, path),
                });
            }
            Does::Modes => self.modes(&arguments)?,
            Does::Copies | Does::Moves => {
                let (Some(from), Some(to)) = (text(0), text(1)) else {
                    return Err("a path that is not known");
                };
                let kind = if does == Does::Copies { K::Read } else { K::Delete };
                self.actions.push(Action::on(kind, from));
                self.actions.push(Action::on(K::Write, to));
            }
            Does::Opens => self.open(&arguments)?,
            Does::Names => self.named(text(0), arguments.len(), i)?,
            Does::Runs => self.run(&arguments)?,
            Does::Fetches | Does::Sends => self.fetches(does, text(0), text(1)),
            Does::Variable => match text(0) {
                Some(name) => self.variable(name),
                None => self.actions.push(Action::on(K::Reveal, "environment")),
            },
            Does::Forks => self.forks(),
            Does::Signals => self.signals(&arguments),
            Does::Computes | Does::Searches | Does::Words | Does::Environment | Does::Evaluates => {}
        }
        Ok(())
    }

    /// An address: of a host, of a file, or in Ruby a command. What stands behind it may be the file that it is put into.
    fn fetches(&mut self, does: Does, address: Option<&str>, file: Option<&str>) {
        use EffectKind as K;
        let kind = if does == Does::Sends { K::Send } else { K::Fetch };
        let address = address.unwrap_or("an unknown host");
        if let Some(code) = address.strip_prefix('|') {
            return self.run_text(Some(code));
        }
        self.actions.push(match address.strip_prefix("file:") {
            Some(path) => Action::on(K::Read, format!("/{}", path.trim_start_matches('/'))),
            None => Action::on(kind, address),
        });
        if let Some(file) = file.filter(|_| does == Does::Fetches && self.language.syntax == Syntax::Python) {
            self.actions.push(Action::on(K::Write, file));
        }
    }

    fn forks(&mut self) {
        let loops = self.tokens.iter().any(|t| matches!(t, Token::Name("while" | "for" | "loop" | "times" | "until")));
        let many = Action::on(EffectKind::Exhaust, "copies of itself");
        self.actions.push(if loops { many } else { Action::unknown("a copy of the process") });
    }

    fn variable(&mut self, name: &str) {
        if is_secret(name) {
            self.actions.push(Action::on(EffectKind::Reveal, format!("variable {name}")));
        }
    }

    /// `environ["X"]`, `environ.get("X")`, `env.X`: one harmless variable is fine.
    fn environment(&mut self, i: usize) {
        let method = self.is(i, b'.') && matches!(self.name_at(i + 1), Some("get" | "fetch"));
        if let Some(name) = self.name_at(i + 1)
            && self.is(i, b'.')
            && !method
            && self.language.syntax == Syntax::JavaScript
        {
            return self.variable(name);
        }
        let j = i + 2 * usize::from(method);
        let opened = self.is(j, b'[') || self.is(j, b'(');
        let closed = self.is(j + 2, b']') || self.is(j + 2, b')') || self.is(j + 2, b',');
        match self.at(j + 1) {
            Some(Token::Text(Some(name))) if opened && closed => self.variable(name),
            _ => self.actions.push(Action::on(EffectKind::Reveal, "environment")),
        }
    }

    /// The mode of a path, which is the first argument, changes to the second.
    fn modes(&mut self, arguments: &[Argument<'a>]) -> Read<()> {
        let Some(Argument::Text(path)) = arguments.first() else {
            return Err("a path that is not known");
        };
        self.actions.push(Action::on(EffectKind::Metadata, *path));
        self.mode(arguments.get(1))
    }

    /// A mode that a file is given, and whether it lets everybody write, or runs the file as its owner.
    fn mode(&mut self, mode: Option<&Argument<'a>>) -> Read<()> {
        let Some(Argument::Number(text)) = mode else {
            return Err("a mode that is not known");
        };
        let digits = text.replace('_', "").to_ascii_lowercase();
        let bits = match (digits.strip_prefix("0o"), digits.strip_prefix("0x"), digits.strip_prefix('0')) {
            (Some(octal), ..) => u32::from_str_radix(octal, 8),
            (_, Some(hex), _) => u32::from_str_radix(hex, 16),
            (.., Some(octal)) if !octal.is_empty() => u32::from_str_radix(octal, 8),
            _ => digits.parse(),
        };
        if bits.map_err(|_| "a mode that is not known")? & places::WEAK_MODE != 0 {
            self.actions.push(Action::on(EffectKind::Weaken, format!("mode {text}")));
        }
        Ok(())
    }

    /// A signal to a process.
    fn signals(&mut self, arguments: &[Argument<'a>]) {
        // Ruby names the signal first.
        let target = match arguments.get(usize::from(self.language.syntax == Syntax::Ruby)) {
            Some(Argument::Text(process) | Argument::Number(process)) => process,
            Some(Argument::Own) => OWN,
            _ => WHOEVER,
        };
        self.actions.push(Action::on(EffectKind::Signal, target));
    }

    /// The arguments of a call whose bracket is at `i`; Ruby may leave the brackets out.
    pub(super) fn arguments(&self, i: usize) -> Read<Vec<Argument<'a>>> {
        let bracket = self.is(i, b'(');
        if !bracket && self.language.syntax != Syntax::Ruby {
            return Err("a function that is handed on");
        }
        let mut list = Vec::new();
        let mut piece: Vec<&Token<'a>> = Vec::new();
        let mut depth = 0_u32;
        for token in self.tokens.iter().skip(i + usize::from(bracket)).take(FAR) {
            let ends = match token {
                Token::Sign(b')' | b']' | b'}') if depth == 0 => true,
                Token::Line | Token::Sign(b';' | b'{') if depth == 0 && !bracket => true,
                Token::Name("if" | "unless" | "do" | "end" | "and" | "or") if depth == 0 && !bracket => true,
                _ => false,
            };
            if ends || (token.is(b',') && depth == 0) {
                if !piece.is_empty() {
                    list.push(self.argument(&piece));
                    piece.clear();
                }
                if ends {
                    return Ok(list);
                }
                continue;
            }
            match token {
                Token::Sign(b'(' | b'[' | b'{') => depth += 1,
                Token::Sign(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if *token != Token::Line {
                piece.push(token);
            }
        }
        if bracket || i + FAR < self.tokens.len() {
            return Err("a call too long to be read");
        }
        if !piece.is_empty() {
            list.push(self.argument(&piece));
        }
        Ok(list)
    }

    /// An argument; a name that stands for a text, or a path of one, is that.
    fn argument(&self, tokens: &[&Token<'a>]) -> Argument<'a> {
        match tokens {
            [Token::Name(name)] => match self.held.get(name) {
                Some(Held::Text(text) | Held::Path(text)) => Argument::Text(text),
                Some(Held::Among(paths)) => Argument::Among(Rc::clone(paths)),
                None => Argument::Other,
            },
            _ => argument(tokens),
        }
    }

    /// `open(path, mode)`; in Ruby a `|` begins a command.
    pub(super) fn open(&mut self, arguments: &[Argument<'a>]) -> Read<()> {
        let mut mode = "r";
        for argument in arguments.iter().skip(1) {
            match argument {
                Argument::Text(text) | Argument::Keyword("mode", Some(text)) => mode = text,
                Argument::Keyword("encoding" | "errors" | "newline", _) => {}
                _ => return Err("a file that is opened in a way that is not known"),
            }
        }
        let path = match arguments.first() {
            Some(Argument::Text(path)) => path,
            Some(Argument::Among(paths)) => {
                self.on_each(opened(mode), paths);
                return Ok(());
            }
            // A descriptor.
            Some(Argument::Number(_)) => return Ok(()),
            _ => return Err("a path that is not known"),
        };
        if self.language.syntax == Syntax::Ruby && (path.starts_with('|') || path.contains("://")) {
            return Err("a command that is opened as a file");
        }
        self.actions.push(Action::on(opened(mode), *path));
        Ok(())
    }

    /// A path object, and its method if that follows at once.
    pub(super) fn named(&mut self, path: Option<&str>, count: usize, i: usize) -> Read<()> {
        let (Some(path), 1, true, Some(method)) = (path, count, self.is(i + 3, b'.'), self.name_at(i + 4)) else {
            return Ok(());
        };
        if let Some((method, kind)) = self.language.paths.iter().find(|(m, _)| *m == method) {
            let kind = self.opened_by(method, *kind, i + 5);
            self.actions.push(Action::on(kind, path));
            if kind == EffectKind::Metadata {
                let given = self.arguments(i + 5)?;
                self.mode(given.first())?;
            }
            self.known = Some(i + 4);
        }
        Ok(())
    }

    pub(super) fn run_text(&mut self, text: Option<&str>) {
        self.actions.push(match text {
            Some(code) => Action::shell(code, ShellInput::Inherited),
            None => Action::on(EffectKind::Execute, "a command that is put together"),
        });
    }

    /// A command: one text, a list, or a text and a list, or texts.
    pub(super) fn run(&mut self, arguments: &[Argument<'a>]) -> Read<()> {
        let mut words: Vec<&str> = Vec::new();
        let mut known = true;
        let mut strange = false;
        let mut shell = false;
        for argument in arguments {
            match argument {
                Argument::Text(text) => words.push(text),
                Argument::List(list) => words.extend(list),
                Argument::Keyword("shell", _) => shell = true,
                Argument::Keyword(
                    "check" | "capture_output" | "text" | "stdout" | "stderr" | "universal_newlines" | "timeout"
                    | "encoding",
                    _,
                ) => {}
                Argument::Keyword(..) => strange = true,
                Argument::Number(_) | Argument::Among(_) | Argument::Own | Argument::Other => known = false,
            }
        }
        if strange {
            self.actions.unknown("a command in a setting that is not known");
        }
        // What stands in front may be all of the code, and what is behind it settings.
        let front =
            words.first().filter(|front| !known || words.len() > 1 && (shell || front.contains(char::is_whitespace)));
        if let Some(code) = front {
            self.run_text(Some(code));
        }
        match words.as_slice() {
            // Of a list that a shell runs, the first is the code.
            [_, _, ..] if shell => self.run_text(None),
            _ if !known => self.run_text(None),
            [] => self.run_text(None),
            // One text is shell code, or the name of a program.
            [one] => self.run_text(Some(one)),
            words => {
                let quoted: Vec<String> = words.iter().map(|w| format!("'{}'", w.replace('\'', "'\\''"))).collect();
                self.run_text(Some(&quoted.join(" ")));
            }
        }
        Ok(())
    }

    /// Plainly too much memory: something repeated a thousand million times.
    pub(super) fn exhausts(&mut self) {
        let huge = |i: usize| match (self.at(i), self.at(i + 1), self.at(i + 2), self.at(i + 3)) {
            (Some(Token::Number("10")), Some(Token::Sign(b'*')), Some(Token::Sign(b'*')), Some(Token::Number(n))) => {
                n.parse::<u32>().is_ok_and(|n| n >= 9)
            }
            (Some(Token::Number(n)), ..) => {
                n.len() >= 10 && n.bytes().all(|b| b.is_ascii_digit() || b == b'_')
                    || matches!(*n, "1e9" | "1e10" | "1e11" | "1e12")
            }
            _ => false,
        };
        let found = (0..self.tokens.len()).any(|i| {
            let repeats = self.is(i, b'*')
                && i.checked_sub(1)
                    .and_then(|i| self.at(i))
                    .is_some_and(|t| matches!(t, Token::Text(_) | Token::Sign(b']' | b')')));
            let makes = matches!(self.name_at(i), Some("bytearray" | "bytes" | "repeat" | "alloc" | "Array"))
                && self.is(i + 1, b'(');
            (repeats || makes) && huge(i + 1 + usize::from(makes))
        });
        if found {
            self.actions.push(Action::on(EffectKind::Exhaust, "memory"));
        }
    }
}

/// What a file is opened for.
pub(super) fn opened(mode: &str) -> EffectKind {
    match mode {
        _ if mode.contains(['w', 'x', '+']) => EffectKind::Write,
        _ if mode.contains('a') => EffectKind::Append,
        _ => EffectKind::Read,
    }
}

fn argument<'a>(tokens: &[&Token<'a>]) -> Argument<'a> {
    match tokens {
        [Token::Text(Some(text))] => Argument::Text(text),
        [Token::Number(digits)] => Argument::Number(digits),
        [.., Token::Sign(b'.'), Token::Name("pid")]
        | [.., Token::Name("getpid"), Token::Sign(b'('), Token::Sign(b')')] => Argument::Own,
        [Token::Name(name), Token::Sign(b'=' | b':'), Token::Text(text)] => Argument::Keyword(name, *text),
        [Token::Name(name), Token::Sign(b'=' | b':'), ..] => Argument::Keyword(name, None),
        [Token::Sign(b'['), inner @ .., Token::Sign(b']')] => {
            let mut list = Vec::new();
            for (i, token) in inner.iter().enumerate() {
                match token {
                    Token::Text(Some(text)) if i % 2 == 0 => list.push(*text),
                    Token::Sign(b',') if i % 2 == 1 => {}
                    _ => return Argument::Other,
                }
            }
            Argument::List(list)
        }
        _ => Argument::Other,
    }
}
