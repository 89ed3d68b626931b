//! Which entries a glob may be meant for, by the characters that it says: so that few are held against it.

use super::super::globs::{LONGEST, Piece, pieces};
use super::{has, letters};

/// What a glob may say that is meant for an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sayable {
    /// The characters.
    letters: u32,
    /// How its first name ends; nothing where that may be anything.
    last: u8,
    /// Whether a glob may say how it ends, and anything in front of that.
    ends: bool,
}

impl Sayable {
    pub(super) const ANYTHING: Self = Self { letters: u32::MAX, last: 0, ends: false };

    pub(super) const fn of(entry: &str) -> Self {
        let name = match entry.as_bytes() {
            [b'~', b'/', name @ ..] | [b'/', name @ ..] | name => name,
        };
        let (starred, below) = (has(b'*', name), has(b'/', entry.as_bytes()));
        let (mut rest, mut last) = (name, 0);
        while let [byte, more @ ..] = rest {
            rest = if *byte == b'/' { &[] } else { more };
            last = if matches!(*byte, b'*' | b'/') { last } else { byte.to_ascii_lowercase() };
        }
        // `~` is left out of the letters.
        let letters = letters(name) | 1 << (b'~' & 31);
        // Between folders what a glob says may meet a star, and what is hardly more than a star is said by everything.
        if starred && (below || letters.count_ones() < 3) {
            Self::ANYTHING
        } else {
            Self { letters, last, ends: matches!(name, [b'*', ..]) }
        }
    }
}

/// What a glob says.
pub(super) struct Said {
    letters: u32,
    /// The last of them.
    end: u32,
    /// How it ends; nothing where that may be anything.
    last: u8,
}

impl Said {
    pub(super) fn of(glob: &str) -> Self {
        let mut said = Self { letters: 0, end: 0, last: 0 };
        if glob.len() > LONGEST {
            return said;
        }
        for piece in pieces(glob.as_bytes()) {
            if let Piece::Said(byte) = piece {
                said.end = 1 << (byte & 31);
                said.letters |= said.end;
            }
        }
        // Brackets that are not closed say nothing, but for the end of the glob that begins within them.
        let (closed, brackets) = glob.rsplit_once('[').map_or((true, false), |(_, rest)| (rest.contains(']'), true));
        said.last = glob.bytes().last().filter(|last| closed && !b"*?]".contains(last)).unwrap_or_default();
        said.last.make_ascii_lowercase();
        said.end = if brackets { u32::MAX } else { said.end };
        said
    }

    /// Whether it may be meant for such an entry. Nearly always it is not.
    pub(super) const fn may_mean(&self, entry: Sayable) -> bool {
        let ends = self.last == 0 || entry.last == 0 || self.last == entry.last;
        ends && (self.letters & !entry.letters == 0 || entry.ends && self.end & entry.letters != 0)
    }
}
