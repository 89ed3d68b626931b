//! awk programs: POSIX awk, and what gawk and mawk add (gawk manual, "Redirecting Output of print and printf", "Explicit
//! Input with getline", "Input/Output Functions", "Indirect Function Calls", "Using gawk for Network Programming").

use super::awk_tokens::{Token, is_keyword, tokens};
use super::turns::{self, Piece};
use super::{Action, Actions, ShellInput};
use guardian_rules::EffectKind;
use guardian_rules::places::is_secret_variable as is_secret;

/// What a program does besides computing and printing.
pub(super) fn read(code: &str, actions: &mut Actions) {
    let tokens = match tokens(code) {
        Ok(tokens) => tokens,
        Err(why) => return actions.unknown(why),
    };
    let mut program =
        Program { tokens: &tokens, functions: functions(&tokens), open: Vec::new(), prints: Vec::new(), actions };
    for i in 0..tokens.len() {
        if let Err(why) = program.token(i) {
            return program.actions.unknown(why);
        }
    }
    if !program.open.is_empty() {
        actions.unknown("an open bracket in awk");
    }
    // What a host says may be the command that is run.
    let (mut sends, mut runs) = (false, false);
    for action in &actions.list {
        sends |= action.kind == EffectKind::Send;
        runs |= action.kind == EffectKind::Execute;
    }
    // gawk gives what it runs the environment as the program has made it.
    if runs && tokens.iter().any(|token| matches!(token, Token::Name("ENVIRON", _))) {
        actions.push(Action::on(EffectKind::Execute, "a command in an environment that awk may have changed"));
    }
    if sends && runs {
        actions.push(Action::on(EffectKind::Execute, "a download: commands from a connection"));
    }
    let pieces: Vec<Piece<'_>> = tokens.iter().copied().map(piece).collect();
    turns::look(&pieces, actions);
}

fn piece(token: Token<'_>) -> Piece<'_> {
    match token {
        Token::Name(name, _) => Piece::Word(name),
        Token::Number => Piece::Number(None),
        Token::Sign(sign) if sign.len() == 1 => sign.bytes().next().map_or(Piece::Other, Piece::Sign),
        Token::Line => Piece::Sign(b'\n'),
        _ => Piece::Other,
    }
}

/// How many tokens a bracketed part may have where one looks ahead.
const FAR: usize = 64;

/// Functions without effects, in any of the implementations.
const PURE: &[&str] = &[
    "length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "sin", "cos", "atan2", "exp", "log",
    "sqrt", "int", "rand", "srand", "tolower", "toupper", "close", "fflush", "gensub", "patsplit", "asort", "asorti",
    "strtonum", "systime", "strftime", "mktime", "and", "or", "xor", "lshift", "rshift", "compl", "isarray", "typeof",
    "mkbool",
];

/// Names of the functions that the program defines.
fn functions<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    let mut names: Vec<&str> = tokens
        .windows(2)
        .filter_map(|pair| match pair {
            [Token::Name("function" | "func", _), Token::Name(name, _)] => Some(*name),
            _ => None,
        })
        .collect();
    names.sort_unstable();
    names
}

struct Program<'a, 'b> {
    tokens: &'b [Token<'a>],
    functions: Vec<&'a str>,
    /// Open brackets.
    open: Vec<&'static str>,
    /// For each open `print`, how many brackets were open then: only at that depth is `>` a redirection.
    prints: Vec<usize>,
    actions: &'b mut Actions,
}

