//! What code is told beside it: words behind it, and variables that it sees. Code that starts programs may start what they say.

use super::dialect::starts;
use super::readings::{MORE_READINGS, MOST_READINGS};
use super::resolution::Invocation;
use super::state::State;
use super::value::{HOLE, Knowledge, Value, Why};
use super::walker::Walker;
use guardian_rules::{Role, Stdin};

impl Walker<'_> {
    /// Follows commands in the words beside code that starts programs: `perl -e 'exec @ARGV' ls -l`.
    pub(super) fn told_beside(&mut self, role: Role, code: &str, invocation: &Invocation, state: &State) {
        if invocation.arguments.len() < 2 && invocation.environment.is_empty() || !starts(role, code) {
            return;
        }
        let at = invocation.arguments.iter().position(|word| word.text == code);
        let words = invocation.arguments.iter().enumerate().filter(|(i, _)| Some(*i) != at).map(|(_, word)| word);
        let before = invocation.environment.iter().map(|(_, value)| value);
        let texts: Vec<Value> = words.chain(before).filter_map(given).collect();
        for text in self.at_most(texts, MOST_READINGS, invocation.span, MORE_READINGS) {
            self.text_that_reads(&text, invocation, state);
        }
        let behind = at.and_then(|at| invocation.arguments.get(at + 1..)).unwrap_or_default();
        let behind = behind.strip_prefix([Value::exact("--", invocation.span)].as_slice()).unwrap_or(behind);
        if let [program, option, ..] = behind
            && option.text.starts_with('-')
            && program.known().is_some_and(|name| self.is_described(name))
        {
            self.may_start(behind.to_vec(), invocation.span, invocation, state);
        }
    }
}

/// A text of several words, without the name that it is given under.
fn given(word: &Value) -> Option<Value> {
    let text = word.known().filter(|text| text.contains(char::is_whitespace))?;
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named = text.split_once('=').filter(|(name, _)| name.chars().all(part));
    Some(Value { text: named.map_or(text, |(_, value)| value).into(), ..word.clone() })
}

/// The arguments of a shell that takes its code from its input: all of its words.
pub(super) fn given_on_input(invocation: &Invocation) -> Option<Vec<Value>> {
    let binding = invocation.binding.as_ref()?;
    let code = matches!(binding.form?.stdin(), Stdin::Code(Role::Shell | Role::Bash | Role::Zsh));
    let words = binding.operands_in(&invocation.arguments).map(|(_, word)| word.clone());
    code.then(|| words.collect())
}

/// What stands on standard input, or a part of it.
pub(super) fn words_given(invocation: &Invocation) -> Value {
    let seems = |text: &&Value| !text.outline().contains(HOLE);
    let sketch = invocation.input.given().filter(seems).map(|text| text.outline().trim_end_matches('\n').into());
    Value { sketch, ..Value::unknown(Why::Input, invocation.span) }
}

/// A line of standard input, for what takes it line by line.
pub(super) fn lines_given(invocation: &Invocation) -> Value {
    match invocation.name.as_str() {
        "mapfile" | "readarray" => {
            let given = words_given(invocation);
            match given.sketch {
                Some(_) => Value { knowledge: Knowledge::Unknown(Why::Paths), ..given },
                None => given,
            }
        }
        _ => Value::unknown(Why::Input, invocation.span),
    }
}
