//! Loops that never end and never wait, in code that was read to its end and does nothing else that could end it. What the
//! shell's own do to a machine, these do.

use super::{Action, Actions};
use guardian_rules::EffectKind;

/// A token, as far as loops are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A name or keyword.
    Word(&'a str),
    /// A number, and whether it is nought, where that is known.
    Number(Option<bool>),
    /// A character that means something; a newline is one.
    Sign(u8),
    /// Anything else.
    Other,
}

/// Names of what may end a loop from within, or wait for something.
#[rustfmt::skip]
const ENDS: &[&str] = &[
    "break", "return", "raise", "throw", "exit", "_exit", "quit", "abort", "die", "last", "goto", "stop", "assert", "await",
    "yield", "sleep", "usleep", "nanosleep", "select", "wait", "waitpid", "pause", "alarm", "join", "acquire", "recv", "accept",
    "input", "readline", "readlines", "readSync", "read", "gets", "getc", "getline", "STDIN", "stdin", "next", "pop", "popleft",
    "shift", "remove", "index", "nextfile", "kill", "exec", "fork", "assertEqual", "croak", "fail",
];

/// Adds that the machine is used up, where one of the loops never ends.
pub(super) fn look(pieces: &[Piece<'_>], actions: &mut Actions) {
    use EffectKind as K;
    let computes = |action: &Action| {
        let file = matches!(action.kind, K::Read | K::Inspect | K::Write | K::Append);
        file || action.kind == K::Execute && action.target.as_deref().is_some_and(|what| what.starts_with("project"))
    };
    let ends = |piece: &Piece<'_>| matches!(piece, Piece::Word(word) if ENDS.contains(word));
    if actions.list.iter().all(computes) && !pieces.iter().any(ends) && (0..pieces.len()).any(|at| turns(pieces, at)) {
        actions.push(Action::on(K::Exhaust, "a loop that never ends"));
    }
}

/// Whether a loop that never ends begins here.
fn turns(pieces: &[Piece<'_>], at: usize) -> bool {
    let Some(Piece::Word(word)) = pieces.get(at) else { return false };
    let behind = pieces.get(at + 1..).unwrap_or_default();
    match *word {
        "while" => is_always(behind, true),
        "until" => is_always(behind, false),
        "redo" => true,
        // Ruby's, which is a name elsewhere.
        "loop" => matches!(behind.first(), Some(Piece::Sign(b'{') | Piece::Word("do"))),
        "for" => is_endless_for(behind),
        "in" => {
            let named = match behind {
                [Piece::Word("itertools"), Piece::Sign(b'.'), rest @ ..] => rest,
                rest => rest,
            };
            matches!(named, [Piece::Word("count" | "cycle"), Piece::Sign(b'('), ..])
        }
        _ => false,
    }
}

/// Whether a condition is always true, or always false: one constant, in any number of brackets, and nothing else.
fn is_always(behind: &[Piece<'_>], wanted: bool) -> bool {
    let open = behind.iter().take_while(|piece| **piece == Piece::Sign(b'(')).count();
    let mut rest = behind.get(open..).unwrap_or_default();
    let mut turned = false;
    while let [Piece::Sign(b'!') | Piece::Word("not"), more @ ..] = rest {
        turned = !turned;
        rest = more;
    }
    let Some((constant, rest)) = rest.split_first() else { return false };
    let says = match constant {
        Piece::Word("True" | "true") => true,
        Piece::Word("False" | "false" | "nil" | "null") => false,
        Piece::Number(Some(nought)) => !nought,
        // Nobody writes a loop that is never entered.
        Piece::Number(None) => wanted != turned,
        _ => return false,
    };
    let closed = rest.iter().take_while(|piece| **piece == Piece::Sign(b')')).count();
    let ends = match rest.get(closed) {
        None | Some(Piece::Word("do")) => true,
        Some(Piece::Sign(sign)) => matches!(sign, b':' | b'{' | b';' | b'}' | b'\n'),
        // What stands behind the brackets of a condition is the body of the loop.
        Some(Piece::Word(_) | Piece::Number(_) | Piece::Other) => closed > 0,
    };
    (says != turned) == wanted && ends && closed >= open
}

/// Whether it is `for (…;;…)`.
fn is_endless_for(behind: &[Piece<'_>]) -> bool {
    if behind.first() != Some(&Piece::Sign(b'(')) {
        return false;
    }
    let semicolon = behind.iter().position(|piece| *piece == Piece::Sign(b';'));
    semicolon.is_some_and(|at| behind.get(at + 1) == Some(&Piece::Sign(b';')))
}
