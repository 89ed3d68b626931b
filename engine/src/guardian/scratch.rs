//! The room that deciding works in, kept per thread from one decision to the next: what a plain command takes from the
//! heap is what its verdict keeps. Nothing of a decision stays in it but room, and where it was made.

use crate::assess::Judged;
use crate::assessment::Place;
use crate::effects::Effects;
use crate::resolve::{self, Resolution};
use crate::shell;
use crate::trace::Step;
use std::cell::Cell;
use std::sync::Arc;

/// Room for each stage.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) reading: shell::Buffers,
    pub(super) resolving: resolve::Buffers,
    pub(super) effects: Effects,
    pub(super) judged: Vec<Judged>,
    pub(super) steps: Vec<Step>,
    /// The surroundings and the directory of the last proposal.
    pub(super) place: Option<(Arc<Place>, Arc<str>)>,
}

thread_local! {
    /// What the last decision of this thread left.
    static LEFT: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
    /// Whether this thread has decided before. The first one keeps nothing, as many a process decides but once: what is to be
    /// dropped at a thread's end has to be registered, for which a build with musl sets up a second heap.
    static AGAIN: Cell<bool> = const { Cell::new(false) };
}

/// The room that the last decision left, or new room.
pub(super) fn take() -> Box<Scratch> {
    if AGAIN.get() { LEFT.try_with(Cell::take).ok().flatten().unwrap_or_default() } else { Box::default() }
}

/// Leaves the room to the next decision, emptied, but for what was made for a long script.
pub(super) fn leave(mut scratch: Box<Scratch>, resolution: &mut Resolution) {
    if !AGAIN.replace(true) {
        return;
    }
    if let Some(script) = scratch.resolving.reclaim(resolution) {
        scratch.reading.reclaim(script);
    }
    empty(&mut scratch.effects);
    empty(&mut scratch.judged);
    empty(&mut scratch.steps);
    // At the end of a thread there is no next.
    let _ = LEFT.try_with(|left| left.set(Some(scratch)));
}

fn empty<T>(list: &mut Vec<T>) {
    const MOST: usize = 256;
    if list.capacity() > MOST {
        *list = Vec::new();
    } else {
        list.clear();
    }
}