impl<'a> Program<'a, '_> {
    fn at(&self, i: usize) -> Option<Token<'a>> {
        self.tokens.get(i).copied()
    }

    fn previous(&self, i: usize) -> Option<Token<'a>> {
        self.at(i.checked_sub(1)?)
    }

    fn printing(&self) -> bool {
        self.prints.last() == Some(&self.open.len())
    }

    fn token(&mut self, i: usize) -> Result<(), &'static str> {
        match self.at(i) {
            Some(Token::Sign(sign)) => self.sign(i, sign),
            Some(Token::Name(name, call)) => self.name(i, name, call),
            Some(Token::Text(text)) => {
                self.inet(text);
                Ok(())
            }
            // A newline ends a statement unless something is missing: behind `,`, `&&`, `||` the line goes on.
            Some(Token::Line) => {
                let whole =
                    self.previous(i).is_none_or(|last| last.ends_operand() || last.is("$") || last == Token::Line);
                let bare = matches!(self.previous(i), Some(Token::Name(name, _)) if is_keyword(name));
                if self.printing() && (whole || bare) {
                    self.prints.pop();
                }
                Ok(())
            }
            Some(Token::Number | Token::Regex) | None => Ok(()),
        }
    }

    fn sign(&mut self, i: usize, sign: &'static str) -> Result<(), &'static str> {
        match sign {
            "(" | "[" | "{" => self.open.push(sign),
            ")" | "]" | "}" => {
                // A print ends with the bracket around it.
                if self.printing() {
                    self.prints.pop();
                }
                let matching = match sign {
                    ")" => "(",
                    "]" => "[",
                    _ => "{",
                };
                if self.open.pop() != Some(matching) {
                    return Err("brackets that do not match in awk");
                }
            }
            ";" if self.printing() => {
                self.prints.pop();
            }
            ">" | ">>" if self.printing() => self.redirect(i, sign),
            ">>" => return Err("`>>` without print in awk"),
            "|" => self.pipe(i),
            "|&" => self.actions.push(Action::on(EffectKind::Execute, "shell code in awk")),
            // `@/x/` is a regular expression; `@f()`, `@load`, `@include` and `@namespace` decide what runs.
            "@" if self.at(i + 1) != Some(Token::Regex) => {
                return Err("an indirect call or a loaded file in awk");
            }
            ":" if self.at(i + 1).is_some_and(|t| t.is(":")) => {
                return Err("a name of another namespace in awk");
            }
            _ => {}
        }
        Ok(())
    }

    fn name(&mut self, i: usize, name: &'a str, call: bool) -> Result<(), &'static str> {
        match name {
            "print" | "printf" => self.prints.push(self.open.len()),
            "getline" => self.getline(i),
            "system" => self.system(i),
            "ENVIRON" => self.environment(i),
            "ARGV" => return self.arguments(i),
            "SYMTAB" | "FUNCTAB" => return Err("a table of names in awk"),
            _ if is_keyword(name) || PURE.contains(&name) => {}
            _ if self.functions.binary_search(&name).is_ok() => {}
            _ if call => return Err("a function of awk that is not known"),
            _ => {}
        }
        Ok(())
    }

    /// Whether the expression before this token is over: what stands there is all of it.
    fn ended(&self, i: usize) -> bool {
        match self.at(i) {
            None | Some(Token::Line) => true,
            Some(Token::Sign(sign)) => matches!(sign, ";" | "}" | ")"),
            _ => false,
        }
    }

    /// The whole text of a string at this token, if it is alone and plain.
    fn constant(&self, i: usize) -> Option<&'a str> {
        match self.at(i) {
            Some(Token::Text(text)) if !text.contains('\\') && self.ended(i + 1) => Some(text),
            _ => None,
        }
    }

    fn redirect(&mut self, i: usize, sign: &str) {
        let kind = if sign == ">" { EffectKind::Write } else { EffectKind::Append };
        match self.constant(i + 1) {
            Some("/dev/stdout" | "/dev/stderr") => {}
            Some(file) => self.actions.push(Action::on(kind, file)),
            None => self.actions.unknown("awk writes to a file whose name is not known"),
        }
    }

    /// `print | "cmd"` or `"cmd" | getline`.
    fn pipe(&mut self, i: usize) {
        let reads = matches!(self.at(i + 1), Some(Token::Name("getline", _)));
        let (command, input) = if reads {
            // The string must be the whole command: what stands before it would be joined to it.
            let alone = match i.checked_sub(2).map(|i| self.at(i)) {
                None => true,
                Some(Some(Token::Line)) => true,
                Some(Some(Token::Sign(sign))) => matches!(sign, "(" | "{" | ";" | "}"),
                _ => false,
            };
            match self.previous(i) {
                Some(Token::Text(text)) if alone && !text.contains('\\') => (Some(text), ShellInput::Inherited),
                _ => (None, ShellInput::Inherited),
            }
        } else {
            (self.constant(i + 1), ShellInput::Piped)
        };
        self.shell(command, input);
    }

    fn shell(&mut self, command: Option<&str>, input: ShellInput) {
        self.actions.push(match command {
            Some(code) => Action::shell(code, input),
            None => Action::on(EffectKind::Execute, "shell code in awk"),
        });
    }

    fn system(&mut self, i: usize) {
        let open = self.at(i + 1).is_some_and(|t| t.is("("));
        let close = self.at(i + 3).is_some_and(|t| t.is(")"));
        // `system("")` flushes output, an idiom (gawk manual, "I/O Functions").
        let command = self.constant(i + 2).filter(|_| open && close);
        if command != Some("") {
            self.shell(command, ShellInput::Inherited);
        }
    }

    /// `getline`, `getline lvalue`, each maybe with `< file`.
    fn getline(&mut self, i: usize) {
        let mut j = i + 1;
        while self.at(j).is_some_and(|t| t.is("$") || t.is("++") || t.is("--")) {
            j += 1;
        }
        let begins = match self.at(j) {
            Some(Token::Name(name, _)) => !is_keyword(name),
            Some(Token::Number) => j > i + 1,
            Some(token) => token.is("(") && j > i + 1,
            None => false,
        };
        if begins {
            if !self.at(j).is_some_and(|t| t.is("(")) {
                j += 1;
            }
            if self.at(j).is_some_and(|t| t.is("(") || t.is("[")) {
                j = self.behind_brackets(j);
            }
        }
        while self.at(j).is_some_and(|t| t.is("++") || t.is("--")) {
            j += 1;
        }
        if j >= self.tokens.len() && begins && j > i + FAR {
            return self.actions.unknown("a `getline` too long to be read");
        }
        if !self.at(j).is_some_and(|t| t.is("<")) {
            return;
        }
        match self.constant(j + 1) {
            Some("-" | "/dev/stdin") => {}
            Some(file) => self.actions.push(Action::on(EffectKind::Read, file)),
            None => self.actions.unknown("awk reads a file whose name is not known"),
        }
    }

    /// The token behind the brackets that open here; soon given up, so that all of them together take little time.
    fn behind_brackets(&self, mut i: usize) -> usize {
        let mut depth = 0_usize;
        for _ in 0..FAR {
            let Some(token) = self.at(i) else { break };
            i += 1;
            match token {
                Token::Sign("(" | "[") => depth += 1,
                Token::Sign(")" | "]") => depth = depth.saturating_sub(1),
                Token::Sign("{" | "}" | ";") | Token::Line => return i,
                _ => {}
            }
            if depth == 0 {
                return i;
            }
        }
        usize::MAX / 2
    }

    /// The environment: one harmless variable by name is fine.
    fn environment(&mut self, i: usize) {
        let indexed = self.at(i + 1).is_some_and(|t| t.is("["));
        let closed = self.at(i + 3).is_some_and(|t| t.is("]"));
        match self.at(i + 2) {
            Some(Token::Text(name)) if indexed && closed && !name.contains('\\') => {
                if is_secret(name) {
                    self.actions.push(Action::on(EffectKind::Reveal, format!("variable {name}")));
                }
            }
            _ => self.actions.push(Action::on(EffectKind::Reveal, "environment")),
        }
    }

    /// Elements of ARGV are the files that are read next, so they may be printed or deleted but not set.
    fn arguments(&mut self, i: usize) -> Result<(), &'static str> {
        let shown = match self.previous(i) {
            Some(Token::Name(name, _)) => matches!(name, "print" | "delete" | "return"),
            Some(token) => token.is("=") || token.is("==") || token.is("!=") || token.is("~"),
            None => false,
        };
        let indexed = self.at(i + 1).is_some_and(|t| t.is("["));
        let behind = self.behind_brackets(i + 1);
        let set = behind > self.tokens.len()
            || match self.at(behind) {
                Some(Token::Sign(sign)) => !matches!(sign, ";" | "}" | ")" | "," | "==" | "!=" | "~" | "?"),
                _ => false,
            };
        if shown && indexed && !set { Ok(()) } else { Err("awk may change which files it reads") }
    }

    /// gawk opens network connections as files of these names.
    fn inet(&mut self, text: &str) {
        if text.starts_with("/inet") {
            // /inet/tcp/LOCAL-PORT/HOST/PORT
            let host = text.split('/').nth(4).unwrap_or_default();
            self.actions.push(Action::on(EffectKind::Send, host));
        }
    }
}
