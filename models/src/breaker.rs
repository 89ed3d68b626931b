//! When to stop asking: an endpoint that is down, a session in which too much is denied, approvals that come too fast.
//! Plain state machines; the caller brings the time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Failures that open the outage breaker, and the time they have to happen in.
const FAILURES: (usize, Duration) = (5, Duration::from_secs(60));
/// Denials in a row, and among how many reviews, after which a person decides.
const RUN: usize = 3;
const SHARE: (usize, usize) = (10, 50);
/// Approvals in a minute that are as many as anyone could follow.
const RATE: (usize, Duration) = (30, Duration::from_secs(60));

/// Whether an endpoint is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It is.
    Closed,
    /// Not until the time is over.
    Open,
    /// Once, to see whether it is back.
    Probing,
}

/// Remembers an endpoint's failures.
#[derive(Debug, Default)]
pub struct Outage {
    failures: VecDeque<Instant>,
    until: Option<Instant>,
    probing: bool,
}

impl Outage {
    /// Whether the endpoint may be asked now. One caller at a time gets to probe.
    pub fn admit(&mut self, now: Instant) -> bool {
        match self.until {
            None => true,
            Some(until) if now < until || self.probing => false,
            Some(_) => {
                self.probing = true;
                true
            }
        }
    }

    /// It answered.
    pub fn success(&mut self) {
        *self = Self::default();
    }

    /// It failed; if that was once too often, it is not asked for so long.
    pub fn failure(&mut self, now: Instant, rest: Duration) {
        self.failures.push_back(now);
        while self.failures.front().is_some_and(|first| now.duration_since(*first) > FAILURES.1) {
            self.failures.pop_front();
        }
        if self.probing || self.failures.len() >= FAILURES.0 {
            self.until = Some(now + rest);
            self.probing = false;
        }
    }

    /// Nobody waits for the probe any more: the next caller may probe.
    pub fn abandoned(&mut self) {
        self.probing = false;
    }

    /// What state it is in.
    #[must_use]
    pub fn health(&self, now: Instant) -> Health {
        match self.until {
            None => Health::Closed,
            Some(until) if now < until => Health::Open,
            Some(_) => Health::Probing,
        }
    }
}

/// Remembers what became of a session's reviews. Failures are not among them.
#[derive(Debug, Default)]
pub struct Denials {
    last: VecDeque<bool>,
    run: usize,
    cleared: VecDeque<Instant>,
}

impl Denials {
    /// A review ended.
    pub fn record(&mut self, denied: bool) {
        self.run = if denied { self.run + 1 } else { 0 };
        self.last.push_back(denied);
        if self.last.len() > SHARE.1 {
            self.last.pop_front();
        }
    }

    /// Something was approved without a person.
    pub fn cleared(&mut self, now: Instant) {
        self.cleared.push_back(now);
        while self.cleared.front().is_some_and(|first| now.duration_since(*first) > RATE.1) {
            self.cleared.pop_front();
        }
    }

    /// A person approved something: they are there and know.
    pub fn person_approved(&mut self) {
        self.run = 0;
    }

    /// Why a person has to decide, if so.
    #[must_use]
    pub fn halted(&self, now: Instant) -> Option<&'static str> {
        let recent = |first: &&Instant| now.duration_since(**first) <= RATE.1;
        if self.run >= RUN {
            Some("three actions in a row were found dangerous")
        } else if self.last.iter().filter(|denied| **denied).count() >= SHARE.0 {
            Some("ten of the last fifty actions were found dangerous")
        } else if self.cleared.iter().filter(recent).count() >= RATE.0 {
            Some("more was approved in the last minute than anyone could follow")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(30);

    #[test]
    fn five_failures_in_a_minute_open_and_one_probe_closes() {
        let (mut outage, start) = (Outage::default(), Instant::now());
        for second in 0..5 {
            assert!(outage.admit(start));
            outage.failure(start + Duration::from_secs(second), REST);
        }
        let later = start + Duration::from_secs(10);
        assert!(!outage.admit(later));
        assert_eq!(outage.health(later), Health::Open);
        let over = start + Duration::from_secs(40);
        assert!(outage.admit(over));
        assert!(!outage.admit(over), "one probe at a time");
        outage.success();
        assert!(outage.admit(over));
    }

    #[test]
    fn a_failed_probe_opens_again() {
        let (mut outage, start) = (Outage::default(), Instant::now());
        (0..5).for_each(|_| outage.failure(start, REST));
        let over = start + Duration::from_secs(100);
        assert!(outage.admit(over));
        outage.failure(over, REST);
        assert!(!outage.admit(over + Duration::from_secs(1)));
    }

    #[test]
    fn failures_far_apart_do_not_add_up() {
        let (mut outage, start) = (Outage::default(), Instant::now());
        (0..20).for_each(|n| outage.failure(start + Duration::from_secs(n * 30), REST));
        assert_eq!(outage.health(start), Health::Closed);
    }

    #[test]
    fn denials_halt_and_a_person_resets_the_run() {
        let (mut denials, now) = (Denials::default(), Instant::now());
        (0..3).for_each(|_| denials.record(true));
        assert!(denials.halted(now).is_some());
        denials.person_approved();
        assert!(denials.halted(now).is_none());
        for _ in 0..7 {
            denials.record(true);
            denials.record(false);
        }
        assert!(denials.halted(now).is_some(), "ten of the last fifty");
        (0..50).for_each(|_| denials.record(false));
        assert!(denials.halted(now).is_none());
    }

    #[test]
    fn a_storm_of_approvals_is_seen() {
        let (mut denials, now) = (Denials::default(), Instant::now());
        (0..30).for_each(|_| denials.cleared(now));
        assert!(denials.halted(now).is_some());
        assert!(denials.halted(now + Duration::from_secs(61)).is_none());
    }
}
