//! What traps call. A name in a trap is looked up when the trap runs: a function that is defined in the meantime is what it
//! calls, whatever the name meant when the trap was set.

use super::resolution::{Input, Invocation};
use super::state::{Function, State};
use super::value::Value;
use super::walk::Walker;
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
}

impl Walker<'_> {
    /// Functions that a trap calls although they were defined only behind it. Nothing is known of what holds then.
    pub(super) fn late_functions(&mut self, state: &State) {
        if self.traps.late.is_empty() {
            return;
        }
        let mut around = state.clone();
        around.forget_all();
        around.dead = false;
        self.traps.enter();
        // Walking one may show names that others are called by.
        let mut waiting = std::mem::take(&mut self.traps.late);
        for (name, function) in &waiting {
            around.functions.make_mut().entry(Rc::clone(name)).or_default().add(function);
        }
        let next =
            |waiting: &[(Rc<str>, Function)], traps: &Traps| waiting.iter().position(|(name, _)| traps.is_used(name));
        while let Some(at) = next(&waiting, &self.traps) {
            let (name, function) = waiting.swap_remove(at);
            let (mut inside, mark) = (around.clone(), self.mark());
            self.calls.push((name.to_string(), self.forks));
            self.node(&function.script, function.body, &mut inside, &Input::Inherited);
            self.land_all(mark, &mut inside);
            self.calls.pop();
        }
        self.traps.leave();
    }
}
