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
        static LAST: Mutex<(u64, u128)> = Mutex::new((0, 0));
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now();
        *last = if now > last.0 {
            // The kernel itself is asked: a static build has no other way that is as short. Room is left to count up.
            let Ok(random) = mac::random::<16>() else { return Self(Uuid::now_v7()) };
            (now, u128::from_be_bytes(random) & !COUNTED)
        } else {
            (last.0, last.1 + 1)
        };
        let [_, _, _, _, _, _, tail @ ..] = last.1.to_be_bytes();
        Self(Builder::from_unix_timestamp_millis(last.0, &tail).into_uuid())
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
