//! How the parts of a tree refer to the source, to decoded text, and to one another: all by position.

use std::ops::Range;

/// A range of bytes in the source the node was read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The text the span covers, or nothing where it does not lie in `source` on character boundaries.
    #[must_use]
    pub fn of(self, source: &str) -> &str {
        source.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A run of entries in one of the pools of a [`Script`](super::Script).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Index of the first entry.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

impl Run {
    /// The indices of the run.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(self) -> usize {
        self.range().len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// Index of a node in [`Script::nodes`](super::Script::nodes).
pub type NodeId = u32;
/// Index of a word in [`Script::words`](super::Script::words).
pub type WordId = u32;

/// Text of a part: a stretch of the source, or of [`Script::decoded`](super::Script::decoded) where the two differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// First byte.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Whether it lies in [`Script::decoded`](super::Script::decoded).
    pub decoded: bool,
}
