//! Options that nobody described, of programs that somebody described or not: what one is by its name, it is judged as. It
//! takes a command, which it would run, or a file, which it would write.

use super::bound::{BindProblem, Binding};
use super::resolution::Invocation;
use super::state::State;
use super::value::Value;
use super::walker::Walker;
use crate::shell::{Span, parse};
use compact_str::CompactString;
use guardian_rules::paths::last_name;
use guardian_rules::{EffectKind, Form, Role};
use std::str::SplitWhitespace;

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

/// Words in the name of an option that takes a text for people, or one to look for.
const TEXTS: &[&str] = &[
    "message",
    "msg",
    "title",
    "body",
    "description",
    "desc",
    "comment",
    "note",
    "notes",
    "text",
    "subject",
    "label",
    "name",
    "grep",
    "pattern",
    "search",
    "query",
    "prompt",
    "summary",
    "reason",
    "regex",
    "regexp",
    "filter",
    "match",
    "contains",
    "string",
    "include",
    "exclude",
    "help",
];

/// So many programs are looked for among the words of one that nobody described.
const MOST_BEHIND: usize = 8;

/// Why not all of them were.
const MORE_BEHIND: &str = "more words than are followed may be commands";

/// What stands around the value of a setting.
const QUOTES: [char; 2] = ['"', '\''];

