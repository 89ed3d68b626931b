//! What the binder could make nothing of, in words for people, and programs whose names say nothing.

use super::path::{Map, below};
use crate::resolve::{BindProblem, HOLE, Invocation, Knowledge, Value, Why};

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
