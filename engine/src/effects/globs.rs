//! What a glob could match of the names that are listed, as far as it says so much that it may be meant for them.

use compact_str::CompactString;

/// The signs of a glob.
pub(super) const GLOB: [char; 3] = ['*', '?', '['];

/// No file system has longer names. What is written longer, with brackets, is not held against each that is listed: it could
/// be any.
const LONGEST: usize = 255;

/// Whether a glob that does not begin with what it names says nearly all of it.
pub(super) fn spells(glob: &str, entry: &str) -> bool {
    let letters = entry.bytes().filter(|byte| *byte != b'*').count();
    is_wordy(glob.as_bytes()) && said_by(glob.as_bytes()) + 3 >= letters
}

/// Whether the end of a glob says all but a character of what is listed behind a star: `prod.e[n]v` of `*.env`.
pub(super) fn ends_as(glob: &str, listed: &str) -> bool {
    if glob.len() > LONGEST {
        return true;
    }
    let Some(end) = listed.strip_prefix('*').filter(|_| is_wordy(glob.as_bytes())).map(|end| end.replace('*', ""))
    else {
        return false;
    };
    let tails = glob.char_indices().filter_map(|(at, _)| glob.get(at..));
    let mut near = tails.take_while(|tail| said_by(tail.as_bytes()) + 1 >= end.len());
    near.any(|tail| matches(&widened(tail), &end) && tail.contains(GLOB))
}

/// Whether a glob says so much that it may be meant for one name.
pub(super) fn is_wordy(glob: &[u8]) -> bool {
    said_by(glob) >= 4
}

/// How many characters of a name a glob says.
fn said_by(glob: &[u8]) -> usize {
    let mut inside = false;
    let said = |byte: &&u8| {
        let bracket = matches!(**byte, b'[' | b']');
        inside = **byte == b'[' || inside && **byte != b']';
        !inside && !bracket && !matches!(**byte, b'*' | b'?')
    };
    glob.iter().filter(said).count()
}

/// Whether the glob could match the name. Brackets and `?` are taken as `*`, which is wider; a leading dot must be
/// written, as in the shell.
pub(super) fn globs(glob: &str, name: &str) -> bool {
    if !glob.contains(GLOB) || (name.starts_with('.') && !glob.starts_with('.')) {
        return false;
    }
    // Of what is listed with a star, the name without more.
    matches(&widened(glob), &name.replace('*', ""))
}

/// A glob with a star for each bracket and question mark.
fn widened(glob: &str) -> CompactString {
    let mut wide = CompactString::with_capacity(glob.len());
    let mut inside = false;
    for c in glob.chars() {
        match c {
            '[' => inside = true,
            ']' if inside => {
                inside = false;
                wide.push('*');
            }
            _ if inside => {}
            '?' => wide.push('*'),
            c => wide.push(c),
        }
    }
    wide
}

/// Whether the glob could match a name that the listed one, which may have a star, names as well.
pub(super) fn meet(glob: &str, listed: &str) -> bool {
    if !listed.contains('*') {
        return globs(glob, listed);
    }
    if glob.len() > LONGEST {
        return glob.contains(GLOB);
    }
    if !glob.contains(GLOB) || (listed.starts_with('.') && !glob.starts_with('.')) {
        return false;
    }
    // `*.conf` may be the end of any name that has a star at its own.
    if glob.starts_with(GLOB) {
        return matches(&widened(glob), listed) || spells(glob, listed) && globs(glob, listed);
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
        below = row(one.as_bytes().get(at..).unwrap_or_default(), &below);
    }
    below.first().copied().unwrap_or_default()
}

/// Whether a text matches a pattern with `*`. Letters of either case are the same, as they are to the file systems of
/// many machines: `.CLAUDE` opens `.claude` there.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
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
