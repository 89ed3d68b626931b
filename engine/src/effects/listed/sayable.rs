//! Which entries a glob may be meant for, by the characters that it says: so that few are held against it.

use super::super::globs::{LONGEST, Piece, pieces};
use super::{KINDS, Kind, filed, has, letters, numbers};

/// What a glob may say that is meant for an entry.
#[derive(Clone, Copy, Debug)]
struct Sayable {
    /// The characters.
    letters: u32,
    /// How its first name ends; nothing where that may be anything.
    last: u8,
    /// Where a glob may say how it ends, and anything in front of that, how many characters of the end it must say.
    ends: Option<u8>,
}

/// How many ways to end are told apart.
const ENDS: usize = 32;
/// The end of what may end in anything, among others.
const ANY_END: usize = 0;

/// So many entries at most, filed by kind and by how globs end that may be meant for them.
#[derive(Debug)]
pub(super) struct Sayables<const MOST: usize> {
    entries: [Sayable; MOST],
    /// Of each kind the first entry that a glob which ends so may be meant for; one more than its number.
    ends: [[u16; ENDS]; KINDS],
    /// Behind each entry the next of those.
    next: [u16; MOST],
}

impl<const MOST: usize> Sayables<MOST> {
    pub(super) const NONE: Self =
        Self { entries: [Sayable::ANYTHING; MOST], ends: [[0; ENDS]; KINDS], next: [0; MOST] };

    /// Files an entry under its number.
    #[expect(clippy::indexing_slicing, reason = "a constant function has no other way, and is run by the compiler")]
    pub(super) const fn file(&mut self, number: usize, entry: &str) {
        let (kind, _) = filed(entry);
        self.entries[number] = Sayable::of(entry);
        let end = &mut self.ends[kind as usize][self.entries[number].end()];
        self.next[number] = *end;
        *end = number as u16 + 1;
    }

    /// The numbers of the entries of this kind that a glob may be meant for which says this.
    pub(super) fn meant(&self, said: &Said, kind: Kind) -> impl Iterator<Item = usize> {
        let chains = self.ends.get(kind as usize).map(<[u16; ENDS]>::as_slice).unwrap_or_default();
        // All of them, or the one and that of what may end in anything, which is the first.
        let end = said.end();
        let (some, open) =
            if end == ANY_END { (chains, None) } else { (chains.get(end..=end).unwrap_or_default(), chains.first()) };
        some.iter()
            .chain(open)
            .flat_map(|first| numbers(Some(first), &self.next))
            .filter(|at| self.entries.get(*at).is_some_and(|entry| said.may_mean(*entry)))
    }
}

/// The way in which a name, or a glob, with this last byte ends.
const fn end(last: u8) -> usize {
    last as usize % ENDS
}

impl Sayable {
    /// How it ends, as [`Said::end`] has it.
    const fn end(self) -> usize {
        end(self.last)
    }

    const ANYTHING: Self = Self { letters: u32::MAX, last: 0, ends: None };

    const fn of(entry: &str) -> Self {
        let name = match entry.as_bytes() {
            [b'~', b'/', name @ ..] | [b'/', name @ ..] | name => name,
        };
        let (starred, below) = (has(b'*', name), has(b'/', entry.as_bytes()));
        let (mut rest, mut last, mut length) = (name, 0, 0_u8);
        while let [byte, more @ ..] = rest {
            rest = if *byte == b'/' { &[] } else { more };
            if !matches!(*byte, b'*' | b'/') {
                (last, length) = (byte.to_ascii_lowercase(), length.saturating_add(1));
            }
        }
        // `~` is left out of the letters.
        let letters = letters(name) | 1 << (b'~' & 31);
        // Between folders what a glob says may meet a star, and what is hardly more than a star is said by everything.
        if starred && (below || letters.count_ones() < 3) {
            Self::ANYTHING
        } else {
            // As many as `ends_as` asks for.
            let ends = if let [b'*', ..] = name { Some(length.saturating_sub(1)) } else { None };
            Self { letters, last, ends }
        }
    }
}

/// What a glob says.
pub(super) struct Said {
    letters: u32,
    /// The last characters that it says: none, one, two, and so on.
    ends: [u32; 8],
    /// How it ends; nothing where that may be anything.
    last: u8,
}

impl Said {
    pub(super) fn of(glob: &str) -> Self {
        let mut said = Self { letters: 0, ends: [0; 8], last: 0 };
        if glob.len() > LONGEST {
            return said;
        }
        for piece in pieces(glob.as_bytes()) {
            if let Piece::Said(byte) = piece {
                said.letters |= 1 << (byte & 31);
                let mut fewer = 0;
                for end in said.ends.iter_mut().skip(1) {
                    fewer = std::mem::replace(end, fewer | 1 << (byte & 31));
                }
            }
        }
        // Brackets that are not closed say nothing, but for the end of the glob that begins within them.
        let (closed, brackets) = glob.rsplit_once('[').map_or((true, false), |(_, rest)| (rest.contains(']'), true));
        said.last = glob.bytes().last().filter(|last| closed && !b"*?]".contains(last)).unwrap_or_default();
        said.last.make_ascii_lowercase();
        said.ends = if brackets || glob.contains(']') { [0; 8] } else { said.ends };
        said
    }

    /// How it ends. It is meant for none but what ends in the same way, or in anything.
    const fn end(&self) -> usize {
        end(self.last)
    }

    /// Whether it may be meant for such an entry. Nearly always it is not.
    fn may_mean(&self, entry: Sayable) -> bool {
        let within = |letters: u32| letters & !entry.letters == 0;
        let end = |said: u8| self.ends.get(usize::from(said)).or(self.ends.last()).copied().unwrap_or_default();
        (self.last == 0 || entry.last == 0 || self.last == entry.last)
            && (within(self.letters) || entry.ends.is_some_and(|said| within(end(said))))
    }
}
