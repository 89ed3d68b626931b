//! Text to calls: statements, name bindings and recovery from errors. Expressions are in `expression`.
//!
//! The reader takes the declarative part of Starlark. Everything else is an error that names the construct; after
//! it, reading goes on at the next statement, and the statement is recorded as lost, never skipped in silence.

use std::collections::HashMap;

use super::report::Report;
use super::value::{Call, Value};
use super::{FUNCTIONS, Lost};
use crate::diagnostic::{Span, nearest, quoted};
use crate::lexer::{Lexer, Token, TokenKind, is_keyword};

/// The problem has been reported; whoever asked for the construct can only give up on it.
pub(super) struct Reported;
pub(super) type Parsed<T> = Result<T, Reported>;

/// Statements that change what a name stands for.
const ASSIGNMENTS: [&str; 11] = ["+=", "-=", "*=", "/=", "//=", "%=", "&=", "|=", "^=", "<<=", ">>="];

/// What a name at the top level stands for.
pub(super) enum Binding<'a> {
    Value(Value<'a>),
    /// Its definition, in this line, was not read: the rules that use it are lost too, for that reason.
    Unread(u32),
}

/// The state of reading one file.
pub(super) struct Reader<'a, 'r> {
    pub(super) report: &'r mut Report<'a>,
    lexer: Lexer<'a>,
    /// The token that comes next.
    pub(super) token: Token<'a>,
    /// End of the last token taken.
    pub(super) end: usize,
    /// Brackets that are open; line ends mean nothing while there are any.
    brackets: Vec<Span>,
    pub(super) names: HashMap<&'a str, Binding<'a>>,
    /// How much more may be copied out of names.
    pub(super) budget: usize,
    /// Takes each call as soon as it is read, so that a large file is never in memory as a whole.
    take: &'r mut dyn FnMut(&Call<'a>, &mut Report<'a>),
    lost: Vec<Lost>,
}

/// Reads the file, and hands each call of it on. Comes back with the statements that could not be read.
pub(super) fn read<'a>(report: &mut Report<'a>, take: &mut dyn FnMut(&Call<'a>, &mut Report<'a>)) -> Vec<Lost> {
    let mut lexer = Lexer::new(report.text());
    let token = lexer.token();
    let mut reader = Reader {
        report,
        lexer,
        token,
        end: 0,
        brackets: Vec::new(),
        names: HashMap::new(),
        budget: super::MOST_COPIED,
        take,
        lost: Vec::new(),
    };
    reader.file();
    reader.lost
}

