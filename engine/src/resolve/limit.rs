//! What ends following, and how that is told: whoever cuts something off says so, and then a person is asked.

use super::resolution::{Invocation, NoteKind};
use super::value::{Unit, Value};
use super::walker::Walker;
use crate::shell::{Script, Span};

/// Bytes of a file at most: larger ones are not read, nor is a longer text kept of what a script writes into one.
pub(super) const LARGEST_FILE: usize = 1 << 16;

/// Why what code does was not looked at to its end.
pub(super) const MORE_CODE: &str = "code does more than is followed";

/// Why what is given to a shell was not read.
pub(super) const MORE_INNER: &str = "inner code is more than can be read";

/// Why not all files were looked at.
pub(crate) const MORE_FILES: &str = "there are more files of the script's own than are followed";

/// Why not all that a file may hold was looked at.
pub(super) const MORE_IN_FILE: &str = "a file is run that may hold more than is followed";

/// Why not all names were told apart.
pub(super) const MORE_ALIASES: &str = "there are more aliases than are followed";

/// Why not all of what runs at another time was followed.
pub(super) const MORE_JOBS: &str = "there are more jobs and traps than are followed";

impl Walker<'_> {
    /// Ends following here, for this reason.
    pub(super) fn limit(&mut self, span: Span, what: &'static str) {
        // Said once: padding must not make the list long.
        if self.out.limit.is_none() {
            self.out.limit = Some((span, what));
        }
    }

    /// So many of them at most; that there are more is said.
    pub(super) fn at_most<T>(&mut self, mut items: Vec<T>, most: usize, span: Span, what: &'static str) -> Vec<T> {
        if items.len() > most {
            items.truncate(most);
            self.limit(span, what);
        }
        items
    }

    /// Nobody waits for the commands from this one on.
    pub(super) fn detaches(&mut self, first: Unit, span: Span) {
        if self.out.jobs.len() < self.limits.names {
            self.out.jobs.push(first..self.next_unit());
        } else {
            self.limit(span, MORE_JOBS);
        }
    }

    /// Says so where a value is used that may be more than is kept.
    pub(super) fn crowds(&mut self, value: &Value) {
        if value.is_crowded() {
            self.limit(value.span, "a variable may hold more texts than are followed");
        }
    }

    pub(super) const fn limited(&self) -> bool {
        self.out.limit.is_some()
    }

    /// Counts code of an inner script; whether it is to be read.
    pub(super) fn counted_code(&mut self, code: &str, span: Span) -> bool {
        self.spent.inner_bytes = self.spent.inner_bytes.saturating_add(code.len());
        let few = self.spent.inner_bytes <= self.limits.inner_bytes;
        if !few {
            self.limit(span, "there is more inner code than is read");
        }
        few
    }

    /// Whether a text that may be a script is one. What is too much to be read may be, so that is said.
    pub(super) fn is_script(&mut self, script: &Script, span: Span) -> bool {
        if script.is_too_much() {
            self.limit(span, MORE_INNER);
        }
        script.problems.is_empty()
    }

    /// Says so where an inner script could not be read, or not to its end.
    pub(super) fn not_read(&mut self, script: &Script, span: Span, invocation: &Invocation) {
        if script.is_too_much() {
            self.limit(span, MORE_INNER);
        } else if !script.problems.is_empty() {
            self.note(invocation.unit, span, NoteKind::Unknown("the inner code could not be read"));
            self.out.unread.get_or_insert(span);
        }
    }
}
