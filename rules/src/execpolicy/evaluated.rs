//! Files that need more than literals, where an evaluator is at hand. It gives calls with their values; they are then
//! held against the same signatures, with the same messages, as calls that were read.

use std::borrow::Cow;

use super::report::Report;
use super::value::{Argument, Call, Value, ValueKind};
use super::{LoadOutcome, MOST_NESTED, Taken, load};
use crate::diagnostic::{Diagnostic, Span};
use crate::host::HostTable;
use crate::lexer::{Lexer, TokenKind};
use crate::rule::Layer;

/// A value that an evaluator came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Given>),
    /// A tuple.
    Tuple(Vec<Given>),
    /// A number; no argument takes one.
    Number,
    /// A truth value.
    Truth(bool),
    /// `None`.
    Nothing,
}

/// A call that an evaluator came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenCall {
    /// One of [`FUNCTIONS`](super::FUNCTIONS).
    pub name: &'static str,
    /// Where the call stands.
    pub span: Span,
    /// What it was given, each with its name if it has one.
    pub arguments: Vec<(Option<String>, Given)>,
}

/// Why an evaluator came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unevaluated {
    /// Where.
    pub span: Span,
    /// Why, in a line.
    pub message: String,
}

/// Whoever evaluates a text.
pub type Evaluate<'e> = &'e dyn Fn(&str) -> Result<Vec<GivenCall>, Unevaluated>;

/// More is not evaluated: an evaluator walks what it reads by calling itself, so what it reads must not be deep.
const MOST_BYTES: usize = 1 << 20;
/// How many words may stand between two commas, brackets or line ends.
const MOST_IN_A_ROW: usize = 256;
/// How far a line may be indented.
const MOST_INDENTED: usize = 128;

/// Reads the text of one file; if it needs more than literals, it is evaluated as a whole.
#[must_use]
pub fn load_evaluated(layer: Layer, file: &str, text: &str, hosts: &HostTable, evaluate: Evaluate<'_>) -> LoadOutcome {
    let mut outcome = load(layer, file, text, hosts);
    if !outcome.diagnostics.iter().any(|diagnostic| diagnostic.code == "needs-evaluation") {
        return outcome;
    }
    let evaluated = match fit(text) {
        Ok(()) => evaluate(text),
        Err(problem) => Err(problem),
    };
    let calls = match evaluated {
        Ok(calls) => calls,
        Err(problem) => {
            // What could be read all the same holds; that it had to be evaluated is no longer what is wrong.
            outcome.diagnostics.retain(|diagnostic| diagnostic.code != "needs-evaluation");
            outcome.diagnostics.push(Diagnostic::error("evaluation", file, text, problem.span, problem.message));
            outcome.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
            return outcome;
        }
    };
    let line_of = |span: Span| {
        let before = text.get(..span.start).unwrap_or_default();
        u32::try_from(before.bytes().filter(|byte| *byte == b'\n').count() + 1).unwrap_or(u32::MAX)
    };
    let calls: Vec<Call<'_>> = calls.iter().map(|call| as_read(call, line_of(call.span))).collect();
    let mut report = Report::new(file, text);
    let mut taken = Taken::new(layer, file);
    calls.iter().for_each(|call| taken.call(call, &mut report));
    taken.finish(report, hosts)
}

fn as_read(call: &GivenCall, line: u32) -> Call<'_> {
    let arguments = call.arguments.iter().map(|(keyword, given)| Argument {
        keyword: keyword.as_deref().map(|keyword| (keyword, call.span)),
        value: value(given, call.span),
    });
    Call { name: call.name, name_span: call.span, span: call.span, line, arguments: arguments.collect() }
}

fn value(given: &Given, span: Span) -> Value<'_> {
    let kind = match given {
        Given::Text(text) => ValueKind::Str(Cow::Borrowed(text)),
        Given::List(items) => ValueKind::List(items.iter().map(|item| value(item, span)).collect()),
        Given::Tuple(items) => ValueKind::Tuple(items.iter().map(|item| value(item, span)).collect()),
        Given::Number => ValueKind::Int,
        Given::Truth(truth) => ValueKind::Bool(*truth),
        Given::Nothing => ValueKind::None,
    };
    Value { kind, span }
}

/// Whether the text is flat enough to be evaluated.
fn fit(text: &str) -> Result<(), Unevaluated> {
    let refuse = |span, message: &str| Err(Unevaluated { span, message: message.to_owned() });
    if text.len() > MOST_BYTES {
        return refuse(Span::default(), "a file larger than 1 MiB is not evaluated");
    }
    let mut lexer = Lexer::new(text);
    let (mut depth, mut row, mut otherwise, mut starts, mut operand) = (0_usize, 0_usize, 0_usize, true, false);
    loop {
        let token = lexer.token();
        row += 1;
        match &token.kind {
            TokenKind::End => return Ok(()),
            TokenKind::Newline if depth == 0 => (row, starts) = (0, true),
            TokenKind::Newline => continue,
            TokenKind::Punct("(" | "[" | "{") => (depth, row) = (depth + 1, 0),
            TokenKind::Punct(")" | "]" | "}") => depth = depth.saturating_sub(1),
            TokenKind::Punct(",") => row = 0,
            TokenKind::Name("elif") => otherwise += 1,
            _ => {}
        }
        // One multiplication can make a gigabyte of a letter.
        if operand && matches!(token.kind, TokenKind::Punct("*" | "*=")) {
            return refuse(token.span, "a multiplication is not evaluated: write the value out");
        }
        operand = matches!(
            token.kind,
            TokenKind::Name(_)
                | TokenKind::Str(_)
                | TokenKind::Int(_)
                | TokenKind::Foreign(_)
                | TokenKind::Punct(")" | "]" | "}")
        );
        if depth > MOST_NESTED {
            return refuse(token.span, "brackets are nested too deep to be evaluated");
        }
        if row > MOST_IN_A_ROW {
            return refuse(token.span, "this expression is too long to be evaluated");
        }
        if otherwise > MOST_IN_A_ROW {
            return refuse(token.span, "there are too many `elif` to be evaluated");
        }
        if starts && token.kind != TokenKind::Newline {
            starts = false;
            if token.indent > MOST_INDENTED {
                return refuse(token.span, "this line is indented too far to be evaluated");
            }
        }
    }
}
