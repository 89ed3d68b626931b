//! What means something else to fish, where bash takes it too: agents run commands with the shell of whoever uses them. What
//! its grammar reads otherwise is found while reading (`Script::differs`).

use super::resolution::{Input, Invocation};
use super::state::State;
use super::value::Value;
use super::walker::{Call, Walker};
use crate::shell::Span;
use guardian_rules::image::matches;
use guardian_rules::{places, variables};

/// Whether a variable says what fish, or a program that it starts, runs or loads. (fish-language(1), "Special variables")
fn decides(name: &str) -> bool {
    let own = name.starts_with("fish_") && name.ends_with("_path") || name == "fish_user_paths";
    let listed = || places::LOADING_VARIABLES.iter().any(|pattern| matches(pattern, name));
    own || listed() || places::PAGERS.contains(&name) || variables::is_judged(name)
}

impl Walker<'_> {
    /// `set NAME VALUE`, by which fish sets a variable, and bash its positional parameters.
    pub(super) fn set_by_fish(&mut self, invocation: &Invocation) {
        let name = invocation.arguments.iter().find(|word| !word.text.starts_with(['-', '+']));
        if self.is_users_shell() && name.and_then(Value::known).is_some_and(decides) {
            self.unknown_to_bash(invocation.span);
        }
    }

    /// `<(…)` and `>(…)`: to fish they are redirections from, or to, the file whose name the command prints.
    #[cold]
    pub(super) fn opened_by_fish(&mut self, printed: &str, output: bool, span: Span, state: &State) {
        if !self.is_users_shell() {
            return;
        }
        let does = if output { "tee" } else { "cat" };
        let words = vec![Value::exact(does, span), Value::exact("--", span), Value::exact(printed.trim_end(), span)];
        let printing = std::mem::take(&mut self.printing);
        self.deeper(span, |walker| {
            walker.invoke(Call::process(words, None, span), &mut state.clone(), &Input::Inherited);
        });
        self.printing = printing;
    }
}
