//! What means something else to zsh: agents run commands with the shell of whoever uses them. What its grammar reads
//! otherwise, and fish's, is found while reading (`Script::differs`); here are names that only zsh knows, and what it does in its own
//! process.

use super::bound::{BindProblem, Binding};
use super::evaluates::substitutes;
use super::lookup::Lookup;
use super::resolution::Input;
use super::state::{State, Variable};
use super::value::{Knowledge, Unit, Value};
use super::walker::{Call, Walker};
use super::ways::one_of;
use crate::facts::FileKind;
use crate::shell::{NodeId, NodeKind, Operator, Part, PartKind, RedirectOperator, Run, Script, Span, Word};
use guardian_rules::Role;
use std::rc::Rc;

/// Functions that zsh calls by itself, besides those that begin with `TRAP`. (zshmisc(1), "SPECIAL FUNCTIONS")
const CALLED: &[&str] = &[
    "chpwd",
    "command_not_found_handler",
    "periodic",
    "precmd",
    "preexec",
    "zsh_directory_name",
    "zshaddhistory",
    "zshexit",
];

/// Variables whose elements are what zsh looks up: functions, aliases, paths of programs, its options, folders by name.
/// (zshmodules(1), "THE ZSH/PARAMETER MODULE")
const TABLES: &[&str] = &[
    "aliases",
    "commands",
    "dis_aliases",
    "dis_builtins",
    "dis_functions",
    "dis_galiases",
    "functions",
    "galiases",
    "nameddirs",
    "options",
    "saliases",
];

/// Whether a variable says what zsh runs, or where it looks for it. (zshparam(1), "PARAMETERS USED BY THE SHELL")
fn decides(name: &str) -> bool {
    let own = matches!(
        name.as_bytes(),
        b"FPATH"
            | b"MODULE_PATH"
            | b"NULLCMD"
            | b"READNULLCMD"
            | b"STTY"
            | b"ZDOTDIR"
            | b"argv"
            | b"cdpath"
            | b"dirstack"
            | b"fpath"
            | b"histchars"
            | b"mailpath"
            | b"module_path"
    );
    own || name.ends_with("_functions")
}

