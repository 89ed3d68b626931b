//! What a person said yes to after a denial: exactly this action, in this directory, box and session, once, and soon.

use guardian_engine::CommandId;
use std::time::{Duration, Instant};

/// How long a yes holds.
const LIFE: Duration = Duration::from_secs(600);
/// More than this is not kept.
const MOST: usize = 64;

/// Yeses that were not used yet. The id of a command covers its text, directory, box, policy and what it looked at.
#[derive(Debug, Default)]
pub struct Overrides {
    given: Vec<(CommandId, String, Instant)>,
}

impl Overrides {
    /// A person said yes.
    pub fn give(&mut self, command: CommandId, session: &str, now: Instant) {
        self.given.retain(|(_, _, until)| now < *until);
        if self.given.len() >= MOST {
            self.given.remove(0);
        }
        self.given.push((command, session.to_owned(), now + LIFE));
    }

    /// Uses a yes up, if there is one.
    pub fn take(&mut self, command: CommandId, session: &str, now: Instant) -> bool {
        let found = self.given.iter().position(|(id, of, until)| *id == command && of == session && now < *until);
        found.map(|at| self.given.remove(at)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_is_for_one_command_in_one_session_once_and_soon() {
        let (mut overrides, now) = (Overrides::default(), Instant::now());
        let (this, other) = (CommandId([1; 16]), CommandId([2; 16]));
        overrides.give(this, "a", now);
        assert!(!overrides.take(other, "a", now));
        assert!(!overrides.take(this, "b", now));
        assert!(!overrides.take(this, "a", now + LIFE));
        assert!(overrides.take(this, "a", now));
        assert!(!overrides.take(this, "a", now));
    }
}
