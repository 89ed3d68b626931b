//! Binds the arguments of a call to the parameters of its function, and takes values out of them.

use super::report::Report;
use super::value::{Call, Value, ValueKind};
use crate::diagnostic::{Span, nearest, quoted};
use crate::rule::Word;

/// The parameters of one function.
pub(super) struct Signature {
    /// All names, those that may be positional first.
    pub(super) names: &'static [&'static str],
    /// How many of them a call must give.
    pub(super) required: usize,
    /// How many of them may be positional.
    pub(super) positional: usize,
}

/// The arguments of one call, by name.
pub(super) struct Arguments<'c, 'a> {
    call: &'c Call<'a>,
    names: &'static [&'static str],
    values: [Option<&'c Value<'a>>; MOST],
}

/// No function has more parameters.
pub(super) const MOST: usize = 10;

impl<'c, 'a> Arguments<'c, 'a> {
    /// Binds and reports everything that does not fit.
    pub(super) fn bind(call: &'c Call<'a>, signature: &Signature, report: &mut Report<'_>) -> Self {
        let mut values = [None; MOST];
        let mut misspelt = false;
        for (at, argument) in call.arguments.iter().enumerate() {
            let (index, span) = match argument.keyword {
                None if at < signature.positional => (at, argument.value.span),
                None => {
                    let message = format!(
                        "{} takes at most {} arguments without a name",
                        quoted(call.name),
                        signature.positional
                    );
                    report.error("too-many-arguments", argument.value.span, message);
                    continue;
                }
                Some((keyword, span)) => match signature.names.iter().position(|name| *name == keyword) {
                    Some(index) => (index, span),
                    None => {
                        unknown_argument(call, keyword, span, signature.names, report);
                        misspelt = true;
                        continue;
                    }
                },
            };
            let Some(slot) = values.get_mut(index) else {
                continue;
            };
            if slot.is_some() {
                let name = signature.names.get(index).copied().unwrap_or_default();
                report.error("repeated-argument", span, format!("{} is given twice", quoted(name)));
            } else {
                *slot = Some(&argument.value);
            }
        }
        for (name, value) in signature.names.iter().zip(&values).take(signature.required) {
            // A misspelt name explains why another is missing.
            if value.is_none() && !misspelt {
                let message = format!("{} needs {}", quoted(call.name), quoted(name));
                report.error("missing-argument", call.name_span, message);
            }
        }
        Self { call, names: signature.names, values }
    }

    /// The value given for the name.
    pub(super) fn get(&self, name: &str) -> Option<&'c Value<'a>> {
        let index = self.names.iter().position(|own| *own == name)?;
        self.values.get(index).copied().flatten()
    }

    /// The string given for the name.
    pub(super) fn string(&self, name: &str, report: &mut Report<'_>) -> Option<(&'c str, Span)> {
        let value = self.get(name)?;
        if let ValueKind::Str(text) = &value.kind {
            return Some((text, value.span));
        }
        let message = format!("{} must be a string, not {}", quoted(name), value.noun());
        report.error("wrong-type", value.span, message);
        None
    }

    /// The items of the list given for the name.
    pub(super) fn list(&self, name: &str, report: &mut Report<'_>) -> Option<&'c [Value<'a>]> {
        let value = self.get(name)?;
        if let ValueKind::List(items) = &value.kind {
            return Some(items);
        }
        let message = format!("{} must be a list, not {}", quoted(name), value.noun());
        report.helpful_error("wrong-type", value.span, message, "write it in `[` and `]`");
        None
    }

    /// The justification, which must say something.
    pub(super) fn justification(&self, report: &mut Report<'_>) -> Option<String> {
        let (text, span) = self.string("justification", report)?;
        if text.trim().is_empty() {
            report.error("empty-justification", span, "`justification` is empty");
            return None;
        }
        Some(text.to_owned())
    }

    /// The whole call.
    pub(super) const fn span(&self) -> Span {
        self.call.span
    }
}

fn unknown_argument(call: &Call<'_>, keyword: &str, span: Span, names: &[&str], report: &mut Report<'_>) {
    let help = nearest(keyword, names).map_or_else(
        || format!("it takes {}", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")),
        |name| format!("did you mean `{name}`?"),
    );
    let message = format!("{} has no argument {}", quoted(call.name), quoted(keyword));
    report.helpful_error("unknown-argument", span, message, help);
}

/// The strings of a list, or `None` if any item is something else; what is wrong is reported.
pub(super) fn words(items: &[Value<'_>], what: &str, report: &mut Report<'_>) -> Option<Vec<Word>> {
    let before = report.errors();
    let mut words = Vec::with_capacity(items.len());
    for item in items {
        match &item.kind {
            ValueKind::Str(text) => words.push(Word::from(&**text)),
            _ => report.error("wrong-type", item.span, format!("{what} must be a string, not {}", item.noun())),
        }
    }
    (report.errors() == before).then_some(words)
}
