//! The same program in fewer steps. The kernel checks and translates each of them at every launch.

use seccompiler::{BpfProgram, sock_filter};

/// Goes on elsewhere, whatever was loaded.
pub(super) const JUMP: u16 = 0x05;
/// What the codes of all comparisons, jumps and returns end with.
const CLASS: u16 = 0x07;
const COMPARES: u16 = 0x05;
const RETURNS: u16 = 0x06;

/// What a step leads to, by its place in the program.
enum Next {
    /// This step, whatever is found.
    One(usize),
    /// The first where the comparison holds, the second where it does not.
    Either(usize, usize),
    /// Nothing: it ends here.
    None,
}

/// The program without jumps to jumps, steps that nothing leads to, and the same return more than once; as it was where it
/// is none that ends, or its jumps would be too wide.
pub(super) fn shortened(program: BpfProgram) -> BpfProgram {
    shorter(&program).unwrap_or(program)
}

fn shorter(program: &[sock_filter]) -> Option<BpfProgram> {
    let kept = reached(program)?;
    let place = |at: usize| kept.binary_search(&at).ok();
    let mut out = Vec::with_capacity(kept.len());
    for (here, &at) in kept.iter().enumerate() {
        let mut step = program.get(at)?.clone();
        match next(program, at)? {
            Next::One(to) if place(to)? != here + 1 => return None,
            Next::One(_) | Next::None => {}
            Next::Either(yes, no) => {
                let wide = |to: usize| u8::try_from(place(to)? - here - 1).ok();
                (step.jt, step.jf) = (wide(yes)?, wide(no)?);
            }
        }
        out.push(step);
    }
    Some(out)
}

/// The places that are come to, in order.
fn reached(program: &[sock_filter]) -> Option<Vec<usize>> {
    let mut reached = vec![false; program.len()];
    *reached.get_mut(target(program, 0)?)? = true;
    // All jumps lead on.
    for at in 0..program.len() {
        if reached.get(at) != Some(&true) {
            continue;
        }
        let (one, other) = match next(program, at)? {
            Next::One(to) => (to, to),
            Next::Either(yes, no) => (yes, no),
            Next::None => continue,
        };
        *reached.get_mut(one)? = true;
        *reached.get_mut(other)? = true;
    }
    Some(reached.iter().enumerate().filter(|(_, reached)| **reached).map(|(at, _)| at).collect())
}

fn next(program: &[sock_filter], at: usize) -> Option<Next> {
    let step = program.get(at)?;
    Some(match step.code & CLASS {
        RETURNS => Next::None,
        COMPARES if step.code != JUMP => {
            let target = |by: u8| target(program, at + 1 + usize::from(by));
            Next::Either(target(step.jt)?, target(step.jf)?)
        }
        _ => Next::One(target(program, at + 1)?),
    })
}

/// Where somebody ends up who is sent here: behind all jumps, and at the last of returns that are alike.
fn target(program: &[sock_filter], mut at: usize) -> Option<usize> {
    loop {
        let step = program.get(at)?;
        match step.code & CLASS {
            COMPARES if step.code == JUMP => at += 1 + usize::try_from(step.k).ok()?,
            RETURNS => return program.iter().rposition(|other| other.code == step.code && other.k == step.k),
            _ => return Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::search::op;
    use super::*;
    use proptest::prelude::*;

    /// Runs a program over what it may load: what it returns.
    fn returned(program: &[sock_filter], words: &[u32]) -> Option<u32> {
        let (mut at, mut loaded) = (0, 0);
        loop {
            let sock_filter { code, jt, jf, k } = program.get(at)?.clone();
            at += 1;
            match code {
                0x20 => loaded = words[usize::try_from(k).unwrap() % words.len()],
                0x54 => loaded &= k,
                0x15 => at += usize::from(if loaded == k { jt } else { jf }),
                0x35 => at += usize::from(if loaded >= k { jt } else { jf }),
                JUMP => at += usize::try_from(k).unwrap(),
                0x06 => return Some(k),
                other => panic!("{other:x}"),
            }
        }
    }

    fn step() -> impl Strategy<Value = sock_filter> {
        prop_oneof![
            (0..3_u32).prop_map(|k| op(0x20, 0, 0, k)),
            (0..16_u32).prop_map(|k| op(0x54, 0, 0, k)),
            (0..4_u8, 0..4_u8, 0..16_u32).prop_map(|(jt, jf, k)| op(0x15, jt, jf, k)),
            (0..4_u8, 0..4_u8, 0..16_u32).prop_map(|(jt, jf, k)| op(0x35, jt, jf, k)),
            (0..4_u32).prop_map(|k| op(JUMP, 0, 0, k)),
            (0..3_u32).prop_map(|k| op(0x06, 0, 0, k)),
        ]
    }

    proptest! {
        #[test]
        fn a_shortened_program_says_the_same(
            steps in prop::collection::vec(step(), 0..30),
            words in prop::collection::vec(0..16_u32, 1..4),
        ) {
            let ends = (0..5).map(|k| op(0x06, 0, 0, k % 2));
            let program: Vec<_> = steps.into_iter().chain(ends).collect();
            let short = shortened(program.clone());
            prop_assert!(short.len() <= program.len());
            prop_assert_eq!(returned(&short, &words), returned(&program, &words));
        }
    }
}
