//! What the binder could make nothing of, in words for people, and programs whose names say nothing.

use super::decoded::decodings;
use super::effect::{Cause, Effect, EffectKind, PathClass};
use super::inference::{Context, Inference};
use super::map::Map;
use crate::resolve::{BindProblem, Binding, Directory, HOLE, Invocation, Knowledge, Value, Why, unlisted_outputs};
use crate::shell::Span;
use guardian_rules::image::matches;
use guardian_rules::paths::last_name;
use guardian_rules::places::DISKS;
use guardian_rules::reaching::is_erasing_verb;
use guardian_rules::revealing::reveals;
use guardian_rules::{Config, EffectSpec, EffectTarget, Output, Role, Stdin};
use std::rc::Rc;

impl Inference<'_> {
    /// A subcommand that nobody described, and whose words say that it hands out a secret.
    pub(super) fn revealed(&mut self, invocation: &Invocation) {
        let words = invocation.arguments.iter().filter_map(Value::known).filter(|word| !word.starts_with('-')).take(8);
        if reveals(words) {
            let effect = Effect::named(EffectKind::Reveal, "a secret", invocation.span, Cause::Program);
            self.add(invocation.unit, effect);
        }
    }

    /// A use that nobody described of a program that reaches elsewhere, one of whose words says that it deletes. A word
    /// behind an option may be its value, and what is a command of its own is judged as that.
    pub(super) fn erased(&mut self, invocation: &Invocation) {
        let Some(binding) = &invocation.binding else { return };
        let open = |it: &Binding| leaves_use_open(it) && it.spec.is_remote() && it.spec.config() != Some(Config::Git);
        if !open(binding) && !binding.otherwise.as_deref().is_some_and(open) {
            return;
        }
        let is_option = |value: &Value| value.text.starts_with('-') && !value.text.contains('=');
        let before = std::iter::once(false).chain(invocation.arguments.iter().map(is_option));
        let words = invocation.arguments.iter().zip(before).filter(|(_, valued)| !valued).take(8);
        let mut known = words.filter_map(|(value, _)| Some((value.known()?, value.span)));
        let Some((word, span)) = known.find(|(word, _)| is_erasing_verb(word)) else { return };
        if self.resolution.invocations.iter().all(|other| other.via != Some(invocation.unit)) {
            let what = format!("what `{word}` says");
            self.add(invocation.unit, Effect::named(EffectKind::Erase, &what, span, Cause::Program));
        }
    }

    /// What a program that nobody described is given: a secret is read by it, and a disk is written to, as is what runs by
    /// itself, or says what an agent may do.
    pub(super) fn given(&mut self, invocation: &Invocation) {
        let context = Context::plain(invocation.unit, Cause::Program, &invocation.directory);
        let named = |word: &&Value| word.known().is_some() || word.knowledge == Knowledge::Pattern;
        for word in invocation.arguments.iter().filter(named) {
            let value = Value { text: behind_name(word).trim_start_matches('@').into(), ..word.clone() };
            if value.text.starts_with('-') {
                self.mentioned(&word.text, word.span, context);
                continue;
            }
            let place = self.map.target(&value, &invocation.directory);
            if DISKS.iter().any(|disk| matches(disk, &place.path)) {
                self.path(EffectKind::Write, &value, context);
                continue;
            }
            match place.class {
                // What a pattern matches there may be a disk.
                PathClass::Device if !place.exact => self.path(EffectKind::Write, &value, context),
                PathClass::Secret => self.path(EffectKind::Read, &value, context),
                PathClass::Startup | PathClass::Agent => self.path(EffectKind::Write, &value, context),
                _ => self.mentioned(&word.text, word.span, context),
            }
        }
    }

    /// What code is told beside it, and what a program of the project is given: a secret is read by it.
    pub(super) fn told_secrets(&mut self, invocation: &Invocation) {
        if invocation.file.is_none() && !invocation.binding.as_ref().is_some_and(takes_code) {
            return;
        }
        let context = Context::plain(invocation.unit, Cause::Program, &invocation.directory);
        for word in invocation.arguments.iter().filter(|word| word.known().is_some()) {
            let text = behind_name(word);
            if text.starts_with('-') || !text.contains('/') || text.contains(char::is_whitespace) {
                continue;
            }
            let value = Value { text: text.trim_start_matches('@').into(), ..word.clone() };
            for directory in invocation.directory.each() {
                let target = self.map.target(&value, &directory);
                if target.class == PathClass::Secret && !target.inside {
                    self.path(EffectKind::Read, &value, Context { directory: &directory, ..context });
                }
            }
        }
    }

    /// Secrets that are named by their whole path within a word: `file:///etc/shadow`, `-f/etc/shadow`, `read("/etc/shadow")`.
    /// A text with blanks is read by people, unless it looks like code.
    fn mentioned(&mut self, word: &str, span: Span, context: Context<'_>) {
        if !word.contains('/') || word.contains(char::is_whitespace) && !word.contains('(') {
            return;
        }
        for value in self.secrets_in(word, span, context.directory) {
            self.path(EffectKind::Read, &value, context);
        }
    }

    /// Whether what a command printed is the name of a secret, as far as its words or its input say.
    pub(super) fn is_told_of_secrets(&self, value: &Value) -> bool {
        let told = |invocation: &Rc<Invocation>| {
            let words = invocation.arguments.iter().chain(invocation.input.given());
            let mut texts = words.filter_map(Value::known);
            let secret = |text: &str| !self.secrets_in(text, value.span, &invocation.directory).is_empty();
            let decoded = invocation.input.given().and_then(Value::known);
            let decoded = decoded.filter(|_| invocation.output() == Output::Decoded);
            decoded.is_some_and(|given| decodings(given).any(|text| secret(&text)))
                || texts.any(|text| text.contains('/') && secret(text))
        };
        value.from.iter().filter_map(|unit| self.resolution.invocation(*unit)).any(told)
    }

    /// The secrets in a text that are named by their whole path.
    fn secrets_in(&self, text: &str, span: Span, directory: &Directory) -> Vec<Value> {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '~' | '+');
        // What stands behind a scheme lies on a host.
        let files = text.replace("file://", "");
        let names = files.split(|c| !part(c)).filter(|name| !name.starts_with("//"));
        let paths = names.filter_map(|name| {
            let (front, below) = name.split_once('/')?;
            let home = if front.ends_with('~') { self.map.workspace.home.as_str() } else { "" };
            Some(Value::exact(format!("{home}/{below}"), span))
        });
        let secret = |path: &Value| {
            let target = self.map.target(path, directory);
            target.class == PathClass::Secret && !target.inside
        };
        paths.filter(secret).collect()
    }

    /// Whether all that is not known of its words is which files of the project match a pattern in them. One may be named as
    /// an option is, which then does no more than other code of the project: what the tool itself reaches counts besides.
    pub(super) fn names_files_of_project(&self, invocation: &Invocation, binding: &Binding) -> bool {
        let Directory::Known(directory) = &invocation.directory else { return false };
        let file =
            |word: &Value| word.knowledge == Knowledge::Pattern && !word.split && !word.text.starts_with(['/', '-']);
        let mut open = invocation.arguments.iter().filter(|word| word.known().is_none()).peekable();
        open.peek().is_some() && open.all(file) && !binding.spec.is_remote() && self.map.is_in_project(directory)
    }

    /// What options that nobody described write, by their names.
    pub(super) fn told_to_write(&mut self, invocation: &Invocation) {
        let context = Context::plain(invocation.unit, Cause::Program, &invocation.directory);
        for value in unlisted_outputs(invocation) {
            self.path(EffectKind::Write, &value, context);
        }
    }

    /// A use that nobody described of a program most of whose commands talk to another system asks that system as well.
    pub(super) fn reached(&mut self, invocation: &Invocation, binding: &Binding) {
        if is_undescribed(binding) && binding.spec.is_remote() {
            let cause = Cause::Spec(binding.spec.name());
            self.add(invocation.unit, Effect::named(EffectKind::Query, "a service", invocation.span, cause));
        }
    }
}

