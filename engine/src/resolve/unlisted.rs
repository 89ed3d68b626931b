//! Options that nobody described, of programs that somebody described or not: what one is by its name, it is judged as. It
//! takes a command, which it would run, or a file, which it would write.

use super::bound::BindProblem;
use super::resolution::Invocation;
use super::state::State;
use super::value::Value;
use super::walk::{Call, Walker};
use crate::shell::{Span, parse};
use compact_str::CompactString;
use guardian_rules::paths::last_name;
use guardian_rules::{EffectKind, Form, Role};

/// Words in the name of an option that takes a command.
const COMMANDS: &[&str] =
    &["exec", "execute", "command", "cmd", "run", "under", "shell", "hook", "wrapper", "launcher", "prog", "program"];

/// Words in the name of an option that takes code.
const CODES: &[&str] = &["eval", "evaluate", "expr", "expression", "execute", "code", "e", "c", "r"];

/// Words in the name of an option that takes a file to write.
const OUTPUTS: &[&str] = &[
    "o",
    "out",
    "output",
    "outfile",
    "outdir",
    "outputs",
    "dest",
    "destination",
    "log",
    "logfile",
    "logdir",
    "dump",
    "export",
    "save",
    "report",
    "trace",
];

/// What stands around the value of a setting.
const QUOTES: [char; 2] = ['"', '\''];

impl Walker<'_> {
    /// Follows the commands that options which nobody described are given, or that stand behind a word which says so.
    pub(super) fn unlisted(&mut self, invocation: &Invocation, state: &State) {
        if !does_unknown(invocation) {
            return;
        }
        self.behind_exec(invocation, state);
        for value in values_of(invocation, COMMANDS, false) {
            let Some(text) = value.known().filter(|text| text.trim().contains(char::is_whitespace)) else { continue };
            let program = text.split_whitespace().next().unwrap_or_default();
            if self.specs.program(program).is_some() && self.is_script(&parse(text), value.span) {
                self.script(text, value.span, invocation, &mut state.clone());
            }
        }
        // In whatever language, more than a word.
        for value in values_of(invocation, CODES, true) {
            if value.known().is_some_and(|text| text.contains(['(', ' '])) {
                self.code(Role::Code, &value, invocation, &mut state.clone());
            }
        }
    }

    /// A setting whose value is a command, of one text or as a list of words, if a program stands in front of it.
    pub(super) fn setting(&mut self, value: &Value, invocation: &Invocation, state: &State) {
        let Some((_, given)) = value.known().and_then(|text| text.split_once('=')) else { return };
        let listed = given.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']'));
        let command = match listed {
            Some(list) => list.split(',').map(quoted).collect::<Vec<_>>().join(" "),
            None => given.trim().trim_matches(QUOTES).to_owned(),
        };
        let program = command.split_whitespace().next().unwrap_or_default().trim_matches(QUOTES);
        if program.contains('/') || self.specs.program(program).is_some() {
            self.script(&command, value.span, invocation, &mut state.clone());
        }
    }

    /// The command behind `exec`, `run` or `--`: it begins with the first program that is described, soon behind.
    fn behind_exec(&mut self, invocation: &Invocation, state: &State) {
        const SAYS: [&str; 4] = ["exec", "run", "--exec", "--"];
        const SOON: usize = 3;
        let arguments = invocation.arguments.as_slice();
        let says = |word: &Value| word.known().is_some_and(|text| SAYS.contains(&text));
        let described = |word: &Value| word.known().is_some_and(|name| self.specs.program(last_name(name)).is_some());
        // A program that nobody described may be a wrapper, if it is given a program with options.
        let given = |two: &[Value]| matches!(two, [one, two] if described(one) && two.text.starts_with('-'));
        let start = match arguments.iter().position(says) {
            Some(at) => {
                let behind = arguments.get(at + 1..).unwrap_or_default();
                behind.iter().take(SOON).position(described).map(|start| at + 1 + start)
            }
            None if invocation.binding.is_none() => arguments.windows(2).take(SOON).position(given),
            None => None,
        };
        let Some(words) = start.and_then(|start| arguments.get(start..)).map(<[Value]>::to_vec) else { return };
        let span = words.iter().map(|word| word.span).reduce(Span::to).unwrap_or(invocation.span);
        let call = Call::process(words, Some(invocation.unit), span);
        self.deeper(span, |walker| {
            walker.invoke(call, &mut state.clone(), &invocation.input);
        });
    }
}

/// A word of a list as one of the shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.trim().trim_matches(QUOTES).replace('\'', ""))
}

/// The places that options which nobody described are told to write, by their names.
pub(crate) fn unlisted_outputs(invocation: &Invocation) -> Vec<Value> {
    let mut values = values_of(invocation, OUTPUTS, false);
    values.retain(|value| value.known().is_some_and(|text| text.starts_with(['/', '~']) || text.starts_with("../")));
    values
}

/// The values of options that nobody described and whose names have one of these words. `letters` says whether one letter counts
/// of a program that somebody described: it is much else to who has more options than are described.
fn values_of(invocation: &Invocation, words: &[&str], letters: bool) -> Vec<Value> {
    if !does_unknown(invocation) {
        return Vec::new();
    }
    let problems = || invocation.binding.iter().flat_map(|binding| &binding.problems);
    let whole = !problems().any(|(problem, _)| matches!(problem, BindProblem::Option(_)));
    let listed = |flag: &str| {
        let is = |problem: &BindProblem| matches!(problem, BindProblem::Option(other) if other == flag);
        !whole && !problems().any(|(problem, _)| is(problem))
    };
    let named = |flag: &str| {
        let name = flag.trim_start_matches('-').to_ascii_lowercase();
        let known = invocation.binding.is_some() && name.len() == 1 && !letters;
        !known && name.split(['-', '_', '.']).any(|part| words.contains(&part))
    };
    let mut found = Vec::new();
    for (at, word) in invocation.arguments.iter().enumerate() {
        let Some(text) = word.known().filter(|text| text.starts_with('-')) else { continue };
        let (flag, attached) = text.split_once('=').map_or((text, None), |(flag, value)| (flag, Some(value)));
        if !named(flag) || listed(flag) {
            continue;
        }
        match attached {
            Some(value) => found.push(Value { text: CompactString::from(value), ..word.clone() }),
            None => found.extend(invocation.arguments.get(at + 1).filter(|next| !next.text.starts_with('-')).cloned()),
        }
    }
    found
}

/// Whether nobody described the command, or what it does is not known.
pub(super) fn does_unknown(invocation: &Invocation) -> bool {
    let Some(binding) = &invocation.binding else {
        return invocation.file.is_none();
    };
    let unknown = |form: Form<'_>| form.effects().any(|effect| effect.kind == EffectKind::Unknown);
    !binding.info && (!binding.problems.is_empty() || binding.form.is_none_or(unknown))
}
