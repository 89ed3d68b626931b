//! Expressions: literals, names of literals, brackets and `+`. All recursion goes through an open bracket, so
//! that the limit on nesting limits the stack.

use super::reader::{Binding, Parsed, Reader, Reported};
use super::value::{Argument, Value, ValueKind};
use crate::diagnostic::{Span, quoted};
use crate::lexer::TokenKind;

impl<'a> Reader<'a, '_> {
    /// `operand + operand + …`.
    pub(super) fn expression(&mut self) -> Parsed<Value<'a>> {
        let mut sum = self.operand()?;
        while self.token.kind.is("+") {
            let plus = self.advance().span;
            let right = self.operand()?;
            sum = self.add(sum, plus, right)?;
        }
        Ok(sum)
    }

    fn add(&mut self, left: Value<'a>, plus: Span, right: Value<'a>) -> Parsed<Value<'a>> {
        let (nouns, span) = ((left.noun(), right.noun()), left.span.to(right.span));
        let kind = match (left.kind, right.kind) {
            (ValueKind::Str(mut left), ValueKind::Str(right)) => {
                left.to_mut().push_str(&right);
                ValueKind::Str(left)
            }
            (ValueKind::List(mut left), ValueKind::List(right)) => {
                left.extend(right);
                ValueKind::List(left)
            }
            (ValueKind::Tuple(mut left), ValueKind::Tuple(right)) => {
                left.extend(right);
                ValueKind::Tuple(left)
            }
            (ValueKind::Int, ValueKind::Int) => return self.needs_evaluation(plus, "arithmetic"),
            _ => {
                let message = format!("{} and {} cannot be added", nouns.0, nouns.1);
                return self.fail("bad-sum", plus, message);
            }
        };
        Ok(Value { kind, span })
    }

    fn operand(&mut self) -> Parsed<Value<'a>> {
        let span = self.token.span;
        let kind = match &self.token.kind {
            TokenKind::Str(text) => ValueKind::Str(text.clone()),
            TokenKind::Int(_) => ValueKind::Int,
            TokenKind::Foreign(noun) => return self.needs_evaluation(span, noun),
            TokenKind::Name(name) => return self.name(name),
            TokenKind::Punct("[") => return self.list(),
            TokenKind::Punct("(") => return self.parenthesis(),
            TokenKind::Punct("{") => return self.needs_evaluation(span, "a dictionary"),
            TokenKind::Punct("-" | "+" | "~") => return self.needs_evaluation(span, "arithmetic"),
            TokenKind::Punct("*" | "**") => {
                return self.needs_evaluation(span, "unpacking with `*`");
            }
            _ => return self.unexpected("a value"),
        };
        self.advance();
        Ok(Value { kind, span })
    }

    fn name(&mut self, name: &'a str) -> Parsed<Value<'a>> {
        let span = self.token.span;
        let constant = match name {
            "True" => Some(ValueKind::Bool(true)),
            "False" => Some(ValueKind::Bool(false)),
            "None" => Some(ValueKind::None),
            "lambda" => return self.needs_evaluation(span, "a `lambda`"),
            "not" => return self.needs_evaluation(span, "the `not` operator"),
            _ => None,
        };
        if self.comes(b'(', "(") {
            return self.needs_evaluation(span, &format!("the call of {} inside an expression", quoted(name)));
        }
        let kind = match (constant, self.names.get(name)) {
            (Some(kind), _) => kind,
            (None, Some(Binding::Value(value))) => {
                let Some(left) = self.budget.checked_sub(value.size()) else {
                    return self.fail("too-large", span, format!("{} makes the rules too large", quoted(name)));
                };
                self.budget = left;
                value.kind.clone()
            }
            (None, Some(Binding::Unread(line))) => {
                let message = format!("{} has no value: line {line}, which defines it, was not read", quoted(name));
                return self.fail("unread-name", span, message);
            }
            (None, None) if matches!(self.peek(), TokenKind::Name("for")) => {
                return self.needs_evaluation(span, "a comprehension");
            }
            (None, None) => {
                self.report.helpful_error(
                    "unknown-name",
                    span,
                    format!("{} has no value here", quoted(name)),
                    "a name has to be given a string or a list further up, and a word of a command is written in quotes",
                );
                return Err(Reported);
            }
        };
        self.advance();
        Ok(Value { kind, span })
    }

    fn list(&mut self) -> Parsed<Value<'a>> {
        let open = self.open()?;
        let mut items = Vec::with_capacity(4);
        while !self.token.kind.is("]") {
            items.push(self.expression()?);
            self.separator(b']')?;
        }
        Ok(Value { kind: ValueKind::List(items), span: open.to(self.close()) })
    }

    /// A tuple, or an expression in parentheses: only a comma tells them apart.
    fn parenthesis(&mut self) -> Parsed<Value<'a>> {
        let open = self.open()?;
        let mut items = Vec::new();
        let mut comma = false;
        while !self.token.kind.is(")") {
            items.push(self.expression()?);
            comma |= self.separator(b')')?;
        }
        let span = open.to(self.close());
        let kind = match (comma, items.pop()) {
            (false, Some(only)) => only.kind,
            (_, last) => {
                items.extend(last);
                ValueKind::Tuple(items)
            }
        };
        Ok(Value { kind, span })
    }

    /// The arguments of a call, from its opening parenthesis to its closing one.
    pub(super) fn arguments(&mut self) -> Parsed<Vec<Argument<'a>>> {
        self.open()?;
        let mut arguments: Vec<Argument<'a>> = Vec::with_capacity(4);
        while !self.token.kind.is(")") {
            let keyword = match self.token.kind {
                TokenKind::Name(name) if self.comes(b'=', "=") => {
                    let span = self.advance().span;
                    self.advance();
                    Some((name, span))
                }
                _ => None,
            };
            let value = self.expression()?;
            if keyword.is_none() && arguments.last().is_some_and(|last| last.keyword.is_some()) {
                let message = "an argument without a name cannot follow one with a name";
                return self.fail("positional-after-keyword", value.span, message);
            }
            arguments.push(Argument { keyword, value });
            self.separator(b')')?;
        }
        self.close();
        Ok(arguments)
    }

    /// A comma, which is taken, or the closing bracket, which is not. Whether there was a comma.
    fn separator(&mut self, closing: u8) -> Parsed<bool> {
        match self.token.kind {
            TokenKind::Punct(",") => {
                self.advance();
                Ok(true)
            }
            TokenKind::Punct(punct) if punct.as_bytes() == [closing] => Ok(false),
            _ => self.after_expression(&format!("`,` or `{}`", char::from(closing))),
        }
    }

    /// The error for what follows an expression: named, where Starlark would go on reading.
    pub(super) fn after_expression<T>(&mut self, expected: &str) -> Parsed<T> {
        let span = self.token.span;
        match &self.token.kind {
            TokenKind::Punct(".") => self.needs_evaluation(span, "a method call"),
            TokenKind::Punct("[") => self.needs_evaluation(span, "an index"),
            TokenKind::Punct("(") => self.needs_evaluation(span, "a call"),
            TokenKind::Punct(",") if !self.in_brackets() => self.needs_evaluation(span, "a tuple without parentheses"),
            TokenKind::Punct(
                operator @ ("-" | "*" | "/" | "//" | "%" | "**" | "==" | "!=" | "<" | ">" | "<=" | ">=" | "&" | "|"
                | "^" | "<<" | ">>"),
            ) => {
                let construct = format!("the `{operator}` operator");
                self.needs_evaluation(span, &construct)
            }
            TokenKind::Name("for") => self.needs_evaluation(span, "a comprehension"),
            TokenKind::Name("if") => self.needs_evaluation(span, "a conditional expression"),
            TokenKind::Name(operator @ ("and" | "or" | "in" | "not")) => {
                let construct = format!("the `{operator}` operator");
                self.needs_evaluation(span, &construct)
            }
            TokenKind::Str(_) => {
                self.report.helpful_error(
                    "adjacent-strings",
                    span,
                    format!("expected {expected}, found a string"),
                    "put a comma between two words, or a `+` between two parts of one",
                );
                Err(Reported)
            }
            _ => self.unexpected(expected),
        }
    }
}
