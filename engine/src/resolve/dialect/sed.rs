//! sed scripts, as GNU sed 4.9 compiles them (sed/compile.c, and "sed scripts" in its manual). Where other versions cut
//! a script elsewhere, the reading must be the same for all of them, or it is unknown.

use super::cursor::Cursor;
use super::{Action, Actions, ShellInput};
use guardian_rules::EffectKind;

/// What a script does besides printing.
pub(super) fn read(code: &str, actions: &mut Actions) {
    let mut script = Script { at: Cursor::new(code), actions };
    if let Err(Unread(why)) = script.read() {
        actions.unknown(why);
    }
}

/// Why reading stopped.
struct Unread(&'static str);

type Read<T> = Result<T, Unread>;

struct Script<'a, 'b> {
    at: Cursor<'a>,
    actions: &'b mut Actions,
}

impl<'a> Script<'a, '_> {
    fn read(&mut self) -> Read<()> {
        loop {
            self.at.take_while(|b| matches!(b, b';' | b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c));
            if self.at.peek().is_none() {
                break;
            }
            let addressed = self.addresses()?;
            let Some(command) = self.at.next() else {
                return Err(Unread("an address without a command in a sed script"));
            };
            if addressed && matches!(command, b'#' | b':' | b'}') {
                return Err(Unread("an address where sed takes none"));
            }
            self.command(command)?;
        }
        Ok(())
    }

    /// `ADDR`, `ADDR,ADDR`, each may be followed by blanks; then `!`s.
    fn addresses(&mut self) -> Read<bool> {
        let mut any = self.address(false)?;
        if any {
            self.at.blanks();
            if self.at.eat(b',') {
                self.at.blanks();
                if !self.address(true)? {
                    return Err(Unread("a comma without an address in a sed script"));
                }
                self.at.blanks();
            }
        }
        while self.at.eat(b'!') {
            any = true;
            self.at.blanks();
        }
        Ok(any)
    }

    /// `N`, `FIRST~STEP`, `$`, `/RE/IM`, `\cREcIM`; as a second one also `+N` and `~N`.
    fn address(&mut self, second: bool) -> Read<bool> {
        match self.at.peek() {
            Some(b'0'..=b'9') => {
                self.digits();
                let mut ahead = self.at;
                ahead.blanks();
                if ahead.eat(b'~') {
                    ahead.blanks();
                    self.at = ahead;
                    self.digits();
                }
                Ok(true)
            }
            Some(b'$') => {
                self.at.next();
                Ok(true)
            }
            Some(b'+' | b'~') if second => {
                self.at.next();
                self.at.blanks();
                self.digits();
                Ok(true)
            }
            Some(b'/' | b'\\') => {
                if self.at.eat(b'\\') && self.at.peek().is_none() {
                    return Err(Unread("a sed address without end"));
                }
                let delimiter = self.delimiter()?;
                self.regex(delimiter)?;
                loop {
                    let mut ahead = self.at;
                    ahead.blanks();
                    if !matches!(ahead.next(), Some(b'I' | b'M')) {
                        return Ok(true);
                    }
                    self.at = ahead;
                }
            }
            _ => Ok(false),
        }
    }

    fn digits(&mut self) {
        self.at.take_while(|b| b.is_ascii_digit());
    }

    fn command(&mut self, command: u8) -> Read<()> {
        match command {
            b'#' => {
                self.at.take_until(b'\n');
                Ok(())
            }
            // Blocks need not be closed here: the next `-e` may do so.
            b'{' => Ok(()),
            b'}' | b'=' | b'd' | b'D' | b'F' | b'g' | b'G' | b'h' | b'H' | b'n' | b'N' | b'p' | b'P' | b'x' | b'z' => {
                self.end()
            }
            b'l' | b'q' | b'Q' => {
                self.at.blanks();
                self.digits();
                self.end()
            }
            b'b' | b't' | b'T' | b':' | b'v' => self.label(command),
            b'a' | b'i' | b'c' => self.text().map(|_| ()),
            b'e' => self.execute(),
            b'r' | b'R' => {
                let file = self.file()?;
                if file != "/dev/stdin" {
                    self.actions.push(Action::on(EffectKind::Read, file));
                }
                Ok(())
            }
            b'w' | b'W' => self.write(),
            b's' => self.substitute(),
            b'y' => {
                let delimiter = self.delimiter()?;
                self.replacement(delimiter)?;
                self.replacement(delimiter)?;
                self.end()
            }
            _ => Err(Unread("a sed command that is not known")),
        }
    }

    /// What must follow a command.
    fn end(&mut self) -> Read<()> {
        self.at.blanks();
        match self.at.peek() {
            None | Some(b'}' | b'#') => Ok(()),
            Some(b';' | b'\n') => {
                self.at.next();
                Ok(())
            }
            Some(_) => Err(Unread("more behind a sed command than it takes")),
        }
    }

    /// A label. Versions differ in where one ends, so only those are read that end in the same place for all: a blank
    /// ends it for some (`:a w x` writes), and belongs to it for others.
    fn label(&mut self, command: u8) -> Read<()> {
        self.at.blanks();
        let label = self.at.take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
        if command == b':' && label.is_empty() {
            return Err(Unread("a sed label without a name"));
        }
        self.at.blanks();
        match self.at.peek() {
            None | Some(b';' | b'\n') => Ok(()),
            Some(b'}') if command != b':' => Ok(()),
            Some(_) => Err(Unread("a sed label that versions read differently")),
        }
    }

    /// The text of `a`, `i` and `c`: to the next newline without a backslash in front.
    fn text(&mut self) -> Read<&'a str> {
        self.at.blanks();
        let one_line = !self.at.eat(b'\\');
        match self.at.peek() {
            // `$a\` adds a missing newline at the end of the file. With another `-e` behind it the text goes on there, up
            // to its first bare newline; nothing here crosses a bare newline, so what follows is in step again.
            None if !one_line => return Ok(""),
            None | Some(b'\n') if one_line => return Err(Unread("sed text that is missing")),
            Some(b'\\') if !one_line => {
                return Err(Unread("sed text that versions read differently"));
            }
            Some(b' ' | b'\t') if !one_line => {
                // `a\ ` and a newline: the text ends there in some versions and begins there in others.
                let mut ahead = self.at;
                ahead.blanks();
                if matches!(ahead.peek(), None | Some(b'\n' | b'\\')) {
                    return Err(Unread("sed text that versions read differently"));
                }
            }
            Some(b'\n') => {
                self.at.next();
            }
            _ => {}
        }
        let start = self.at.at();
        while let Some(byte) = self.at.next() {
            if byte == b'\n' {
                break;
            }
            if byte == b'\\' {
                self.at.next();
            }
        }
        Ok(self.at.since(start).trim_end_matches('\n'))
    }

    /// `e` runs the pattern space, `e COMMAND` the command.
    fn execute(&mut self) -> Read<()> {
        self.at.blanks();
        if matches!(self.at.peek(), None | Some(b'\n')) {
            self.actions.push(Action::on(EffectKind::Execute, "input of sed as shell code"));
            return Ok(());
        }
        let code = self.text()?;
        self.actions.push(if code.contains('\\') || code.is_empty() {
            Action::on(EffectKind::Execute, "shell code in sed")
        } else {
            Action::shell(code, ShellInput::Inherited)
        });
        Ok(())
    }

    /// A file name takes the rest of the line, whatever is in it.
    fn file(&mut self) -> Read<&'a str> {
        self.at.blanks();
        let name = self.at.take_until(b'\n');
        if name.is_empty() {
            return Err(Unread("a file name is missing in a sed script"));
        }
        Ok(name)
    }

    fn write(&mut self) -> Read<()> {
        let file = self.file()?;
        if !matches!(file, "/dev/stdout" | "/dev/stderr") {
            self.actions.push(Action::on(EffectKind::Write, file));
        }
        Ok(())
    }

    fn substitute(&mut self) -> Read<()> {
        let delimiter = self.delimiter()?;
        self.regex(delimiter)?;
        let replacement = self.replacement(delimiter)?;
        loop {
            self.at.blanks();
            match self.at.peek() {
                None | Some(b'}' | b'#') => return Ok(()),
                Some(b';' | b'\n') => {
                    self.at.next();
                    return Ok(());
                }
                Some(b'i' | b'I' | b'm' | b'M' | b'p' | b'g' | b'0'..=b'9') => {
                    self.at.next();
                }
                Some(b'e') => {
                    self.at.next();
                    self.actions.push(Action::on(EffectKind::Execute, "input of sed as shell code"));
                    // Whatever stands around it, what was put in is a part of that.
                    if !replacement.contains('\\') && !replacement.is_empty() {
                        self.actions.push(Action::shell(replacement, ShellInput::Inherited));
                    }
                }
                Some(b'w') => {
                    self.at.next();
                    return self.write();
                }
                Some(_) => return Err(Unread("a flag of sed's `s` that is not known")),
            }
        }
    }

    /// Any single character but newline and backslash; one of several bytes is an error to sed.
    fn delimiter(&mut self) -> Read<u8> {
        match self.at.next() {
            Some(byte) if byte.is_ascii() && !matches!(byte, b'\n' | b'\\' | b'[' | b']') => Ok(byte),
            _ => Err(Unread("a delimiter that sed may not take")),
        }
    }

    /// A regular expression up to its delimiter. One within brackets does not end it (snarf_char_class in GNU sed); a
    /// version that thinks otherwise finds an open bracket and stops with an error. Whether a backslash escapes within
    /// brackets differs, too: both readings must end in the same place.
    fn regex(&mut self, delimiter: u8) -> Read<()> {
        let (mut plain, mut escaping) = (self.at, self.at);
        let found = ends(&mut plain, delimiter, false) && ends(&mut escaping, delimiter, true);
        if !found || plain.at() != escaping.at() {
            return Err(Unread("a sed regular expression whose end is not clear"));
        }
        self.at = plain;
        Ok(())
    }

    /// A replacement, or half of `y`, up to the delimiter; a newline needs a backslash.
    fn replacement(&mut self, delimiter: u8) -> Read<&'a str> {
        let start = self.at.at();
        while let Some(byte) = self.at.next() {
            match byte {
                _ if byte == delimiter => {
                    let taken = self.at.since(start);
                    return Ok(taken.get(..taken.len() - 1).unwrap_or_default());
                }
                b'\n' => break,
                b'\\' if self.at.next().is_none() => break,
                _ => {}
            }
        }
        Err(Unread("a sed replacement without end"))
    }
}

/// Moves behind the delimiter that ends a regular expression.
fn ends(at: &mut Cursor<'_>, delimiter: u8, escapes: bool) -> bool {
    while let Some(byte) = at.next() {
        match byte {
            _ if byte == delimiter => return true,
            b'\n' => return false,
            b'\\' if at.next().is_none() => return false,
            b'[' if !bracket(at, escapes) => return false,
            _ => {}
        }
    }
    false
}

/// Moves behind a bracket expression whose `[` was taken.
fn bracket(at: &mut Cursor<'_>, escapes: bool) -> bool {
    at.eat(b'^');
    at.eat(b']');
    while let Some(byte) = at.next() {
        match byte {
            b'\n' => return false,
            b']' => return true,
            b'\\' if escapes => {
                if matches!(at.next(), None | Some(b'\n')) {
                    return false;
                }
            }
            // `[:alpha:]`, `[.x.]`, `[=x=]`
            b'[' if matches!(at.peek(), Some(b':' | b'.' | b'=')) => {
                let kind = at.next();
                loop {
                    match at.next() {
                        None | Some(b'\n') => return false,
                        byte if byte == kind && at.eat(b']') => break,
                        Some(_) => {}
                    }
                }
            }
            _ => {}
        }
    }
    false
}