impl<'a> Reader<'a, '_> {
    fn file(&mut self) {
        loop {
            match self.token.kind {
                TokenKind::End => return,
                TokenKind::Newline => {
                    self.advance();
                }
                _ => {
                    let (start, line) = (self.token.span.start, self.token.line);
                    if self.line_of_statements().is_err() {
                        self.recover(start);
                        self.lose(start, line);
                    }
                }
            }
        }
    }

    /// Takes the next token.
    pub(super) fn advance(&mut self) -> Token<'a> {
        let mut next = self.lexer.token();
        while !self.brackets.is_empty() && next.kind == TokenKind::Newline {
            next = self.lexer.token();
        }
        self.end = self.token.span.end;
        std::mem::replace(&mut self.token, next)
    }

    /// Takes an opening bracket: from here on line ends mean nothing.
    pub(super) fn open(&mut self) -> Parsed<Span> {
        if self.brackets.len() == super::MOST_NESTED {
            let message = format!("brackets are nested more than {} deep", super::MOST_NESTED);
            return self.fail("too-deep", self.token.span, message);
        }
        self.brackets.push(self.token.span);
        Ok(self.advance().span)
    }

    /// Takes a closing bracket.
    pub(super) fn close(&mut self) -> Span {
        self.brackets.pop();
        self.advance().span
    }

    /// The kind of the token after the next.
    pub(super) fn peek(&self) -> TokenKind<'a> {
        let mut ahead = self.lexer;
        loop {
            let token = ahead.token();
            if self.brackets.is_empty() || token.kind != TokenKind::Newline {
                return token.kind;
            }
        }
    }

    /// Whether the token after the next is this `=` or bracket.
    pub(super) fn comes(&self, punct: u8, text: &str) -> bool {
        self.lexer.is_next(punct).unwrap_or_else(|| self.peek().is(text))
    }

    pub(super) fn fail<T>(&mut self, code: &'static str, span: Span, message: impl Into<String>) -> Parsed<T> {
        self.report.error(code, span, message);
        Err(Reported)
    }

    /// The error for what only an evaluator can read.
    pub(super) fn needs_evaluation<T>(&mut self, span: Span, construct: &str) -> Parsed<T> {
        self.report.helpful_error(
            "needs-evaluation",
            span,
            format!("{construct} has to be evaluated, and this reader takes literals only"),
            "write the rules out, or use a build with the `starlark` feature, which evaluates them",
        );
        Err(Reported)
    }

    /// The error for a token that cannot stand where it does.
    pub(super) fn unexpected<T>(&mut self, expected: &str) -> Parsed<T> {
        let span = self.token.span;
        if let Some(bracket) = self.brackets.last().copied().filter(|_| self.starts_afresh()) {
            return self.fail("open-bracket", bracket, "this bracket is not closed");
        }
        let found = match &self.token.kind {
            TokenKind::Invalid(problem) => return self.fail("bad-token", span, *problem),
            TokenKind::Name(name) => quoted(name),
            TokenKind::Str(_) => "a string".to_owned(),
            TokenKind::Int(digits) => quoted(digits),
            TokenKind::Foreign(noun) => (*noun).to_owned(),
            TokenKind::Punct(punct) => quoted(punct),
            TokenKind::Newline => "the end of the line".to_owned(),
            TokenKind::End => "the end of the file".to_owned(),
        };
        self.fail("syntax", span, format!("expected {expected}, found {found}"))
    }

    /// Statements up to the end of the line, separated by semicolons.
    fn line_of_statements(&mut self) -> Parsed<()> {
        if self.token.indent > 0 {
            self.report.helpful_error(
                "indented",
                self.token.span,
                "a statement at the top of a file is not indented",
                "move it to the start of the line",
            );
            return Err(Reported);
        }
        loop {
            self.statement()?;
            if self.token.kind.is(";") {
                self.advance();
            } else if !self.at_line_end() {
                return self.after_expression("the end of the line");
            }
            if self.at_line_end() {
                return Ok(());
            }
        }
    }

    fn at_line_end(&self) -> bool {
        matches!(self.token.kind, TokenKind::Newline | TokenKind::End)
    }

    fn statement(&mut self) -> Parsed<()> {
        let TokenKind::Name(name) = self.token.kind else {
            // A bare literal says nothing; a string is how a file documents itself.
            return self.expression().map(|_| ());
        };
        match name {
            "pass" => {
                self.advance();
                return Ok(());
            }
            "load" => return self.needs_evaluation(self.token.span, "`load`"),
            "def" => return self.needs_evaluation(self.token.span, "a `def` function"),
            "for" => return self.needs_evaluation(self.token.span, "a `for` loop"),
            "if" | "elif" | "else" => {
                return self.needs_evaluation(self.token.span, "an `if` statement");
            }
            _ => {}
        }
        if self.comes(b'(', "(") {
            return self.call(name);
        }
        match self.peek() {
            TokenKind::Punct("=") => self.binding(name),
            TokenKind::Punct(assign) if ASSIGNMENTS.contains(&assign) => {
                self.names.insert(name, Binding::Unread(self.token.line));
                self.needs_evaluation(self.token.span, &format!("the `{assign}` statement"))
            }
            TokenKind::Punct(":") => {
                self.names.insert(name, Binding::Unread(self.token.line));
                self.needs_evaluation(self.token.span, "a type annotation")
            }
            _ => self.expression().map(|_| ()),
        }
    }

    /// `NAME = expression`.
    fn binding(&mut self, name: &'a str) -> Parsed<()> {
        let (span, line) = (self.token.span, self.token.line);
        if FUNCTIONS.contains(&name) || is_keyword(name) {
            return self.fail("reserved-name", span, format!("{} cannot be given another meaning", quoted(name)));
        }
        self.advance();
        self.advance();
        let value = self.expression();
        let binding = match value {
            Ok(value) if self.at_line_end() || self.token.kind.is(";") => Binding::Value(value),
            Ok(_) => {
                self.names.insert(name, Binding::Unread(line));
                return self.after_expression("the end of the line");
            }
            Err(reported) => {
                self.names.insert(name, Binding::Unread(line));
                return Err(reported);
            }
        };
        self.names.insert(name, binding);
        Ok(())
    }

    /// `name(argument, …)`.
    fn call(&mut self, name: &'a str) -> Parsed<()> {
        let (name_span, line) = (self.token.span, self.token.line);
        if !FUNCTIONS.contains(&name) {
            let known = nearest(name, &FUNCTIONS);
            let message = format!("there is no function {}", quoted(name));
            self.report.helpful_error(
                "unknown-function",
                name_span,
                message,
                match known {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => "the functions are `prefix_rule`, `network_rule` and `host_executable`; a build with the \
                         `starlark` feature evaluates others"
                        .to_owned(),
                },
            );
            return Err(Reported);
        }
        self.advance();
        let arguments = self.arguments()?;
        let span = Span::new(name_span.start, self.end);
        (self.take)(&Call { name, name_span, span, line, arguments }, self.report);
        Ok(())
    }

    /// Whether brackets that are open here were forgotten: at the end, or where a line starts with a call of ours.
    pub(super) fn starts_afresh(&self) -> bool {
        match self.token.kind {
            TokenKind::End => true,
            TokenKind::Name(name) => self.token.indent == 0 && FUNCTIONS.contains(&name) && self.peek().is("("),
            _ => false,
        }
    }

    /// Whether a bracket is open.
    pub(super) fn in_brackets(&self) -> bool {
        !self.brackets.is_empty()
    }

    /// Goes to where the next statement seems to start. Inside brackets that are never closed, that is the next
    /// line which starts with one of our functions: one missing bracket must not swallow the rules after it.
    fn recover(&mut self, start: usize) {
        let mut open = self.brackets.len();
        self.brackets.clear();
        if self.token.span.start == start {
            open = self.count_bracket(open);
            self.advance();
        }
        loop {
            let starts_line = self.token.indent == 0;
            match self.token.kind {
                TokenKind::End => return,
                TokenKind::Name("else" | "elif") => {}
                TokenKind::Name(name) if starts_line && FUNCTIONS.contains(&name) && self.peek().is("(") => {
                    return;
                }
                TokenKind::Newline | TokenKind::Punct(")" | "]" | "}") => {}
                _ if starts_line && open == 0 => return,
                _ => {}
            }
            open = self.count_bracket(open);
            self.advance();
        }
    }

    fn count_bracket(&self, open: usize) -> usize {
        match self.token.kind {
            TokenKind::Punct("(" | "[" | "{") => open + 1,
            TokenKind::Punct(")" | "]" | "}") => open.saturating_sub(1),
            _ => open,
        }
    }

    /// Records the statement between `start` and here as lost.
    fn lose(&mut self, start: usize, line: u32) {
        let text = self.report.text().get(start..self.token.span.start).unwrap_or_default();
        self.lost.push(Lost::new(text, line));
    }
}
