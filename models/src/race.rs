//! A person and a reviewer are asked at the same time. Whoever answers first decides; where both have, the person does.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Who decided, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Won<H, R> {
    /// The person.
    Person(H),
    /// The reviewer; the person was not heard until then.
    Reviewer(R),
    /// Nobody, in the time there was.
    Nobody,
}

/// How often the person is looked at.
const TICK: Duration = Duration::from_millis(20);

/// Waits for either. `person` says what was answered so far, at once. A reviewer's answer that does not settle anything
/// (`settles` is false) leaves the person to decide.
pub fn race<H, R>(
    mut person: impl FnMut() -> Option<H>,
    reviewer: &Receiver<R>,
    settles: impl Fn(&R) -> bool,
    deadline: Option<Instant>,
) -> Won<H, R> {
    let mut heard = None;
    let mut silent = false;
    loop {
        if let Some(answer) = person() {
            return Won::Person(answer);
        }
        if let Some(answer) = heard.take() {
            return Won::Reviewer(answer);
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Won::Nobody;
        }
        if silent {
            std::thread::sleep(TICK);
            continue;
        }
        // What the reviewer says is only taken after another look at the person.
        match reviewer.recv_timeout(TICK) {
            Ok(answer) if settles(&answer) => heard = Some(answer),
            Ok(_) | Err(RecvTimeoutError::Disconnected) => silent = true,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn the_person_wins_ties() {
        let (send, receive) = channel();
        send.send(true).unwrap();
        assert_eq!(race(|| Some(false), &receive, |_| true, None), Won::Person(false));
        // Both at the same tick: the person is looked at once more after the reviewer spoke.
        let mut looks = 0;
        send.send(true).unwrap();
        let late = || {
            looks += 1;
            (looks > 1).then_some(false)
        };
        assert_eq!(race(late, &receive, |_| true, None), Won::Person(false));
    }

    #[test]
    fn the_first_answer_decides() {
        let (send, receive) = channel();
        send.send(true).unwrap();
        assert_eq!(race(|| None::<bool>, &receive, |_| true, None), Won::Reviewer(true));
    }

    #[test]
    fn what_settles_nothing_leaves_the_person_to_decide() {
        let (send, receive) = channel();
        send.send(false).unwrap();
        let soon = Some(Instant::now() + Duration::from_millis(60));
        assert_eq!(race(|| None::<bool>, &receive, |settles| *settles, soon), Won::Nobody);
        drop(send);
    }
}
