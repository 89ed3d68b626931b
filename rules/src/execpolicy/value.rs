//! What a literal expression in a `.rules` file stands for, and the calls that such values are given to.

use std::borrow::Cow;

use crate::diagnostic::Span;

/// A value and the expression it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value<'a> {
    pub(crate) kind: ValueKind<'a>,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind<'a> {
    /// Borrowed from the text where that says it literally.
    Str(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Tuple(Vec<Value<'a>>),
    /// No argument takes a number, so its worth does not matter.
    Int,
    Bool(bool),
    None,
}

impl Value<'_> {
    /// What it is, in words.
    pub(crate) const fn noun(&self) -> &'static str {
        match self.kind {
            ValueKind::Str(_) => "a string",
            ValueKind::List(_) => "a list",
            ValueKind::Tuple(_) => "a tuple",
            ValueKind::Int => "a number",
            ValueKind::Bool(_) => "a truth value",
            ValueKind::None => "`None`",
        }
    }

    /// Roughly what a copy of it costs, up to `limit`.
    pub(crate) fn size(&self) -> usize {
        match &self.kind {
            ValueKind::Str(text) => 1 + text.len() / 16,
            // The depth of a value is bounded by the depth of the brackets it was read from.
            ValueKind::List(items) | ValueKind::Tuple(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            ValueKind::Int | ValueKind::Bool(_) | ValueKind::None => 1,
        }
    }
}

/// One call at the top level of a file.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    /// The function.
    pub(crate) name: &'a str,
    /// Where its name stands.
    pub(crate) name_span: Span,
    /// All of the call.
    pub(crate) span: Span,
    /// First line, from 1.
    pub(crate) line: u32,
    pub(crate) arguments: Vec<Argument<'a>>,
}

/// One argument of a call.
#[derive(Clone, Debug)]
pub(crate) struct Argument<'a> {
    /// The keyword and where it stands; `None` if the argument is positional.
    pub(crate) keyword: Option<(&'a str, Span)>,
    pub(crate) value: Value<'a>,
}