impl Walker<'_> {
    /// Follows the commands that options which nobody described are given, or that stand behind a word which says so.
    pub(super) fn unlisted(&mut self, invocation: &Invocation, state: &State) {
        self.further(invocation, state);
        self.in_place(invocation, state);
        if !does_unknown(invocation) {
            if invocation.binding.as_ref().is_some_and(takes_any_words) {
                self.behind_exec(false, invocation, state);
            }
            return;
        }
        self.other_readings(invocation, state);
        self.behind_exec(true, invocation, state);
        for (name, value) in values_of(invocation, false, |_| true) {
            let Some(text) = value.known().filter(|text| text.trim().contains(char::is_whitespace)) else { continue };
            // By whatever name, a program with an option is no text.
            let reads = if is_named(&name, COMMANDS) {
                self.behind_program(text).is_some()
            } else {
                name.len() > 1 && !is_named(&name, TEXTS) && self.has_option(text)
            };
            if reads && self.is_script(&parse(text), value.span) {
                self.script(text, value.span, invocation, &mut state.clone());
            }
        }
        self.parts_of_values(invocation, state);
        self.lone_texts(invocation, state);
        // In whatever language, more than a word.
        for value in values_named(invocation, CODES, true) {
            if value.known().is_some_and(|text| text.contains(['(', ' '])) {
                self.code(Role::Code, &value, invocation, &mut state.clone());
            }
        }
    }

    /// The program that an option puts in the place of the one which is named, with the words behind that: `--command=ls x -l`.
    fn in_place(&mut self, invocation: &Invocation, state: &State) {
        const OPTIONS: [&str; 2] = ["--command", "--program"];
        let said = invocation.arguments.iter().enumerate().find_map(|(at, word)| {
            let (flag, program) = word.known().filter(|text| text.starts_with("--"))?.split_once('=')?;
            OPTIONS.contains(&flag).then_some((at, program))
        });
        let Some((at, program)) = said.filter(|(_, program)| self.is_described(program)) else { return };
        let behind = invocation.arguments.iter().skip(at + 1).skip_while(|word| word.text.starts_with('-')).skip(1);
        let words = std::iter::once(Value::exact(program, invocation.span)).chain(behind.cloned()).collect();
        self.may_start(words, invocation.span, invocation, state);
    }

    /// The words of a program that nobody described which read as a command with an option, no option in front of them:
    /// `foo host 'ls -l'`.
    fn lone_texts(&mut self, invocation: &Invocation, state: &State) {
        if invocation.binding.as_ref().is_some_and(|binding| !is_known_by_name(binding)) {
            return;
        }
        let behind = std::iter::once(None).chain(invocation.arguments.iter().map(Some));
        let alone = behind.zip(&invocation.arguments).filter(|(front, word)| {
            let option = front.is_some_and(|front| front.text.starts_with('-') && front.text != "--");
            !option && word.text.contains(char::is_whitespace)
        });
        let texts: Vec<Value> = alone.map(|(_, word)| word.clone()).collect();
        for value in self.at_most(texts, MOST_BEHIND, invocation.span, MORE_BEHIND) {
            self.text_that_reads(&value, invocation, state);
        }
    }

    /// A text that reads as a command with an option, where a name is expected, or nobody knows what.
    pub(super) fn text_that_reads(&mut self, value: &Value, invocation: &Invocation, state: &State) {
        let Some(text) = value.known().filter(|text| text.contains(char::is_whitespace)) else { return };
        if self.has_option(text) && self.is_script(&parse(text), value.span) {
            self.script(text, value.span, invocation, &mut state.clone());
        }
    }

    /// The commands that stand in values which nobody described, behind signs of the shell: `-x 'run; ls -l'`.
    fn parts_of_values(&mut self, invocation: &Invocation, state: &State) {
        let Some(binding) = &invocation.binding else { return };
        let problem = |span: Span| {
            let is = |(problem, at): &(BindProblem, Span)| *at == span && matches!(problem, BindProblem::Value(_));
            binding.problems.iter().any(is)
        };
        let bound = binding.options.iter().filter(|bound| bound.role == Some(Role::Literal) && problem(bound.span));
        for value in bound.filter_map(|bound| bound.value.as_ref()) {
            let Some(text) = value.known().filter(|text| text.contains([';', '&', '|'])) else { continue };
            if let Some(command) = listed_words(text).filter(|command| self.behind_program(command).is_some()) {
                self.script(&command, value.span, invocation, &mut state.clone());
            }
            for part in text.split([';', '&', '|']).skip(1) {
                if self.has_option(part) {
                    self.script(part, value.span, invocation, &mut state.clone());
                }
            }
        }
    }

    /// A setting whose value is a command, of one text or as a list of words, if a program stands in front of it.
    pub(super) fn setting(&mut self, value: &Value, invocation: &Invocation, state: &State) {
        let text = value.outline();
        let Some((_, given)) = text.split_once('=') else { return };
        let listed = given.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']'));
        let command = match listed {
            // Words of one command, or a command each.
            Some(list) if list.split(',').next().is_some_and(|first| first.trim().contains(char::is_whitespace)) => {
                list.split(',').map(|line| line.trim().trim_matches(QUOTES)).collect::<Vec<_>>().join("\n")
            }
            Some(list) => list.split(',').map(quoted).collect::<Vec<_>>().join(" "),
            None => unquoted(given.trim()).to_owned(),
        };
        // An alias of hg's that is shell code begins with a sign. One of jj's names a command of its own, or hands it one.
        let command = match command.split_once("'--' ").filter(|_| listed.is_some()) {
            Some((_, behind)) => behind.to_owned(),
            None => command.strip_prefix('!').map_or(command.clone(), str::to_owned),
        };
        let command = match arguments_of(value, invocation) {
            Some(arguments) => format!("{command} {arguments}"),
            None => command,
        };
        let program = command.split_whitespace().next().unwrap_or_default().trim_matches(QUOTES);
        if program.contains('/') || self.specs.program(program).is_some() {
            self.script(&command, value.span, invocation, &mut state.clone());
        }
    }

    /// The command behind `exec`, `--` or, where that is not known to mean something else, `run`: it begins with the first
    /// program that is described, soon behind.
    fn behind_exec(&mut self, run: bool, invocation: &Invocation, state: &State) {
        const SAYS: [&str; 5] = ["exec", "--exec", "--", "shell", "ssh"];
        const SOON: usize = 3;
        let arguments = invocation.arguments.as_slice();
        let says = |word: &Value| word.known().is_some_and(|text| SAYS.contains(&text) || run && text == "run");
        let described = |word: &Value| word.known().is_some_and(|name| self.is_described(name));
        let said = arguments.iter().position(says).and_then(|at| {
            let behind = arguments.get(at + 1..).unwrap_or_default();
            behind.iter().take(SOON).position(described).map(|start| at + 1 + start)
        });
        // A program that nobody described may be a wrapper, if it is given a program with options. Which of them it starts is
        // not known.
        let given = |two: &[Value]| matches!(two, [one, two] if described(one) && two.text.starts_with('-'));
        let wrapper = |binding: &Binding| {
            let unlisted = binding.problems.iter().any(|(problem, _)| matches!(problem, BindProblem::Option(_)));
            let nobody = binding.problems.iter().any(|(problem, _)| matches!(problem, BindProblem::Subcommand(_)));
            // What is given more words than are described of it may be another program of that name.
            let more = binding.problems.iter().any(|(problem, _)| matches!(problem, BindProblem::Operand));
            nobody || more || unlisted && binding.operand_roles.have(Role::Command)
        };
        // The first words behind a name are mostly what it is told to do, by a name that programs have too.
        let from = match &invocation.binding {
            Some(binding) if !wrapper(binding) => (is_known_by_name(binding) || takes_any_words(binding)).then_some(2),
            _ => Some(0),
        };
        let pairs = arguments
            .windows(2)
            .enumerate()
            .filter(|(at, two)| from.is_some_and(|from| *at >= from) && said != Some(*at) && given(two));
        let starts: Vec<usize> = said.into_iter().chain(pairs.map(|(at, _)| at)).collect();
        for start in self.at_most(starts, MOST_BEHIND, invocation.span, MORE_BEHIND) {
            let words = arguments.get(start..).unwrap_or_default().to_vec();
            let span = words.iter().map(|word| word.span).reduce(Span::to).unwrap_or(invocation.span);
            self.may_start(words, span, invocation, state);
        }
    }

    /// The words behind the first of a text, if that is a program which somebody described.
    fn behind_program<'t>(&self, text: &'t str) -> Option<SplitWhitespace<'t>> {
        let mut words = text.split_whitespace();
        let described = words.next().is_some_and(|program| self.is_described(program));
        described.then_some(words)
    }

    /// Whether a text is a program which somebody described, with an option behind it.
    fn has_option(&self, text: &str) -> bool {
        self.behind_program(text).and_then(|mut behind| behind.next()).is_some_and(|next| next.starts_with('-'))
    }

    /// Whether somebody described the program, wherever it lies.
    pub(super) fn is_described(&self, program: &str) -> bool {
        self.specs.program(last_name(program)).is_some()
    }
}

