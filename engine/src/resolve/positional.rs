//! `set` and `shift`: options of the shell, and the positional parameters.

use super::resolution::Invocation;
use super::state::State;
use super::value::Value;
use std::rc::Rc;

/// `set`: options, and the positional parameters.
pub(super) fn set(invocation: &Invocation, state: &mut State) {
    let mut arguments = invocation.arguments.iter();
    let mut rest = None;
    while let Some(argument) = arguments.next() {
        match argument.known() {
            Some("--" | "-") => {
                rest = Some(arguments.as_slice());
                break;
            }
            Some(text) if text.starts_with(['-', '+']) => {
                let on = text.starts_with('-');
                let named = text.ends_with('o').then(|| arguments.next().and_then(Value::known)).flatten();
                if text.contains('a') || named == Some("allexport") {
                    state.exports_all = on;
                }
                if text.contains('e') || named == Some("errexit") {
                    state.errexit = on;
                }
            }
            Some(_) => {
                rest = invocation.arguments.get(invocation.arguments.len() - arguments.len() - 1..);
                break;
            }
            None => {
                // It may be an option, or none.
                state.positional = None;
                state.errexit = false;
                return;
            }
        }
    }
    if let Some(rest) = rest {
        state.positional = Some(Rc::new(rest.to_vec()));
    }
}

/// `shopt`: options that make patterns mean more than they say. What is turned on is not believed to be off again.
pub(super) fn shopt(invocation: &Invocation, state: &mut State) {
    let on = |value: &Value| value.known().is_none_or(|text| text.starts_with('-') && text.contains('s'));
    let wide = |value: &Value| value.known().is_none_or(|text| matches!(text, "dotglob" | "extglob"));
    state.wide_globs |= invocation.arguments.iter().any(on) && invocation.arguments.iter().any(wide);
}

/// `shift`: the positional parameters move up.
pub(super) fn shift(invocation: &Invocation, state: &mut State) {
    let count = match invocation.arguments.as_slice() {
        [] => Some(1),
        [one] => one.known().and_then(|t| t.parse::<usize>().ok()),
        _ => None,
    };
    state.positional = match (&state.positional, count) {
        (Some(values), Some(count)) if !values.iter().take(count).any(|v| v.many) => {
            // More than there are: nothing is shifted.
            let count = if count > values.len() { 0 } else { count };
            Some(Rc::new(values.iter().skip(count).cloned().collect()))
        }
        _ => None,
    };
}
