//! A stable hash of what rules say, for cache keys and short names. FNV-1a, 128 bits, eight bytes at a time: quick,
//! the same on every machine and in every release. It is not collision resistant: what must not be forged is hashed
//! by a `Digest`.

use sha2::{Digest as _, Sha256};

/// A running hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(u128);

impl Fingerprint {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    /// The hash of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Self::OFFSET)
    }

    /// Adds bytes. Where one piece ends and the next begins is part of what is hashed.
    pub fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            // At most seven bytes leave room for their number, so that no zero byte goes unnoticed.
            let tail = rest.iter().fold(0, |tail, byte| (tail << 8) | u64::from(*byte));
            self.mix(tail | (u64::try_from(rest.len()).unwrap_or_default() << 56));
        }
    }

    fn mix(&mut self, word: u64) {
        self.0 = (self.0 ^ u128::from(word)).wrapping_mul(Self::PRIME);
        // A product spreads upwards only.
        self.0 ^= self.0 >> 64;
    }

    /// The hash of everything added so far.
    #[must_use]
    pub const fn value(&self) -> u128 {
        self.0
    }

    /// The same folded to 64 bits.
    #[must_use]
    pub fn short(&self) -> u64 {
        let [high, low] = [self.0 >> 64, self.0 & u128::from(u64::MAX)];
        u64::try_from(high ^ low).unwrap_or_default()
    }
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self::new()
    }
}

/// So much is hashed in one go: what rules say comes in pieces of a few bytes.
const CHUNK: usize = 4096;

/// A running hash that is collision resistant: SHA-256.
#[derive(Clone, Default)]
pub(crate) struct Digest {
    hash: Sha256,
    waiting: Vec<u8>,
}

impl Digest {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= CHUNK {
            self.hash.update(&self.waiting);
            self.waiting.clear();
        }
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        self.hash.chain_update(&self.waiting).finalize().into()
    }
}

/// Feeds a number.
pub(crate) fn number(sink: &mut (impl FnMut(&[u8]) + ?Sized), value: usize) {
    sink(&u64::try_from(value).unwrap_or(u64::MAX).to_le_bytes());
}

/// Feeds a text behind its length, so that no two lists of texts feed the same bytes.
pub(crate) fn text(sink: &mut (impl FnMut(&[u8]) + ?Sized), value: &str) {
    bytes(sink, value.as_bytes());
}

/// The same of bytes.
pub(crate) fn bytes(sink: &mut (impl FnMut(&[u8]) + ?Sized), value: &[u8]) {
    number(sink, value.len());
    sink(value);
}

/// Feeds a text that may be missing; a missing one differs from an empty one.
pub(crate) fn option(sink: &mut (impl FnMut(&[u8]) + ?Sized), value: Option<&str>) {
    number(sink, usize::from(value.is_some()));
    text(sink, value.unwrap_or_default());
}
