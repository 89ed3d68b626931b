//! The listed names of secrets, wherever they lie, with what is known of each before any pattern is seen.

use super::Token;
use guardian_rules::places;

/// Endings that many a harmless name has; they say nothing of a listed name that has one.
const COMMON: &[&str] =
    &["config.json", ".json", ".yml", ".yml*", ".yaml", ".toml", ".xml", ".js", ".backup", "config*", "config"];

/// How many there are, and how long the longest is.
const COUNT: usize = measured().0;
pub(super) const LONGEST: usize = measured().1;

/// All of them.
pub(super) static NAMES: [Name; COUNT] = all();

/// A listed name, in which `*` is any number of any characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    pub(super) text: &'static str,
    /// Where what it says ends.
    pub(super) stem: usize,
    /// How many characters the stem says, and how many of them it has said before.
    pub(super) says: usize,
    pub(super) repeated: usize,
    /// The characters of the stem, and of all of it.
    pub(super) stem_letters: Letters,
    pub(super) letters: Letters,
    /// How many stretches of characters the stem has.
    pub(super) stretches: usize,
    /// Characters that stand side by side in it.
    pub(super) pairs: Pairs,
    /// Whether there is a star in it.
    pub(super) starred: bool,
}

/// A set of characters, which may hold a little more than was put into it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letters(u128);

impl Letters {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn with(self, byte: u8) -> Self {
        Self(self.0 | 1 << (byte & 127))
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    pub(super) const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// A set of listed names, by their numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Among([u64; SETS]);

/// How many words of bits such a set has.
const SETS: usize = COUNT.div_ceil(64);

impl Among {
    const NONE: Self = Self([0; SETS]);

    #[expect(clippy::indexing_slicing, reason = "a constant function has no other way, and is run by the compiler")]
    const fn put(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    /// The numbers in it.
    pub(super) fn numbers(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(at, set)| bits(set.into()).map(move |bit| 64 * at + bit))
    }

    fn both(self, other: &Self, how: impl Fn(u64, u64) -> u64) -> Self {
        let mut all = self;
        all.0.iter_mut().zip(other.0).for_each(|(one, other)| *one = how(*one, other));
        all
    }
}

/// What is known of all listed names at once.
struct Table {
    /// Of each character, the names without a star that have it.
    letters: [Among; 128],
    /// Of each place for a pair, the names with a star whose stem has it.
    pairs: [Among; 128],
    /// The names with a star of which so many stretches, or fewer, say enough without a pair.
    apart: [Among; APART],
}

/// More stretches than this have no globs that people write; what has more shares all names with a star.
const APART: usize = 8;

static TABLE: Table = table();

#[expect(clippy::indexing_slicing, reason = "a constant function has no other way, and is run by the compiler")]
const fn table() -> Table {
    let mut table = Table { letters: [Among::NONE; 128], pairs: [Among::NONE; 128], apart: [Among::NONE; APART] };
    let mut number = 0;
    while number < COUNT {
        let name = &NAMES[number];
        let mut at = 0;
        while at < 128 {
            if !name.starred && name.letters.0 >> at & 1 == 1 {
                table.letters[at].put(number);
            }
            if name.starred && name.pairs.0 >> at & 1 == 1 {
                table.pairs[at].put(number);
            }
            at += 1;
        }
        let mut stretches = 0;
        while stretches < APART {
            let apart = (stretches + name.stretches).saturating_sub(1);
            if name.starred && (2 * apart >= name.says || stretches + 1 == APART) {
                table.apart[stretches].put(number);
            }
            stretches += 1;
        }
        number += 1;
    }
    table
}

/// The names without a star that have all of these characters, and those with one that have one of these pairs or need
/// none beside so many stretches.
pub(super) fn among(letters: Letters, pairs: Pairs, stretches: usize) -> Among {
    let mut plain = Among([u64::MAX; SETS]);
    for set in bits(letters.0).filter_map(|at| TABLE.letters.get(at)) {
        plain = plain.both(set, |one, other| one & other);
    }
    let mut starred = TABLE.apart.get(stretches.min(APART - 1)).copied().unwrap_or(Among::NONE);
    for set in bits(pairs.0).filter_map(|at| TABLE.pairs.get(at)) {
        starred = starred.both(set, |one, other| one | other);
    }
    plain.both(&starred, |one, other| one | other)
}

/// The numbers of the bits that are set.
fn bits(set: u128) -> impl Iterator<Item = usize> {
    let mut left = set;
    std::iter::from_fn(move || {
        let at = (left != 0).then(|| left.trailing_zeros() as usize)?;
        left &= left - 1;
        Some(at)
    })
}

/// A set of pairs of characters, which may hold a little more than was put into it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairs(u128);

impl Pairs {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn with(self, one: u8, other: u8) -> Self {
        Self(self.0 | 1 << ((one as u32 * 37 + other as u32) & 127))
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl Name {
    #[expect(clippy::indexing_slicing, reason = "a constant function has no other way, and is run by the compiler")]
    const fn of(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let stem = stem(bytes);
        let (stem_letters, letters) = (Letters::NONE, Letters::NONE);
        let mut name = Self {
            text,
            stem,
            says: 0,
            repeated: 0,
            stem_letters,
            letters,
            stretches: 0,
            pairs: Pairs::NONE,
            starred: false,
        };
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'*' => name.starred = true,
                byte => {
                    assert!(!matches!(byte, b'?' | b'[' | b'\\'), "a listed name has no signs but stars");
                    name.letters = name.letters.with(byte.to_ascii_lowercase());
                }
            }
            at += 1;
            if at == stem {
                name.stem_letters = name.letters;
            }
            if at <= stem && bytes[at - 1] != b'*' {
                name.says += 1;
                if at == 1 || bytes[at - 2] == b'*' {
                    name.stretches += 1;
                } else {
                    name.pairs =
                        name.pairs.with(bytes[at - 2].to_ascii_lowercase(), bytes[at - 1].to_ascii_lowercase());
                }
            }
        }
        name.repeated = name.says - name.stem_letters.count();
        name
    }

