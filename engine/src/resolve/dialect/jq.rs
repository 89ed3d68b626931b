//! jq filters, and expressions of yq, which are written alike. jq has no files and no processes: only its environment and
//! its modules reach out (jq manual, "$ENV, env", "Modules"). yq also loads files ("Load", "Env Variable Operators").
//! Where the two would split a text into other words, it is unknown.

use super::cursor::{Cursor, begins_name, in_name};
use super::jq_words::PURE;
use super::{Action, Actions};
use guardian_rules::EffectKind;
use guardian_rules::places::is_secret_variable as is_secret;

/// What a filter does besides computing.
pub(super) fn read(code: &str, actions: &mut Actions) {
    let mut filter = Filter {
        at: Cursor::new(code),
        open: Vec::new(),
        defined: Vec::new(),
        used: Vec::new(),
        last: None,
        before: 0,
        parameters: false,
        actions,
    };
    let file = is_file(code);
    let read = filter.read().and_then(|()| if file { Ok(()) } else { filter.names() });
    if let Err(why) = read {
        actions.unknown(why);
    }
    if file {
        // It may be made until then.
        actions.push(Action::on(EffectKind::Read, code));
    }
}

/// Whether a text is the name of a file that yq reads where no expression is given. As a filter it takes a name for a
/// function, which nobody can have defined, and hands it nothing.
fn is_file(code: &str) -> bool {
    const ENDS: &[&str] = &[".yaml", ".yml", ".json", ".toml", ".xml", ".csv", ".tsv", ".properties"];
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    ENDS.iter().any(|end| code.ends_with(end)) && code.bytes().all(plain)
}

struct Filter<'a, 'b> {
    at: Cursor<'a>,
    /// Open brackets; `"` stands for a string whose `\(` is open.
    open: Vec<u8>,
    defined: Vec<&'a str>,
    used: Vec<&'a str>,
    /// The last token, if it was a name or format.
    last: Option<&'a str>,
    /// The last token, if it was a sign.
    before: u8,
    /// Whether this is the head of a definition.
    parameters: bool,
    actions: &'b mut Actions,
}

type Read = Result<(), &'static str>;

