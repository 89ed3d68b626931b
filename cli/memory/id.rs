//! The id of one proposal's approval: unique, and ordered by time. It says which question was answered, where the command
//! id says what the question was: the same command proposed twice has two of these and one of those.

use crate::mac;
use crate::memory::journal::now;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use uuid::{Builder, Uuid};

/// Bits of an id's tail that no id holds, and one below them to count into.
const COUNTED: u128 = 0b111 << 61;

/// The id of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApprovalId(Uuid);

impl ApprovalId {
    /// An id that no other proposal has, behind all that this process has given.
    pub fn fresh() -> Self {
        static GIVEN: Mutex<Given> = Mutex::new(Given { time: 0, last: 0, random: [0; RANDOM], left: 0 });
        let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now();
        if now > given.time {
            let Some(random) = given.random() else { return Self(Uuid::now_v7()) };
            // Room is left to count up.
            (given.time, given.last) = (now, random & !COUNTED);
        } else {
            given.last += 1;
        }
        let [_, _, _, _, _, _, tail @ ..] = given.last.to_be_bytes();
        Self(Builder::from_unix_timestamp_millis(given.time, &tail).into_uuid())
    }
}

/// The last id that was given, and random bytes for those to come.
struct Given {
    time: u64,
    last: u128,
    random: [u128; RANDOM],
    left: usize,
}

/// How many the kernel is asked for at a time. A static build has no other way to ask that is as short.
const RANDOM: usize = 8;

impl Given {
    fn random(&mut self) -> Option<u128> {
        if self.left == 0 {
            let bytes = mac::random::<{ 16 * RANDOM }>().ok()?;
            for (number, bytes) in self.random.iter_mut().zip(bytes.as_chunks().0) {
                *number = u128::from_be_bytes(*bytes);
            }
            self.left = RANDOM;
        }
        self.left -= 1;
        self.random.get(self.left).copied()
    }
}

impl fmt::Display for ApprovalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for ApprovalId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Uuid::try_parse(text).map(Self).map_err(|_| format!("`{text}` is not the id of a proposal"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_in_order() {
        let ids: Vec<ApprovalId> = (0..1000).map(|_| ApprovalId::fresh()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.windows(2).all(|pair| pair[0].to_string() < pair[1].to_string()));
        assert_eq!(ids[0].to_string().parse(), Ok(ids[0]));
    }
}
