//! Finds the few rules that can match among many.
//!
//! A rule is filed under a hash of its first words: as many as three, fewer if alternatives would file it too often.
//! A look-up hashes the first one, two and three words of a command. Hashes only find candidates: every candidate is
//! compared word by word, so a collision costs time and nothing else.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::rule::{Decision, PatternToken, Rule};

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
        let hash = word.bytes().fold(self.0, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        });
        // No byte of UTF-8, so that words do not run together.
        Self((hash ^ 0xff).wrapping_mul(PRIME))
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

type Buckets = HashMap<u64, Vec<u32>, BuildHasherDefault<Ready>>;

/// Where rules are filed. Rules are known by their position in the set.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    buckets: Buckets,
    /// The rules that restrict, by program alone, for commands whose next words are not known.
    restricting: Buckets,
    /// For each rule, how many words it is filed under.
    depths: Vec<u8>,
    /// The rules that restrict, the strictest first, for commands whose program is not known.
    restrictions: Vec<u32>,
    /// How many of those forbid.
    forbidding: usize,
    /// The longest word that any rule is filed under: longer ones need no hashing.
    longest: usize,
    has_managed: bool,
}

impl Index {
    /// Files the next rule.
    pub(super) fn insert(&mut self, rule: &Rule) {
        let position = u32::try_from(self.depths.len()).unwrap_or(u32::MAX);
        let tokens = rule.pattern.tokens();
        let depth = depth(tokens);
        let mut keys = vec![Key::EMPTY];
        for (at, token) in tokens.iter().take(depth).enumerate() {
            self.longest = token
                .words()
                .iter()
                .map(String::len)
                .max()
                .unwrap_or_default()
                .max(self.longest);
            keys = keys
                .iter()
                .flat_map(|key| token.words().iter().map(|word| key.with(word)))
                .collect();
            if at == 0 && rule.decision.restricts() {
                file(&mut self.restricting, &keys, position);
            }
        }
        file(&mut self.buckets, &keys, position);
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
        self.has_managed |= rule.origin.layer == crate::rule::Layer::Managed;
        self.depths.push(u8::try_from(depth).unwrap_or(u8::MAX));
    }

    /// The rules filed under exactly these words.
    pub(super) fn filed(&self, key: Key) -> &[u32] {
        self.buckets.get(&key.0).map_or(&[], Vec::as_slice)
    }

    /// The rules that restrict a program, however many words they are filed under.
    pub(super) fn restricting(&self, program: Key) -> &[u32] {
        self.restricting.get(&program.0).map_or(&[], Vec::as_slice)
    }

    /// All rules that restrict, the strictest first.
    pub(super) fn restrictions(&self) -> &[u32] {
        &self.restrictions
    }

    /// How many words the rule is filed under.
    pub(super) fn depth(&self, rule: u32) -> usize {
        let depth = usize::try_from(rule)
            .ok()
            .and_then(|rule| self.depths.get(rule));
        depth.copied().map_or(0, usize::from)
    }

    /// Whether any rule can be filed under this word.
    pub(super) fn may_have(&self, word: &str) -> bool {
        word.len() <= self.longest
    }

    /// Whether there is a managed rule.
    pub(super) const fn has_managed(&self) -> bool {
        self.has_managed
    }
}

/// How many words a rule is filed under: at least the program.
fn depth(tokens: &[PatternToken]) -> usize {
    let mut keys: usize = 1;
    let fitting = tokens.iter().take(DEEPEST).take_while(|token| {
        keys = keys.saturating_mul(token.words().len());
        keys <= MOST_KEYS
    });
    fitting.count().max(1)
}

fn file(buckets: &mut Buckets, keys: &[Key], position: u32) {
    for key in keys {
        let bucket = buckets.entry(key.0).or_default();
        // An alternative that is written twice does not make two rules.
        if bucket.last() != Some(&position) {
            bucket.push(position);
        }
    }
}