/// A text without the one pair of quotes that it stands in.
fn unquoted(text: &str) -> &str {
    let within = QUOTES.iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    within.filter(|within| !within.contains(QUOTES)).unwrap_or(text)
}

/// Whether no more is described of a program than its name, or of a use of it than that it is not known: whatever words
/// stand behind it are data.
fn is_known_by_name(binding: &Binding) -> bool {
    let data = binding.operands.iter().all(|(_, role)| *role == Role::Literal);
    data && !binding.operands.is_empty() && binding.form.is_some_and(is_unknown)
}

/// Whether a program is described with one block for whatever it is told to do, which reaches services or runs code: any words
/// stand behind it as data, and so may a command.
fn takes_any_words(binding: &Binding) -> bool {
    use EffectKind as K;
    let does = |kind: K| matches!(kind, K::Change | K::Query | K::Unknown | K::Execute | K::Service | K::Connect);
    let open = binding.operands.len() > 1
        && !binding.spec.name().contains(' ')
        && binding.form.is_some_and(|form| form.effects().any(|effect| does(effect.kind)));
    // The first may say which task of the project it is.
    let told = || binding.operands.first().is_some_and(|(_, role)| *role == Role::Task);
    open && binding.operands.iter().skip(usize::from(told())).all(|(_, role)| *role == Role::Literal)
}

