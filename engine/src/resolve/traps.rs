//! What traps call. A name in a trap is looked up when the trap runs: a function that is defined in the meantime is what it
//! calls, whatever the name meant when the trap was set.

use super::resolution::Invocation;
use super::state::Function;
use super::value::Value;
use std::collections::HashSet;
use std::rc::Rc;

/// The traps met so far.
#[derive(Debug, Default)]
pub(super) struct Traps {
    /// Whether there was one.
    met: bool,
    /// Traps around this point.
    depth: u32,
    /// Names that their commands use.
    names: HashSet<String>,
    /// Whether they may use any other name as well.
    unknown: bool,
    /// Functions that were defined behind a trap, or by one.
    late: Vec<(Rc<str>, Function)>,
}

impl Traps {
    /// The commands that follow are those of a trap.
    pub(super) const fn enter(&mut self) {
        self.met = true;
        self.depth += 1;
    }

    pub(super) const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// There is code that is not known, be it a trap's.
    pub(super) fn unread(&mut self, invocation: &Invocation) {
        if invocation.name == "trap" {
            (self.met, self.unknown) = (true, true);
        }
    }

    /// A command that functions may stand for.
    pub(super) fn uses(&mut self, program: &Value) {
        match program.known() {
            _ if self.depth == 0 => {}
            Some(name) => _ = self.names.insert(name.to_owned()),
            None => self.unknown = true,
        }
    }

    /// Whether a trap's command may have this name.
    pub(super) fn is_used(&self, name: &str) -> bool {
        self.unknown || self.names.contains(name)
    }

    pub(super) fn define(&mut self, name: &str, function: &Function) {
        let known = |(own, other): &(Rc<str>, Function)| **own == *name && other.is(function);
        if self.met && !self.late.iter().any(known) {
            self.late.push((name.into(), function.clone()));
        }
    }

    /// Whether the trap around this point was set by another.
    pub(super) const fn are_nested(&self) -> bool {
        self.depth > 1
    }

    /// Takes out the functions that were defined behind a trap, or by one.
    pub(super) fn take_late(&mut self) -> Vec<(Rc<str>, Function)> {
        std::mem::take(&mut self.late)
    }
}
