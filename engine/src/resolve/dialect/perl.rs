//! Perl one-liners (perlfunc, perlop, perlopentut). A closed world: a bare word is a function that is known, or the code
//! is unknown. Methods, references to code, packages and symbolic names are not read.

use super::perl_tokens::{Token, tokens};
use super::perl_words::{LISTS, LOOKS, MODULES, OTHERS, TERMS, UNARY};
use super::plain_perl::beyond;
use super::turns::{self, Piece};
use super::{Action, Actions, ShellInput, WHOEVER};
use guardian_rules::EffectKind;
use guardian_rules::places::is_secret_variable as is_secret;

/// What code does besides computing and printing.
pub(super) fn read(code: &str, actions: &mut Actions) {
    let tokens = match tokens(code) {
        Ok(tokens) => tokens,
        Err(why) => return actions.unknown(why),
    };
    let mut code = Code { tokens: &tokens, actions };
    for i in 0..tokens.len() {
        if let Err(why) = code.token(i) {
            return code.actions.unknown(why);
        }
    }
    let pieces: Vec<Piece<'_>> = tokens.iter().copied().map(piece).collect();
    turns::look(&pieces, actions);
    actions.no_more_than_found(beyond(&tokens));
}

/// Where code goes beyond what is plain, by its tokens alone.
#[cfg(test)]
pub(super) fn beyond_plain(code: &str) -> Option<String> {
    tokens(code).map_or_else(|why| Some(why.to_owned()), |tokens| beyond(&tokens))
}

fn piece(token: Token<'_>) -> Piece<'_> {
    match token {
        // A line of input that is read in the loop ends it, or waits.
        Token::Line => Piece::Word("readline"),
        Token::Word(word) => Piece::Word(word),
        Token::Number => Piece::Number(None),
        Token::Sign(sign) => Piece::Sign(sign),
        _ => Piece::Other,
    }
}

struct Code<'a, 'b> {
    tokens: &'b [Token<'a>],
    actions: &'b mut Actions,
}