/// What another setting beside one that names a program says are its arguments: `exec.executable=…`, `exec.args=…`.
fn arguments_of(value: &Value, invocation: &Invocation) -> Option<String> {
    const NAMES: [&str; 4] = ["executable", "program", "command", "cmd"];
    let (key, _) = value.known()?.split_once('=')?;
    let front = NAMES.iter().find_map(|name| key.strip_suffix(name)).filter(|front| !front.is_empty())?;
    let beside = ["args=", "arguments=", "commandlineArgs="].map(|name| format!("{front}{name}"));
    let texts = invocation.arguments.iter().filter_map(Value::known);
    texts.into_iter().find_map(|text| {
        beside.iter().find_map(|name| Some(text.split_once(name.as_str())?.1.trim_matches(QUOTES).to_owned()))
    })
}

/// What may be the command of a setting whose words are parted by semicolons, as CMake writes a list: it has an option.
fn listed_words(text: &str) -> Option<String> {
    let (_, list) = text.split_once('=').filter(|(_, list)| list.contains(";-"))?;
    let (program, rest) = list.split_once(';')?;
    Some(format!("{program} {}", rest.split(';').map(quoted).collect::<Vec<_>>().join(" ")))
}

/// A word of a list as one of the shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.trim().trim_matches(QUOTES).replace('\'', ""))
}

/// The places that options which nobody described are told to write, by their names.
pub(crate) fn unlisted_outputs(invocation: &Invocation) -> Vec<Value> {
    let mut values = values_named(invocation, OUTPUTS, false);
    values.retain(|value| value.known().is_some_and(|text| text.starts_with(['/', '~']) || text.starts_with("../")));
    values
}

/// The values of options that nobody described and whose names have one of these words.
fn values_named(invocation: &Invocation, words: &[&str], letters: bool) -> Vec<Value> {
    values_of(invocation, letters, |name| is_named(name, words)).into_iter().map(|(_, value)| value).collect()
}

/// Whether one of these words is in the name of an option.
fn is_named(name: &str, words: &[&str]) -> bool {
    name.split(['-', '_', '.']).any(|part| words.contains(&part))
}

/// The options that nobody described, by their names in small letters, and their values. `letters` says whether one letter
/// counts of a program that somebody described: it is much else to who has more options than are described.
fn values_of(invocation: &Invocation, letters: bool, wanted: impl Fn(&str) -> bool) -> Vec<(CompactString, Value)> {
    if !does_unknown(invocation) {
        return Vec::new();
    }
    let problems = || invocation.binding.iter().flat_map(|binding| &binding.problems);
    let whole = !problems().any(|(problem, _)| matches!(problem, BindProblem::Option(_)));
    let listed = |flag: &str| {
        let is = |problem: &BindProblem| matches!(problem, BindProblem::Option(other) if other == flag);
        !whole && !problems().any(|(problem, _)| is(problem))
    };
    let mut found = Vec::new();
    for (at, word) in invocation.arguments.iter().enumerate() {
        let Some(text) = word.known().filter(|text| text.starts_with('-')) else { continue };
        let (flag, attached) = text.split_once('=').map_or((text, None), |(flag, value)| (flag, Some(value)));
        let mut name = CompactString::from(flag.trim_start_matches('-'));
        name.make_ascii_lowercase();
        if invocation.binding.is_some() && name.len() == 1 && !letters || listed(flag) || !wanted(&name) {
            continue;
        }
        match attached {
            Some(value) => found.push((name, Value { text: CompactString::from(value), ..word.clone() })),
            None => {
                let next = invocation.arguments.get(at + 1).filter(|next| !next.text.starts_with('-'));
                found.extend(next.cloned().map(|next| (name, next)));
            }
        }
    }
    found
}

/// Whether something that a use does is not known.
fn is_unknown(form: Form<'_>) -> bool {
    form.effects().any(|effect| effect.kind == EffectKind::Unknown)
}

/// Whether nobody described the command, or what it does is not known.
pub(super) fn does_unknown(invocation: &Invocation) -> bool {
    let Some(binding) = &invocation.binding else {
        return invocation.file.is_none();
    };
    !binding.info && (!binding.problems.is_empty() || binding.form.is_none_or(is_unknown))
}