    /// What it is made of.
    pub(super) fn tokens(&self) -> impl ExactSizeIterator<Item = Token> + DoubleEndedIterator {
        let token = |byte: &u8| if *byte == b'*' { Token::Star } else { Token::One(byte.to_ascii_lowercase()) };
        self.text.as_bytes().iter().map(token)
    }

    /// How many of the pairs in its stem are in this table, of which letters stand behind each.
    pub(super) fn pairs_within(&self, behind: &[u32; 32]) -> usize {
        let stem = self.text.as_bytes().get(..self.stem).unwrap_or_default();
        let held = |pair: &&[u8]| match pair {
            [b'*', _] | [_, b'*'] => false,
            [one, other] => behind.get(usize::from(one & 31)).is_some_and(|row| (row >> (other & 31)) & 1 == 1),
            _ => false,
        };
        stem.windows(2).filter(held).count()
    }

    /// The characters that its stem says.
    pub(super) fn stem(&self) -> impl Iterator<Item = Token> {
        self.tokens().take(self.stem).filter(|token| *token != Token::Star)
    }
}

/// Where what a name says ends: in front of a common ending, unless nothing is left then.
#[expect(clippy::indexing_slicing, reason = "a constant function has no other way, and is run by the compiler")]
const fn stem(name: &[u8]) -> usize {
    let mut at = 0;
    while at < COMMON.len() {
        let end = COMMON[at].as_bytes();
        if let Some((stem, found)) = name.split_at_checked(name.len().saturating_sub(end.len()))
            && same(found, end)
        {
            return if says_nothing(stem) { name.len() } else { stem.len() };
        }
        at += 1;
    }
    name.len()
}

const fn same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([a, behind @ ..], [b, rest @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (behind, rest);
    }
    one.is_empty() && other.is_empty()
}

const fn says_nothing(mut name: &[u8]) -> bool {
    while let [b'*', rest @ ..] = name {
        name = rest;
    }
    name.is_empty()
}

/// Whether an entry is a name, and not a place.
const fn is_name(mut entry: &[u8]) -> bool {
    while let [byte, rest @ ..] = entry {
        if *byte == b'/' {
            return false;
        }
        entry = rest;
    }
    true
}

const fn measured() -> (usize, usize) {
    let (mut count, mut longest) = (0, 0);
    let mut entries = places::SECRETS;
    while let [entry, rest @ ..] = entries {
        if is_name(entry.as_bytes()) {
            count += 1;
            longest = if entry.len() > longest { entry.len() } else { longest };
        }
        entries = rest;
    }
    (count, longest)
}

#[expect(clippy::indexing_slicing, reason = "a constant function has no other way, and is run by the compiler")]
const fn all() -> [Name; COUNT] {
    let mut names = [Name::of(""); COUNT];
    let mut entries = places::SECRETS;
    let mut at = 0;
    while let [entry, rest @ ..] = entries {
        if is_name(entry.as_bytes()) {
            names[at] = Name::of(entry);
            at += 1;
        }
        entries = rest;
    }
    names
}
