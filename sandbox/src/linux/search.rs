//! What a filter says by the number of a call alone, found by halves.
//!
//! A compiled filter compares the number with each that it knows, one after the other. The kernel walks that way for every
//! call there is when the filter is installed, to remember which are always allowed, and every call of a program walks it
//! again. Runs of numbers with the same answer are one step of this search, and there are as many steps as it takes to
//! tell the runs apart.

use seccompiler::{BpfProgram, sock_filter};

pub(super) const LOAD: u16 = 0x20;
pub(super) const EQUAL: u16 = 0x15;
const AT_LEAST: u16 = 0x35;
pub(super) const RETURN: u16 = 0x06;
pub(super) const ALLOW: u32 = 0x7fff_0000;
const NO_SUCH_CALL: u32 = 0x0005_0000 | libc::ENOSYS.unsigned_abs();

/// Numbers from here on are calls by the x32 convention, which comes under the name of the native one.
const X32: u32 = 0x4000_0000;

pub(super) const fn op(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

/// What is said to a call, in the order in which the answers stand behind the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It goes on.
    Allow,
    /// It is refused.
    Refuse,
    /// There is no such call.
    NoSuchCall,
    /// Its arguments decide: the program that follows looks at them.
    Look,
}

/// The program, with the search in front. `answers`, sorted, are those to the numbers that are not simply allowed; whatever
/// they do not name never reaches the program. Nothing if the search is too long for its jumps.
pub(super) fn before(answers: &[(u32, Answer)], refused: u32, program: BpfProgram) -> Option<BpfProgram> {
    let mut steps = Vec::new();
    search(&runs(answers), &mut steps);
    let end = steps.len();
    let aim = |from: usize, aim: Aim| match aim {
        Aim::Step(to) => u8::try_from(to - from - 1).ok(),
        Aim::Answer(answer) => u8::try_from(end - from - 1 + answer as usize).ok(),
    };
    let mut whole = vec![op(LOAD, 0, 0, 0)];
    for (index, Step { first, at_least, below }) in steps.into_iter().enumerate() {
        whole.push(op(AT_LEAST, aim(index, at_least)?, aim(index, below)?, first));
    }
    whole.extend([op(RETURN, 0, 0, ALLOW), op(RETURN, 0, 0, refused), op(RETURN, 0, 0, NO_SUCH_CALL)]);
    whole.extend(program);
    Some(whole)
}

/// The first number of each run, with the answer to all of it.
fn runs(answers: &[(u32, Answer)]) -> Vec<(u32, Answer)> {
    let mut runs = vec![(0, Answer::Allow)];
    let mut push = |from: u32, answer: Answer| {
        runs.pop_if(|(first, _)| *first == from);
        if runs.last().is_none_or(|(_, last)| *last != answer) {
            runs.push((from, answer));
        }
    };
    for (number, answer) in answers {
        push(*number, *answer);
        push(number.saturating_add(1), Answer::Allow);
    }
    if cfg!(target_arch = "x86_64") {
        push(X32, Answer::NoSuchCall);
    }
    runs
}

/// Where a step leads.
#[derive(Clone, Copy)]
enum Aim {
    Step(usize),
    Answer(Answer),
}

/// Whether a number is at least this.
struct Step {
    first: u32,
    at_least: Aim,
    below: Aim,
}

fn search(runs: &[(u32, Answer)], steps: &mut Vec<Step>) -> Aim {
    let (low, high) = runs.split_at(runs.len() / 2);
    match (low, high) {
        ([], [(_, answer)]) => Aim::Answer(*answer),
        (_, [(first, _), ..]) => {
            let here = steps.len();
            let placeholder = Aim::Answer(Answer::Refuse);
            steps.push(Step { first: *first, at_least: placeholder, below: placeholder });
            let below = search(low, steps);
            let at_least = search(high, steps);
            if let Some(step) = steps.get_mut(here) {
                (step.at_least, step.below) = (at_least, below);
            }
            Aim::Step(here)
        }
        (_, []) => Aim::Answer(Answer::Refuse),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: u32 = 0x0005_0001;
    const LOOKED_AT: u32 = 7;

    /// Runs the program: what it says to a number, and in how many steps.
    fn said(program: &[sock_filter], number: u32) -> (u32, usize) {
        let (mut at, mut steps) = (0, 0);
        loop {
            let sock_filter { code, jt, jf, k } = program[at].clone();
            at += 1;
            steps += 1;
            match code {
                LOAD => {}
                AT_LEAST => at += usize::from(if number >= k { jt } else { jf }),
                RETURN => return (k, steps),
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn every_number_has_its_answer() {
        let cycle = [Answer::Refuse, Answer::Refuse, Answer::Look, Answer::NoSuchCall];
        for count in [0_u32, 1, 2, 3, 7, 60, 100] {
            // Some next to each other, some apart.
            let ruled: Vec<u32> = (0..count).map(|n| n + n / 3 * 5).collect();
            let answers: Vec<_> = ruled.iter().copied().zip(cycle.into_iter().cycle()).collect();
            let program = before(&answers, REFUSED, vec![op(RETURN, 0, 0, LOOKED_AT)]).unwrap();
            for number in (0..count * 3 + 10).chain([X32 - 1, X32, X32 + 39, u32::MAX]) {
                let expected = match answers.iter().find(|(ruled, _)| *ruled == number).map(|(_, answer)| *answer) {
                    Some(Answer::Refuse) => REFUSED,
                    Some(Answer::Look) => LOOKED_AT,
                    Some(Answer::NoSuchCall) => NO_SUCH_CALL,
                    _ if number >= X32 && cfg!(target_arch = "x86_64") => NO_SUCH_CALL,
                    _ => ALLOW,
                };
                let (said, steps) = said(&program, number);
                assert_eq!(said, expected, "{number} of {count}");
                assert!(steps <= 12, "{steps} steps for {number} of {count}");
            }
        }
    }

    #[test]
    fn what_its_jumps_cannot_span_is_no_program() {
        let answers: Vec<_> = (0..200).map(|number| (number * 2, Answer::Refuse)).collect();
        assert!(before(&answers, REFUSED, Vec::new()).is_none());
    }
}
