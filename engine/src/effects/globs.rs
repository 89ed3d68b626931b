//! What a glob could match of the names that are listed, as far as it says so much that it may be meant for them.

use crate::resolve::DIGIT;
use guardian_rules::paths::{fixed, is_pattern};
use smallvec::SmallVec;

/// No file system has longer names. What is written longer, with brackets, is not held against each that is listed: it could
/// be any.
pub(super) const LONGEST: usize = 255;

/// Whether a glob that does not begin with what it names, and says so many characters, says nearly all of it.
pub(super) fn spells(said: usize, entry: &str) -> bool {
    is_wordy(said) && said + 3 >= entry.bytes().filter(|byte| *byte != b'*').count()
}

/// Whether the end of a glob says all but a character of what is listed behind a star: `prod.e[n]v` of `*.env`.
pub(super) fn ends_as(glob: &str, listed: &str) -> bool {
    if glob.len() > LONGEST {
        return true;
    }
    let Some(end) = listed.strip_prefix('*').filter(|_| is_wordy(said_by(glob.as_bytes()))).map(without_stars) else {
        return false;
    };
    let says = said_from(glob.as_bytes());
    let tails = glob.char_indices().filter_map(|(at, _)| Some((at, *says.get(at)?)));
    let near = tails.take_while(|(_, said)| said + 1 >= end.len());
    // What says more than is listed does not fit.
    near.filter(|(_, said)| *said <= end.len())
        .filter_map(|(at, _)| glob.get(at..))
        .any(|tail| fits(&widened(tail), &end) && is_pattern(tail))
}

/// How many characters a glob says from each byte of it on. Brackets may say more to whoever begins within them.
fn said_from(glob: &[u8]) -> SmallVec<[usize; 64]> {
    let mut said = SmallVec::from_elem(0, glob.len());
    let (mut outside, mut inside) = (0, 0);
    for (place, byte) in said.iter_mut().zip(glob).rev() {
        (outside, inside) = match byte {
            b'[' => (inside, inside),
            b']' => (outside, outside),
            b'*' | b'?' => (outside, inside),
            _ => (outside + 1, inside),
        };
        *place = outside;
    }
    said
}

/// Whether a glob that says so many characters may be meant for one name.
pub(super) const fn is_wordy(said: usize) -> bool {
    said >= 4
}

/// How many characters of a name a glob says.
pub(super) fn said_by(glob: &[u8]) -> usize {
    pieces(glob).filter(|piece| matches!(piece, Piece::Said(byte) if *byte != b']')).count()
}

/// A piece of a glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A byte that stands for itself.
    Said(u8),
    /// One character, or one of several.
    One,
    /// Any number of characters.
    Any,
}

/// The pieces of a glob. Brackets that are not closed are none, with all behind them.
pub(super) fn pieces(glob: &[u8]) -> impl Iterator<Item = Piece> {
    let mut inside = false;
    glob.iter().filter_map(move |byte| match byte {
        b'[' => {
            inside = true;
            None
        }
        b']' if inside => {
            inside = false;
            Some(Piece::One)
        }
        _ if inside => None,
        b'?' => Some(Piece::One),
        b'*' => Some(Piece::Any),
        byte => Some(Piece::Said(*byte)),
    })
}

/// A glob with a star for all that does not stand for itself.
pub(super) fn widened(glob: &str) -> SmallVec<[u8; 32]> {
    let star = |piece| if let Piece::Said(byte) = piece { byte } else { b'*' };
    pieces(glob.as_bytes()).map(star).collect()
}

/// Whether the glob could match the name. Brackets and `?` are taken as `*`, which is wider; a leading dot must be
/// written, as in the shell.
pub(super) fn globs(glob: &str, name: &str) -> bool {
    if !is_pattern(glob) || (name.starts_with('.') && !glob.starts_with('.')) {
        return false;
    }
    if begins_otherwise(glob, name) || differ(glob.as_bytes(), name.as_bytes()) {
        return false;
    }
    // Of what is listed with a star, the name without more.
    glob.bytes().all(|byte| byte == b'*') || fits(&widened(glob), &without_stars(name))
}

/// Whether a glob and what is listed begin, or end, in characters that both say and that are not the same, as nearly all
/// do. What stands behind a bracket that is not closed says nothing.
pub(super) fn differ(glob: &[u8], listed: &[u8]) -> bool {
    let other = |glob: Option<&u8>, listed: Option<&u8>| match (glob, listed) {
        (Some(b'*' | b'?' | b'[' | b']'), _) | (_, Some(b'*')) | (None, _) | (_, None) => false,
        (Some(glob), Some(listed)) => !glob.eq_ignore_ascii_case(listed),
    };
    other(glob.first(), listed.first()) || other(glob.last(), listed.last()) && !glob.contains(&b'[')
}

/// What is listed of a name with stars.
fn without_stars(name: &str) -> SmallVec<[u8; 32]> {
    name.bytes().filter(|byte| *byte != b'*').collect()
}

