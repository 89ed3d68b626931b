//! What resolving works with, kept from one proposal to the next so that a plain command takes none of it from the heap.

use super::bound::Bound;
use super::resolution::{Invocation, Resolution};
use super::value::Value;
use crate::shell::Script;
use std::rc::Rc;

/// Lists and places for invocations, with nothing in them but room.
#[derive(Default)]
pub(crate) struct Buffers {
    words: Vec<Vec<Value>>,
    options: Vec<Vec<Bound>>,
    invocations: Vec<Rc<Invocation>>,
    script: Option<Rc<Script>>,
}

impl Buffers {
    /// So many of each are kept at most.
    const MOST: usize = 16;

    /// A list for the words of a command.
    pub(super) fn words(&mut self) -> Vec<Value> {
        self.words.pop().unwrap_or_default()
    }

    /// A list for the options of a command.
    pub(super) fn options(&mut self) -> Vec<Bound> {
        self.options.pop().unwrap_or_default()
    }

    /// A place for an invocation.
    pub(super) fn invocation(&mut self, invocation: Invocation) -> Rc<Invocation> {
        put(self.invocations.pop(), invocation)
    }

    /// A place for a script.
    pub(super) fn script(&mut self, script: Script) -> Rc<Script> {
        put(self.script.take(), script)
    }

    /// Takes back a script, unless something of what was found still refers to it.
    pub(super) fn leave(&mut self, script: Rc<Script>) {
        self.script = Some(script);
    }

    /// Takes back what was resolved, and gives the script it was resolved from where nothing refers to it any more.
    pub(crate) fn reclaim(&mut self, resolution: &mut Resolution) -> Option<Script> {
        for mut place in resolution.invocations.drain(..).take(Self::MOST) {
            let Some(invocation) = Rc::get_mut(&mut place) else { continue };
            keep(&mut self.words, std::mem::take(&mut invocation.arguments));
            if let Some(binding) = invocation.binding.take() {
                keep(&mut self.options, binding.options);
            }
            if self.invocations.len() < Self::MOST {
                self.invocations.push(place);
            }
        }
        self.script.as_mut().and_then(Rc::get_mut).map(std::mem::take)
    }
}

/// A value at a place of its own: one that nobody refers to any more, or a new one.
fn put<T>(place: Option<Rc<T>>, value: T) -> Rc<T> {
    let Some(mut place) = place else { return Rc::new(value) };
    let Some(old) = Rc::get_mut(&mut place) else { return Rc::new(value) };
    *old = value;
    place
}

/// Keeps a list that is no longer than those of most commands, without what is in it.
fn keep<T>(lists: &mut Vec<Vec<T>>, mut list: Vec<T>) {
    const LONGEST: usize = 64;
    if list.capacity() > 0 && list.capacity() <= LONGEST && lists.len() < Buffers::MOST {
        list.clear();
        lists.push(list);
    }
}
