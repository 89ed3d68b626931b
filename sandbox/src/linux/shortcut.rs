//! A way past a filter for calls that it says nothing about.
//!
//! A compiled filter compares the number of a call with each number it knows, one after the other. The kernel walks that
//! way for every call there is when the filter is installed, to remember which are always allowed. A search by halves in
//! front of it costs eight steps instead of hundreds.

use seccompiler::{BpfProgram, sock_filter};

const LOAD: u16 = 0x20;
const JUMP: u16 = 0x05;
const EQUAL: u16 = 0x15;
const AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;
const ALLOW: u32 = 0x7fff_0000;

const fn op(code: u16, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

/// The program, with a search for the number in front. `ruled`, sorted, are all the numbers that it has rules for; for
/// any other its answer must be to allow.
pub(super) fn before(ruled: &[u32], program: BpfProgram) -> BpfProgram {
    let tree = search(ruled);
    let Some(tree) = tree else {
        return program;
    };
    let mut whole = vec![op(LOAD, 0, 0, 0)];
    let end = tree.len();
    whole.extend(tree.into_iter().enumerate().map(|(index, instruction)| {
        // A jump without an aim yet goes on to the program, which follows the search.
        if instruction.code == JUMP {
            op(JUMP, 0, 0, u32::try_from(end - index - 1).unwrap_or(u32::MAX))
        } else {
            instruction
        }
    }));
    whole.extend(program);
    whole
}

/// The search. Nothing if it would be too long for its jumps.
fn search(ruled: &[u32]) -> Option<Vec<sock_filter>> {
    match ruled {
        [] => Some(vec![op(RETURN, 0, 0, ALLOW)]),
        [number] => Some(vec![op(EQUAL, 1, 0, *number), op(RETURN, 0, 0, ALLOW), op(JUMP, 0, 0, 0)]),
        _ => {
            let (low, high) = ruled.split_at(ruled.len() / 2);
            let first = high.first()?;
            let (low, high) = (search(low)?, search(high)?);
            let over = u8::try_from(low.len()).ok()?;
            let mut both = vec![op(AT_LEAST, over, 0, *first)];
            both.extend(low);
            both.extend(high);
            Some(both)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the search: whether it allows, or goes on to the program at the end.
    fn allows(program: &[sock_filter], number: u32) -> bool {
        let mut at = 0;
        loop {
            let sock_filter { code, jt, jf, k } = program[at].clone();
            at += 1;
            match code {
                LOAD => {}
                JUMP => at += usize::try_from(k).unwrap(),
                EQUAL => at += usize::from(if number == k { jt } else { jf }),
                AT_LEAST => at += usize::from(if number >= k { jt } else { jf }),
                RETURN => return k == ALLOW,
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn exactly_the_ruled_go_on() {
        let refuse = || vec![op(RETURN, 0, 0, 0)];
        for count in [1, 2, 3, 7, 60, 100] {
            let ruled: Vec<u32> = (0..count).map(|n| n * n + 3).collect();
            let program = before(&ruled, refuse());
            assert!(program.len() > 1, "no shortcut for {count}");
            for number in (0..count * count + 10).chain([u32::MAX, 0x4000_0000]) {
                assert_eq!(allows(&program, number), !ruled.contains(&number), "{number} of {count}");
            }
        }
    }
}
