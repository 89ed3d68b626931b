//! How the administrator caps what was chosen: what is used instead, and the words for it.

use super::layer::Origin;
use crate::failure::Failure;
use guardian_rules::diagnostic::listed;

/// An error about the requirements themselves: nothing is judged by requirements that contradict themselves.
pub fn contradiction(origin: &Origin, words: &str) -> Failure {
    Failure::usage(format!("{}: {words}", origin.place)).help("an administrator has to mend this file")
}

/// What may be chosen of something.
pub struct Cap {
    /// What it is called.
    pub what: &'static str,
    /// The names that are allowed.
    pub allowed: Vec<&'static str>,
    /// Whether the administrator listed them, so that the first is the one to fall back to.
    pub listed: bool,
    /// Where the limit stands.
    pub origin: Origin,
}

impl Cap {
    /// What to use instead of `now`; nothing where it is allowed. `rank` is low for what is strict.
    pub fn fallback(&self, now: &str, rank: impl Fn(&str) -> u8) -> Result<Option<&'static str>, Failure> {
        if self.allowed.contains(&now) {
            return Ok(None);
        }
        let first = self.allowed.first().copied();
        // With only a list of what is barred, the mildest of what is as strict comes closest to what was asked for.
        let strict = self.allowed.iter().copied().filter(|name| rank(name) <= rank(now));
        let closest = strict.max_by_key(|name| rank(name));
        let fallback = if self.listed { first } else { closest.or(first) };
        match fallback {
            None => Err(contradiction(&self.origin, &format!("no {} is left that may be chosen", self.what))),
            Some(name) if rank(name) > rank(now) => Err(looser(&self.origin, self.what, now, &self.allowed)),
            found => Ok(found),
        }
    }
}

/// Says that something else is used.
pub fn say(warnings: &mut Vec<String>, what: &str, was: &str, is: &str, origin: &Origin) {
    warnings.push(format!("{what} `{was}` is not allowed by {}; `{is}` is used", origin.place));
}

/// Falling back would loosen what the user asked for, so nothing is judged at all.
pub fn looser(origin: &Origin, what: &str, was: &str, allowed: &[&str]) -> Failure {
    Failure::usage(format!("{what} `{was}` is not allowed by {}, and what is allowed is looser", origin.place))
        .help(format!("choose one of {} yourself", listed(allowed)))
}
