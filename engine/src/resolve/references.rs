//! Variables that stand for others (`declare -n r=x`): what is set by one name is what the other holds. What such a script
//! does is never certain, so that this only ever adds to what a name may hold.

use super::code::is_name;
use super::resolution::{Invocation, NoteKind};
use super::state::{State, Variable};
use super::value::{Unit, Value, Why};
use super::walker::Walker;
use std::rc::Rc;

/// So many are followed. A script with any is asked about as it is.
const MOST_REFERENCES: usize = 8;

impl Walker<'_> {
    /// Remembers which names stand for which: `declare -n r=x`.
    pub(super) fn refers(&mut self, invocation: &Invocation, state: &mut State) {
        for text in invocation.arguments.iter().filter_map(Value::known) {
            let Some((name, other)) = text.split_once('=').filter(|(name, other)| is_name(name) && is_name(other))
            else {
                continue;
            };
            // Whoever expands the one reads the other.
            if state.variable(other).is_none() {
                self.note(invocation.unit, invocation.span, NoteKind::Expands(other.to_owned()));
            }
            if self.references.len() < MOST_REFERENCES && name != other {
                self.references.push((name.to_owned(), other.to_owned()));
                let held = state.variable(other).map(|variable| Rc::clone(&variable.value));
                if let Some(held) = held {
                    nearly(name, &held, state);
                }
            }
        }
    }

    /// Whether a name stands for another, and so is not read-only.
    pub(super) fn is_reference(&self, name: &str) -> bool {
        self.references.iter().any(|(one, _)| one == name)
    }

    /// What was set by one name, the other holds.
    pub(super) fn referred(&mut self, name: &str, value: &Value, state: &mut State, unit: Unit) {
        if self.references.is_empty() {
            return;
        }
        let references = std::mem::take(&mut self.references);
        for (one, other) in &references {
            if name == one {
                self.assign_as(other, Variable::of(sketched(value)), state, unit);
                nearly(other, value, state);
            } else if name == other {
                nearly(one, value, state);
            }
        }
        self.references = references;
    }
}

/// A value that is nearly this one.
fn sketched(value: &Value) -> Value {
    let sketch = value.known().map(Into::into).or_else(|| value.sketch.clone());
    Value { sketch, many: true, from: value.from.clone(), ..Value::unknown(Why::Expansion, value.span) }
}

/// Lets a variable hold what is nearly this.
fn nearly(name: &str, value: &Value, state: &mut State) {
    if let Some(variable) = state.variables.make_mut().get_mut(name) {
        variable.value = Rc::new(sketched(value));
    }
}