/// Whether the glob begins with a digit, and the name with a letter: the number of a process is no other name.
fn begins_otherwise(glob: &str, name: &str) -> bool {
    glob.starts_with(DIGIT) && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Whether the glob could match a name that the listed one, which may have a star, names as well.
pub(super) fn meet(glob: &str, listed: &str) -> bool {
    if !listed.contains('*') {
        return globs(glob, listed);
    }
    if !is_pattern(glob) {
        return false;
    }
    if glob.len() > LONGEST {
        return true;
    }
    let hidden = listed.starts_with('.') && !glob.starts_with('.');
    if hidden || begins_otherwise(glob, listed) || differ(glob.as_bytes(), listed.as_bytes()) {
        return false;
    }
    share(glob, listed)
}

/// Whether there is a name that both match, from the first character to the last.
fn share(glob: &str, listed: &str) -> bool {
    // `*.conf` may be the end of any name that has a star at its own.
    if fixed(glob).is_empty() {
        return fits(&widened(glob), listed.as_bytes())
            || spells(said_by(glob.as_bytes()), listed) && globs(glob, listed);
    }
    let (one, other) = (widened(glob), listed.as_bytes());
    // What is left of the listed name that what is left of the glob can share, from the end of both.
    let row = |glob: &[u8], below: &[bool]| {
        let mut row = vec![false; other.len() + 1];
        for at in (0..=other.len()).rev() {
            let held = |row: &[bool], at: usize| row.get(at).copied().unwrap_or_default();
            let shared = match (glob.first(), other.get(at)) {
                (None, None) => true,
                (Some(b'*'), _) => held(below, at) || at < other.len() && held(&row, at + 1),
                (_, Some(b'*')) => held(&row, at + 1) || !glob.is_empty() && held(below, at),
                (Some(a), Some(b)) => a.eq_ignore_ascii_case(b) && held(below, at + 1),
                _ => false,
            };
            if let Some(place) = row.get_mut(at) {
                *place = shared;
            }
        }
        row
    };
    let mut below = row(&[], &[]);
    for at in (0..one.len()).rev() {
        below = row(one.get(at..).unwrap_or_default(), &below);
    }
    below.first().copied().unwrap_or_default()
}

/// Whether a text matches a pattern with `*`. Letters of either case are the same, as they are to the file systems of
/// many machines: `.CLAUDE` opens `.claude` there.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    // Nearly all end in something else.
    let other = |pattern: &u8, text: &u8| *pattern != b'*' && !pattern.eq_ignore_ascii_case(text);
    !pattern.last().zip(text.last()).is_some_and(|(pattern, text)| other(pattern, text)) && fits(pattern, text)
}

/// As [`matches`], of bytes.
pub(super) fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (Some(b'*'), _) => {
                p += 1;
                back = Some((p, t));
                continue;
            }
            (Some(wanted), Some(found)) if wanted.eq_ignore_ascii_case(found) => {
                p += 1;
                t += 1;
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        match &mut back {
            Some((after, from)) if *from < text.len() => {
                *from += 1;
                (p, t) = (*after, *from);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guardian_rules::places;

    #[test]
    fn what_differs_at_an_end_fits_nowhere() {
        let all = [places::SECRETS, places::AGENTS, places::STARTUP, places::CONTROL, places::NOT_SECRETS];
        let names: Vec<&str> = all.into_iter().flatten().flat_map(|entry| entry.split('/')).step_by(23).collect();
        let (mut apart, mut together) = (0, 0);
        for glob in names.iter().flat_map(|name| shapes(name)) {
            for listed in &names {
                let fit = fits(&widened(&glob), &without_stars(listed)) || share(&glob, listed);
                let differ = differ(glob.as_bytes(), listed.as_bytes());
                assert!(!(fit && differ), "{glob} {listed}");
                apart += usize::from(differ);
                together += usize::from(fit);
            }
        }
        assert!(apart > 10_000 && together > 500, "{apart} {together}");
    }

    /// Globs that are meant for a name, or for none.
    fn shapes(name: &str) -> Vec<String> {
        let (start, end) = name.split_at_checked(name.len() / 2).unwrap_or((name, ""));
        let globs = ["*>", "<*", "?>", "<?", "<[>", "<[a-z]>", "[<]>"];
        let upper = name.to_uppercase() + "*";
        globs.map(|glob| glob.replace('<', start).replace('>', end)).into_iter().chain([upper]).collect()
    }

    #[test]
    fn what_ends_otherwise_matches_nothing() {
        for (pattern, text, expected) in [
            ("*.pub", "id_rsa.PUB", true),
            ("*.pub", "id_rsa.pua", false),
            ("", "", true),
            ("", "a", false),
            ("a", "", false),
            ("*", "", true),
            ("a*", "ab", true),
            ("*b*", "abc", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