impl Walker<'_> {
    /// Notes what zsh or fish reads otherwise in a script, at this place of the proposal.
    pub(super) fn read_by_others(&mut self, script: &Script, span: Span) {
        if script.differs != Span::default() && self.is_users_shell() {
            self.unknown_to_bash(span);
        }
    }

    /// A variable that is set, for this shell or a command: to zsh it may say what runs.
    pub(super) fn told_to_zsh(&mut self, name: &str, variable: &Variable, state: &mut State) {
        if !self.is_users_shell() {
            return;
        }
        if name == "path" {
            return self.path_of_zsh(variable, state);
        }
        if decides(name) {
            self.unknown_to_bash(variable.value.span);
        }
    }

    /// `path` is `PATH` to zsh: an array of its folders.
    fn path_of_zsh(&self, variable: &Variable, state: &mut State) {
        let text = variable.value.known().filter(|_| variable.elements.is_none());
        let kind = text.and_then(|text| self.facts.kind(&state.directory.join(text)?));
        if kind == Some(FileKind::File) {
            // No program is found below it.
            return;
        }
        match Lookup::of(&variable.value, &state.directory, self.workspace) {
            Lookup::Project(folders) if text.is_some() => {
                state.path_own = folders.first().map(|folder| folder.as_str().into());
            }
            Lookup::Same if text.is_some() => {}
            _ => state.path_changed = true,
        }
    }

    /// An element of an array: zsh counts from one.
    pub(super) fn counted_by_zsh(&self, elements: &[Value], index: usize, value: Value) -> Value {
        let other = index.checked_sub(1).and_then(|before| elements.get(before));
        let differs = |other: &&Value| other.known().is_none() || other.known() != value.known();
        match other.filter(|other| self.is_users_shell() && differs(other)) {
            Some(other) => one_of([&value, other].into_iter(), value.span),
            None => value,
        }
    }

    /// A modifier behind a value, which to bash is text. Those that are left here keep what git calls a commit.
    pub(super) fn modified_by_zsh(&mut self, script: &Script, part: &Part, value: &Value) {
        let behind = script.source.as_bytes().get(part.span.end as usize);
        if self.is_users_shell() && behind == Some(&b':') && value.knowledge != Knowledge::Id {
            self.unknown_to_bash(self.span(part.span));
        }
    }

    /// A variable of which elements are set: to zsh it may be one of its tables.
    pub(super) fn looked_up_by_zsh(&mut self, name: &str, span: Span) {
        if self.is_users_shell() && TABLES.contains(&name) {
            self.unknown_to_bash(span);
        }
    }

    /// Whether zsh calls a function of this name by itself.
    pub(super) fn is_called_by_zsh(&self, name: &str) -> bool {
        self.is_users_shell() && (CALLED.contains(&name) || name.starts_with("TRAP"))
    }

    /// A command of nothing but `< file`, for which zsh starts a pager. In `$(< file)` both shells print the file.
    #[cold]
    pub(super) fn paged_by_zsh(&mut self, script: &Script, (assignments, redirects): (Run, Run), span: Span) {
        let all = script.redirects_of(redirects);
        let reads = !all.is_empty() && all.iter().all(|it| it.operator == RedirectOperator::Read);
        let bare = reads && script.assignments_of(assignments).is_empty();
        if self.is_users_shell() && bare && !is_substituted(script, redirects) {
            self.unknown_to_bash(span);
        }
    }

    /// What a text is matched with by `=~`. Whoever makes agents says that zsh runs a substitution in it.
    pub(super) fn matched_by_zsh(&mut self, value: &Value) {
        if self.is_users_shell() && substitutes(&value.outline()) {
            self.unknown_to_bash(value.span);
        }
    }

    /// A word that bash splits and zsh does not, as it is to zsh: values of variables, and text around them. What a command
    /// prints is split by zsh, and by fish only into lines. (zshexpn(1), "Parameter Expansion"; fish-language(1), "Command
    /// substitution")
    fn left_whole_by_zsh(
        &mut self,
        script: &Rc<Script>,
        word: Word,
        fields: &[Value],
        state: &mut State,
    ) -> Option<Value> {
        let plain = |part: &Part| match part.kind {
            PartKind::Literal(_) => true,
            PartKind::Parameter { name, operator: Operator::Plain, .. } => {
                let name = script.text(name);
                !matches!(name, "@" | "*") && state.variable(name).is_none_or(|variable| variable.elements.is_none())
            }
            _ => false,
        };
        match script.parts_of(word) {
            [Part { kind: PartKind::Command { .. }, .. }] => return joined(fields, self.span(word.span)),
            parts if !parts.iter().all(plain) => return None,
            _ => {}
        }
        Some(self.expand_quoted(script, word, state)).filter(|whole| whole.known().is_some())
    }

    /// The words that zsh would give a command, of which those noted from `several` on came to several, and whether there are
    /// more behind the first of them. Nothing where they are the same.
    #[cold]
    pub(super) fn unsplit(
        &mut self,
        script: &Rc<Script>,
        values: &[Value],
        several: usize,
        state: &mut State,
    ) -> Option<Box<(Vec<Value>, bool)>> {
        let noted = self.several.split_off(several);
        if !self.is_users_shell() {
            return None;
        }
        let (mut words, mut first, mut done) = (Vec::new(), None, 0);
        for (word, at) in noted {
            let fields = values.get(at.clone()).unwrap_or_default();
            let Some(whole) = self.left_whole_by_zsh(script, word, fields, state) else { continue };
            words.extend_from_slice(values.get(done..at.start).unwrap_or_default());
            words.push(whole);
            done = at.end;
            first = first.or(Some(at.end));
        }
        let behind = first? < values.len();
        words.extend_from_slice(values.get(done..).unwrap_or_default());
        Some(Box::new((words, behind)))
    }

    /// A command whose words stand further in front for zsh, which does not split a value, or which is given another text for
    /// code: what it does then is judged as well, unless it is told an option that it does not have.
    #[cold]
    pub(super) fn unsplit_by_zsh(
        &mut self,
        (words, behind): (Vec<Value>, bool),
        (unit, span): (Unit, Span),
        state: &mut State,
        input: &Input,
    ) {
        let name = words.first().and_then(Value::known).unwrap_or_default();
        if behind && name == "set" {
            state.positional = None;
            return;
        }
        if behind && state.functions.contains_key(name) {
            return self.unknown_to_bash(span);
        }
        let call = Call { unsplit: Some(behind), ..Call::process(words, Some(unit), span) };
        self.deeper(span, |walker| {
            walker.invoke(call, &mut state.clone(), input);
        });
    }

    /// The last command of a pipeline, which zsh runs in its own process: what it changes holds behind it.
    pub(super) fn kept_by_zsh(&self, state: &mut State, last: &State) {
        if self.is_users_shell() && !state.same(last) {
            state.join(last);
        }
    }
}

/// Whether it matters little that zsh does not split some words: the command has no such option; or nothing is behind them,
/// and none is code or what is assigned.
#[cold]
pub(super) fn matters_little(binding: Option<&Binding>, behind: bool) -> bool {
    let Some(binding) = binding else { return !behind };
    let refused = binding.problems.iter().any(|(it, _)| matches!(it, BindProblem::Option(_)));
    let operands = binding.operands.iter().map(|(_, role)| *role);
    let mut roles = operands.chain(binding.options.iter().filter_map(|bound| bound.role));
    refused || !behind && !roles.any(|role| role.is_code() || role == Role::Assignment)
}

/// Fields as the text that they were.
fn joined(fields: &[Value], span: Span) -> Option<Value> {
    let texts: Option<Vec<&str>> = fields.iter().map(Value::known).collect();
    Some(Value::exact(texts?.join(" "), span))
}

/// Whether a command of these redirections alone is all that a substitution holds.
fn is_substituted(script: &Script, redirects: Run) -> bool {
    let only = |id: NodeId| match script.node(id).kind {
        NodeKind::List { items } => match script.children_of(items) {
            [only] => *only,
            _ => id,
        },
        _ => id,
    };
    script.parts.iter().any(|part| match part.kind {
        PartKind::Command { body } => script.node(only(body)).redirects == redirects,
        _ => false,
    })
}