impl<'a> Code<'a, '_> {
    fn at(&self, i: usize) -> Option<Token<'a>> {
        self.tokens.get(i).copied()
    }

    fn is(&self, i: usize, sign: u8) -> bool {
        self.at(i).is_some_and(|t| t.is(sign))
    }

    fn before(&self, i: usize) -> Option<Token<'a>> {
        self.at(i.checked_sub(1)?)
    }

    /// Whether an argument ends here.
    fn ends(&self, i: usize) -> bool {
        match self.at(i) {
            None => true,
            Some(Token::Word(word)) => matches!(word, "or" | "and" | "if" | "unless" | "for" | "foreach" | "while"),
            // One `|` makes another text of two.
            Some(Token::Sign(b'|')) => self.is(i + 1, b'|'),
            Some(Token::Sign(sign)) => matches!(sign, b';' | b')' | b'}'),
            _ => false,
        }
    }

    fn token(&mut self, i: usize) -> Result<(), &'static str> {
        match self.at(i) {
            Some(Token::Word(word)) => self.word(i, word),
            Some(Token::Variable(sigil, name)) => self.variable(i, sigil, name),
            Some(Token::Shell(text)) => {
                self.shell(text);
                Ok(())
            }
            // Its words are patterns, or names.
            Some(Token::Glob) => {
                self.actions.push(Action::on(EffectKind::Inspect, "."));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn shell(&mut self, text: Option<&str>) {
        self.actions.push(match text {
            Some(code) => Action::shell(code, ShellInput::Inherited),
            None => Action::on(EffectKind::Execute, "a command that is put together"),
        });
    }

    /// The one text that is a function's argument, with or without brackets.
    fn argument(&self, i: usize) -> Option<&'a str> {
        let i = i + usize::from(self.is(i, b'('));
        match self.at(i) {
            Some(Token::Text(text)) if self.ends(i + 1) => text,
            _ => None,
        }
    }

    /// All texts that are a function's arguments.
    fn texts(&self, i: usize) -> Option<Vec<&'a str>> {
        let mut i = i + usize::from(self.is(i, b'('));
        let mut texts = Vec::new();
        for _ in 0..32 {
            match self.at(i) {
                Some(Token::Text(Some(text))) => texts.push(text),
                _ => return None,
            }
            if self.ends(i + 1) {
                return Some(texts);
            }
            if !self.is(i + 1, b',') {
                return None;
            }
            i += 2;
        }
        None
    }

    /// `system` and `exec`: shell code, or a program with its words.
    fn runs(&mut self, i: usize) {
        match self.texts(i + 1).as_deref() {
            Some([code]) => self.shell(Some(code)),
            Some(words) => {
                let quoted: Vec<String> = words.iter().map(|w| format!("'{}'", w.replace('\'', "'\\''"))).collect();
                self.shell(Some(&quoted.join(" ")));
            }
            None => {
                self.shell(None);
                if let Some(words) = self.listed(i + 1) {
                    self.shell(Some(&words));
                }
            }
        }
    }

    /// The words of a command in a list of which the first is known, and some are not.
    fn listed(&self, i: usize) -> Option<String> {
        let mut i = i + usize::from(self.is(i, b'('));
        let Some(Token::Text(Some(program))) = self.at(i) else { return None };
        let mut words = format!("'{}'", program.replace('\'', "'\\''"));
        for _ in 0..32 {
            if self.ends(i + 1) || !self.is(i + 1, b',') {
                break;
            }
            match self.at(i + 2) {
                Some(Token::Text(Some(text))) => {
                    words.push_str(&format!(" '{}'", text.replace('\'', "'\\''")));
                    i += 2;
                }
                _ => {
                    words.push_str(" \"$1\"");
                    break;
                }
            }
        }
        Some(words)
    }

    fn path(&mut self, kind: EffectKind, i: usize) -> Result<(), &'static str> {
        let texts = self.texts(i + 1).ok_or("a path that is not known")?;
        for text in texts {
            self.actions.push(Action::on(kind, text));
        }
        Ok(())
    }

    fn word(&mut self, i: usize, word: &'a str) -> Result<(), &'static str> {
        use EffectKind as K;
        match word {
            "use" | "no" => return self.module(i),
            _ if matches!(self.before(i), Some(Token::Word("use" | "no"))) => return Ok(()),
            // A file test looks at names only.
            _ if word.len() == 1 && self.before(i).is_some_and(|t| t.is(b'-')) => return Ok(()),
            "system" | "exec" => {
                self.runs(i);
                return Ok(());
            }
            "unlink" | "rmdir" => return self.path(K::Delete, i),
            "mkdir" => return self.path(K::Write, i),
            "opendir" | "stat" | "lstat" | "readlink" => return Err("a directory or file that is looked at"),
            "rename" | "link" | "symlink" => {
                let texts = self.texts(i + 1).ok_or("a path that is not known")?;
                let [from, to] = texts.as_slice() else {
                    return Err("a path that is not known");
                };
                let kind = if word == "rename" { K::Delete } else { K::Read };
                self.actions.push(Action::on(kind, *from));
                self.actions.push(Action::on(K::Write, *to));
                return Ok(());
            }
            "chmod" | "chown" | "utime" | "truncate" => return Err("metadata of a file change"),
            "open" => return self.open(i),
            "glob" => {
                self.actions.push(match self.argument(i + 1) {
                    Some(pattern) => Action::on(K::Inspect, pattern),
                    None => Action::unknown("names that are not known are looked up"),
                });
                return Ok(());
            }
            "fork" => {
                let loops = self.tokens.iter().any(|t| matches!(t, Token::Word("while" | "for" | "foreach" | "until")));
                self.actions.push(if loops {
                    Action::on(K::Exhaust, "copies of itself")
                } else {
                    Action::unknown("a copy of the process")
                });
                return Ok(());
            }
            "kill" => {
                self.actions.push(Action::on(K::Signal, WHOEVER));
                return Ok(());
            }
            // A block is code like any other; a text is run.
            "eval" if self.is(i + 1, b'{') => return Ok(()),
            "do" if self.is(i + 1, b'{') => return Ok(()),
            "do" | "eval" => return Err("text or a file that is run as code"),
            "sub" if !self.is(i + 1, b'{') => return Err("a function with a name"),
            // Sorting or mapping by a name calls it.
            _ if [LISTS, UNARY, TERMS, OTHERS].iter().any(|words| words.contains(&word)) => return Ok(()),
            _ => {}
        }
        Err("a word of Perl that is not known")
    }

    fn module(&self, i: usize) -> Result<(), &'static str> {
        match self.at(i + 1) {
            Some(Token::Word(module)) if MODULES.contains(&module) => {
                // The words of its list are checked as any.
                Ok(())
            }
            Some(Token::Number) => Ok(()),
            _ => Err("a module of Perl that is not known"),
        }
    }

    /// `open(my $f, "<", "file")`
    fn open(&mut self, i: usize) -> Result<(), &'static str> {
        let mut j = i + 1 + usize::from(self.is(i + 1, b'('));
        j += usize::from(matches!(self.at(j), Some(Token::Word("my" | "local" | "our"))));
        if !matches!(self.at(j), Some(Token::Variable(b'$', _))) || !self.is(j + 1, b',') || !self.is(j + 3, b',') {
            return Err("a file that is opened in a way that is not known");
        }
        let (Some(Token::Text(Some(mode))), Some(Token::Text(Some(file)))) = (self.at(j + 2), self.at(j + 4)) else {
            return Err("a file that is opened in a way that is not known");
        };
        if !self.ends(j + 5) {
            return Err("a file that is opened in a way that is not known");
        }
        let (mode, layers) = mode.split_once(':').unwrap_or((mode, ""));
        if !matches!(layers, "" | "utf8" | "raw" | "encoding(UTF-8)" | "encoding(utf8)" | "encoding(utf-8)") {
            return Err("a file that is opened in a way that is not known");
        }
        let kind = match mode.trim() {
            "<" => EffectKind::Read,
            ">" | "+<" | "+>" => EffectKind::Write,
            ">>" => EffectKind::Append,
            "-|" | "|-" => {
                self.shell(Some(file));
                return Ok(());
            }
            _ => return Err("a file that is opened in a way that is not known"),
        };
        self.actions.push(Action::on(kind, file));
        Ok(())
    }

    /// Whether the element of a variable that begins and ends there is only looked at: by what stands around it, as nearly
    /// everything of Perl may change what it is given.
    fn is_shown(&self, i: usize, end: usize) -> bool {
        let behind = match self.at(end) {
            None => true,
            Some(Token::Word(word)) => {
                matches!(word, "if" | "unless" | "and" | "or" | "eq" | "ne" | "lt" | "gt" | "le" | "ge")
            }
            Some(Token::Sign(b';' | b')' | b'}' | b',' | b'?')) => true,
            Some(Token::Sign(b'.')) => !self.is(end + 1, b'='),
            Some(Token::Sign(b'=')) => self.is(end + 1, b'='),
            _ => false,
        };
        let front = match self.before(i) {
            Some(Token::Word(word)) => LOOKS.contains(&word),
            // What is put together is another value.
            Some(Token::Sign(b'=' | b'.')) => true,
            Some(Token::Sign(b'(' | b',')) => self.is_in_list(i),
            _ => false,
        };
        behind && front
    }

    /// Whether it stands among the arguments of a function that only looks at them.
    fn is_in_list(&self, i: usize) -> bool {
        let mut depth = 0_u32;
        for j in (0..i).rev() {
            match self.at(j) {
                Some(Token::Sign(b')' | b']')) => depth += 1,
                Some(Token::Sign(b'(')) if depth == 0 => {
                    return matches!(self.before(j), Some(Token::Word(word)) if LOOKS.contains(&word));
                }
                Some(Token::Sign(b'(' | b'[')) => depth = depth.saturating_sub(1),
                Some(Token::Word("print" | "say" | "printf" | "die" | "warn" | "join" | "sprintf")) if depth == 0 => {
                    return true;
                }
                Some(Token::Word(_) | Token::Sign(b';' | b'{' | b'}' | b'=')) if depth == 0 => return false,
                _ => {}
            }
        }
        false
    }

    fn variable(&mut self, i: usize, sigil: u8, name: &str) -> Result<(), &'static str> {
        let code =
            self.is(i + 1, b'(') && !matches!(self.before(i), Some(Token::Word("my" | "for" | "foreach" | "our")));
        if code && sigil == b'$' {
            return Err("a call that is not known");
        }
        match name {
            "ENV" => {
                let named = sigil == b'$' && self.is(i + 1, b'{') && self.is(i + 3, b'}');
                match self.at(i + 2) {
                    Some(Token::Text(Some(name))) if named => {
                        if !self.is_shown(i, i + 4) {
                            return Err("a variable of the environment may be set");
                        }
                        if is_secret(name) {
                            self.actions.push(Action::on(EffectKind::Reveal, format!("variable {name}")));
                        }
                    }
                    _ => self.actions.push(Action::on(EffectKind::Reveal, "environment")),
                }
                Ok(())
            }
            // Files that are read next, where modules are found, what signals call, how programs are found.
            "ARGV" => {
                let element = sigil == b'$' && self.is(i + 1, b'[') && self.is(i + 3, b']');
                let shown = element && matches!(self.at(i + 2), Some(Token::Number)) && self.is_shown(i, i + 4);
                let counted = sigil == b'@' && matches!(self.before(i), Some(Token::Word("scalar" | "print")));
                if shown || counted && self.ends(i + 1) { Ok(()) } else { Err("files that are read next may change") }
            }
            "INC" | "SIG" | "main" | "0" => Err("a special variable of Perl"),
            _ => Ok(()),
        }
    }
}
