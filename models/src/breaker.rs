//! When to stop asking: an endpoint that is down, a session in which too much is denied, approvals that come too fast.
//! Plain state machines; the caller brings the time, which is that of the clock on the wall, as processes share it.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

/// Failures that open the outage breaker, and the time they have to happen in.
const FAILURES: (usize, Duration) = (5, Duration::from_secs(60));
/// Denials in a row, and among how many reviews, after which a person decides.
const RUN: usize = 3;
const SHARE: (usize, usize) = (10, 50);
/// Approvals in a minute that are as many as anyone could follow.
const RATE: (usize, Duration) = (30, Duration::from_secs(60));
/// Whoever probes for longer has gone without saying so.
const PROBE: Duration = Duration::from_secs(120);
/// No endpoint is left alone for longer, whatever became of the clock.
const REST: Duration = Duration::from_secs(3600);

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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outage {
    failures: VecDeque<SystemTime>,
    until: Option<SystemTime>,
    probing: Option<SystemTime>,
}

/// Whether a moment was within this time before now. One that is still to come was not.
fn within(moment: SystemTime, now: SystemTime, time: Duration) -> bool {
    now.duration_since(moment).is_ok_and(|passed| passed <= time)
}

impl Outage {
    /// Whether the endpoint may be asked now. One caller at a time gets to probe.
    pub fn admit(&mut self, now: SystemTime) -> bool {
        match self.health(now) {
            Health::Closed => true,
            Health::Open => false,
            Health::Probing if self.probing.is_some_and(|since| within(since, now, PROBE)) => false,
            Health::Probing => {
                self.probing = Some(now);
                true
            }
        }
    }

    /// It answered.
    pub fn success(&mut self) {
        *self = Self::default();
    }

    /// It failed; if that was once too often, it is not asked for so long.
    pub fn failure(&mut self, now: SystemTime, rest: Duration) {
        self.failures.push_back(now);
        self.failures.retain(|failure| within(*failure, now, FAILURES.1));
        if self.probing.is_some() || self.failures.len() >= FAILURES.0 {
            self.until = Some(now + rest);
            self.probing = None;
        }
    }

    /// Nobody waits for the probe any more: the next caller may probe.
    pub fn abandoned(&mut self) {
        self.probing = None;
    }

    /// What state it is in.
    #[must_use]
    pub fn health(&self, now: SystemTime) -> Health {
        match self.until {
            None => Health::Closed,
            Some(until) if until.duration_since(now).is_ok_and(|left| !left.is_zero() && left <= REST) => Health::Open,
            Some(_) => Health::Probing,
        }
    }
}

/// Remembers what became of a session's reviews. Failures are not among them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Denials {
    last: VecDeque<bool>,
    run: usize,
    cleared: VecDeque<SystemTime>,
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
    pub fn cleared(&mut self, now: SystemTime) {
        self.cleared.push_back(now);
        self.cleared.retain(|moment| within(*moment, now, RATE.1));
    }

    /// A person approved something: they are there and know.
    pub fn person_approved(&mut self) {
        self.run = 0;
    }

    /// How many were denied in a row, and how many of how many lately.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.run, self.last.iter().filter(|denied| **denied).count(), self.last.len())
    }

    /// Why a person has to decide, if so.
    #[must_use]
    pub fn halted(&self, now: SystemTime) -> Option<&'static str> {
        let recent = |moment: &&SystemTime| within(**moment, now, RATE.1);
        if self.run >= RUN {
            Some("three actions in a row were found dangerous")
        } else if self.counts().1 >= SHARE.0 {
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

    const LATER: Duration = Duration::from_secs(30);

    #[test]
    fn five_failures_in_a_minute_open_and_one_probe_closes() {
        let (mut outage, start) = (Outage::default(), SystemTime::now());
        for second in 0..5 {
            assert!(outage.admit(start));
            outage.failure(start + Duration::from_secs(second), LATER);
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
        let (mut outage, start) = (Outage::default(), SystemTime::now());
        (0..5).for_each(|_| outage.failure(start, LATER));
        let over = start + Duration::from_secs(100);
        assert!(outage.admit(over));
        outage.failure(over, LATER);
        assert!(!outage.admit(over + Duration::from_secs(1)));
    }

    #[test]
    fn whoever_probes_and_goes_leaves_the_way_free() {
        let (mut outage, start) = (Outage::default(), SystemTime::now());
        (0..5).for_each(|_| outage.failure(start, LATER));
        let over = start + Duration::from_secs(100);
        assert!(outage.admit(over));
        assert!(!outage.admit(over + Duration::from_secs(60)));
        assert!(outage.admit(over + Duration::from_secs(200)));
    }

    #[test]
    fn a_clock_that_is_put_back_leaves_nobody_alone_for_long() {
        let (mut outage, start) = (Outage::default(), SystemTime::now());
        (0..5).for_each(|_| outage.failure(start, LATER));
        assert!(outage.admit(start - Duration::from_secs(7200)));
    }

    #[test]
    fn failures_far_apart_do_not_add_up() {
        let (mut outage, start) = (Outage::default(), SystemTime::now());
        (0..20).for_each(|n| outage.failure(start + Duration::from_secs(n * 30), LATER));
        assert_eq!(outage.health(start), Health::Closed);
    }

    #[test]
    fn denials_halt_and_a_person_resets_the_run() {
        let (mut denials, now) = (Denials::default(), SystemTime::now());
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
        let (mut denials, now) = (Denials::default(), SystemTime::now());
        (0..30).for_each(|_| denials.cleared(now));
        assert!(denials.halted(now).is_some());
        assert!(denials.halted(now + Duration::from_secs(61)).is_none());
    }
}
