//! What make is told on its command line, which it reads as part of a makefile.

use super::code::is_name;
use super::limit::MORE_CODE;
use super::resolution::{Invocation, NoteKind};
use super::state::State;
use super::value::Value;
use super::walker::Walker;
use guardian_rules::image::matches;
use guardian_rules::places;
use guardian_rules::variables::{self, Said};

impl Walker<'_> {
    /// A variable given to make may be the name of a program with its words (`CC=…`), or run a command by itself; and
    /// what a recipe makes of it is known only where it is a plain word.
    pub(super) fn make_text(&mut self, value: &Value, invocation: &Invocation, state: &State) {
        if !value.with_numbers().is_some_and(|text| self.is_plain_setting(&text)) {
            let kind = NoteKind::Unread("makefile text in an assignment", value.from.clone());
            self.note(invocation.unit, value.span, kind);
        }
        let text = &*value.outline();
        let given = text.split_once('=').map_or("", |(_, value)| value).trim();
        let program = given.split_whitespace().next().filter(|word| self.specs.program(word).is_some());
        let several = given.contains(char::is_whitespace);
        let (calls, more) = super::project::shell_calls(text);
        if more {
            self.limit(value.span, MORE_CODE);
        }
        let codes = calls.into_iter().chain(program.filter(|_| several).map(|_| given));
        for code in codes {
            self.script(code, value.span, invocation, &mut state.clone());
        }
    }

    /// Whether a word given to make is a target, or sets a variable to a word that is no path and no program.
    fn is_plain_setting(&self, text: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.,:+%@".contains(c);
        match text.split_once('=') {
            None => text.chars().all(|c| plain(c) || c == '/'),
            Some((name, given)) if variables::is_judged(name) => variables::said(name, given, false) == Said::Plain,
            Some((name, given)) => {
                is_name(name)
                    && !places::LOADING_VARIABLES.iter().any(|pattern| matches(pattern, name))
                    && given.chars().all(|c| plain(c) || c == '=')
                    && self.specs.program(given).is_none()
            }
        }
    }
}
