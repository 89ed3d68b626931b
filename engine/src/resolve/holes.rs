//! Code of which not all is known: what is known of it is judged, whatever stands in the holes.

use super::dialect::{Action, actions};
use super::resolution::{Invocation, NoteKind};
use super::state::State;
use super::value::{HOLE, Value};
use super::walker::Walker;
use crate::shell::Span;
use guardian_rules::{EffectKind, Role};

impl Walker<'_> {
    /// Code in which numbers are not known, of which a command printed one, none or several. One is what it is written
    /// for; without, or with several, most of it is an error, but what it does then counts as well.
    pub(super) fn numbered(&mut self, role: Role, value: &Value, invocation: &Invocation, state: &State) {
        let mut texts = value.with_any_numbers().into_iter();
        let Some(usual) = texts.next() else { return };
        self.dialect(role, &usual, value.span, invocation, state);
        let known = actions(role, &usual).list;
        for text in texts {
            let more = |action: &Action| action.kind != EffectKind::Unknown && !known.contains(action);
            if actions(role, &text).list.iter().any(more) {
                self.dialect(role, &text, value.span, invocation, state);
            }
        }
    }

    /// What is known of code that is not known as a whole does what it says, with a hole for the rest.
    pub(super) fn known_parts(
        &mut self,
        why: &'static str,
        role: Role,
        value: &Value,
        invocation: &Invocation,
        state: &State,
    ) {
        self.note(invocation.unit, value.span, NoteKind::Code(why, value.from.clone()));
        let outline = value.outline();
        if !outline.replace(HOLE, "").trim().is_empty() {
            let read = if matches!(role, Role::Lua | Role::Php) { Role::Code } else { role };
            self.dialect(read, &outline, value.span, invocation, state);
        }
    }

    /// SQL with holes in it, in which a dollar sign means something: a name is what stands in most of them.
    pub(super) fn named_holes(&mut self, role: Role, text: &str, span: Span, invocation: &Invocation, state: &State) {
        if matches!(role, Role::Sql | Role::Sqlite | Role::Duckdb) && text.contains(HOLE) {
            self.dialect(role, &text.replace(HOLE, "x"), span, invocation, state);
        }
    }
}
