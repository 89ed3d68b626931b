//! What the binder could make nothing of, in words for people, and programs whose names say nothing.

use super::effect::{Cause, EffectKind, PathClass};
use super::infer::{Context, Inference};
use super::path::{Map, below};
use crate::resolve::{BindProblem, HOLE, Invocation, Knowledge, Value, Why};
use guardian_rules::image::matches;
use guardian_rules::places::DISKS;

impl Inference<'_> {
    /// What a program that nobody described is given: a secret is read by it, and a disk is written to.
    pub(super) fn given(&mut self, invocation: &Invocation) {
        let context = Context::plain(invocation.unit, Cause::Program, &invocation.directory);
        for word in invocation.arguments.iter().filter(|word| word.known().is_some()) {
            let value = word.text.rsplit_once('=').map_or(word.text.as_str(), |(_, value)| value);
            let value = Value { text: value.trim_start_matches('@').into(), ..word.clone() };
            if DISKS.iter().any(|disk| matches(disk, &value.text)) {
                self.path(EffectKind::Write, &value, context);
            } else if !value.text.starts_with('-')
                && self.map.target(&value, &invocation.directory, false).class == PathClass::Secret
            {
                self.path(EffectKind::Read, &value, context);
            }
        }
    }
}

/// The name of a spec in the words of whoever called it: several programs may share one.
pub(super) fn as_called(invocation: &Invocation, spec: &str) -> String {
    let called = invocation.name.rsplit('/').next().unwrap_or(&invocation.name);
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
            let name = program.text.rsplit('/').next().unwrap_or_default();
            program.text.starts_with('/')
                && !map.workspace.roots.iter().any(|root| below(&program.text, root))
                && (name.contains(['?', '[']) || name.starts_with('*'))
        }
        Knowledge::Unknown(Why::Expansion) => program.sketch.as_deref().is_some_and(|sketch| {
            let named = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic()) && !rest.contains('/');
            sketch.split(HOLE).skip(1).any(named)
        }),
        _ => false,
    }
}
