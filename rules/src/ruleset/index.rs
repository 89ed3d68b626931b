//! Finds the few rules that can match among many.
//!
//! A rule is filed under a hash of its first words: as many as three, fewer if alternatives would file it too often.
//! A look-up hashes the first one, two and three words of a command. Hashes only find candidates: every candidate is
//! compared word by word, so a collision costs time and nothing else.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::host::basename;
use crate::rule::{Decision, Layer, PatternToken, Rule};

/// Words that are hashed at most.
pub(super) const DEEPEST: usize = 3;
/// Rules with more combinations of first words are filed under fewer words.
const MOST_KEYS: usize = 64;

/// The hash of some first words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(u64);

impl Key {
    pub(super) const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    /// The hash with one more word.
    pub(super) fn with(self, word: &str) -> Self {
        const PRIME: u64 = 0x0100_0000_01b3;
        let hash = word.bytes().fold(self.0, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
        // No byte of UTF-8, so that words do not run together.
        Self((hash ^ 0xff).wrapping_mul(PRIME))
    }

    /// Instead of the key of a program: what restricts it.
    pub(super) const fn restricting(self) -> Self {
        Self(self.0 ^ 0x5245_5354_5249_4354)
    }

    /// Instead of the key of a name: what restricts a program by a path that ends in it.
    pub(super) const fn ending(self) -> Self {
        Self(self.0 ^ 0x656e_6469_6e67_0000)
    }

    pub(super) const fn number(self) -> u64 {
        self.0
    }

    pub(super) const fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// Keys are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ready(u64);

impl Hasher for Ready {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Filed<T> = HashMap<u64, T, BuildHasherDefault<Ready>>;

/// Some rules, of which there is nearly always one.
#[derive(Clone, Debug)]
enum Few {
    One(u32),
    More(Vec<u32>),
}

impl Few {
    fn file(&mut self, position: u32) {
        match self {
            Self::One(own) if *own == position => {}
            Self::One(own) => *self = Self::More(vec![*own, position]),
            Self::More(bucket) => file(bucket, position),
        }
    }

    fn as_slice(&self) -> &[u32] {
        match self {
            Self::One(own) => std::slice::from_ref(own),
            Self::More(bucket) => bucket,
        }
    }
}

/// The rules that name one program.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// The rules filed under the program alone.
    pub(super) here: Vec<u32>,
    /// All that restrict, for commands whose next words are not known.
    pub(super) restricting: Vec<u32>,
    /// The most words that any of them is filed under.
    pub(super) deepest: usize,
}

/// Where rules are filed. Rules are known by their position in the set.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    programs: Filed<Entry>,
    /// The rules filed under more words than the program.
    deeper: Filed<Few>,
    /// The rules that restrict a program by its path, under the last part of that.
    paths: Filed<Vec<u32>>,
    /// For each rule, how many words it is filed under.
    depths: Vec<u8>,
    /// The rules that restrict, the strictest first, for commands whose program is not known.
    restrictions: Vec<u32>,
    /// How many of those forbid.
    forbidding: usize,
    /// The longest word that any rule is filed under: longer ones need no hashing.
    longest: usize,
    has_managed: bool,
    has_paths: bool,
}

impl Index {
    /// Makes room for so many rules more.
    pub(super) fn reserve(&mut self, rules: usize) {
        self.deeper.reserve(rules);
        self.depths.reserve(rules);
    }

    /// Files the next rule.
    pub(super) fn insert(&mut self, rule: &Rule) {
        let position = u32::try_from(self.depths.len()).unwrap_or(u32::MAX);
        let tokens = rule.pattern.tokens();
        let depth = depth(tokens);
        let lengths = tokens.iter().take(depth).flat_map(PatternToken::words).map(|word| word.as_bytes().len());
        self.longest = lengths.max().unwrap_or_default().max(self.longest);
        for program in rule.pattern.programs() {
            self.has_paths |= program.contains('/');
            if let Some(name) = basename(program).filter(|_| rule.decision.restricts() && program.starts_with('/')) {
                file(self.paths.entry(Key::EMPTY.with(name).0).or_default(), position);
            }
            let key = Key::EMPTY.with(program);
            let entry = self.programs.entry(key.0).or_default();
            entry.deepest = entry.deepest.max(depth);
            if rule.decision.restricts() {
                file(&mut entry.restricting, position);
            }
            match tokens.get(1..depth) {
                Some(more) if !more.is_empty() => for_each_key(key, more, &mut |key| {
                    self.deeper.entry(key.0).and_modify(|few| few.file(position)).or_insert(Few::One(position));
                }),
                _ => file(&mut entry.here, position),
            }
        }
        match rule.decision {
            Decision::Allow => {}
            Decision::Prompt => self.restrictions.push(position),
            Decision::Forbidden => {
                // Swapped to the front: the order among equals does not matter, and inserting would be quadratic.
                self.restrictions.push(position);
                let last = self.restrictions.len() - 1;
                self.restrictions.swap(self.forbidding, last);
                self.forbidding += 1;
            }
        }
        self.has_managed |= rule.origin.layer == Layer::Managed;
        self.depths.push(u8::try_from(depth).unwrap_or(u8::MAX));
    }

    /// What is filed under a program.
    pub(super) fn program(&self, key: Key) -> Option<&Entry> {
        self.programs.get(&key.0)
    }

    /// The rules filed under exactly these words, which are more than the program.
    pub(super) fn deeper(&self, key: Key) -> &[u32] {
        self.deeper.get(&key.0).map_or(&[], Few::as_slice)
    }

    /// The rules that restrict a program by a path that ends in this name.
    pub(super) fn paths(&self, name: &str) -> &[u32] {
        self.paths.get(&Key::EMPTY.with(name).0).map_or(&[], Vec::as_slice)
    }

    /// All rules that restrict, the strictest first.
    pub(super) fn restrictions(&self) -> &[u32] {
        &self.restrictions
    }

    /// How many words the rule is filed under.
    pub(super) fn depth(&self, rule: u32) -> usize {
        let depth = usize::try_from(rule).ok().and_then(|rule| self.depths.get(rule));
        depth.copied().map_or(0, usize::from)
    }

    /// Whether any rule can be filed under this word.
    pub(super) fn may_have(&self, word: &str) -> bool {
        word.len() <= self.longest
    }

    /// Whether a rule names this program.
    pub(super) fn names(&self, program: &str) -> bool {
        self.may_have(program) && self.program(Key::EMPTY.with(program)).is_some()
    }

    /// Whether there is a managed rule.
    pub(super) const fn has_managed(&self) -> bool {
        self.has_managed
    }

    /// Whether any rule names a program by a path.
    pub(super) const fn has_paths(&self) -> bool {
        self.has_paths
    }
}

/// The keys of the words so far and every combination of those that follow; never more than two tokens.
pub(super) fn for_each_key(key: Key, tokens: &[PatternToken], file: &mut impl FnMut(Key)) {
    let Some((token, more)) = tokens.split_first() else {
        file(key);
        return;
    };
    for word in token.words() {
        for_each_key(key.with(word), more, file);
    }
}

/// How many words a rule is filed under: at least the program.
pub(super) fn depth(tokens: &[PatternToken]) -> usize {
    let mut keys: usize = 1;
    let fitting = tokens.iter().take(DEEPEST).take_while(|token| {
        keys = keys.saturating_mul(token.words().len());
        keys <= MOST_KEYS
    });
    fitting.count().max(1)
}

/// An alternative that is written twice does not make two rules.
fn file(bucket: &mut Vec<u32>, position: u32) {
    if bucket.last() != Some(&position) {
        bucket.push(position);
    }
}