impl<'a> Filter<'a, '_> {
    fn read(&mut self) -> Read {
        loop {
            self.space();
            let Some(byte) = self.at.peek() else { break };
            let before = std::mem::take(&mut self.before);
            match byte {
                b'#' => self.comment()?,
                b'"' => {
                    if self.at.before().is_some_and(in_name) && !self.last_is_format() {
                        return Err("a string of jq right behind a name");
                    }
                    self.at.next();
                    self.string()?;
                    self.last = None;
                }
                b'.' => self.field(),
                b'$' => self.variable()?,
                b'@' => {
                    let start = self.at.at();
                    self.at.next();
                    self.at.take_while(in_name);
                    self.last = Some(self.at.since(start));
                }
                b'0'..=b'9' => self.number(),
                _ if begins_name(byte) => self.name(before)?,
                _ => self.sign(byte)?,
            }
        }
        if self.open.is_empty() { Ok(()) } else { Err("an open bracket in jq") }
    }

    fn last_is_format(&self) -> bool {
        self.last.is_some_and(|last| last.starts_with('@'))
    }

    /// jq 1.7.1 lets a comment go on behind a backslash, older ones do not.
    fn comment(&mut self) -> Read {
        let alone = self.at.before().is_none_or(|b| b.is_ascii_whitespace());
        let text = self.at.take_until(b'\n');
        if !alone || text.contains('\r') || text.ends_with('\\') {
            return Err("a comment that versions of jq read differently");
        }
        Ok(())
    }

    /// A string up to its end or to `\(`, after which its expression follows as code.
    fn string(&mut self) -> Read {
        loop {
            match self.at.next() {
                None => return Err("a string without end in jq"),
                Some(b'"') => return Ok(()),
                Some(b'\\') => match self.at.next() {
                    Some(b'(') => {
                        self.open.push(b'"');
                        return Ok(());
                    }
                    None => return Err("a string without end in jq"),
                    Some(_) => {}
                },
                Some(_) => {}
            }
        }
    }

    fn sign(&mut self, byte: u8) -> Read {
        self.at.next();
        self.last = None;
        self.before = byte;
        match byte {
            b'(' | b'[' | b'{' => self.open.push(byte),
            b')' | b']' | b'}' => {
                let matching = match byte {
                    b')' => b'(',
                    b']' => b'[',
                    _ => b'{',
                };
                match self.open.pop() {
                    Some(open) if open == matching => {}
                    Some(b'"') if byte == b')' => self.string()?,
                    _ => return Err("brackets that do not match in jq"),
                }
            }
            b':' => self.parameters = false,
            b'|' | b',' | b';' | b'+' | b'-' | b'*' | b'/' | b'%' | b'=' | b'<' | b'>' | b'!' | b'?' => {}
            _ => return Err("a character that jq does not know"),
        }
        Ok(())
    }

    /// `.`, `..`, `.name`, `.5`.
    fn field(&mut self) {
        self.at.next();
        self.last = None;
        if self.at.peek().is_some_and(begins_name) {
            self.at.take_while(in_name);
        } else if !self.at.eat(b'.') {
            self.at.take_while(|b| b.is_ascii_digit());
        }
    }

    fn number(&mut self) {
        self.last = None;
        self.at.take_while(|b| b.is_ascii_digit() || b == b'.');
        if matches!(self.at.peek(), Some(b'e' | b'E')) {
            let signed = usize::from(matches!(self.at.look(1), Some(b'+' | b'-')));
            if self.at.look(1 + signed).is_some_and(|b| b.is_ascii_digit()) {
                self.at.next();
                self.at.next();
                self.at.take_while(|b| b.is_ascii_digit());
            }
        }
    }

    fn variable(&mut self) -> Read {
        self.at.next();
        self.space();
        let name = self.path();
        self.last = None;
        match name {
            "" => Err("a dollar sign of jq without a name"),
            "ENV" => {
                self.environment();
                Ok(())
            }
            "__prog_args" => Err("the arguments of jq itself"),
            _ => Ok(()),
        }
    }

    fn space(&mut self) {
        self.at.take_while(|b| b.is_ascii_whitespace());
    }

    /// A name, maybe of a module.
    fn path(&mut self) -> &'a str {
        let start = self.at.at();
        self.at.take_while(in_name);
        while self.at.peek() == Some(b':') && self.at.look(1) == Some(b':') && self.at.look(2).is_some_and(begins_name)
        {
            self.at.eat_text("::");
            self.at.take_while(in_name);
        }
        self.at.since(start)
    }

    fn name(&mut self, before: u8) -> Read {
        let name = self.path();
        let last = self.last.replace(name);
        let mut ahead = self.at;
        ahead.take_while(|b| b.is_ascii_whitespace());
        // `{name: …}`, `{name}`
        let key = match ahead.next() {
            Some(b':') => ahead.peek() != Some(b':'),
            Some(b',' | b'}') => matches!(before, b'{' | b','),
            _ => false,
        };
        if last == Some("def") {
            self.defined.push(name);
            self.parameters = true;
        } else if self.parameters {
            self.defined.push(name);
        } else if key && self.open.last() == Some(&b'{') {
            return Ok(());
        }
        match name {
            "env" | "strenv" => self.environment(),
            "import" | "include" | "modulemeta" => return Err("jq loads a module"),
            "load" | "load_str" | "load_xml" | "loadxml" | "load_props" | "loadprops" | "load_base64" | "strload" => {
                self.load()?
            }
            "envsubst" => self.reveal(),
            _ => self.used.push(name),
        }
        Ok(())
    }

    fn reveal(&mut self) {
        self.actions.push(Action::on(EffectKind::Reveal, "environment"));
    }

    /// `env` or `$ENV`: one harmless variable by name is fine. `.NAME`, `["NAME"]`; in yq `(NAME)`.
    fn environment(&mut self) {
        let mut ahead = self.at;
        let name = match ahead.next() {
            Some(b'.') if ahead.peek().is_some_and(begins_name) => Some(ahead.take_while(in_name)),
            Some(b'[') if ahead.eat(b'"') => {
                let name = ahead.take_while(in_name);
                (ahead.eat(b'"') && ahead.eat(b']')).then_some(name)
            }
            Some(b'(') => {
                let name = ahead.take_while(in_name);
                ahead.eat(b')').then_some(name)
            }
            _ => None,
        };
        match name {
            Some(name) if !name.is_empty() => {
                self.at = ahead;
                if is_secret(name) {
                    self.actions.push(Action::on(EffectKind::Reveal, format!("variable {name}")));
                }
            }
            _ => self.reveal(),
        }
    }

    /// yq's `load("file")`.
    fn load(&mut self) -> Read {
        let mut ahead = self.at;
        if ahead.eat(b'(') && ahead.eat(b'"') {
            let file = ahead.take_while(|b| !matches!(b, b'"' | b'\\'));
            if ahead.eat(b'"') && ahead.eat(b')') {
                self.actions.push(Action::on(EffectKind::Read, file));
                self.at = ahead;
                return Ok(());
            }
        }
        Err("a file is loaded whose name is not known")
    }

    /// Every name that is used must be one that only computes, or defined here.
    fn names(&mut self) -> Read {
        self.defined.sort_unstable();
        let unknown =
            self.used.iter().any(|name| PURE.binary_search(name).is_err() && self.defined.binary_search(name).is_err());
        if unknown { Err("a function that jq is not known to have") } else { Ok(()) }
    }
}