/// What a word says behind a name: `--data=@FILE`.
fn behind_name(word: &Value) -> &str {
    word.text.rsplit_once('=').map_or(word.text.as_str(), |(_, value)| value)
}

/// Whether a command is given code that can open what it is told of, in a language of which not all is read.
fn takes_code(binding: &Binding) -> bool {
    let opens = |role: Role| {
        use Role as R;
        matches!(
            role,
            R::Awk
                | R::Python
                | R::JavaScript
                | R::Perl
                | R::Ruby
                | R::Lua
                | R::Php
                | R::Code
                | R::CodeFile
                | R::Script
        )
    };
    binding.operands.iter().any(|(_, role)| opens(*role))
        || binding.options.iter().any(|bound| bound.role.is_some_and(opens))
        || binding.form.is_some_and(|form| matches!(form.stdin(), Stdin::Code(role) if opens(role)))
}

/// The name of a spec in the words of whoever called it: several programs may share one.
pub(super) fn as_called(invocation: &Invocation, spec: &str) -> String {
    let called = last_name(&invocation.name);
    spec.split_once(' ').map_or_else(|| called.to_owned(), |(_, subcommand)| format!("{called} {subcommand}"))
}

/// What is wrong with the words of a command.
pub(super) fn problem_text(name: &str, problem: &BindProblem) -> String {
    match problem {
        BindProblem::Option(flag) => format!("`{name}` has no described option `{flag}`"),
        BindProblem::Subcommand(word) => format!("`{name}` has no described subcommand `{word}`"),
        BindProblem::Operand => format!("`{name}` is not described with so many operands"),
        BindProblem::Form => format!("this use of `{name}` is not described"),
        BindProblem::Uncertain => {
            format!("a word may become an option or several operands of `{name}`")
        }
        BindProblem::Value(flag) => format!("this value of `{flag}` is not described for `{name}`"),
        BindProblem::Missing(flag) => format!("`{flag}` of `{name}` needs a value"),
        BindProblem::Options(file) => format!("`@{file}` brings options of a file to `{name}`"),
        BindProblem::Retracted(flag) => format!("`{flag}` of `{name}` may be taken back by another word"),
    }
}

