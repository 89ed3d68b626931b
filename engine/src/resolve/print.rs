//! What commands print, as far as their specs say so.

use super::resolution::{Input, Invocation};
use super::value::{Knowledge, Unit, Value, Why};
use super::walk::{SOMETIMES, Walker};
use crate::shell::{Run, Script};
use guardian_rules::{Output, Role};

impl Walker<'_> {
    /// What a command prints, where its spec says so.
    pub(super) fn prints(&self, invocation: &Invocation) -> Option<Value> {
        let binding = invocation.binding.as_ref()?;
        if invocation.file.is_some() || binding.info {
            return None;
        }
        let span = invocation.span;
        let of = |knowledge, text: String| {
            Some(Value { knowledge, many: true, from: vec![invocation.unit], ..Value::exact(text, span) })
        };
        match binding.form?.output() {
            Output::Text => None,
            Output::Operands => {
                let words: Option<Vec<&str>> = invocation.arguments.iter().map(Value::known).collect();
                // With an option or an escape what is printed is something else.
                let text = words.filter(|w| !w.first().is_some_and(|f| f.starts_with('-')));
                match text {
                    Some(words) if !words.iter().any(|w| w.contains('\\')) => Some(Value::exact(words.join(" "), span)),
                    _ => {
                        let outline: Vec<_> = invocation.arguments.iter().map(Value::outline).collect();
                        Some(Value {
                            sketch: Some(outline.join(" ").into()),
                            many: true,
                            ..Value::unknown(Why::Output, span)
                        })
                    }
                }
            }
            Output::Paths | Output::Ids => of(Knowledge::Path, String::new()),
            Output::Names => {
                let mut operands = binding.operands.iter().filter(|(_, role)| !role.is_data());
                let first = operands.next().and_then(|(i, _)| invocation.arguments.get(*i));
                match first {
                    None => of(Knowledge::Name, String::new()),
                    // Below which of several is not known.
                    Some(_) if operands.next().is_some() => None,
                    Some(value)
                        if matches!(value.knowledge, Knowledge::Exact | Knowledge::Pattern | Knowledge::Name) =>
                    {
                        of(Knowledge::Name, value.text.clone())
                    }
                    Some(_) => None,
                }
            }
            Output::Filter => self.filtered(invocation, &binding.operands),
        }
    }

    /// Lines of the input: of the same kind; which of them is not known.
    fn filtered(&self, invocation: &Invocation, operands: &[(usize, Role)]) -> Option<Value> {
        if !operands.iter().all(|(_, role)| role.is_data() || matches!(role, Role::Write | Role::Append)) {
            return None;
        }
        let input = match &invocation.input {
            Input::Pipe(piped) => piped.prints.clone()?,
            Input::Text(value) => value.clone(),
            Input::File(_) | Input::Inherited => return None,
        };
        Some(match input.knowledge {
            Knowledge::Name | Knowledge::Path | Knowledge::Number => input,
            _ => Value {
                sketch: Some(input.outline().into()),
                many: true,
                from: input.from.clone(),
                ..Value::unknown(Why::Output, invocation.span)
            },
        })
    }

    /// What these commands print together.
    pub(super) fn printed_by(&self, units: &[Unit]) -> Option<Value> {
        let once = !units.contains(&SOMETIMES);
        let mut all: Option<Value> = None;
        for &unit in units.iter().filter(|u| **u != SOMETIMES) {
            let index = usize::try_from(unit).ok()?.checked_sub(1)?;
            let printed = self.out.invocations.get(index)?.prints.clone()?;
            all = Some(match all {
                None => printed,
                // Several outputs are one only where the kind of word is all that is known.
                Some(first)
                    if first.knowledge == printed.knowledge
                        && first.text == printed.text
                        && matches!(first.knowledge, Knowledge::Name | Knowledge::Path | Knowledge::Number) =>
                {
                    first
                }
                Some(_) => return None,
            });
        }
        all.filter(|v| once || v.knowledge != Knowledge::Exact)
    }
}

/// Whether standard output goes elsewhere.
pub(super) fn redirects_output(script: &Script, run: Run) -> bool {
    use crate::shell::{Descriptor, RedirectOperator as Op};
    script.redirects_of(run).iter().any(|redirect| {
        let writes = !matches!(redirect.operator, Op::Read | Op::Heredoc | Op::HereString | Op::DuplicateIn);
        match redirect.descriptor {
            Descriptor::Default => writes,
            Descriptor::Number(n) => n == 1 || matches!(redirect.operator, Op::WriteBoth | Op::AppendBoth),
            Descriptor::Variable(_) => false,
        }
    })
}