/// Whether the name of a program is written so that nobody can read it: a pattern for programs of the system which says
/// next to nothing of them (`/???/??t`), or letters behind an expansion that is there to disappear (`${SHELL:0:0}rm`).
pub(super) fn hides(program: &Value, map: Map<'_>) -> bool {
    match program.knowledge {
        Knowledge::Pattern => {
            let name = last_name(&program.text);
            program.text.starts_with('/')
                && !map.workspace.holds(&program.text)
                && (name.contains(['?', '[']) || name.starts_with('*'))
        }
        Knowledge::Unknown(Why::Expansion) => program.sketch.as_deref().is_some_and(|sketch| {
            let named = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic()) && !rest.contains('/');
            sketch.split(HOLE).skip(1).any(named)
        }),
        _ => false,
    }
}

/// Whether the subcommand is not described, or only by a pattern or by what all that ask have in common.
pub(super) fn leaves_words_open(binding: &Binding) -> bool {
    let name = binding.spec.name();
    let asks = |e: EffectSpec<'_>| matches!(e.kind, EffectKind::Query | EffectKind::Unknown);
    name.contains('*')
        || binding.problems.iter().any(|(problem, _)| matches!(problem, BindProblem::Subcommand(_)))
        || !name.contains(' ') && binding.form.is_some_and(|form| form.effects().any(asks))
}

/// Whether the subcommand, or this use of it, is not described.
fn is_undescribed(binding: &Binding) -> bool {
    let open = |problem: &BindProblem| matches!(problem, BindProblem::Subcommand(_) | BindProblem::Form);
    binding.problems.iter().any(|(problem, _)| open(problem))
}

/// The same, or it is described as not known.
fn leaves_use_open(binding: &Binding) -> bool {
    is_undescribed(binding) || leaves_files_open(binding)
}

/// Whether nothing is said of what the words are: the subcommand is not described, or the whole use of it.
pub(super) fn leaves_files_open(binding: &Binding) -> bool {
    let unknown = |e: EffectSpec<'_>| e.kind == EffectKind::Unknown && matches!(e.target, EffectTarget::None);
    binding.problems.iter().any(|(problem, _)| matches!(problem, BindProblem::Subcommand(_)))
        || binding.form.is_some_and(|form| form.effects().any(unknown))
}
